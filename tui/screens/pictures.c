/* A table of entries, each known by photo, size and zoom; each with at most one background job.
 *
 * A job carries copies of all it needs and finds its entry by number when it comes home; an entry
 * that is gone by then means that nobody wants the result any more. The table lives until the last
 * job is home (it counts them), so leaving the screens never waits for a decoder. */
#include "tui/screens/pictures.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "data/decoder.h"
#include "data/image.h"
#include "data/status.h"
#include "tui/loop/app.h"
#include "tui/loop/jobs.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

enum { ENTRIES = 256 };

struct entry {
    enum pictures_state state; /* UNKNOWN: free */
    int64_t photo;
    int rows, cols;
    float zoom;
    unsigned long number; /* never used twice */
    unsigned long used;   /* round of the last want */
    long handle;          /* WAITING: its job */
    struct request *request;
    struct picture *picture;
    struct status problem;
};

struct pictures {
    struct jobs *jobs; /* NULL once freed by its owner */
    struct decoders *decoders;
    void (*ready)(void *arg);
    void *arg;
    struct terminal_info info;
    struct entry entries[ENTRIES];
    unsigned long number, round;
    size_t bytes;
    int under_way; /* jobs that will still come home */
};

struct request {
    struct pictures *owner;
    struct decoders *decoders;
    unsigned long number;
    char *file;
    int rows, cols;
    float zoom;
    struct terminal_info info;
    struct picture *picture;
    struct status st;
    int urgent;
    atomic_int begun;
};

static void picture_drop(struct picture *picture)
{
    if (picture)
        picture_clear(picture);
    free(picture);
}

static size_t picture_bytes(const struct picture *p)
{
    return p->size + (p->rgb ? (size_t)p->width * (size_t)p->height * 3 : 0);
}

/* ---- on the lane's thread ---- */

static void work(void *arg, atomic_int *cancel)
{
    struct request *r = arg;
    struct image image = {0};
    const int least = picture_least(r->rows, r->cols, r->zoom, &r->info);
    atomic_store(&r->begun, 1);
    if (atomic_load(cancel)) {
        status_fail(&r->st, STATUS_CANCELLED, "cancelled");
        return;
    }
    r->picture = calloc(1, sizeof *r->picture);
    if (!r->picture)
        status_out_of_memory(&r->st);
    else if (!decoders_load_until(r->decoders, r->file, least, cancel, &image, &r->st) &&
             atomic_load(cancel))
        status_fail(&r->st, STATUS_CANCELLED, "cancelled");
    else if (r->st.code == STATUS_OK)
        picture_make(&image, r->rows, r->cols, r->zoom, &r->info, r->info.picture_bytes, r->picture,
                     &r->st);
    decoders_release(r->decoders, &image);
}

/* ---- on the UI thread ---- */

static void request_free(struct request *r)
{
    if (!r)
        return;
    picture_drop(r->picture);
    free(r->file);
    free(r);
}

static void entry_clear(struct pictures *p, struct entry *e)
{
    if (e->picture)
        p->bytes -= picture_bytes(e->picture);
    picture_drop(e->picture);
    *e = (struct entry){0};
}

static struct entry *by_number(struct pictures *p, unsigned long number)
{
    for (int i = 0; i < ENTRIES; i++)
        if (p->entries[i].state == PICTURES_WAITING && p->entries[i].number == number)
            return &p->entries[i];
    return NULL;
}

/* The oldest entry that the present round has not asked for and that no job works on, or NULL. */
static struct entry *oldest(struct pictures *p)
{
    struct entry *found = NULL;
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *e = &p->entries[i];
        int idle = e->state == PICTURES_READY || e->state == PICTURES_PROBLEM;
        if (idle && e->used < p->round && (!found || e->used < found->used))
            found = e;
    }
    return found;
}

static void make_room(struct pictures *p)
{
    struct entry *e;
    while (p->bytes > PICTURES_MAX_BYTES && (e = oldest(p)))
        entry_clear(p, e);
}

static void release(struct pictures *p)
{
    if (p->jobs || p->under_way > 0)
        return;
    decoders_free(p->decoders);
    free(p);
}

static void done(void *arg, int ran)
{
    struct request *r = arg;
    struct pictures *p = r->owner;
    struct entry *e = p->jobs ? by_number(p, r->number) : NULL;
    p->under_way--;
    if (e && (!ran || r->st.code == STATUS_CANCELLED)) {
        entry_clear(p, e); /* dropped from outside: may be asked for again */
        p->ready(p->arg);
    } else if (e) {
        e->state = r->st.code == STATUS_OK ? PICTURES_READY : PICTURES_PROBLEM;
        e->request = NULL;
        if (e->state == PICTURES_READY) {
            e->picture = r->picture;
            e->picture->of = e->photo;
            r->picture = NULL;
            p->bytes += picture_bytes(e->picture);
        } else {
            e->problem = r->st;
        }
        make_room(p);
        p->ready(p->arg);
    }
    request_free(r);
    release(p);
}

static int submit(struct pictures *p, struct entry *e, const char *file, int urgent,
                  struct status *st)
{
    static const struct job job = {.work = work, .done = done};
    struct request *r = calloc(1, sizeof *r);
    if (!r || !(r->file = strdup(file))) {
        request_free(r);
        return status_out_of_memory(st);
    }
    r->owner = p;
    r->decoders = p->decoders;
    r->number = e->number;
    r->rows = e->rows;
    r->cols = e->cols;
    r->zoom = e->zoom;
    r->info = p->info;
    r->urgent = urgent;
    long handle = jobs_submit(p->jobs, JOBS_PICTURES, &job, r, urgent, st);
    if (handle < 0) {
        request_free(r);
        return -1;
    }
    p->under_way++;
    e->handle = handle;
    e->request = r;
    return 0;
}

static struct entry *find(struct pictures *p, int64_t photo, int rows, int cols, float zoom)
{
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *e = &p->entries[i];
        if (e->state != PICTURES_UNKNOWN && e->photo == photo && e->rows == rows &&
            e->cols == cols && e->zoom == zoom)
            return e;
    }
    return NULL;
}

static struct entry *free_entry(struct pictures *p)
{
    for (int i = 0; i < ENTRIES; i++)
        if (p->entries[i].state == PICTURES_UNKNOWN)
            return &p->entries[i];
    struct entry *e = oldest(p);
    if (e)
        entry_clear(p, e);
    return e;
}

/* The entry forgets its job; the job comes home to nobody. */
static void abandon(struct pictures *p, struct entry *e)
{
    long handle = e->handle;
    entry_clear(p, e);
    jobs_cancel(p->jobs, handle);
}

static void begin_entry(struct pictures *p, struct entry *e, const char *file, int urgent)
{
    struct status st = {0};
    e->state = PICTURES_WAITING;
    e->number = ++p->number;
    if (submit(p, e, file, urgent, &st)) {
        e->state = PICTURES_PROBLEM;
        e->problem = st;
    }
}

enum pictures_state pictures_want(struct pictures *p, int64_t photo, const char *file, int rows,
                                  int cols, float zoom, int urgent, const struct picture **picture,
                                  const char **problem)
{
    struct entry *e = find(p, photo, rows, cols, zoom);
    if (e && e->state == PICTURES_WAITING && urgent && file && !e->request->urgent &&
        !atomic_load(&e->request->begun)) {
        abandon(p, e); /* it waits behind others that are less wanted now */
        e = NULL;
    }
    if (!e) {
        if (!file || !(e = free_entry(p)))
            return PICTURES_UNKNOWN;
        *e = (struct entry){.photo = photo, .rows = rows, .cols = cols, .zoom = zoom};
        begin_entry(p, e, file, urgent);
    }
    e->used = p->round;
    if (picture)
        *picture = e->state == PICTURES_READY ? e->picture : NULL;
    if (problem)
        *problem = e->state == PICTURES_PROBLEM ? e->problem.text : NULL;
    return e->state;
}

enum pictures_state pictures_want_photo(struct pictures *p, struct app *a, int64_t photo, int rows,
                                        int cols, int urgent, const struct picture **picture,
                                        const char **problem)
{
    struct photo found = {0};
    const struct entry *e = find(p, photo, rows, cols, 1);
    int known = e && (e->state != PICTURES_WAITING || !urgent || e->request->urgent ||
                      atomic_load(&e->request->begun));
    char *file = known || photo == 0 || store_photo(app_store(a), photo, &found, NULL)
                     ? NULL
                     : app_photo_file(a, found.path);
    photo_clear(&found);
    enum pictures_state state =
        known || file ? pictures_want(p, photo, file, rows, cols, 1, urgent, picture, problem)
                      : PICTURES_UNKNOWN;
    free(file);
    return state;
}

int pictures_under_way(const struct pictures *p)
{
    return p->under_way;
}

void pictures_forget(struct pictures *p)
{
    for (int i = 0; i < ENTRIES; i++) {
        if (p->entries[i].state == PICTURES_WAITING)
            abandon(p, &p->entries[i]);
        else
            entry_clear(p, &p->entries[i]);
    }
}

void pictures_begin(struct pictures *p, const struct terminal_info *info)
{
    const struct terminal_info *old = &p->info;
    if (old->graphics != info->graphics || old->cell_width != info->cell_width ||
        old->cell_height != info->cell_height || old->registers != info->registers ||
        old->background != info->background || old->picture_bytes != info->picture_bytes)
        pictures_forget(p);
    p->info = *info;
    p->round++;
}

void pictures_end(struct pictures *p)
{
    for (int i = 0; i < ENTRIES; i++)
        if (p->entries[i].state == PICTURES_WAITING && p->entries[i].used < p->round)
            abandon(p, &p->entries[i]);
}

struct pictures *pictures_new(struct jobs *jobs, void (*ready)(void *arg), void *arg,
                              struct status *st)
{
    struct pictures *p = calloc(1, sizeof *p);
    if (!p || !(p->decoders = decoders_new(st))) {
        free(p);
        status_out_of_memory(st);
        return NULL;
    }
    p->jobs = jobs;
    p->ready = ready;
    p->arg = arg;
    return p;
}

void pictures_free(struct pictures *p)
{
    if (!p)
        return;
    p->under_way++; /* jobs_cancel may run `done` at once: the table stays until the end of this */
    pictures_forget(p);
    p->under_way--;
    p->jobs = NULL;
    release(p);
}
