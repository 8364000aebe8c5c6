/* Changes to the tree of a store with photos. */
#ifndef TESTS_LABELS_EDITS_FIXTURE_H
#define TESTS_LABELS_EDITS_FIXTURE_H

#include "tests/labels/store_fixture.h"

static inline int edit(struct store *s, int kind, int node, int to, const char *name)
{
    struct tree_edit e = {.node = node, .to = to, .name = name};
    e.kind = kind;
    return store_edit_taxonomy(s, "me", &e, &st);
}

static inline const char *path_of(struct store *s, int node)
{
    static char text[4][400];
    static int turn;
    return taxonomy_format(store_taxonomy(s), node, " > ", text[turn = (turn + 1) % 4],
                           sizeof *text);
}

static inline int label_of(struct store *s, int64_t id)
{
    struct photo p;
    CHECK_INT(store_photo(s, id, &p, &st), 0);
    int node = p.state.node;
    photo_clear(&p);
    return node;
}

static inline void label(struct store *s, int64_t photo, int node)
{
    struct review r = {.photo = photo, .kind = EVENT_CORRECT, .node = node};
    CHECK_INT(store_review(s, "me", &r, 1, &st), 0);
}

static inline struct store *with_photos(void)
{
    struct store *s = new_store();
    add_photos(s, 4);
    return s;
}

#endif
