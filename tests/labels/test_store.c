/* The store: photos, reviews, undo and redo, models, predictions, counts. */
#include "labels/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/rng.h"
#include "data/status.h"
#include "labels/queue.h"
#include "tests/check.h"

static struct status st;

/* food > (drink > (coffee, tea), bread); tools */
enum { FOOD, DRINK, COFFEE, TEA, BREAD, TOOLS };

static struct store *new_store(void)
{
    struct store *s;
    if (store_create(test_path("project.db"), 3, &s, &st) != 0) {
        printf("%s\n", st.text);
        abort();
    }
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    taxonomy_add(t, TAXONOMY_ROOT, "food", "f", NULL);
    taxonomy_add(t, FOOD, "drink", NULL, NULL);
    taxonomy_add(t, DRINK, "coffee", NULL, NULL);
    taxonomy_add(t, DRINK, "tea", NULL, NULL);
    taxonomy_add(t, FOOD, "bread", NULL, NULL);
    taxonomy_add(t, TAXONOMY_ROOT, "tools", NULL, NULL);
    if (store_save_taxonomy(s, t, &st) != 0) {
        printf("%s\n", st.text);
        abort();
    }
    taxonomy_free(t);
    return s;
}

static struct store *again(struct store *s)
{
    store_close(s);
    if (store_open(test_path("project.db"), &s, &st) != 0) {
        printf("%s\n", st.text);
        abort();
    }
    return s;
}

/* Photos 1..n without labels. */
static void add_photos(struct store *s, int n)
{
    for (int i = 1; i <= n; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo %d.jpg", i);
        struct photo_new p = {.path = name, .size = 100 + i, .node = -1};
        CHECK_INT(store_add_photos(s, &p, 1, "me", NULL, &st), 0);
    }
}

static void check_state(struct store *s, int64_t id, enum review_kind kind, int node, int flagged)
{
    struct photo p;
    if (!CHECK_INT(store_photo(s, id, &p, &st), 0))
        return;
    CHECK_TEXT(review_kind_name(p.state.kind), review_kind_name(kind));
    CHECK_INT(p.state.node, node);
    CHECK_INT(p.state.flagged, flagged);
    photo_clear(&p);
}

static int review(struct store *s, const char *who, int64_t photo, enum event_kind kind, int node)
{
    struct review r = {.photo = photo, .kind = kind, .node = node, .milliseconds = 10};
    return store_review(s, who, &r, 1, &st);
}

TEST(settings)
{
    char text[32];
    struct store *s = new_store();
    CHECK_TEXT(store_setting(s, "colour", "none", text, sizeof text), "none");
    CHECK_INT(store_set_setting(s, "colour", "green", &st), 0);
    CHECK_INT(store_set_setting(s, "colour", "blue", &st), 0);
    s = again(s);
    CHECK_TEXT(store_setting(s, "colour", "none", text, sizeof text), "blue");
    CHECK_TEXT(store_setting(s, "colour", "none", text, 3), "bl");
    store_close(s);
}

TEST(tree_is_kept)
{
    struct store *s = again(new_store());
    const struct taxonomy *t = store_taxonomy(s);
    CHECK_INT(taxonomy_count(t), 6);
    CHECK_INT(taxonomy_max_depth(t), 3);
    CHECK_TEXT(taxonomy_name(t, TEA), "tea");
    CHECK_TEXT(taxonomy_id(t, FOOD), "f");
    CHECK_INT(taxonomy_parent(t, TEA), DRINK);
    store_close(s);
}

TEST(photos_come_back)
{
    struct store *s = new_store();
    struct photo p;
    size_t added = 0;
    struct photo_new photos[] = {
        {.path = "a/\xff\xfe bytes.jpg", .size = 5, .modified = 6, .hash = UINT64_MAX, .node = -1},
        {.path = "b\n\"c\".png", .split = SPLIT_VAL, .node = COFFEE},
        {.path = "test.png", .split = SPLIT_TEST, .node = BREAD},
    };
    CHECK_INT(store_add_photos(s, photos, 3, "me", &added, &st), 0);
    CHECK_INT(added, 3);
    s = again(s);
    CHECK_INT(store_photo(s, 1, &p, &st), 0);
    CHECK_TEXT(p.path, "a/\xff\xfe bytes.jpg");
    CHECK_INT(p.size, 5);
    CHECK_INT(p.modified, 6);
    CHECK(p.hash == UINT64_MAX);
    CHECK_INT(p.split, SPLIT_NONE);
    CHECK_INT(p.state.node, -1);
    photo_clear(&p);
    CHECK_INT(store_find_photo(s, "b\n\"c\".png", &p, &st), 0);
    CHECK_INT(p.id, 2);
    CHECK_INT(p.split, SPLIT_VAL);
    CHECK_INT(p.state.node, COFFEE);
    CHECK_INT(p.state.kind, REVIEW_IMPORTED);
    photo_clear(&p);
    CHECK_INT(store_find_photo(s, "nowhere", &p, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_photo(s, 99, &p, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_set_photo_hash(s, 2, 77, &st), 0);
    CHECK_INT(store_set_photo_hash(s, 99, 77, &st), -1);
    CHECK_INT(store_photo(s, 2, &p, &st), 0);
    CHECK_INT(p.hash, 77);
    photo_clear(&p);
    store_close(s);
}

TEST(adding_again_keeps_reviews)
{
    struct store *s = new_store();
    struct photo_new p = {.path = "x.jpg", .size = 1, .node = TEA};
    struct photo found;
    size_t added = 9;
    CHECK_INT(store_add_photos(s, &p, 1, "file", NULL, &st), 0);
    check_state(s, 1, REVIEW_IMPORTED, TEA, 0);
    p.node = BREAD; /* another file, another label */
    p.size = 0;
    p.split = SPLIT_TRAIN;
    CHECK_INT(store_add_photos(s, &p, 1, "file", &added, &st), 0);
    CHECK_INT(added, 0);
    check_state(s, 1, REVIEW_IMPORTED, BREAD, 0);
    CHECK_INT(store_photo(s, 1, &found, &st), 0);
    CHECK_INT(found.size, 1);
    CHECK_INT(found.split, SPLIT_TRAIN);
    photo_clear(&found);
    CHECK_INT(review(s, "me", 1, EVENT_CORRECT, COFFEE), 0);
    p.node = TEA;
    p.split = SPLIT_NONE;
    CHECK_INT(store_add_photos(s, &p, 1, "file", NULL, &st), 0);
    check_state(s, 1, REVIEW_CORRECTED, COFFEE, 0);
    CHECK_INT(store_photo(s, 1, &found, &st), 0);
    CHECK_INT(found.split, SPLIT_TRAIN);
    photo_clear(&found);
    store_close(s);
}

TEST(wrong_photo_changes_nothing)
{
    struct store *s = new_store();
    struct store_counts counts;
    struct photo_new photos[] = {{.path = "x.jpg", .node = TEA}, {.path = "y.jpg", .node = 6}};
    CHECK_INT(store_add_photos(s, photos, 2, "file", NULL, &st), -1);
    CHECK_INT(st.code, STATUS_INVALID);
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.photos, 0);
    CHECK_INT(counts.labelled, 0);
    store_close(s);
}

TEST(reviews_and_counts)
{
    struct store *s = new_store();
    struct store_counts c;
    struct photo_new labelled = {.path = "labelled.jpg", .split = SPLIT_TEST, .node = TEA};
    add_photos(s, 6);
    CHECK_INT(store_add_photos(s, &labelled, 1, "file", NULL, &st), 0);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(review(s, "me", 2, EVENT_CORRECT, TEA), 0);
    CHECK_INT(review(s, "me", 3, EVENT_REJECT, -1), 0);
    CHECK_INT(review(s, "me", 4, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "me", 4, EVENT_FLAG, -1), 0);
    CHECK_INT(review(s, "me", 2, EVENT_FLAG, -1), 0);
    CHECK_INT(review(s, "me", 2, EVENT_UNFLAG, -1), 0);
    CHECK_INT(review(s, "me", 1, EVENT_SKIP, -1), 0); /* keeps its label */
    s = again(s);
    check_state(s, 1, REVIEW_SKIPPED, COFFEE, 0);
    check_state(s, 2, REVIEW_CORRECTED, TEA, 0);
    check_state(s, 3, REVIEW_REJECTED, -1, 0);
    check_state(s, 4, REVIEW_SKIPPED, -1, 1);
    CHECK_INT(store_count(s, &c, &st), 0);
    CHECK_INT(c.photos, 7);
    CHECK_INT(c.labelled, 3);
    CHECK_INT(c.imported, 1);
    CHECK_INT(c.accepted, 0);
    CHECK_INT(c.corrected, 1);
    CHECK_INT(c.rejected, 1);
    CHECK_INT(c.skipped, 2);
    CHECK_INT(c.reviewed, 2);
    CHECK_INT(c.flagged, 1);
    CHECK_INT(c.test, 1);
    CHECK_INT(review(s, "me", 99, EVENT_ACCEPT, COFFEE), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, 6), -1);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, -1), -1);
    CHECK_INT(review(s, "me", 1, EVENT_UNDO, COFFEE), -1);
    check_state(s, 1, REVIEW_SKIPPED, COFFEE, 0);
    store_close(s);
}

/* A label on an inner node makes it a terminal, in the file too, and a labelled leaf stays one when it
 * gets children. */
TEST(labels_make_terminals)
{
    struct store *s = new_store();
    add_photos(s, 1);
    CHECK(!taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK_INT(review(s, "me", 1, EVENT_CORRECT, DRINK), 0);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK_INT(review(s, "me", 1, EVENT_CORRECT, BREAD), 0);
    struct photo_new p = {.path = "x.jpg", .node = FOOD};
    CHECK_INT(store_add_photos(s, &p, 1, "file", NULL, &st), 0);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    CHECK_INT(taxonomy_add(t, BREAD, "rye", NULL, &st), 6);
    CHECK_INT(taxonomy_add(t, TOOLS, "hammer", NULL, &st), 7);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    s = again(s);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK(taxonomy_is_terminal(store_taxonomy(s), FOOD));
    CHECK(taxonomy_is_terminal(store_taxonomy(s), BREAD));
    CHECK(!taxonomy_is_terminal(store_taxonomy(s), TOOLS));
    store_close(s);
}

/* ---- undo and redo -------------------------------------------------------------------------- */

TEST(undo_and_redo)
{
    struct store *s = new_store();
    int64_t photo = 0;
    size_t count = 0;
    add_photos(s, 3);
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(review(s, "me", 1, EVENT_CORRECT, TEA), 0);
    CHECK_INT(review(s, "me", 2, EVENT_REJECT, -1), 0);
    s = again(s); /* undo has no end: not even that of the program */
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), 0);
    CHECK_INT(photo, 2);
    CHECK_INT(count, 1);
    check_state(s, 2, REVIEW_NONE, -1, 0);
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), 0);
    CHECK_INT(photo, 1);
    check_state(s, 1, REVIEW_ACCEPTED, COFFEE, 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    check_state(s, 1, REVIEW_NONE, -1, 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_INT(store_redo(s, "me", &photo, &count, &st), 0);
    check_state(s, 1, REVIEW_ACCEPTED, COFFEE, 0);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    check_state(s, 1, REVIEW_CORRECTED, TEA, 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    check_state(s, 1, REVIEW_ACCEPTED, COFFEE, 0);
    /* a new review ends redo, also when it is undone again */
    CHECK_INT(review(s, "me", 3, EVENT_ACCEPT, BREAD), 0);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_undo(s, "me", &photo, NULL, &st), 0);
    CHECK_INT(photo, 3);
    CHECK_INT(store_redo(s, "me", &photo, NULL, &st), 0);
    CHECK_INT(photo, 3);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), -1);
    check_state(s, 1, REVIEW_ACCEPTED, COFFEE, 0);
    check_state(s, 2, REVIEW_NONE, -1, 0);
    check_state(s, 3, REVIEW_ACCEPTED, BREAD, 0);
    store_close(s);
}

TEST(a_step_is_one_call)
{
    struct store *s = new_store();
    int64_t photo = 0;
    size_t count = 0;
    add_photos(s, 3);
    struct review both[] = {{.photo = 2, .kind = EVENT_CORRECT, .node = TEA},
                            {.photo = 3, .kind = EVENT_CORRECT, .node = TEA},
                            {.photo = 2, .kind = EVENT_FLAG}};
    CHECK_INT(store_review(s, "me", both, 3, &st), 0);
    check_state(s, 2, REVIEW_CORRECTED, TEA, 1);
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), 0);
    CHECK_INT(photo, 2);
    CHECK_INT(count, 3);
    check_state(s, 2, REVIEW_NONE, -1, 0);
    check_state(s, 3, REVIEW_NONE, -1, 0);
    CHECK_INT(store_redo(s, "me", &photo, &count, &st), 0);
    CHECK_INT(photo, 2);
    check_state(s, 2, REVIEW_CORRECTED, TEA, 1);
    check_state(s, 3, REVIEW_CORRECTED, TEA, 0);
    /* one wrong review in a call: none of it happens */
    struct review wrong[] = {{.photo = 1, .kind = EVENT_CORRECT, .node = TEA},
                             {.photo = 77, .kind = EVENT_CORRECT, .node = TEA}};
    CHECK_INT(store_review(s, "me", wrong, 2, &st), -1);
    check_state(s, 1, REVIEW_NONE, -1, 0);
    /* an import is a step too */
    struct photo_new import[] = {{.path = "photo 1.jpg", .node = COFFEE},
                                 {.path = "photo 2.jpg", .node = COFFEE},
                                 {.path = "new.jpg", .node = BREAD}};
    CHECK_INT(store_add_photos(s, import, 3, "file", NULL, &st), 0);
    check_state(s, 1, REVIEW_IMPORTED, COFFEE, 0);
    check_state(s, 2, REVIEW_CORRECTED, TEA, 1);
    CHECK_INT(store_undo(s, "file", &photo, &count, &st), 0);
    CHECK_INT(count, 2);
    check_state(s, 1, REVIEW_NONE, -1, 0);
    check_state(s, 4, REVIEW_NONE, -1, 0);
    store_close(s);
}

TEST(undo_leaves_what_others_did)
{
    struct store *s = new_store();
    add_photos(s, 2);
    CHECK_INT(review(s, "ann", 1, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(review(s, "bob", 1, EVENT_CORRECT, TEA), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    check_state(s, 1, REVIEW_CORRECTED, TEA, 0);
    CHECK_INT(store_undo(s, "bob", NULL, NULL, &st), 0); /* his own step he may */
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), 0);
    check_state(s, 1, REVIEW_NONE, -1, 0);
    CHECK_INT(store_redo(s, "bob", NULL, NULL, &st), -1); /* it stood on hers */
    CHECK_INT(st.code, STATUS_CONFLICT);
    check_state(s, 1, REVIEW_NONE, -1, 0);
    /* The same answer by somebody else is a decision too. */
    CHECK_INT(review(s, "ann", 2, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(review(s, "bob", 2, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    check_state(s, 2, REVIEW_ACCEPTED, COFFEE, 0);
    CHECK_INT(store_undo(s, "nobody", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    store_close(s);
}

/* Random reviews, undos and redos against a plain list of what should be. */
struct model_state {
    struct review_state photo[4];
};

TEST(random_undo_and_redo)
{
    enum { STEPS = 250, PHOTOS = 4 };
    struct store *s = new_store();
    static struct model_state history[STEPS + 1];
    struct rng r;
    int at = 0, top = 0; /* states 0..top; at: where we are */
    rng_seed(&r, 7, 1);
    add_photos(s, PHOTOS);
    for (int i = 0; i < PHOTOS; i++)
        history[0].photo[i] = (struct review_state){REVIEW_NONE, -1, 0};
    for (int i = 0; i < 250; i++) {
        uint32_t what = rng_below(&r, 10);
        if (what < 3) {
            CHECK_INT(store_undo(s, "me", NULL, NULL, &st), at > 0 ? 0 : -1);
            at -= at > 0;
        } else if (what < 5) {
            CHECK_INT(store_redo(s, "me", NULL, NULL, &st), at < top ? 0 : -1);
            at += at < top;
        } else {
            int photo = (int)rng_below(&r, PHOTOS), node = (int)rng_below(&r, 6);
            enum event_kind kind = (enum event_kind)(EVENT_ACCEPT + rng_below(&r, 6));
            CHECK_INT(review(s, "me", photo + 1, kind, node), 0);
            history[at + 1] = history[at];
            struct review_state *p = &history[++at].photo[photo];
            top = at;
            if (kind == EVENT_ACCEPT || kind == EVENT_CORRECT)
                *p = (struct review_state){kind == EVENT_ACCEPT ? REVIEW_ACCEPTED : REVIEW_CORRECTED,
                                           node, p->flagged};
            else if (kind == EVENT_REJECT)
                *p = (struct review_state){REVIEW_REJECTED, -1, p->flagged};
            else if (kind == EVENT_SKIP)
                p->kind = REVIEW_SKIPPED;
            else
                p->flagged = kind == EVENT_FLAG;
        }
        for (int k = 0; k < PHOTOS; k++)
            check_state(s, k + 1, history[at].photo[k].kind, history[at].photo[k].node,
                        history[at].photo[k].flagged);
    }
    store_close(s);
}

/* ---- events --------------------------------------------------------------------------------- */

struct chain {
    int64_t last_id, last_time;
    struct review_state state[8];
    int count, undos;
};

static int follow(void *arg, const struct event *e)
{
    struct chain *c = arg;
    CHECK(e->id > c->last_id);
    CHECK(e->time > 1600000000000);
    CHECK_INT(e->before.kind, c->state[e->photo].kind);
    CHECK_INT(e->before.node, c->state[e->photo].node);
    CHECK_INT(e->before.flagged, c->state[e->photo].flagged);
    CHECK_INT(e->undoes != 0, e->kind == EVENT_UNDO || e->kind == EVENT_REDO);
    c->undos += e->kind == EVENT_UNDO;
    c->state[e->photo] = e->after;
    c->last_id = e->id;
    c->count++;
    return 0;
}

TEST(events_add_up_to_the_state)
{
    struct store *s = new_store();
    struct chain chain = {0};
    add_photos(s, 3);
    for (int i = 0; i < 8; i++)
        chain.state[i] = (struct review_state){REVIEW_NONE, -1, 0};
    struct chain empty = chain;
    struct review r = {.photo = 2, .kind = EVENT_CORRECT, .node = TEA, .model = 3,
                       .milliseconds = 1234};
    CHECK_INT(store_review(s, "ann", &r, 1, &st), 0);
    static struct review many[292]; /* more than are read at once */
    for (int i = 0; i < 292; i++)
        many[i] = (struct review){.photo = 1 + i % 3, .node = COFFEE,
                                  .kind = i % 2 ? EVENT_ACCEPT : EVENT_FLAG};
    CHECK_INT(store_review(s, "bob", many, 292, &st), 0);
    for (int i = 0; i < 8; i++)
        CHECK_INT(review(s, "bob", 1 + i % 3, i % 2 ? EVENT_ACCEPT : EVENT_FLAG, COFFEE), 0);
    for (int i = 0; i < 5; i++)
        CHECK_INT(store_undo(s, "bob", NULL, NULL, &st), 0);
    CHECK_INT(store_redo(s, "bob", NULL, NULL, &st), 0);
    CHECK_INT(store_each_event(s, 0, follow, &chain, &st), 0);
    CHECK_INT(chain.count, 307);
    CHECK_INT(chain.undos, 5);
    for (int id = 1; id <= 3; id++)
        check_state(s, id, chain.state[id].kind, chain.state[id].node, chain.state[id].flagged);
    chain = empty;
    CHECK_INT(store_each_event(s, 2, follow, &chain, &st), 0);
    CHECK(chain.count >= 101 && chain.count < 110);
    store_close(s);
}

TEST(work_since)
{
    struct store *s = new_store();
    int64_t n = 9, ms = 9;
    add_photos(s, 3);
    for (int i = 0; i < 4; i++)
        CHECK_INT(review(s, "ann", 1 + i % 3, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "ann", 1, EVENT_FLAG, -1), 0);
    CHECK_INT(review(s, "bob", 1, EVENT_REJECT, -1), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), -1); /* bob came after: the flag stays */
    CHECK_INT(review(s, "ann", 2, EVENT_SKIP, -1), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), 0);
    CHECK_INT(store_work_since(s, "ann", 0, &n, &ms, &st), 0);
    CHECK_INT(n, 4);
    CHECK_INT(ms, 40);
    CHECK_INT(store_work_since(s, NULL, 0, &n, &ms, &st), 0);
    CHECK_INT(n, 5);
    CHECK_INT(store_work_since(s, "ann", INT64_MAX, &n, &ms, &st), 0);
    CHECK_INT(n, 0);
    CHECK_INT(store_work_since(s, "nobody", 0, &n, &ms, &st), 0);
    CHECK_INT(n, 0);
    store_close(s);
}

/* ---- models and predictions ----------------------------------------------------------------- */

static int count_models(void *arg, const struct model_record *m)
{
    int *last = arg;
    CHECK(m->number < *last || *last == 0);
    *last = m->number;
    return 0;
}

TEST(models)
{
    struct store *s = new_store();
    struct model_record m = {.score_before = -1, .score_after = NAN, .parameters = 1234567890123,
                             .gmac = 0.3, .depth = "head", .architecture = "net", .note = "new"}, out;
    int last = 0;
    CHECK_INT(store_current_model(s), 0);
    CHECK_INT(store_next_model(s, &st), 1);
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    CHECK_INT(m.number, 1);
    m.number = 5;
    CHECK_INT(store_add_model(s, &m, 0, &st), 0);
    CHECK_INT(store_add_model(s, &m, 0, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(store_next_model(s, &st), 6);
    CHECK_INT(store_current_model(s), 1);
    CHECK_INT(store_use_model(s, 5, &st), 0);
    CHECK_INT(store_use_model(s, 4, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    s = again(s);
    CHECK_INT(store_current_model(s), 5);
    CHECK_INT(store_model(s, 1, &out, &st), 0);
    CHECK_INT(out.parameters, 1234567890123);
    CHECK_NEAR(out.gmac, 0.3, 0);
    CHECK_NEAR(out.score_after, -1, 0);
    CHECK_TEXT(out.architecture, "net");
    CHECK(out.created > 1600000000000);
    snprintf(out.note, sizeof out.note, "worse");
    out.removed = 1;
    CHECK_INT(store_update_model(s, &out, &st), 0);
    CHECK_INT(store_model(s, 1, &out, &st), 0);
    CHECK_TEXT(out.note, "worse");
    CHECK_INT(store_use_model(s, 1, &st), -1);
    CHECK_INT(store_use_model(s, 0, &st), 0);
    CHECK_INT(store_current_model(s), 0);
    CHECK_INT(store_model(s, 9, &out, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_each_model(s, count_models, &last, &st), 0);
    CHECK_INT(last, 1);
    store_close(s);
}

TEST(predictions)
{
    struct store *s = new_store();
    float p[6];
    char problem[20];
    struct store_counts counts;
    int terminal[] = {TEA, COFFEE};
    float probability[] = {0.75f, 0.25f};
    add_photos(s, 3);
    struct prediction predictions[] = {
        {.photo = 1, .model = 1, .node = TEA, .expected = .9f, .gap = .1f, .count = 2,
         .terminal = terminal, .probability = probability},
        {.photo = 2, .model = 1, .node = -1, .problem = "cannot be read: truncated"},
        {.photo = 2, .model = 2, .node = TEA, .expected = .5f, .count = 1, .terminal = terminal,
         .probability = probability},
    };
    struct model_record m = {.depth = "head"};
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), 3);
    CHECK_INT(store_put_predictions(s, predictions, 3, &st), 0);
    CHECK_INT(store_put_predictions(s, predictions, 1, &st), 0); /* replaces */
    CHECK_INT(store_count_unpredicted(s, 1, &st), 1);
    CHECK_INT(store_count_unpredicted(s, 2, &st), 2);
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.predicted, 2);
    s = again(s);
    CHECK_INT(store_prediction(s, 1, 1, p, 6, problem, sizeof problem, &st), 0);
    CHECK_NEAR(p[TEA], .75, 0);
    CHECK_NEAR(p[COFFEE], .25, 0);
    CHECK_NEAR(p[BREAD], 0, 0);
    CHECK_TEXT(problem, "");
    p[2] = 7;
    CHECK_INT(store_prediction(s, 1, 1, p, 3, NULL, 0, &st), 0); /* fewer nodes than there are */
    CHECK_NEAR(p[COFFEE], .25, 0);
    CHECK_INT(store_prediction(s, 2, 1, p, 6, problem, sizeof problem, &st), 0);
    CHECK_TEXT(problem, "cannot be read: tru");
    CHECK_NEAR(p[TEA], 0, 0);
    CHECK_INT(store_prediction(s, 3, 1, p, 6, problem, sizeof problem, &st), 1);
    predictions[0].photo = 99;
    CHECK_INT(store_put_predictions(s, predictions, 1, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_keep_predictions(s, 2, &st), 0);
    CHECK_INT(store_prediction(s, 1, 1, p, 6, problem, sizeof problem, &st), 1);
    CHECK_INT(store_prediction(s, 2, 2, p, 6, problem, sizeof problem, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), 3);
    CHECK_INT(store_count_unpredicted(s, 2, &st), 2);
    store_close(s);
}

TEST(many_predictions_dropped)
{
    enum { N = 9000 };
    struct store *s = new_store();
    static struct photo_new photos[N];
    static struct prediction predictions[N];
    static char names[N][16];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
        predictions[i] = (struct prediction){.photo = i + 1, .model = 1 + i % 3, .node = TEA};
    }
    CHECK_INT(store_add_photos(s, photos, N, "me", NULL, &st), 0);
    CHECK_INT(store_put_predictions(s, predictions, N, &st), 0);
    CHECK_INT(store_keep_predictions(s, 2, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), N);
    CHECK_INT(store_count_unpredicted(s, 2, &st), N - N / 3);
    store_close(s);
}

TEST(unpredicted_photos)
{
    struct store *s = new_store();
    int64_t ids[10];
    add_photos(s, 6);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 3, EVENT_SKIP, -1), 0);
    CHECK_INT(store_unpredicted(s, 1, ids, 10, &st), 6);
    static const int64_t want[] = {2, 4, 5, 6, 3, 1}; /* unlabelled first, reviewed last */
    for (int i = 0; i < 6; i++)
        CHECK_INT(ids[i], want[i]);
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 2);
    CHECK_INT(ids[1], 4);
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 2); /* nobody predicted them: the same again */
    CHECK_INT(ids[0], 2);
    for (int i = 0; i < 6; i++) {
        if (want[i] == 4)
            continue;
        struct prediction p = {.photo = want[i], .model = 1, .node = TEA};
        CHECK_INT(store_put_predictions(s, &p, 1, &st), 0);
    }
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 1); /* left behind: found by going round */
    CHECK_INT(ids[0], 4);
    CHECK_INT(store_unpredicted(s, 2, ids, 10, &st), 6);
    store_close(s);
}

/* ---- the queue ------------------------------------------------------------------------------ */

TEST(queue_has_what_passes)
{
    struct store *s = new_store();
    struct queue_item *items;
    size_t count;
    struct queue_filter f = {.below = -1};
    add_photos(s, 5);
    struct photo_new more[] = {{.path = "Test.jpg", .split = SPLIT_TEST, .node = -1},
                               {.path = "Val.jpg", .split = SPLIT_VAL, .node = TEA}};
    CHECK_INT(store_add_photos(s, more, 2, "me", NULL, &st), 0);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 2, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "me", 3, EVENT_FLAG, -1), 0);
    struct prediction p[] = {{.photo = 3, .model = 1, .node = TEA, .expected = .5f, .gap = .25f},
                             {.photo = 4, .model = 1, .node = -1, .problem = "broken"},
                             {.photo = 5, .model = 1, .node = BREAD, .expected = .75f},
                             {.photo = 7, .model = 2, .node = BREAD, .expected = .75f}};
    CHECK_INT(store_put_predictions(s, p, 4, &st), 0);
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    if (CHECK_INT(count, 5)) {
        CHECK_INT(items[0].photo, 2);
        CHECK_INT(items[0].labelled, 3);
        CHECK(items[0].event > 0);
        CHECK_INT(items[1].photo, 3);
        CHECK_NEAR(items[1].expected, .5, 0);
        CHECK_NEAR(items[1].gap, .25, 0);
        CHECK_INT(items[1].node, TEA);
        CHECK_INT(items[1].labelled, 0);
        CHECK_INT(items[2].photo, 4);
        CHECK_INT(items[2].node, -1);
        CHECK(items[2].expected < 0);
        CHECK_INT(items[3].photo, 5);
        CHECK_INT(items[4].photo, 7);
        CHECK_INT(items[4].labelled, 1);
        CHECK(items[4].expected < 0);
    }
    free(items);
    f.include_reviewed = 1;
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 6);
    free(items);
    f.only_flagged = 1;
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = FOOD};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 2);
    free(items);
    f = (struct queue_filter){.below = DRINK};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = -1, .path_contains = "VAL"};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = -1, .split = SPLIT_VAL};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    CHECK_INT(store_queue(s, 1, NULL, &items, &count, &st), 0);
    CHECK_INT(count, 5);
    free(items);
    store_close(s);
}

static int remember(void *arg, const struct photo *p)
{
    int64_t *last = arg;
    CHECK_INT(p->id, *last + 1);
    *last = p->id;
    return p->id == 500;
}

TEST(each_photo_in_order)
{
    struct store *s = new_store();
    static char names[600][16];
    static struct photo_new photos[600];
    int64_t last = 0;
    for (int i = 0; i < 600; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
    }
    CHECK_INT(store_add_photos(s, photos, 300, "me", NULL, &st), 0);
    CHECK_INT(store_each_photo(s, remember, &last, &st), 0);
    CHECK_INT(last, 300);
    CHECK_INT(store_add_photos(s, photos, 600, "me", NULL, &st), 0);
    last = 0;
    CHECK_INT(store_each_photo(s, remember, &last, &st), 0);
    CHECK_INT(last, 500); /* visit stopped it */
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
