/* A store that things go wrong with. */
#ifndef TESTS_LABELS_DURABLE_FIXTURE_H
#define TESTS_LABELS_DURABLE_FIXTURE_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/store.h"
#include "tests/check.h"

static struct status st;

enum { PHOTOS = 20, NODES = 5 };

static inline void must(int result)
{
    if (result != 0) {
        printf("%s\n", st.text);
        abort();
    }
}

static inline void make_store(const char *path)
{
    struct store *s;
    must(store_create(path, 3, &s, &st));
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    for (int i = 0; i < NODES; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        taxonomy_add(t, TAXONOMY_ROOT, name, NULL, NULL);
    }
    must(store_save_taxonomy(s, t, &st));
    taxonomy_free(t);
    char names[PHOTOS][16];
    struct photo_new photos[PHOTOS];
    for (int i = 0; i < PHOTOS; i++) {
        snprintf(names[i], sizeof names[i], "%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
    }
    must(store_add_photos(s, photos, PHOTOS, "me", NULL, &st));
    store_close(s);
}

static inline void check_integrity(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    if (CHECK_INT(sqlite3_open(path, &db), SQLITE_OK) &&
        CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK) &&
        CHECK_INT(sqlite3_step(q), SQLITE_ROW))
        CHECK_TEXT((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &q, NULL);
    CHECK_INT(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

/* For store_each_event: counts. */
static inline int add_one(void *arg, const struct event *e)
{
    (void)e;
    ++*(int *)arg;
    return 0;
}

#endif
