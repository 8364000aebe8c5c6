/* The store: photos, reviews, counts, undo and redo, events. */
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "tests/labels/store_fixture.h"

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

TEST(a_given_label_stands_and_a_label_that_is_not_taken_marks_nothing)
{
    struct store *s = new_store();
    struct store_counts c;
    struct photo_new p = {.path = "photo1.jpg", .node = -1};
    add_photos(s, 2);
    CHECK_INT(review(s, "me", 1, EVENT_GIVE, COFFEE), 0);
    struct photo found;
    CHECK_INT(store_photo(s, 1, &found, &st), 0);
    p.path = found.path;
    p.node = DRINK; /* an inner node: no truth may end there because of this */
    CHECK_INT(store_add_photos(s, &p, 1, "file", NULL, &st), 0);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    CHECK(!taxonomy_is_terminal(store_taxonomy(s), DRINK));
    s = again(s);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    CHECK_INT(store_count(s, &c, &st), 0);
    CHECK_INT(c.given, 1);
    CHECK_INT(c.reviewed, 1);
    CHECK_INT(c.corrected, 0);
    int64_t wait[4];
    CHECK_INT(store_unpredicted(s, 1, wait, 4, &st), 2);
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

/* A label on an inner node makes it a terminal, in the file too, and a labelled leaf stays one when
 * it gets children. */
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
    CHECK_INT(store_redo(s, "bob", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    /* What is before a step that has to stay can be come to, and the step itself when nothing
     * stands on it. */
    CHECK_INT(review(s, "ann", 2, EVENT_REJECT, -1), 0);
    CHECK_INT(review(s, "ann", 1, EVENT_ACCEPT, COFFEE), 0);
    CHECK_INT(review(s, "bob", 1, EVENT_CORRECT, TEA), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "once more goes back before it");
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), 0);
    check_state(s, 2, REVIEW_NONE, -1, 0);
    check_state(s, 1, REVIEW_CORRECTED, TEA, 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_undo(s, "bob", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), 0);
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
                *p = (struct review_state){
                    kind == EVENT_ACCEPT ? REVIEW_ACCEPTED : REVIEW_CORRECTED, node, p->flagged};
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
    struct review r = {
        .photo = 2, .kind = EVENT_CORRECT, .node = TEA, .model = 3, .milliseconds = 1234};
    CHECK_INT(store_review(s, "ann", &r, 1, &st), 0);
    static struct review many[292]; /* more than are read at once */
    for (int i = 0; i < 292; i++)
        many[i] = (struct review){
            .photo = 1 + i % 3, .node = COFFEE, .kind = i % 2 ? EVENT_ACCEPT : EVENT_FLAG};
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
    CHECK_INT(review(s, "ann", 2, EVENT_REJECT, -1), 0);
    CHECK_INT(store_undo(s, "ann", NULL, NULL, &st), 0);
    CHECK_INT(review(s, "ann", 3, EVENT_SKIP, -1), 0); /* it will be decided later */
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

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
