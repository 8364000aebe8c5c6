/* Changes to the tree are undone, redone, and refused to be, one by one and at random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "tests/labels/edits_fixture.h"

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

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
