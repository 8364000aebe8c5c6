/* Models and their predictions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

#define MODEL_COLUMNS                                                                              \
    "number, created, parent, reviews, removed, score_before, score_after, held_out, gmac,"        \
    " parameters, depth, architecture, note"

static void bind_model(sqlite3_stmt *q, const struct model_record *m)
{
    sqlite3_bind_int(q, 1, m->number);
    sqlite3_bind_int64(q, 2, m->created);
    sqlite3_bind_int(q, 3, m->parent);
    sqlite3_bind_int(q, 4, m->reviews);
    sqlite3_bind_int(q, 5, m->removed);
    sqlite3_bind_double(q, 6, m->score_before);
    sqlite3_bind_double(q, 7, m->score_after);
    sqlite3_bind_int(q, 8, m->held_out);
    sqlite3_bind_double(q, 9, m->gmac);
    sqlite3_bind_int64(q, 10, m->parameters);
    sqlite3_bind_text(q, 11, m->depth, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 12, m->architecture, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 13, m->note, -1, SQLITE_STATIC);
}

static void read_model(sqlite3_stmt *q, struct model_record *m)
{
    *m = (struct model_record){
        .number = sqlite3_column_int(q, 0),
        .created = sqlite3_column_int64(q, 1),
        .parent = sqlite3_column_int(q, 2),
        .reviews = sqlite3_column_int(q, 3),
        .removed = sqlite3_column_int(q, 4),
        .score_before = sqlite3_column_double(q, 5),
        .score_after = sqlite3_column_double(q, 6),
        .held_out = sqlite3_column_int(q, 7),
        .gmac = sqlite3_column_double(q, 8),
        .parameters = sqlite3_column_int64(q, 9),
    };
    snprintf(m->depth, sizeof m->depth, "%s", (const char *)sqlite3_column_text(q, 10));
    snprintf(m->architecture, sizeof m->architecture, "%s",
             (const char *)sqlite3_column_text(q, 11));
    snprintf(m->note, sizeof m->note, "%s", (const char *)sqlite3_column_text(q, 12));
}

int store_next_model(struct store *s, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "SELECT coalesce(max(number), 0) + 1 FROM model", st);
    if (!q || store_step(s, q, st) != 1)
        return -1;
    int number = sqlite3_column_int(q, 0);
    sqlite3_reset(q);
    return number;
}

static int set_current(struct store *s, int number, struct status *st)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    return store_set_setting(s, "model", text, st);
}

int store_add_model(struct store *s, struct model_record *model, int use, struct status *st)
{
    struct model_record there;
    if (store_begin(s, st) != 0)
        return -1;
    int failed = 0;
    if (model->number == 0)
        failed = (model->number = store_next_model(s, st)) < 0;
    else if (store_model(s, model->number, &there, NULL) == 0)
        failed = status_fail(st, STATUS_CONFLICT, "there is a model %d already", model->number);
    sqlite3_stmt *q = failed ? NULL
                             : store_statement(s,
                                               "INSERT INTO model(" MODEL_COLUMNS
                                               ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                               st);
    if (q)
        bind_model(q, model);
    failed = failed || store_run(s, q, st) != 0 ||
             (use && set_current(s, model->number, st) != 0);
    return store_end(s, failed, st);
}

int store_update_model(struct store *s, const struct model_record *model, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "REPLACE INTO model(" MODEL_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        st);
    if (!q)
        return -1;
    bind_model(q, model);
    return store_run(s, q, st);
}

int store_model(struct store *s, int number, struct model_record *out, struct status *st)
{
    sqlite3_stmt *q =
        store_statement(s, "SELECT " MODEL_COLUMNS " FROM model WHERE number=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, number);
    int row = store_step(s, q, st);
    if (row == 0)
        return status_fail(st, STATUS_MISSING, "there is no model %d; `tend models` lists them",
                           number);
    if (row < 0)
        return -1;
    read_model(q, out);
    sqlite3_reset(q);
    return 0;
}

int store_use_model(struct store *s, int number, struct status *st)
{
    struct model_record record;
    if (store_model(s, number, &record, st) != 0)
        return -1;
    if (record.removed)
        return status_fail(st, STATUS_MISSING, "model %d has been removed", number);
    return set_current(s, number, st);
}

int store_current_model(struct store *s)
{
    char text[16];
    return atoi(store_setting(s, "model", "0", text, sizeof text));
}

int store_each_model(struct store *s, int (*visit)(void *arg, const struct model_record *m),
                     void *arg, struct status *st)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db, "SELECT " MODEL_COLUMNS " FROM model ORDER BY number DESC", -1,
                           &q, NULL) != SQLITE_OK)
        return store_error(s, st);
    int row = 0, stop = 0;
    while (!stop && (row = store_step(s, q, st)) == 1) {
        struct model_record record;
        read_model(q, &record);
        stop = visit(arg, &record);
    }
    sqlite3_finalize(q);
    return row < 0 ? -1 : 0;
}

/* ---- predictions ---------------------------------------------------------------------------- */

/* A terminal in the blob: node (4 bytes, little endian) and probability in 1/65535 (2 bytes). */
enum { ENTRY = 6 };

static unsigned char *pack(const struct prediction *p)
{
    unsigned char *bytes = malloc((size_t)p->count * ENTRY + 1);
    for (int i = 0; bytes && i < p->count; i++) {
        unsigned char *at = bytes + (size_t)i * ENTRY;
        unsigned node = (unsigned)p->terminal[i];
        float share = p->probability[i] < 0 ? 0 : p->probability[i] > 1 ? 1 : p->probability[i];
        unsigned probability = (unsigned)lrintf(share * 65535);
        for (int b = 0; b < 4; b++)
            at[b] = (unsigned char)(node >> (8 * b));
        at[4] = (unsigned char)probability;
        at[5] = (unsigned char)(probability >> 8);
    }
    return bytes;
}

static void unpack(const unsigned char *bytes, int size, float *p, int nodes)
{
    for (int i = 0; i + ENTRY <= size; i += ENTRY) {
        const unsigned char *at = bytes + i;
        unsigned node = at[0] | (unsigned)at[1] << 8 | (unsigned)at[2] << 16 | (unsigned)at[3] << 24;
        if (node < (unsigned)nodes)
            p[node] = (float)(at[4] | at[5] << 8) / 65535;
    }
}

static int put_prediction(struct store *s, const struct prediction *p, struct status *st)
{
    sqlite3_stmt *q =
        store_statement(s, "REPLACE INTO prediction VALUES(?, ?, ?, ?, ?, ?, ?)", st);
    unsigned char *bytes = q ? pack(p) : NULL;
    if (!q)
        return -1;
    if (!bytes)
        return status_out_of_memory(st);
    sqlite3_bind_int(q, 1, p->model);
    sqlite3_bind_int64(q, 2, p->photo);
    sqlite3_bind_int(q, 3, p->node);
    sqlite3_bind_double(q, 4, p->problem ? -1 : (double)p->expected);
    sqlite3_bind_double(q, 5, (double)p->gap);
    sqlite3_bind_blob(q, 6, bytes, p->count * ENTRY, SQLITE_STATIC);
    if (p->problem)
        sqlite3_bind_text(q, 7, p->problem, -1, SQLITE_STATIC);
    int result = store_run(s, q, st);
    sqlite3_clear_bindings(q);
    free(bytes);
    return result;
}

int store_put_predictions(struct store *s, const struct prediction *predictions, size_t count,
                          struct status *st)
{
    /* They can be made again, so no fsync: the disk is left to the reviews. */
    sqlite3_exec(s->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    int failed = store_begin(s, st);
    if (!failed) {
        for (size_t i = 0; !failed && i < count; i++)
            failed = put_prediction(s, &predictions[i], st);
        failed = store_end(s, failed, st);
    }
    sqlite3_exec(s->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
    return failed;
}

int store_prediction(struct store *s, int64_t photo, int model, float *p, int nodes, char *problem,
                     size_t problem_size, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s, "SELECT terminals, problem FROM prediction WHERE model=? AND photo=?", st);
    memset(p, 0, (size_t)nodes * sizeof *p);
    if (problem && problem_size > 0)
        problem[0] = 0;
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, model);
    sqlite3_bind_int64(q, 2, photo);
    int row = store_step(s, q, st);
    if (row != 1)
        return row < 0 ? -1 : 1;
    const unsigned char *bytes = sqlite3_column_blob(q, 0);
    if (bytes)
        unpack(bytes, sqlite3_column_bytes(q, 0), p, nodes);
    const char *text = (const char *)sqlite3_column_text(q, 1);
    if (problem && problem_size > 0 && text)
        snprintf(problem, problem_size, "%s", text);
    sqlite3_reset(q);
    return 0;
}

int store_keep_predictions(struct store *s, int model, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "DELETE FROM prediction WHERE model<>?", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, model);
    return store_run(s, q, st);
}
