/* Changes to the tree: what photos, predictions and files say keeps its meaning. */
#include <stdlib.h>

#include "labels/decide.h"
#include "labels/queue.h"
#include "labels/filter.h"
#include "tests/labels/edits_fixture.h"

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
