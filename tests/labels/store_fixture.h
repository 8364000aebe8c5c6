/* A store to test with. */
#ifndef TESTS_LABELS_STORE_FIXTURE_H
#define TESTS_LABELS_STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/store.h"
#include "tests/check.h"

static struct status st;

/* food > (drink > (coffee, tea), bread); tools */
enum { FOOD, DRINK, COFFEE, TEA, BREAD, TOOLS };

static inline struct store *new_store(void)
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

static inline struct store *again(struct store *s)
{
    store_close(s);
    if (store_open(test_path("project.db"), &s, &st) != 0) {
        printf("%s\n", st.text);
        abort();
    }
    return s;
}

/* Photos 1..n without labels. */
static inline void add_photos(struct store *s, int n)
{
    for (int i = 1; i <= n; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo %d.jpg", i);
        struct photo_new p = {.path = name, .size = 100 + i, .node = -1};
        CHECK_INT(store_add_photos(s, &p, 1, "me", NULL, &st), 0);
    }
}

static inline void check_state(struct store *s, int64_t id, enum review_kind kind, int node,
                               int flagged)
{
    struct photo p;
    if (!CHECK_INT(store_photo(s, id, &p, &st), 0))
        return;
    CHECK_TEXT(review_kind_name(p.state.kind), review_kind_name(kind));
    CHECK_INT(p.state.node, node);
    CHECK_INT(p.state.flagged, flagged);
    photo_clear(&p);
}

static inline int review(struct store *s, const char *who, int64_t photo, enum event_kind kind,
                         int node)
{
    struct review r = {.photo = photo, .kind = kind, .node = node, .milliseconds = 10};
    return store_review(s, who, &r, 1, &st);
}

#endif
