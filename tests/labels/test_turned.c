#include "labels/turned.h"

#include <string.h>

#include "tests/labels/store_fixture.h"

static void review_many(struct store *s, int64_t first, int64_t last, enum event_kind kind,
                        int node)
{
    struct review reviews[8] = {0};
    size_t n = 0;
    for (int64_t id = first; id <= last; id++)
        reviews[n++] = (struct review){.photo = id, .kind = kind, .node = node};
    CHECK_INT(store_review(s, "me", reviews, n, &st), 0);
}

static void check_turned(struct store *s, int undo, const char *wanted)
{
    char text[400];
    int64_t since = store_last_event(s, &st);
    CHECK_INT((undo ? store_undo : store_redo)(s, "me", NULL, NULL, &st), 0);
    CHECK_TEXT(turned_text(s, since, text, sizeof text), wanted);
}

TEST(answers)
{
    struct store *s = new_store();
    add_photos(s, 4);
    review_many(s, 1, 1, EVENT_GIVE, TEA);
    review_many(s, 1, 4, EVENT_GIVE, COFFEE); /* over the tea of the first one */
    review_many(s, 2, 3, EVENT_FLAG, -1);
    review_many(s, 4, 4, EVENT_REJECT, -1);
    check_turned(s, 1, "photo 4.jpg, rejected");
    check_turned(s, 1, "2 photos, flag");
    check_turned(s, 1, "4 photos, coffee"); /* what was taken back, not the tea that comes back */
    check_turned(s, 1, "photo 1.jpg, tea");
    check_turned(s, 0, "photo 1.jpg, tea");
    check_turned(s, 0, "4 photos, coffee");
    store_close(s);
}

TEST(the_same_answer_again_is_no_flag)
{
    struct store *s = new_store();
    add_photos(s, 1);
    review_many(s, 1, 1, EVENT_ACCEPT, TEA);
    review_many(s, 1, 1, EVENT_ACCEPT, TEA);
    check_turned(s, 1, "photo 1.jpg, tea");
    store_close(s);
}

TEST(several_labels_in_one_step)
{
    struct store *s = new_store();
    add_photos(s, 2);
    const struct review reviews[] = {{.photo = 1, .kind = EVENT_GIVE, .node = TEA},
                                     {.photo = 2, .kind = EVENT_GIVE, .node = BREAD}};
    CHECK_INT(store_review(s, "me", reviews, 2, &st), 0);
    check_turned(s, 1, "2 photos");
    store_close(s);
}

TEST(the_tree)
{
    struct store *s = new_store();
    const struct tree_edit rename = {.kind = TREE_RENAME, .node = TEA, .name = "infusion"};
    CHECK_INT(store_edit_taxonomy(s, "me", &rename, &st), 0);
    check_turned(s, 1, "'infusion' is called 'tea' again");
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
