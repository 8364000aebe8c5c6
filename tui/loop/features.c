#include "tui/loop/features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/bfloat16.h"
#include "data/status.h"
#include "tui/loop/project.h"

/* The file begins with a head of HEAD bytes: magic, width; a block with its magic and number of
 * photos, then the photos, then the vectors; or, with another magic, photos alone: what came before
 * of them is no longer true. All numbers in the byte order of the machine: it is a cache. */
enum {
    HEAD = 16,
    BLOCK_HEAD = 8,
    BLOCK_MAGIC = 0x6b6c6266,
    FORGET_MAGIC = 0x6b6c6267,
    WIDTH_MOST = 1 << 16,
    FORGOTTEN = 1 /* in a row's `at` until rows are sorted: vectors are at even places */
};
static const char magic[8] = "tendfea1";

static size_t vector_bytes(const struct features *f)
{
    return 2 * (size_t)f->width;
}

static int fail(struct status *st, const char *what)
{
    return status_fail(st, STATUS_IO, ".tend/cache: features cannot be %s: %s", what,
                       strerror(errno));
}

static int open_file(struct features *f, const struct project *p, int model, struct status *st)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/cache", p->folder);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return fail(st, "kept");
    if (snprintf(path, sizeof path, "%s/cache/features-%04d", p->folder, model) >= (int)sizeof path)
        return status_fail(st, STATUS_INVALID, "the project's path is too long");
    f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return f->fd < 0 ? fail(st, "opened") : 0;
}

/* A new file gets its head; one of another width or kind is begun again. */
static int check_head(struct features *f, struct status *st)
{
    char head[HEAD] = {0}, want[HEAD] = {0};
    memcpy(want, magic, sizeof magic);
    memcpy(want + sizeof magic, &f->width, sizeof f->width);
    if (flock(f->fd, LOCK_EX) != 0)
        return fail(st, "locked");
    int result = 0;
    if (pread(f->fd, head, HEAD, 0) != HEAD || memcmp(head, want, HEAD) != 0)
        if (ftruncate(f->fd, 0) != 0 || pwrite(f->fd, want, HEAD, 0) != HEAD)
            result = fail(st, "written");
    flock(f->fd, LOCK_UN);
    return result;
}

/* For reading: its width from the file, 0 where there is no such file. */
static int open_as_it_is(struct features *f, const struct project *p, int model, struct status *st)
{
    char path[4096], head[HEAD];
    snprintf(path, sizeof path, "%s/cache/features-%04d", p->folder, model);
    f->fd = open(path, O_RDWR | O_CLOEXEC);
    if (f->fd < 0 || pread(f->fd, head, HEAD, 0) != HEAD || memcmp(head, magic, sizeof magic) != 0)
        return 0;
    memcpy(&f->width, head + sizeof magic, sizeof f->width);
    if (f->width > 0 && f->width <= WIDTH_MOST)
        return features_refresh(f, st);
    f->width = 0;
    return 0;
}

void features_remove(const struct project *p, int model)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/cache/features-%04d", p->folder, model) < (int)sizeof path)
        unlink(path);
}

int features_open(struct features *f, const struct project *p, int model, int width,
                  struct status *st)
{
    *f = (struct features){.fd = -1, .width = width, .size = HEAD, .end = HEAD};
    if (width == 0)
        return open_as_it_is(f, p, model, st);
    *f = (struct features){.fd = -1, .width = width, .size = HEAD, .end = HEAD};
    if (open_file(f, p, model, st) == 0 && check_head(f, st) == 0 && features_refresh(f, st) == 0)
        return 0;
    features_close(f);
    return -1;
}

int features_share(const struct features *f, struct features *out, struct status *st)
{
    *out = (struct features){
        .fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0), .width = f->width, .size = HEAD, .end = HEAD};
    return out->fd < 0 ? fail(st, "opened") : 0;
}

void features_close(struct features *f)
{
    if (f->map)
        munmap((void *)(uintptr_t)f->map, f->mapped);
    if (f->fd >= 0)
        close(f->fd);
    free(f->rows);
    *f = (struct features){.fd = -1};
}

/* ---- reading --------------------------------------------------------------------------------- */

static int map_file(struct features *f, size_t size, struct status *st)
{
    if (f->map)
        munmap((void *)(uintptr_t)f->map, f->mapped);
    f->map = NULL;
    f->mapped = 0;
    if (size == 0)
        return 0;
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, f->fd, 0);
    if (map == MAP_FAILED)
        return fail(st, "read");
    f->map = map;
    f->mapped = size;
    return 0;
}

struct block {
    size_t at, photos, bytes;
    int forgets;
};

static size_t block_bytes(const struct features *f, size_t photos, int forgets)
{
    return BLOCK_HEAD + photos * (sizeof(int64_t) + (forgets ? 0 : vector_bytes(f)));
}

/* 1 when there is a whole block at `at`. */
static int find_block(const struct features *f, size_t at, struct block *b)
{
    uint32_t head[2];
    if (at + BLOCK_HEAD > f->mapped)
        return 0;
    memcpy(head, f->map + at, sizeof head);
    int forgets = head[0] == FORGET_MAGIC;
    if ((head[0] != BLOCK_MAGIC && !forgets) || head[1] == 0 || head[1] > FEATURES_BLOCK)
        return 0;
    *b = (struct block){at, head[1], block_bytes(f, head[1], forgets), forgets};
    return b->bytes <= f->mapped - at;
}

static int add_block(struct features *f, const struct block *b, struct status *st)
{
    const size_t photos = b->photos, first = b->at + BLOCK_HEAD;
    if (f->count + photos > f->capacity) {
        size_t capacity = 2 * f->capacity + FEATURES_BLOCK;
        struct features_row *rows = realloc(f->rows, capacity * sizeof *rows);
        if (!rows)
            return status_out_of_memory(st);
        f->rows = rows;
        f->capacity = capacity;
    }
    size_t vectors = first + photos * sizeof(int64_t);
    for (size_t i = 0; i < photos; i++) {
        struct features_row *row = &f->rows[f->count++];
        memcpy(&row->photo, f->map + first + i * sizeof row->photo, sizeof row->photo);
        row->at = b->forgets ? first | FORGOTTEN : vectors + i * vector_bytes(f);
    }
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct features_row *x = a, *y = b;
    if (x->photo != y->photo)
        return x->photo < y->photo ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void sort_rows(struct features *f)
{
    size_t kept = 0, sorted = 0;
    while (sorted < f->count && !(f->rows[sorted].at & FORGOTTEN) &&
           (sorted == 0 || f->rows[sorted - 1].photo < f->rows[sorted].photo))
        sorted++;
    if (sorted >= f->count) /* photos are mostly looked at in their order */
        return;
    if (f->count > 1)
        qsort(f->rows, f->count, sizeof *f->rows, compare_rows);
    for (size_t i = 0; i < f->count; i++)
        if (!(f->rows[i].at & FORGOTTEN) &&
            (i + 1 == f->count || f->rows[i + 1].photo != f->rows[i].photo))
            f->rows[kept++] = f->rows[i];
    f->count = kept;
}

/* Maps all that the file holds by now. */
static int map_again(struct features *f, struct status *st)
{
    struct stat info;
    if (fstat(f->fd, &info) != 0)
        return fail(st, "read");
    if ((size_t)info.st_size < f->size) { /* emptied meanwhile */
        f->count = 0;
        f->size = f->end = HEAD;
    }
    return (size_t)info.st_size == f->mapped ? 0 : map_file(f, (size_t)info.st_size, st);
}

/* Pages of the map: they stay in the file, and come back when they are looked at. */
static void give_back(const struct features *f, size_t from, size_t to)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), around = 16 * page; /* mapped with one, by Linux */
    from = from / around * around;
    to = (to / around + 1) * around;
    to = to < f->mapped ? to : f->mapped;
    if (f->map && from < to)
        madvise((void *)(uintptr_t)(f->map + from), to - from, MADV_DONTNEED);
}

int features_refresh(struct features *f, struct status *st)
{
    const size_t much = (size_t)64 << 20;
    size_t before = f->count, first = f->size;
    struct block b;
    if (map_again(f, st) != 0)
        return -1;
    for (; find_block(f, f->size, &b); f->size += b.bytes) {
        if (add_block(f, &b, st) != 0)
            return -1;
        if (f->size - first > much) {
            give_back(f, first, f->size);
            first = f->size;
        }
    }
    if (f->count != before)
        sort_rows(f);
    return 0;
}

long features_find(const struct features *f, int64_t photo)
{
    size_t first = 0, last = f->count;
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (f->rows[middle].photo < photo)
            first = middle + 1;
        else
            last = middle;
    }
    return first < f->count && f->rows[first].photo == photo ? (long)first : -1;
}

void features_get(const struct features *f, size_t row, float *x)
{
    bfloat16_expand(f->map + f->rows[row].at, (size_t)f->width, x);
}

void features_get_some(const struct features *f, const size_t *rows, size_t n, float *x)
{
    enum { MANY = 64 };
    size_t from = SIZE_MAX, to = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = f->rows[rows[i]].at;
        features_get(f, rows[i], x + i * (size_t)f->width);
        from = at < from ? at : from;
        to = at + vector_bytes(f) > to ? at + vector_bytes(f) : to;
    }
    if (n >= MANY)
        give_back(f, from, to);
}

void features_give_back(const struct features *f)
{
    give_back(f, 0, f->mapped);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* x NULL: a block that forgets. */
static unsigned char *make_block(const struct features *f, const int64_t *photos, const float *x,
                                 int n)
{
    uint32_t head[2] = {x ? BLOCK_MAGIC : FORGET_MAGIC, (uint32_t)n};
    unsigned char *block = malloc(block_bytes(f, (size_t)n, !x));
    if (!block)
        return NULL;
    memcpy(block, head, sizeof head);
    memcpy(block + BLOCK_HEAD, photos, (size_t)n * sizeof *photos);
    unsigned char *to = block + BLOCK_HEAD + (size_t)n * sizeof *photos;
    for (size_t i = 0; x && i < (size_t)n * (size_t)f->width; i++) {
        uint16_t upper = bfloat16_from(x[i]);
        memcpy(to + 2 * i, &upper, sizeof upper);
    }
    return block;
}

/* After the last whole block: what a broken write left behind it is written over. */
static int append(struct features *f, const unsigned char *block, size_t bytes, struct status *st)
{
    struct block b;
    if (map_again(f, st) != 0)
        return -1;
    while (find_block(f, f->end, &b)) /* also by others */
        f->end += b.bytes;
    for (size_t done = 0; done < bytes;) {
        ssize_t wrote = pwrite(f->fd, block + done, bytes - done, (off_t)(f->end + done));
        if (wrote < 0 && errno != EINTR)
            return fail(st, "written");
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return ftruncate(f->fd, (off_t)(f->end + bytes)) == 0 ? 0 : fail(st, "written");
}

static int put(struct features *f, const int64_t *photos, const float *x, int n, struct status *st)
{
    unsigned char *block = make_block(f, photos, x, n);
    if (!block)
        return status_out_of_memory(st);
    int result = flock(f->fd, LOCK_EX) == 0 ? 0 : fail(st, "locked");
    if (result == 0)
        result = append(f, block, block_bytes(f, (size_t)n, !x), st);
    flock(f->fd, LOCK_UN);
    free(block);
    return result;
}

int features_put(struct features *f, const int64_t *photos, const float *x, int n,
                 struct status *st)
{
    return n == 0 ? 0 : put(f, photos, x, n, st);
}

int features_forget(struct features *f, const int64_t *photos, size_t n, struct status *st)
{
    int failed = 0;
    for (size_t i = 0; i < n && !failed; i += FEATURES_BLOCK)
        failed = put(f, photos + i, NULL,
                     n - i < FEATURES_BLOCK ? (int)(n - i) : (int)FEATURES_BLOCK, st);
    return failed;
}

struct forgetting {
    const struct project *project;
    const int64_t *photos;
    size_t count;
    int failed;
    struct status *st;
};

static int forget_of(void *arg, const struct model_record *m)
{
    struct forgetting *w = arg;
    struct features f;
    errno = 0;
    if (features_open(&f, w->project, m->number, 0, w->st) != 0)
        w->failed = -1;
    else if (f.fd < 0 && errno != ENOENT)
        w->failed = fail(w->st, "opened");
    else if (f.fd >= 0 && f.width > 0)
        w->failed = features_forget(&f, w->photos, w->count, w->st);
    features_close(&f);
    return w->failed;
}

int features_forget_all(const struct project *p, const int64_t *photos, size_t n, struct status *st)
{
    struct forgetting w = {p, photos, n, 0, st};
    if (n == 0)
        return 0;
    if (store_each_model(p->store, forget_of, &w, st) != 0)
        return -1;
    return w.failed;
}
