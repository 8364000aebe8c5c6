/* Keys in, screens out: the real program, run on a small project with a script of keys.
 *
 * Every case makes the project anew (generated photos, a small tree, a model's predictions put into
 * the store), runs `tend review --script tests/ui/NAME.keys` in it and compares what was dumped,
 * and the labels that `tend export` then gives, with tests/ui/NAME.expected. With TEND_TEST_UPDATE
 * in the environment the expected files are written instead: look at the difference before it is
 * committed. */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/decide.h"
#include "labels/store.h"
#include "labels/store_leases.h"
#include "tui/loop/project.h"

enum { OUTPUT_LIMIT = 4 << 20, PATHS = 6 };

/* ---- the project ---- */

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
static size_t make_ppm(unsigned char *out, int number)
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

static void write_photo(const char *root, const char *file, const char *bytes, int number)
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

static int make_tree(struct store *store, const struct fixture *f, int *nodes, struct status *st)
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
static int put_prediction(struct store *store, int64_t photo, int model, const float *p,
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

static void damage_model(const char *root)
{
    write_photo(root, ".tend/models/0001/config.json", "{\"architecture\": \"resnet18\"}", 0);
    write_photo(root, ".tend/models/0001/model.safetensors", "damaged", 0);
}

static int fill(struct store *store, const char *root, const struct fixture *f, struct status *st)
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
static int put_conflict(struct store *store, const struct fixture *f, struct status *st)
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

static void write_keys(const char *root, const char *text)
{
    char path[PATH_MAX + 16];
    struct status st = {0};
    snprintf(path, sizeof path, "%s/.tend/keys", root);
    CHECK_INT(file_write(path, text, strlen(text), &st), 0);
}

static int make_project(const char *root, const struct fixture *f)
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

/* ---- running ---- */

static int run(const char *folder, const char *output, char *const *argv)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int in = open("/dev/null", O_RDONLY),
            out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (in < 0 || out < 0 || chdir(folder) || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
            dup2(out, 2) < 0)
            _exit(126);
        execv(argv[0], argv);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void show_difference(const char *name, const char *got, const char *want)
{
    for (int line = 1; *got || *want; line++) {
        size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");
        if (g != w || strncmp(got, want, g) != 0) {
            test_fail(name, line, "got  |%.*s|", (int)g, got);
            test_fail(name, line, "want |%.*s|", (int)w, want);
            return;
        }
        got += g + (got[g] == '\n');
        want += w + (want[w] == '\n');
    }
}

static void compare(const char *name, const char *output)
{
    char expected[PATH_MAX];
    struct status st = {0};
    char *got = NULL, *want = NULL;
    size_t got_size, want_size;
    snprintf(expected, sizeof expected, "tests/ui/%s.expected", name);
    if (!CHECK_INT(file_read(output, OUTPUT_LIMIT, &got, &got_size, &st), 0)) {
        CHECK_TEXT(st.text, "");
    } else if (getenv("TEND_TEST_UPDATE")) {
        CHECK_INT(file_write(expected, got, got_size, &st), 0);
    } else if (file_read(expected, OUTPUT_LIMIT, &want, &want_size, &st)) {
        CHECK_TEXT(st.text, "");
    } else {
        show_difference(expected, got, want);
    }
    free(got);
    free(want);
}

/* As another tend that shows photo 5; NULL when there is none. */
static struct leases *hold(const char *root, const char *who)
{
    char path[PATH_MAX + 32];
    struct leases *leases = NULL;
    struct status st = {0};
    int64_t photo = 5;
    if (!who)
        return NULL;
    snprintf(path, sizeof path, "%s/.tend/leases.db", root);
    CHECK_INT(leases_open(path, who, LEASES_TIME, &leases, &st), 0);
    CHECK_INT(leases_hold(leases, &photo, 1, &st), 1);
    return leases;
}

static void play(const char *name, const struct fixture *f, const char *size, const char *graphics)
{
    char root[PATH_MAX], keys[PATH_MAX], output[PATH_MAX], file[64];
    char *tend = getenv("TEND") ? realpath(getenv("TEND"), NULL) : NULL;
    char *here = realpath("tests/ui", NULL);
    if (!tend || !here) {
        test_fail(__FILE__, __LINE__, "TEND names no program, or this is not the project's folder");
        free(tend);
        free(here);
        return;
    }
    snprintf(file, sizeof file, "project-%s", name);
    snprintf(root, sizeof root, "%s", test_path(file));
    snprintf(keys, sizeof keys, "%s/%s.keys", here, name);
    snprintf(file, sizeof file, "output-%s", name);
    snprintf(output, sizeof output, "%s", test_path(file));
    setenv("TEND_TEST_CLOCK", "1", 1);
    setenv("XDG_CONFIG_HOME", test_path("config"), 1); /* no key file of whoever runs this */
    setenv("LC_ALL", "C.UTF-8", 1);
    if (make_project(root, f)) {
        char *review[] = {tend,         "review",     "--script",       keys, "--size",
                          (char *)size, "--graphics", (char *)graphics, NULL};
        char *export[] = {tend, "export", "--format", "csv", NULL};
        struct leases *leases = hold(root, f->holder);
        CHECK_INT(run(root, output, review), 0);
        leases_close(leases);
        CHECK_INT(run(root, output, export), 0);
        compare(name, output);
    }
    free(tend);
    free(here);
}

TEST(accept_and_correct)
{
    play("decide", &plain, "100x30", "none");
}

TEST(imported_label_against_the_prediction)
{
    play("imported", &plain, "100x30", "none");
}

TEST(long_names)
{
    play("long", &long_names, "100x30", "none");
}

TEST(shorten_lengthen_choose)
{
    play("edit", &plain, "100x30", "none");
}

TEST(a_label_itself_is_changed)
{
    play("label", &plain, "100x30", "none");
}

TEST(pick_by_typing)
{
    play("pick", &plain, "100x30", "none");
}

TEST(last_picks_by_digit)
{
    play("picks", &plain, "100x30", "none");
}

TEST(walking_through_the_tree)
{
    play("walk", &plain, "100x30", "none");
}

TEST(what_korean_finds)
{
    play("pick_korean", &korean, "60x20", "none");
}

TEST(long_names_in_the_picker)
{
    play("pick_long", &long_names, "60x20", "none");
}

TEST(a_narrow_window)
{
    play("narrow", &long_names, "60x20", "none");
}

TEST(new_labels)
{
    play("new", &plain, "100x30", "none");
}

TEST(undo_and_redo)
{
    play("undo", &plain, "100x30", "none");
}

TEST(skip_flag_move)
{
    play("move", &plain, "100x30", "none");
}

TEST(resizes)
{
    play("resize", &plain, "100x30", "none");
}

TEST(pictures_in_blocks)
{
    play("blocks", &plain, "60x20", "blocks");
}

TEST(korean_names)
{
    play("korean", &korean, "80x24", "none");
}

TEST(hostile_file_names)
{
    play("hostile", &hostile, "80x24", "none");
}

TEST(grid)
{
    play("grid", &plain, "80x24", "blocks");
}

TEST(pages_and_what_changes_the_queue)
{
    play("pages", &plain, "80x20", "blocks");
}

TEST(paths_that_changed_behind_another_screen)
{
    play("seen", &two_models, "80x24", "blocks");
}

TEST(keys_typed_ahead_of_what_is_shown)
{
    play("ahead", &plain, "80x24", "blocks");
}

TEST(marks_by_terms)
{
    play("marks", &plain, "80x24", "none");
}

TEST(unreadable_photos)
{
    play("broken", &broken, "80x24", "blocks");
}

TEST(blind_samples)
{
    play("blind", &blind, "100x30", "none");
}

TEST(the_grid_without_blind_samples)
{
    play("blindgrid", &blind, "80x24", "blocks");
}

TEST(report_section_by_section)
{
    play("report", &plain, "100x30", "none");
}

TEST(without_a_model)
{
    play("unpredicted", &empty, "80x24", "none");
}

TEST(first_labels_of_an_empty_tree)
{
    play("first", &bare, "80x24", "none");
}

TEST(keys_before_the_photo_is_there)
{
    play("soon", &plain, "60x20", "blocks");
}

TEST(models_compared)
{
    play("models", &two_models, "80x24", "none");
}

TEST(a_damaged_model)
{
    play("damaged", &damaged, "100x30", "none");
}

TEST(filters_of_the_queue)
{
    play("filter", &plain, "100x30", "none");
}

TEST(a_photo_that_another_has_on_the_screen)
{
    struct fixture shared = plain;
    shared.holder = "anna";
    play("others", &shared, "80x24", "blocks");
}

TEST(a_decision_that_an_import_contradicts)
{
    struct fixture contradicted = plain;
    contradicted.conflict = 1;
    play("conflict", &contradicted, "100x30", "none");
}

TEST(search_in_the_queue)
{
    play("search", &plain, "80x24", "none");
}

TEST(other_screens)
{
    play("screens", &plain, "100x30", "none");
}

TEST(a_key_file)
{
    struct fixture bound = plain;
    bound.keys =
        "bind F2 accept\nbind c reject # c picked before\nunbind h\nbind x up\nbnd\nbind y skp\n";
    play("keys", &bound, "100x30", "none");
}

TEST(commands_of_no_other_script)
{
    play("rest", &plain, "100x30", "none");
}

TEST(the_mouse)
{
    play("mouse", &plain, "100x30", "none");
}

TEST(the_command_line)
{
    play("command", &plain, "100x30", "none");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
