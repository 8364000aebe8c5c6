/* A damaged leases.db: it is made anew or refused with a sentence; what opens holds photos. */
#include "labels/store_leases.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static const int64_t photos[] = {5, 2, 9};

static void put(const void *bytes, size_t size)
{
    if (!folder[0])
        folder_enter();
    unlink("leases.db-wal");
    unlink("leases.db-shm");
    folder_write("leases.db", bytes, size);
}

static void hold(struct leases *l)
{
    struct status st = {0};
    size_t others;
    int held = leases_hold(l, photos, 3, &st);
    if (held > 3 || (held < 0 && !st.text[0]))
        abort();
    const struct lease *list = leases_others(l, &others);
    for (size_t i = 0; i < others; i++)
        if (!memchr(list[i].who, '\0', LEASES_NAME))
            abort();
    for (int i = 0; i < 3 && held == 3; i++)
        if (!leases_holds(l, photos[i]))
            abort();
    leases_find(l, 7);
    if (leases_look(l, &st) != 0 && !st.text[0])
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct leases *l;
    struct status st = {0};
    put(bytes, size);
    if (leases_open("leases.db", "anna", LEASES_TIME, &l, &st) == 0)
        hold(l);
    else if (!st.text[0])
        abort();
    leases_close(l);
}

/* Two people's, in small pages and in one file. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    struct leases *l, *other;
    struct status st = {0};
    sqlite3 *db = NULL;
    if (k > 0)
        return 0;
    put("", 0);
    if (leases_open("leases.db", "anna", LEASES_TIME, &l, &st) != 0 ||
        leases_open("leases.db", "berta", LEASES_TIME, &other, &st) != 0 ||
        leases_hold(l, photos, 2, &st) != 2 || leases_hold(other, photos, 3, &st) != 1 ||
        sqlite3_open("leases.db", &db) != SQLITE_OK ||
        sqlite3_exec(db, "VACUUM INTO 'whole.db'", NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
    leases_close(other);
    leases_close(l);
    if (sqlite3_open("whole.db", &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA page_size=512; VACUUM", NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
    return folder_read("whole.db", bytes, capacity);
}

long fuzz_rounds(void)
{
    return 1000;
}
