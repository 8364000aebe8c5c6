/* What each person has said of a photo last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/filter.h"
#include "labels/store_internal.h"

enum { SAID = 64 /* decisions on one photo; of more, the last ones */ };

struct said {
    int64_t event;
    int person, node; /* -1: rejected */
    int undone;
};

/* kind, undoes, id, who, node_after */
static void add(struct said *said, int *count, struct store *s, sqlite3_stmt *row)
{
    int kind = sqlite3_column_int(row, 0);
    if (kind == EVENT_UNDO || kind == EVENT_REDO) {
        for (int i = 0; i < *count; i++)
            if (said[i].event == sqlite3_column_int64(row, 1))
                said[i].undone = kind == EVENT_UNDO;
        return;
    }
    if (kind != EVENT_ACCEPT && kind != EVENT_CORRECT && kind != EVENT_GIVE && kind != EVENT_REJECT)
        return;
    if (*count == SAID)
        memmove(said, said + 1, (size_t)-- * count * sizeof *said);
    int node = kind == EVENT_REJECT || sqlite3_column_type(row, 4) == SQLITE_NULL
                   ? -1
                   : taxonomy_now(s->taxonomy, sqlite3_column_int(row, 4));
    said[(*count)++] = (struct said){
        .event = sqlite3_column_int64(row, 2), .person = sqlite3_column_int(row, 3), .node = node};
}

static int is_last_of_person(const struct said *said, int count, int at)
{
    for (int i = at + 1; i < count; i++)
        if (said[i].person == said[at].person && !said[i].undone)
            return 0;
    return !said[at].undone;
}

static int read_name(struct store *s, int person, char *out, size_t size, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT name FROM person WHERE id=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, person);
    int got = store_step(s, select, st);
    snprintf(out, size, "%s", got == 1 ? (const char *)sqlite3_column_text(select, 0) : "");
    store_done(select);
    return got < 0 ? -1 : 0;
}

int store_find_opinions(struct store *s, int64_t photo, struct filter_opinion *out, int most,
                        struct status *st)
{
    struct said said[SAID];
    int count = 0, n = 0, got;
    sqlite3_stmt *select = store_sql(
        s, "SELECT kind, undoes, id, who, node_after FROM event WHERE photo=? ORDER BY id", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    while ((got = store_step(s, select, st)) == 1)
        add(said, &count, s, select);
    store_done(select);
    for (int i = 0; i < count && n < most && got == 0; i++) {
        if (!is_last_of_person(said, count, i))
            continue;
        out[n].node = said[i].node;
        got = read_name(s, said[i].person, out[n].who, sizeof out[n].who, st);
        n++;
    }
    return got < 0 ? -1 : n;
}
