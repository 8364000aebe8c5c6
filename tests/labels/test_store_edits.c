/* Changes to the tree: what photos, predictions and files say keeps its meaning; everything can be
 * undone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "labels/decide.h"
#include "labels/queue.h"
#include "labels/filter.h"
#include "tests/labels/store_fixture.h"

static int edit(struct store *s, int kind, int node, int to, const char *name)
{
    struct tree_edit e = {.node = node, .to = to, .name = name};
    e.kind = kind;
    return store_edit_taxonomy(s, "me", &e, &st);
}

static const char *path_of(struct store *s, int node)
{
    static char text[4][400];
    static int turn;
    return taxonomy_format(store_taxonomy(s), node, " > ", text[turn = (turn + 1) % 4],
                           sizeof *text);
}

static int label_of(struct store *s, int64_t id)
{
    struct photo p;
    CHECK_INT(store_photo(s, id, &p, &st), 0);
    int node = p.state.node;
    photo_clear(&p);
    return node;
}

static void label(struct store *s, int64_t photo, int node)
{
    struct review r = {.photo = photo, .kind = EVENT_CORRECT, .node = node};
    CHECK_INT(store_review(s, "me", &r, 1, &st), 0);
}

static struct store *with_photos(void)
{
    struct store *s = new_store();
    add_photos(s, 4);
    return s;
}

TEST(renamed)
{
    struct store *s = with_photos();
    label(s, 1, TEA);
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, " infusion "), 0);
    CHECK_TEXT(path_of(s, label_of(s, 1)), "food > drink > infusion");
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "coffee"), -1);
    CHECK_CONTAINS(st.text, "merge the two");
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "infusion"), -1); /* nothing changes: no step */
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "a\nb"), -1);
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, " "), -1);
    CHECK_INT(edit(s, TREE_RENAME, 77, 0, "x"), -1);
    s = again(s);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), DRINK, "tea"), -1);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), DRINK, "infusion"), TEA);
    int64_t photo = 7;
    size_t count = 7;
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), 0);
    CHECK_INT(count, 0);
    CHECK_TEXT(store_tree_turned(s), "'infusion' is called 'tea' again");
    CHECK_TEXT(path_of(s, TEA), "food > drink > tea");
    CHECK_INT(store_undo(s, "me", &photo, &count, &st), 0); /* the review */
    CHECK_INT(photo, 1);
    CHECK_TEXT(store_tree_turned(s), "");
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    s = again(s);
    CHECK_TEXT(path_of(s, label_of(s, 1)), "food > drink > infusion");
    store_close(s);
}

/* Below a node of a larger number, which is read before its parent. */
TEST(moved)
{
    struct store *s = with_photos();
    label(s, 1, COFFEE);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int box = taxonomy_add(t, TAXONOMY_ROOT, "box", NULL, &st);
    CHECK_INT(store_grow_taxonomy(s, "me", t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(edit(s, TREE_MOVE, DRINK, box, NULL), 0);
    CHECK_TEXT(path_of(s, label_of(s, 1)), "box > drink > coffee");
    CHECK_INT(edit(s, TREE_MOVE, box, COFFEE, NULL), -1);
    CHECK_CONTAINS(st.text, "below it");
    CHECK_INT(edit(s, TREE_MOVE, FOOD, DRINK, NULL), -1); /* food > bread would be too deep */
    CHECK_CONTAINS(st.text, "deeper than the 3 levels");
    s = again(s);
    const struct taxonomy *now = store_taxonomy(s);
    CHECK_TEXT(path_of(s, TEA), "box > drink > tea");
    CHECK(taxonomy_is_above(now, box, TEA) && !taxonomy_is_above(now, FOOD, TEA));
    CHECK_INT(taxonomy_depth(now, TEA), 3);
    CHECK_INT(edit(s, TREE_MOVE, TEA, TAXONOMY_ROOT, NULL), 0);
    CHECK_TEXT(path_of(s, TEA), "tea");
    CHECK_INT(taxonomy_depth(store_taxonomy(s), TEA), 1);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(store_tree_turned(s), "'drink' is 'food > drink' again");
    CHECK_TEXT(path_of(s, TEA), "food > drink > tea");
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0); /* that it was added */
    CHECK_INT(taxonomy_now(store_taxonomy(s), box), -1);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), TAXONOMY_ROOT, "box"), -1);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), TAXONOMY_ROOT, "box"), box);
    store_close(s);
}

static void predict(struct store *s, int64_t photo)
{
    int terminals[] = {COFFEE, TEA, BREAD};
    float p[] = {0.25f, 0.5f, 0.25f};
    struct prediction prediction = {.photo = photo,
                                    .model = 1,
                                    .node = TEA,
                                    .expected = 0.6f,
                                    .gap = 0.1f,
                                    .count = 3,
                                    .terminal = terminals,
                                    .probability = p};
    CHECK_INT(store_put_predictions(s, &prediction, 1, &st), 0);
}

TEST(merged)
{
    struct store *s = with_photos();
    label(s, 1, TEA);
    label(s, 2, COFFEE);
    predict(s, 3);
    CHECK_INT(edit(s, TREE_MERGE, TEA, COFFEE, NULL), 0);
    const struct taxonomy *t = store_taxonomy(s);
    CHECK_INT(label_of(s, 1), COFFEE);
    CHECK_INT(taxonomy_now(t, TEA), COFFEE);
    CHECK_INT(taxonomy_find_label(t, DRINK, "tea"), COFFEE); /* a file that still says so */
    CHECK_INT(taxonomy_find_child(t, DRINK, "tea"), -1);
    CHECK_INT(taxonomy_first_child(t, DRINK), COFFEE);
    CHECK_INT(taxonomy_next_sibling(t, COFFEE), -1);
    float p[8];
    CHECK_INT(store_prediction(s, 3, 1, p, taxonomy_count(t), NULL, 0, &st), 0);
    CHECK_NEAR(p[COFFEE], 0.75, 1e-6);
    CHECK_NEAR(p[TEA], 0, 0);
    struct queue_item *items;
    size_t count;
    struct filter below = {.count = 1, .term = {{.kind = FILTER_BELOW, .node = TEA}}};
    struct queue_request request = {.model = 1, .filter = &below};
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    CHECK_INT(items[0].node, COFFEE);
    free(items);
    struct terminals terminals;
    CHECK_INT(terminals_make(t, &terminals, &st), 0);
    CHECK_INT(terminals.index[TEA], -1);
    terminals_clear(&terminals);
    CHECK_INT(taxonomy_now(t, TEA), COFFEE);

    /* Its name is free, and then it is another label's. */
    CHECK_INT(edit(s, TREE_RENAME, COFFEE, 0, "tea"), 0);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), DRINK, "tea"), COFFEE);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);

    /* A flag says nothing of the label: taken back after the merge was, each photo has its own
     * again. */
    struct review flag = {.photo = 1, .kind = EVENT_FLAG, .node = -1};
    CHECK_INT(store_review(s, "you", &flag, 1, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(store_tree_turned(s), "'food > drink > tea' is a label of its own again");
    CHECK_INT(label_of(s, 1), TEA);
    CHECK_INT(label_of(s, 2), COFFEE);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    s = again(s);
    CHECK_INT(label_of(s, 1), COFFEE);
    store_close(s);
}

TEST(merged_with_what_is_below)
{
    struct store *s = with_photos();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int drinks = taxonomy_add(t, TAXONOMY_ROOT, "drinks", NULL, &st);
    int tea = taxonomy_add(t, drinks, "tea", NULL, &st),
        water = taxonomy_add(t, drinks, "water", NULL, &st);
    CHECK_INT(store_grow_taxonomy(s, "me", t, &st), 0);
    taxonomy_free(t);
    label(s, 1, tea);
    label(s, 2, drinks); /* whole labels end there */
    label(s, 3, water);
    CHECK_INT(edit(s, TREE_MERGE, drinks, DRINK, NULL), 0);
    CHECK_INT(label_of(s, 1), TEA);
    CHECK_TEXT(path_of(s, label_of(s, 3)), "food > drink > water");
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK_INT(edit(s, TREE_MERGE, FOOD, TEA, NULL), -1);
    CHECK_INT(edit(s, TREE_MERGE, TEA, TEA, NULL), -1);
    CHECK_INT(edit(s, TREE_MERGE, drinks, DRINK, NULL), -1); /* it is no more */
    CHECK_INT(edit(s, TREE_MERGE, TEA, DRINK, NULL), 0);     /* into the one above */
    CHECK_INT(label_of(s, 1), DRINK);
    s = again(s);
    CHECK_INT(label_of(s, 1), DRINK);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(path_of(s, label_of(s, 1)), "drinks > tea");
    CHECK_TEXT(path_of(s, label_of(s, 3)), "drinks > water");
    CHECK_INT(label_of(s, 2), drinks);
    store_close(s);
}

TEST(removed_only_when_nothing_is_labelled_so)
{
    struct store *s = with_photos();
    label(s, 1, TEA);
    CHECK_INT(edit(s, TREE_REMOVE, DRINK, 0, NULL), -1);
    CHECK_CONTAINS(st.text, "1 photo has the label 'food > drink > tea'");
    CHECK_INT(edit(s, TREE_REMOVE, COFFEE, 0, NULL), 0);
    CHECK_INT(taxonomy_find_child(store_taxonomy(s), DRINK, "coffee"), -1);
    struct review r = {.photo = 2, .kind = EVENT_CORRECT, .node = COFFEE};
    CHECK_INT(store_review(s, "me", &r, 1, &st), -1);
    CHECK_CONTAINS(st.text, "has been removed");
    /* The name may be used anew, and then the old one cannot come back. */
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int coffee = taxonomy_add(t, DRINK, "coffee", NULL, &st);
    CHECK(coffee > COFFEE);
    CHECK_INT(store_grow_taxonomy(s, "you", t, &st), 0);
    taxonomy_free(t);
    label(s, 2, coffee);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0); /* the label */
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_CONTAINS(st.text, "has a label 'coffee' already");
    CHECK_CONTAINS(st.text, "once more goes back before it");
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0); /* so it does: tea is taken back */
    CHECK_INT(label_of(s, 1), -1);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    s = again(s);
    CHECK_INT(label_of(s, 1), TEA);
    store_close(s);
}

TEST(added_is_undone_unless_it_is_used)
{
    struct store *s = with_photos();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int mate = taxonomy_add(t, DRINK, "mate", NULL, &st);
    CHECK_INT(store_grow_taxonomy(s, "me", t, &st), 0);
    taxonomy_free(t);
    struct review r = {.photo = 2, .kind = EVENT_CORRECT, .node = mate};
    CHECK_INT(store_review(s, "you", &r, 1, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "1 photo has the label 'food > drink > mate'");
    CHECK_INT(store_undo(s, "you", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(store_tree_turned(s), "'mate' is no label any more");
    store_close(s);
}

static int from_file(struct store *s, const char *a, const char *b, const char *c)
{
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int before = taxonomy_count(t),
        node = taxonomy_resolve(t, (const char *[]){a, b, c}, 3, 1, &st);
    if (taxonomy_count(t) > before)
        node = -2; /* it would be new */
    taxonomy_free(t);
    return node;
}

/* A file from before finds every label where it is now, until its name is another's. */
TEST(old_paths_lead_to_the_labels_of_today)
{
    struct store *s = with_photos();
    CHECK_INT(edit(s, TREE_RENAME, DRINK, 0, "beverage"), 0);
    CHECK_INT(edit(s, TREE_MOVE, TEA, FOOD, NULL), 0);
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "infusion"), 0);
    CHECK_INT(edit(s, TREE_MERGE, COFFEE, TEA, NULL), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(from_file(s, "food", "drink", "tea"), TEA);
        CHECK_INT(from_file(s, "food", "beverage", "tea"), TEA);
        CHECK_INT(from_file(s, "f", "tea", ""), TEA);
        CHECK_INT(from_file(s, "food", "drink", "coffee"), TEA);
        CHECK_INT(from_file(s, "food", "drink", "milk"), -2);
        s = again(s);
    }
    for (int i = 0; i < 3; i++) { /* to and fro leaves one behind */
        CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "tisane"), 0);
        CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "infusion"), 0);
    }
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 6 + 3 + 2);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int drink = taxonomy_add(t, FOOD, "drink", NULL, &st);
    CHECK(drink > TOOLS);
    CHECK_INT(store_grow_taxonomy(s, "me", t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(from_file(s, "food", "drink", "tea"), -2);
    CHECK_INT(from_file(s, "food", "beverage", "tea"), TEA);
    for (int i = 0; i < 11; i++)
        CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(from_file(s, "food", "drink", "tea"), TEA);
    CHECK_TEXT(path_of(s, TEA), "food > drink > tea");
    CHECK_INT(from_file(s, "food", "tea", ""), -2);
    store_close(s);
}

/* By way of what it was merged into, too. */
TEST(no_photo_gets_a_label_that_is_gone)
{
    struct store *s = with_photos();
    CHECK_INT(review(s, "you", 1, EVENT_CORRECT, TEA), 0);
    CHECK_INT(review(s, "you", 1, EVENT_CORRECT, BREAD), 0);
    CHECK_INT(edit(s, TREE_MERGE, TEA, COFFEE, NULL), 0);
    CHECK_INT(edit(s, TREE_REMOVE, COFFEE, 0, NULL), 0);
    CHECK_INT(store_undo(s, "you", NULL, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "the label 'tea' has been removed");
    CHECK_INT(label_of(s, 1), BREAD);
    CHECK_INT(review(s, "you", 1, EVENT_CORRECT, TEA), -1);
    CHECK_INT(label_of(s, 1), BREAD);
    struct queue_item *items;
    size_t count;
    struct filter below = {.count = 1, .term = {{.kind = FILTER_BELOW, .node = TEA}}};
    struct queue_request request = {.model = 1, .filter = &below};
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
    CHECK_INT(count, 0);
    free(items);
    store_close(s);
}

TEST(a_label_given_after_a_merge_stays_a_terminal_when_that_is_taken_back)
{
    struct store *s = with_photos();
    CHECK_INT(edit(s, TREE_MERGE, BREAD, DRINK, NULL), 0);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK_INT(review(s, "you", 1, EVENT_CORRECT, DRINK), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    s = again(s);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "you", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(label_of(s, 1), -1);
    store_close(s);
}

TEST(what_was_given_again_is_a_terminal_again)
{
    struct store *s = with_photos();
    CHECK_INT(edit(s, TREE_RENAME, DRINK, 0, "beverage"), 0);
    CHECK_INT(review(s, "me", 1, EVENT_GIVE, DRINK), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(label_of(s, 1), DRINK);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), DRINK));
    store_close(s);
}

TEST(a_merge_is_taken_back_though_the_other_was_renamed)
{
    struct store *s = with_photos();
    struct tree_edit rename = {.kind = TREE_RENAME, .node = DRINK, .name = "beverage"};
    label(s, 1, TEA);
    CHECK_INT(edit(s, TREE_MERGE, TEA, DRINK, NULL), 0);
    CHECK_INT(store_edit_taxonomy(s, "you", &rename, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(path_of(s, label_of(s, 1)), "food > beverage > tea");
    store_close(s);
}

/* Too deep by now, or a circle: said once, and then what is before it. */
TEST(what_cannot_be_taken_back_any_more_is_not_in_the_way)
{
    struct store *s = with_photos();
    label(s, 1, BREAD);
    CHECK_INT(edit(s, TREE_MOVE, DRINK, TAXONOMY_ROOT, NULL), 0);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    taxonomy_add(t, TEA, "green", NULL, &st);
    CHECK_INT(store_grow_taxonomy(s, "you", t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "deeper");
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(label_of(s, 1), -1);
    store_close(s);
}

/* One's own step that had to stay counts as one that stands. */
TEST(a_step_is_not_taken_from_below_one_that_stands)
{
    struct store *s = with_photos();
    struct review both[] = {{.photo = 1, .kind = EVENT_GIVE, .node = TEA},
                            {.photo = 2, .kind = EVENT_GIVE, .node = TEA}};
    CHECK_INT(review(s, "me", 1, EVENT_GIVE, TEA), 0);
    CHECK_INT(review(s, "me", 1, EVENT_GIVE, COFFEE), 0);
    CHECK_INT(store_review(s, "me", both, 2, &st), 0);
    CHECK_INT(review(s, "you", 2, EVENT_GIVE, BREAD), 0);
    for (int i = 0; i < 4; i++)
        CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(label_of(s, 1), TEA);
    CHECK_INT(store_undo(s, "you", NULL, NULL, &st), 0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(label_of(s, 1), -1);
    store_close(s);
}

TEST(the_last_that_was_there_is_meant)
{
    struct store *s = with_photos();
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "infusion"), 0);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int other = taxonomy_add(t, DRINK, "tea", NULL, &st);
    CHECK_INT(store_grow_taxonomy(s, "me", t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(edit(s, TREE_RENAME, other, 0, "chai"), 0);
    CHECK_INT(from_file(s, "food", "drink", "tea"), other);
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "tea"), 0);
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "infusion"), 0);
    CHECK_INT(from_file(s, "food", "drink", "tea"), TEA);
    store_close(s);
}

TEST(an_id_is_never_that_of_two)
{
    struct store *s = with_photos();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    taxonomy_add(t, DRINK, "water", "w", &st);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    CHECK_INT(edit(s, TREE_REMOVE, taxonomy_find_id(t, "w"), 0, NULL), 0);
    taxonomy_free(t);
    t = taxonomy_copy(store_taxonomy(s));
    taxonomy_add(t, FOOD, "wine", "w", &st);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "the id 'w' would be that of two labels");
    store_close(again(s));
}

TEST(a_name_is_no_path)
{
    struct store *s = with_photos();
    CHECK_INT(edit(s, TREE_RENAME, TEA, 0, "hot > tea"), -1);
    CHECK_CONTAINS(st.text, "several levels");
    store_close(s);
}

/* Another process sees it when it looks; what it writes meanwhile by the old tree is not lost. */
TEST(two_at_once)
{
    struct store *s = with_photos(), *other;
    CHECK_INT(store_open(test_path("project.db"), &other, &st), 0);
    CHECK_INT(edit(s, TREE_MERGE, TEA, COFFEE, NULL), 0);
    CHECK_INT(store_refresh_taxonomy(s, &st), 0); /* its own change is no news */
    struct review r = {.photo = 1, .kind = EVENT_CORRECT, .node = TEA};
    CHECK_INT(store_review(other, "you", &r, 1, &st), 0);
    CHECK_INT(label_of(s, 1), COFFEE);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(other));
    taxonomy_add(t, TEA, "green", NULL, NULL);
    taxonomy_add(t, DRINK, "milk", NULL, &st);
    CHECK_INT(store_save_taxonomy(other, t, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    taxonomy_free(t);
    CHECK_INT(store_refresh_taxonomy(other, &st), 1);
    CHECK_INT(store_refresh_taxonomy(other, &st), 0);
    CHECK_INT(label_of(other, 1), COFFEE);
    store_close(other);
    store_close(s);
}

/* ---- at random ------------------------------------------------------------------------------- */

/* The tree and all labels as text: what must come back. */
static char *picture(struct store *s)
{
    const struct taxonomy *t = store_taxonomy(s);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int v = 0; v < taxonomy_count(t); v++)
        fprintf(out, "%d %d %s\n", v, taxonomy_now(t, v),
                taxonomy_now(t, v) == v ? path_of(s, v) : "");
    for (int64_t id = 1; id <= 4; id++)
        fprintf(out, "%d\n", label_of(s, id));
    fclose(out);
    return text;
}

static void check_tree(const struct taxonomy *t)
{
    int standing = 0, walked = 0;
    for (int v = 0; v < taxonomy_count(t); v++) {
        int now = taxonomy_now(t, v);
        CHECK(now == -1 || taxonomy_now(t, now) == now);
        if (now != v)
            continue;
        standing++;
        int parent = taxonomy_parent(t, v);
        CHECK(parent == TAXONOMY_ROOT || taxonomy_now(t, parent) == parent);
        CHECK_INT(taxonomy_depth(t, v), taxonomy_depth(t, parent) + 1);
        CHECK(taxonomy_depth(t, v) <= taxonomy_max_depth(t));
        CHECK_INT(taxonomy_find_child(t, parent, taxonomy_name(t, v)), v);
        for (int c = taxonomy_first_child(t, v); c >= 0; c = taxonomy_next_sibling(t, c), walked++)
            CHECK_INT(taxonomy_parent(t, c), v);
    }
    for (int c = taxonomy_first_child(t, TAXONOMY_ROOT); c >= 0; c = taxonomy_next_sibling(t, c))
        walked++;
    CHECK_INT(walked, standing);
}

static int act_at_random(struct store *s, struct rng *r)
{
    const struct taxonomy *t = store_taxonomy(s);
    char name[2] = {(char)('a' + rng_below(r, 5)), 0};
    int nodes = taxonomy_count(t), node = (int)rng_below(r, (uint32_t)nodes);
    int to = (int)rng_below(r, (uint32_t)nodes + 1) - 1;
    uint32_t what = rng_below(r, 8);
    struct review review = {
        .photo = 1 + (int64_t)rng_below(r, 4), .kind = EVENT_CORRECT, .node = node};
    if (what < 2)
        return store_review(s, "me", &review, 1, &st);
    if (what < 4 && (to < 0 || taxonomy_now(t, to) == to)) {
        struct taxonomy *grown = taxonomy_copy(t);
        int result = taxonomy_add(grown, to, name, NULL, &st) < nodes
                         ? -1
                         : store_grow_taxonomy(s, "me", grown, &st);
        taxonomy_free(grown);
        return result;
    }
    return edit(s, (int)rng_below(r, 4), node, to, name);
}

TEST(any_number_of_changes_is_undone_and_redone)
{
    struct rng r;
    rng_seed(&r, 11, 1);
    for (int round = 0; round < 20; round++) {
        struct store *s = with_photos();
        char *pictures[61];
        int made = 0, tries = 0;
        pictures[0] = picture(s);
        while (made < 60 && tries++ < 400) {
            if (act_at_random(s, &r) != 0)
                continue;
            check_tree(store_taxonomy(s));
            pictures[++made] = picture(s);
            if (rng_below(&r, 8) == 0)
                s = again(s);
        }
        CHECK(made > 20);
        for (int i = made; i > 0; i--) {
            CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
            char *now = picture(s), *then = pictures[i - 1];
            /* Nodes added since are there still, as removed ones. */
            for (char *a = now, *b = then; *b;) {
                size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
                if (la != lb || strncmp(a, b, la) != 0) {
                    CHECK_CONTAINS(a, " -1 ");
                    CHECK(strstr(a, " -1 ") < a + la);
                    a += la + 1;
                    continue;
                }
                a += la + 1;
                b += lb + 1;
            }
            check_tree(store_taxonomy(s));
            free(now);
        }
        for (int i = 1; i <= made; i++)
            CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
        s = again(s);
        char *now = picture(s);
        CHECK_TEXT(now, pictures[made]);
        free(now);
        for (int i = 0; i <= made; i++)
            free(pictures[i]);
        store_close(s);
        remove(test_path("project.db"));
    }
}

/* A label that was merged counts for the one it went into, a rejected photo for none, a label taken
 * back no more. */
TEST(photos_of_each_label)
{
    struct store *s = new_store();
    int64_t n[6];
    add_photos(s, 5);
    const struct review given[] = {{.photo = 1, .kind = EVENT_GIVE, .node = COFFEE},
                                   {.photo = 2, .kind = EVENT_GIVE, .node = TEA},
                                   {.photo = 3, .kind = EVENT_GIVE, .node = DRINK},
                                   {.photo = 4, .kind = EVENT_GIVE, .node = TEA}};
    CHECK_INT(store_review(s, "me", given, 4, &st), 0);
    const struct review rejected = {.photo = 4, .kind = EVENT_REJECT, .node = -1};
    CHECK_INT(store_review(s, "me", &rejected, 1, &st), 0);
    CHECK_INT(store_count_labels(s, n, &st), 0);
    CHECK_INT(n[COFFEE], 1);
    CHECK_INT(n[TEA], 1);
    CHECK_INT(n[DRINK], 1);
    CHECK_INT(n[FOOD], 0);
    CHECK_INT(edit(s, TREE_MERGE, TEA, COFFEE, NULL), 0);
    CHECK_INT(store_count_labels(s, n, &st), 0);
    CHECK_INT(n[COFFEE], 2);
    CHECK_INT(n[TEA], 0);
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
