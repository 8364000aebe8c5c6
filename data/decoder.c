/* The set of processes. A thread takes a free place, starts the process of it if there is none,
 * reads the file into the memory shared with it, asks, and keeps the place until it gives the
 * pixels back. Nothing is copied on this side: the file is read to where the decoder reads it, and
 * the pixels are used where the decoder wrote them.
 *
 * Places are taken from the first on, so that no more processes run than threads load at a time. A
 * process has the priority of the thread that started it, and is asked by threads of the same: what
 * is made ready ahead of time does not run beside the screen at the priority of what is waited for.
 */
#include "data/decoder.h"

#include "data/decoder_internal.h"
#include "data/file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    PLACES = 64,
    TRIES = 3,
    KEPT = 16 << 20,    /* bytes of files, and of pixels, that stay for the next photo */
    MOST_PHOTOS = 20000 /* until a process makes place for a fresh one */
};

#define PLAIN_AT (DECODER_PIXELS_AT + DECODER_LOCKED) /* locked memory cannot be removed */

struct place {
    atomic_int taken;
    int nice;                            /* of the process */
    _Atomic(const unsigned char *) lent; /* pixels that somebody has */
    size_t file, pixels;                 /* bytes of memory that the last photo took */
    struct decoder_process process;
};

struct decoders {
    struct place places[PLACES];
};

struct decoders *decoders_new(struct status *st)
{
    struct decoders *d = calloc(1, sizeof *d);
    if (!d)
        status_out_of_memory(st);
    return d;
}

void decoders_free(struct decoders *d)
{
    if (!d)
        return;
    for (int i = 0; i < PLACES; i++)
        decoder_stop(&d->places[i].process);
    free(d);
}

/* More threads than places wait; there are never that many. */
static struct place *take(struct decoders *d)
{
    static const struct timespec moment = {0, 1000 * 1000};
    const int nice = getpriority(PRIO_PROCESS, 0); /* of the thread, on Linux */
    for (;; nanosleep(&moment, NULL))
        for (int i = 0; i < PLACES; i++) {
            struct place *place = &d->places[i];
            if (atomic_load_explicit(&place->taken, memory_order_relaxed) ||
                atomic_exchange(&place->taken, 1))
                continue;
            if (!place->process.pid)
                place->nice = nice;
            if (place->nice == nice)
                return place;
            atomic_store(&place->taken, 0);
        }
}

/* A long file or a large picture leaves no memory behind. */
static void give_back(struct place *place)
{
    unsigned char *shared = place->process.shared;
    if (shared && place->file > KEPT)
        madvise(shared, DECODER_BOARD_AT, MADV_REMOVE);
    if (shared && place->pixels > KEPT)
        madvise(shared + PLAIN_AT, DECODER_SHARED - PLAIN_AT, MADV_REMOVE);
    place->file = place->pixels = 0;
    atomic_store(&place->lent, NULL);
    atomic_store(&place->taken, 0);
}

static int ready(struct decoder_process *p, const char *path, atomic_int *cancel, struct status *st)
{
    if (p->pid && p->asked >= MOST_PHOTOS)
        decoder_stop(p);
    if (p->pid || decoder_start(p, cancel, st) == 0)
        return 0;
    return status_prefix(st, "%s", path);
}

/* The decoder's own words after the name; plain ASCII, as they are when nothing is wrong with it.
 */
static int repeat(const char *path, struct decoder_reply *reply, struct status *st)
{
    reply->text[sizeof reply->text - 1] = 0;
    for (char *c = reply->text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    if (reply->code == STATUS_MEMORY)
        return status_fail(st, STATUS_MEMORY, "%s: needs more memory than %d MB to be decoded",
                           path, DECODER_MEMORY);
    if (reply->code < 0 || reply->code > STATUS_UNSUPPORTED)
        reply->code = STATUS_FORMAT;
    return status_fail(st, (enum status_code)reply->code, "%s%s%s", path,
                       reply->text[0] == ':' ? "" : ": ", reply->text);
}

static int check(const char *path, struct decoder_reply *reply, struct status *st)
{
    if (reply->code != STATUS_OK)
        return repeat(path, reply, st);
    if (reply->width < 1 || reply->height < 1 ||
        (int64_t)reply->width * reply->height > IMAGE_MAX_PIXELS)
        return status_fail(st, STATUS_FORMAT, "%s: the decoder does not tell its size", path);
    return 0;
}

/* Reads and asks; the file is read anew for a process started in between. */
static int try_to_ask(struct place *place, const char *path, enum decoder_task task, int least,
                      atomic_int *cancel, struct decoder_reply *reply, struct status *st)
{
    struct decoder_process *p = &place->process;
    struct decoder_request request = {.task = task, .least = least};
    int asked = 1;
    for (int i = 0; i < TRIES && asked > 0; i++) {
        if (ready(p, path, cancel, st) != 0 ||
            file_read_to(path, IMAGE_MAX_BYTES, p->shared, &place->file, st) != 0)
            return -1;
        request.size = place->file;
        asked = decoder_ask(p, &request, cancel, reply, st);
    }
    return asked ? status_prefix(st, "%s", path) : check(path, reply, st);
}

/* The place with the answer, still taken, or NULL. */
static struct place *ask(struct decoders *d, const char *path, enum decoder_task task, int least,
                         atomic_int *cancel, struct decoder_reply *reply, struct status *st)
{
    struct place *place = take(d);
    struct status problem = {0};
    if (try_to_ask(place, path, task, least, cancel, reply, &problem) == 0)
        return place;
    place->file = place->pixels = SIZE_MAX; /* it may have written anywhere */
    give_back(place);
    status_fail(st, problem.code, "%s", problem.text);
    return NULL;
}

int decoders_load(struct decoders *d, const char *path, int least, struct image *out,
                  struct status *st)
{
    return decoders_load_until(d, path, least, NULL, out, st);
}

int decoders_load_until(struct decoders *d, const char *path, int least, atomic_int *cancel,
                        struct image *out, struct status *st)
{
    struct decoder_reply reply;
    *out = (struct image){0};
    struct place *place = ask(d, path, DECODER_DECODE, least, cancel, &reply, st);
    if (!place)
        return -1;
    *out = (struct image){reply.width, reply.height, place->process.shared + DECODER_PIXELS_AT};
    place->pixels = (size_t)reply.width * (size_t)reply.height * 3;
    atomic_store(&place->lent, out->rgb);
    return 0;
}

void decoders_release(struct decoders *d, struct image *image)
{
    for (int i = 0; image->rgb && i < PLACES; i++)
        if (atomic_load(&d->places[i].lent) == image->rgb) {
            give_back(&d->places[i]);
            break;
        }
    *image = (struct image){0};
}

int decoders_probe(struct decoders *d, const char *path, int *width, int *height, struct status *st)
{
    struct decoder_reply reply;
    struct place *place = ask(d, path, DECODER_PROBE, 0, NULL, &reply, st);
    if (!place)
        return -1;
    give_back(place);
    *width = reply.width;
    *height = reply.height;
    return 0;
}

int decoders_filtered(struct decoders *d, struct status *st)
{
    struct place *place = take(d);
    struct decoder_process *p = &place->process;
    int result = p->pid || decoder_start(p, NULL, st) == 0 ? p->filtered : -1;
    give_back(place);
    return result;
}
