/* The small projects that scripts are played on: generated photos, a tree, what a model predicts.
 */
#ifndef TESTS_UI_SCREENS_PROJECTS_H
#define TESTS_UI_SCREENS_PROJECTS_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/decide.h"
#include "labels/store.h"
#include "tests/check.h"
#include "tui/loop/project.h"

enum { PATHS = 6 };

struct fixture {
    const char *paths[PATHS]; /* of the tree, "a/b/c" */
    struct {
        const char *file;
        const char *bytes;   /* NULL: a picture is made */
        float p[PATHS];      /* the model's prediction; all 0: it could not be read, -1: none */
        int label;           /* imported, -1 for none */
        float second[PATHS]; /* the prediction of a second model */
        int held;            /* of split val */
    } photos[12];
    int model;   /* has one, or two: the second is in use */
    int damaged; /* what its file holds is no model */
    const char
        *blind;       /* blind.percent; the project's id is the same then, and so are the samples */
    const char *keys; /* a key file, or NULL */
    const char *holder; /* who has photo 5 on the screen of another tend, or NULL */
    int conflict;       /* photo 2 was decided as tea, and an import says coffee */
};

static const struct fixture plain = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"cup.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"leaf.ppm", NULL, {.20f, .60f, .10f, .06f, .02f, .02f}, -1},
            {"red.ppm", NULL, {.02f, .03f, .70f, .21f, .02f, .02f}, -1},
            {"shop/2024/hammer.ppm", NULL, {.01f, .01f, .02f, .02f, .80f, .14f}, -1},
            {"green.ppm", NULL, {.05f, .05f, .32f, .38f, .10f, .10f}, -1},
            {"labelled.ppm", NULL, {.60f, .20f, .10f, .05f, .03f, .02f}, 3},
        },
    .model = 1,
};

static const struct fixture blind = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"cup.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"leaf.ppm", NULL, {.20f, .60f, .10f, .06f, .02f, .02f}, 1},
            {"red.ppm", NULL, {.02f, .03f, .70f, .21f, .02f, .02f}, -1},
            {"hammer.ppm", NULL, {.01f, .01f, .02f, .02f, .80f, .14f}, 4},
            {"green.ppm", NULL, {.05f, .05f, .32f, .38f, .10f, .10f}, -1},
            {"labelled.ppm", NULL, {.60f, .20f, .10f, .05f, .03f, .02f}, 3},
        },
    .model = 1,
    .blind = "50",
};

static const struct fixture korean = {
    .paths = {"음식/음료/커피", "음식/음료/녹차", "음식/과일/사과", "음식/과일/배", "도구/망치",
              "도구/톱"},
    .photos =
        {
            {"사진 하나.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"아주 긴 이름을 가진 사진 파일 두 번째입니다 정말로 길어요.ppm",
             NULL,
             {.20f, .60f, .10f, .06f, .02f, .02f},
             -1},
        },
    .model = 1,
};

static const struct fixture hostile = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"-rf.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"escape \033[31mred\033]0;title\007.ppm", NULL, {.5f, .3f, .1f, .04f, .04f, .02f}, -1},
            {"two\nlines\ttab.ppm", NULL, {.45f, .4f, .05f, .04f, .04f, .02f}, -1},
            {"not utf8 \xff\xfe.ppm", NULL, {.4f, .4f, .1f, .04f, .04f, .02f}, -1},
            {"right to left \xe2\x80\xae.ppm", NULL, {.35f, .4f, .15f, .04f, .04f, .02f}, -1},
        },
    .model = 1,
};

static const struct fixture broken = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"a-good.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"b-empty.jpg", "", {0}, -1},
            {"c-text.png", "this is no picture", {0}, -1},
            {"d-short.ppm", "P6 64 64 255\nabc", {0}, -1},
            {"e-gone.ppm", "gone", {0}, -1},
        },
    .model = 1,
};

static const struct fixture empty = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"cup.ppm", NULL, {0}, -1},
            {"leaf.ppm", NULL, {0}, 1},
        },
};

/* Names as photo sets have them, and a label that is not what is predicted. */
static const struct fixture long_names = {
    .paths = {"Packages/Soy-Milk/Alpro-Fresh-Soy-Milk", "Packages/Soy-Milk/Alpro-Shelf-Soy-Milk",
              "Packages/Oatghurt/Oatly-Natural-Oatghurt", "Fruit/Apple/Granny-Smith",
              "Fruit/Satsumas", "Smileys-and-Emotion/face-costume/ogre"},
    .photos =
        {
            {"apple.ppm", NULL, {.20f, .18f, .17f, .12f, .25f, .08f}, 3},
            {"other.ppm", NULL, {.60f, .18f, .05f, .05f, .04f, .08f}, -1},
        },
    .model = 1,
};

/* As `tend init` leaves photos of which nothing is known. */
static const struct fixture bare = {
    .photos =
        {
            {"cup.ppm", NULL, {0}, -1},
            {"green.ppm", NULL, {0}, -1},
            {"leaf.ppm", NULL, {0}, -1},
            {"red.ppm", NULL, {0}, -1},
        },
};

/* A gradient in the photo's own colour: 64 x 48. */
static inline size_t make_ppm(unsigned char *out, int number)
{
    int n = sprintf((char *)out, "P6 64 48 255\n");
    for (int y = 0; y < 48; y++) {
        for (int x = 0; x < 64; x++) {
            out[n++] = (unsigned char)(number * 40 + x);
            out[n++] = (unsigned char)(200 - number * 30 + y);
            out[n++] = (unsigned char)(2 * x + 2 * y);
        }
    }
    return (size_t)n;
}

static inline void write_photo(const char *root, const char *file, const char *bytes, int number)
{
    static unsigned char ppm[64 * 48 * 3 + 64];
    char path[PATH_MAX + 256];
    snprintf(path, sizeof path, "%s/%s", root, file);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    size_t size = bytes ? strlen(bytes) : make_ppm(ppm, number);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes ? (const void *)bytes : ppm, 1, size, f) != size || fclose(f)) {
        perror(path);
        abort();
    }
}

static inline int make_tree(struct store *store, const struct fixture *f, int *nodes,
                            struct status *st)
{
    struct taxonomy *t = taxonomy_copy(store_taxonomy(store));
    int failed = 0;
    for (int i = 0; i < PATHS && f->paths[i] && !failed; i++) {
        char text[200];
        const char *labels[3];
        int depth = 0;
        snprintf(text, sizeof text, "%s", f->paths[i]);
        for (char *part = strtok(text, "/"); part; part = strtok(NULL, "/"))
            labels[depth++] = part;
        nodes[i] = taxonomy_resolve(t, labels, depth, 1, st);
        failed = nodes[i] < 0;
    }
    failed = failed || store_save_taxonomy(store, t, st);
    taxonomy_free(t);
    return failed;
}

static const struct fixture two_models = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"a.ppm", NULL, {.80f, .10f, .10f}, 1, {.10f, .80f, .10f}, 1},
            {"b.ppm", NULL, {.70f, .20f, .10f}, 1, {.10f, .80f, .10f}, 1},
            {"c.ppm", NULL, {.90f, .05f, .05f}, 0, {.30f, .60f, .10f}, 1},
            {"d.ppm", NULL, {0, 0, 0, 0, .9f, .1f}, 4, {0, 0, 0, 0, .2f, .8f}, 1},
            {"e.ppm", NULL, {0, 0, .6f, .4f}, 2, {0, 0, .6f, .4f}, 1},
            {"f.ppm", NULL, {0, 0, .6f, .4f}, -1, {0, 0, .3f, .7f}, 0},
            {"g.ppm", NULL, {0, 0, .6f, .4f}, -1, {0}, 0},
        },
    .model = 2,
};

/* The photo that is not predicted yet will never be. */
static const struct fixture damaged = {
    .paths = {"food/drink/coffee", "food/drink/tea", "food/fruit/apple", "food/fruit/pear",
              "tool/hammer", "tool/saw"},
    .photos =
        {
            {"cup.ppm", NULL, {.55f, .30f, .05f, .04f, .04f, .02f}, -1},
            {"leaf.ppm", NULL, {-1}, -1},
        },
    .model = 1,
    .damaged = 1,
};

/* As a model would have: expected score and gap follow from the probabilities. */
static inline int put_prediction(struct store *store, int64_t photo, int model, const float *p,
                                 const int *nodes, struct status *st)
{
    struct terminals terminals;
    struct answer answer;
    float in_order[PATHS];
    if (terminals_make(store_taxonomy(store), &terminals, st))
        return -1;
    float sum = 0;
    for (int k = 0; k < terminals.count; k++)
        for (int i = 0; i < PATHS; i++)
            if (terminals.node[k] == nodes[i])
                sum += in_order[k] = p[i];
    struct prediction prediction = {.photo = photo,
                                    .model = model,
                                    .node = -1,
                                    .count = 0,
                                    .problem = "this photo could not be read"};
    if (sum > 0) {
        decide_answer(store_taxonomy(store), &terminals, in_order, &answer);
        prediction = (struct prediction){.photo = photo,
                                         .model = model,
                                         .node = answer.node,
                                         .expected = answer.expected,
                                         .gap = answer.gap,
                                         .count = PATHS,
                                         .terminal = nodes,
                                         .probability = p};
    }
    int failed = store_put_predictions(store, &prediction, 1, st);
    terminals_clear(&terminals);
    return failed;
}

static inline void damage_model(const char *root)
{
    write_photo(root, ".tend/models/0001/config.json", "{\"architecture\": \"resnet18\"}", 0);
    write_photo(root, ".tend/models/0001/model.safetensors", "damaged", 0);
}

static inline int fill(struct store *store, const char *root, const struct fixture *f,
                       struct status *st)
{
    int nodes[PATHS];
    if (make_tree(store, f, nodes, st) ||
        (f->blind && (store_set_setting(store, "project", "a6", st) ||
                      store_set_setting(store, "blind.percent", f->blind, st))))
        return -1;
    struct model_record model = {.created = 1,
                                 .score_before = .5,
                                 .score_after = .625,
                                 .held_out = 8,
                                 .reviews = 40,
                                 .gmac = .05,
                                 .parameters = 1000,
                                 .depth = "head",
                                 .architecture = "test",
                                 .note = "passed the gate"};
    for (int i = 0; i < f->model; i++, model.number = 0, model.parent = 1)
        if (store_add_model(store, &model, 1, st))
            return -1;
    if (f->damaged)
        damage_model(root);
    for (int i = 0; i < 12 && f->photos[i].file; i++) {
        const char *bytes = f->photos[i].bytes;
        struct photo photo;
        struct photo_new new = {.path = f->photos[i].file,
                                .node = -1,
                                .split = f->photos[i].held ? SPLIT_VAL : SPLIT_NONE};
        if (f->photos[i].label >= 0)
            new.node = nodes[f->photos[i].label];
        if (!bytes || strcmp(bytes, "gone") != 0)
            write_photo(root, f->photos[i].file, bytes, i);
        if (store_add_photos(store, &new, 1, "test", NULL, st) ||
            store_find_photo(store, new.path, &photo, st))
            return -1;
        int failed =
            (f->model && f->photos[i].p[0] >= 0 &&
             put_prediction(store, photo.id, 1, f->photos[i].p, nodes, st)) ||
            (f->model > 1 && put_prediction(store, photo.id, 2, f->photos[i].second, nodes, st));
        photo_clear(&photo);
        if (failed)
            return -1;
    }
    return 0;
}

/* A decision as a review makes it, and what an import says otherwise. */
static inline int put_conflict(struct store *store, const struct fixture *f, struct status *st)
{
    const struct taxonomy *t = store_taxonomy(store);
    int tea = taxonomy_resolve_text(t, f->paths[1], st);
    int coffee = taxonomy_resolve_text(t, f->paths[0], st);
    const struct review review = {.photo = 2, .kind = EVENT_ACCEPT, .node = tea, .model = 1};
    const struct photo_new import = {
        .path = f->photos[1].file, .node = coffee, .decided = PHOTO_CLAIMS};
    return store_review(store, "ben", &review, 1, st) ||
           store_add_photos(store, &import, 1, "import", NULL, st);
}

static inline void write_keys(const char *root, const char *text)
{
    char path[PATH_MAX + 16];
    struct status st = {0};
    snprintf(path, sizeof path, "%s/.tend/keys", root);
    CHECK_INT(file_write(path, text, strlen(text), &st), 0);
}

static inline int make_project(const char *root, const struct fixture *f)
{
    struct project project = {0};
    struct status st = {0};
    mkdir(root, 0777);
    int failed = project_create(root, 3, &project, &st) || fill(project.store, root, f, &st) ||
                 (f->conflict && put_conflict(project.store, f, &st));
    project_close(&project);
    if (!failed && f->keys)
        write_keys(root, f->keys);
    return failed ? CHECK_TEXT(st.text, "") && 0 : 1;
}

#endif
