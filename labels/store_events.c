/* Events read back, and the work they stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

enum { CHUNK = 256 }; /* events read at once: between chunks no lock is held */

struct kept_event {
    struct event event;
    char *who;
};

#define EVENT_COLUMNS                                                                              \
    "e.id, e.photo, e.time, e.kind, p.name, e.kind_before, e.node_before, e.flagged_before,"       \
    " e.kind_after, e.node_after, e.flagged_after, e.model, e.milliseconds, e.undoes, e.predicted"

static int read_event(struct store *s, sqlite3_stmt *row, struct kept_event *out, struct status *st)
{
    const char *who = (const char *)sqlite3_column_text(row, 4);
    int kind = sqlite3_column_int(row, 3);
    *out = (struct kept_event){.event = {
                                   .id = sqlite3_column_int64(row, 0),
                                   .photo = sqlite3_column_int64(row, 1),
                                   .time = sqlite3_column_int64(row, 2),
                                   .kind = (enum event_kind)kind,
                                   .model = sqlite3_column_int(row, 11),
                                   .milliseconds = sqlite3_column_int(row, 12),
                                   .undoes = sqlite3_column_int64(row, 13),
                                   .predicted = sqlite3_column_type(row, 14) == SQLITE_NULL
                                                    ? -1
                                                    : sqlite3_column_int(row, 14),
                               }};
    if (kind < 0 || kind > EVENT_CLAIM)
        return store_damaged(s, "the kind of an event", st);
    if (store_read_state(s, row, 5, &out->event.before, st) != 0 ||
        store_read_state(s, row, 8, &out->event.after, st) != 0)
        return -1;
    out->event.before.node = taxonomy_now(s->taxonomy, out->event.before.node);
    out->event.after.node = taxonomy_now(s->taxonomy, out->event.after.node);
    if (out->event.predicted < 0 && kind == EVENT_ACCEPT) /* by a program of an older schema */
        out->event.predicted = out->event.after.node;
    out->event.predicted = taxonomy_now(s->taxonomy, out->event.predicted);
    out->who = strdup(who ? who : "");
    out->event.who = out->who;
    return out->who ? 0 : status_out_of_memory(st);
}

/* The next events after one, of a photo or of all; how many, or -1. */
static int read_chunk(struct store *s, int64_t photo, int64_t after, struct kept_event *events,
                      struct status *st)
{
    int count = 0, got = 0;
    sqlite3_stmt *select =
        photo ? store_sql(s,
                          "SELECT " EVENT_COLUMNS " FROM event e JOIN person p ON p.id=e.who"
                          " WHERE e.id>? AND e.photo=? ORDER BY e.id LIMIT 256",
                          st)
              : store_sql(s,
                          "SELECT " EVENT_COLUMNS " FROM event e JOIN person p ON p.id=e.who"
                          " WHERE e.id>? ORDER BY e.id LIMIT 256",
                          st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, after);
    if (photo)
        sqlite3_bind_int64(select, 2, photo);
    while (count < CHUNK && (got = store_step(s, select, st)) == 1) {
        got = read_event(s, select, &events[count], st);
        if (got != 0)
            break;
        count++;
    }
    store_done(select);
    for (; got < 0 && count > 0; count--)
        free(events[count - 1].who);
    return got < 0 ? -1 : count;
}

/* Those after *after, which becomes the last one that was read. */
static int each_event(struct store *s, int64_t photo, int64_t *after,
                      int (*visit)(void *arg, const struct event *event), void *arg,
                      struct status *st)
{
    struct kept_event *events = malloc(CHUNK * sizeof *events);
    int count = CHUNK, stop = 0;
    if (!events)
        return status_out_of_memory(st);
    while (count == CHUNK && !stop) {
        count = read_chunk(s, photo, *after, events, st);
        for (int i = 0; i < count; i++) {
            stop = stop || visit(arg, &events[i].event) != 0;
            *after = events[i].event.id;
            free(events[i].who);
        }
    }
    free(events);
    return count < 0 ? -1 : 0;
}

int store_each_event(struct store *s, int64_t photo,
                     int (*visit)(void *arg, const struct event *event), void *arg,
                     struct status *st)
{
    int64_t after = 0;
    return each_event(s, photo, &after, visit, arg, st);
}

int64_t store_each_event_since(struct store *s, int64_t after,
                               int (*visit)(void *arg, const struct event *event), void *arg,
                               struct status *st)
{
    return each_event(s, 0, &after, visit, arg, st) == 0 ? after : -1;
}

int64_t store_last_event(struct store *s, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT coalesce(max(id), 0) FROM event", st);
    int got = select ? store_step(s, select, st) : -1;
    int64_t last = got == 1 ? sqlite3_column_int64(select, 0) : -1;
    if (got == 1)
        store_done(select);
    return last;
}

int store_work_since(struct store *s, const char *who, int64_t since, int64_t *reviews,
                     int64_t *milliseconds, struct status *st)
{
    sqlite3_stmt *select = store_sql(
        s,
        "SELECT sum(s.reviews), sum(s.milliseconds) FROM step s JOIN person p ON p.id=s.who"
        " WHERE s.time>=?1 AND s.state IN (0, 3) AND (?2 IS NULL OR p.name=?2)",
        st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, since);
    if (who)
        sqlite3_bind_text(select, 2, who, -1, SQLITE_STATIC);
    int got = store_step(s, select, st);
    if (got == 1 && reviews)
        *reviews = sqlite3_column_int64(select, 0);
    if (got == 1 && milliseconds)
        *milliseconds = sqlite3_column_int64(select, 1);
    store_done(select);
    return got == 1 ? 0 : -1;
}

/* ---- who decided ---------------------------------------------------------------------------- */

/* From the last event back (columns id, kind, undoes): does this one stand? An undo leads to before
 * what it took back, a redo to what it brought back; nothing after *most does. */
static int stands(sqlite3_stmt *row, int64_t *most)
{
    int kind = sqlite3_column_int(row, 1);
    if (sqlite3_column_int64(row, 0) > *most)
        return 0;
    if (kind != EVENT_UNDO && kind != EVENT_REDO)
        return 1;
    *most = sqlite3_column_int64(row, 2) - (kind == EVENT_UNDO);
    return 0;
}

int store_find_decision(struct store *s, int64_t photo, struct store_decision *out,
                        struct status *st)
{
    int64_t most = INT64_MAX;
    int got, found = 0;
    sqlite3_stmt *select = store_sql(s,
                                     "SELECT id, kind, undoes, model, time, who FROM event"
                                     " WHERE photo=? ORDER BY id DESC",
                                     st);
    sqlite3_stmt *person = store_sql(s, "SELECT name FROM person WHERE id=?", st);
    if (!select || !person)
        return -1;
    *out = (struct store_decision){0};
    sqlite3_bind_int64(select, 1, photo);
    while (!found && (got = store_step(s, select, st)) == 1) {
        enum event_kind kind = (enum event_kind)sqlite3_column_int(select, 1);
        found = stands(select, &most) && event_is_decision(kind);
    }
    if (found) {
        out->model = sqlite3_column_int(select, 3);
        out->time = sqlite3_column_int64(select, 4);
        sqlite3_bind_int(person, 1, sqlite3_column_int(select, 5));
        if ((got = store_step(s, person, st)) == 1)
            snprintf(out->name, sizeof out->name, "%s",
                     (const char *)sqlite3_column_text(person, 0));
    }
    store_done(select);
    store_done(person);
    return got < 0 ? -1 : found;
}

/* The same way back, to the last of what says what the photo is. */
int store_find_claim(struct store *s, int64_t photo, struct status *st)
{
    int64_t most = INT64_MAX;
    int got, found = 0, node = -1;
    sqlite3_stmt *select = store_sql(s,
                                     "SELECT id, kind, undoes, predicted FROM event"
                                     " WHERE photo=? ORDER BY id DESC",
                                     st);
    if (!select)
        return -2;
    sqlite3_bind_int64(select, 1, photo);
    while (!found && (got = store_step(s, select, st)) == 1) {
        enum event_kind kind = (enum event_kind)sqlite3_column_int(select, 1);
        found = stands(select, &most) && (kind == EVENT_CLAIM || kind == EVENT_IMPORT ||
                                          (event_is_decision(kind) && kind != EVENT_SKIP));
        if (kind == EVENT_CLAIM && found)
            node = taxonomy_now(s->taxonomy, sqlite3_column_int(select, 3));
    }
    store_done(select);
    return got < 0 ? -2 : node;
}

int store_each_person(struct store *s, int (*visit)(void *arg, const char *name), void *arg,
                      struct status *st)
{
    int got = 0, stop = 0;
    sqlite3_stmt *select = store_sql(s, "SELECT name FROM person ORDER BY name", st);
    if (!select)
        return -1;
    while (!stop && (got = store_step(s, select, st)) == 1)
        stop = visit(arg, (const char *)sqlite3_column_text(select, 0));
    store_done(select);
    return got < 0 ? -1 : 0;
}
