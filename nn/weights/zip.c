/* ZIP archives, read.
 *
 * An archive is read from its end:
 *     entry...  directory  [zip64 record  zip64 locator]  end record
 * where an entry is a header of its own and the bytes, and the directory says once more where each
 * is. PyTorch writes the zip64 pair always. A number that does not fit its 16 or 32 bits is written
 * there as all ones, and in full in a zip64 record. Programs differ in which of several
 * contradicting numbers they believe; here a contradiction is an error.
 */
#include "nn/weights/zip.h"

#include "data/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    LOCATOR_SIZE = 20,
    END64_SIZE = 56,
    LISTED_SIZE = 46, /* of one entry in the directory, before its name */
    HEADER_SIZE = 30,
    ENCRYPTED = 1 /* a flag */
};

struct reader {
    const unsigned char *bytes;
    size_t size, directory, directory_end; /* offsets */
    uint64_t count;
    const char *file;
    struct status *st;
};

static uint64_t number(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

static int damaged(const struct reader *r, const char *how)
{
    return status_fail(r->st, STATUS_FORMAT, "%s: is a damaged ZIP archive, or cut short: %s",
                       r->file, how);
}

/* Is there a record of this size and signature ("PK" and two bytes)? */
static const unsigned char *record(const struct reader *r, uint64_t at, size_t size,
                                   const char *signature)
{
    if (at > r->size || size > r->size - at || memcmp(r->bytes + at, signature, 4) != 0)
        return NULL;
    return r->bytes + at;
}

/* ---- the end ---- */

/* A number of the end record: `full` from the zip64 record wins where it is all ones, and must be
 * the same where it is not. */
static int agree(uint64_t value, int bytes, uint64_t full)
{
    return value == full || value == (1ull << 8 * bytes) - 1;
}

static int set_directory(struct reader *r, uint64_t count, uint64_t size, uint64_t at, size_t end)
{
    if (at > end || size > end - at || count > size / LISTED_SIZE)
        return damaged(r, "its directory does not fit in it");
    if (count > ZIP_MAX_ENTRIES)
        return status_fail(r->st, STATUS_LIMIT, "%s: has %llu entries, more than %d", r->file,
                           (unsigned long long)count, ZIP_MAX_ENTRIES);
    r->count = count;
    r->directory = (size_t)at;
    r->directory_end = (size_t)(at + size);
    return 0;
}

static int read_end64(struct reader *r, size_t end, const unsigned char *locator)
{
    const unsigned char *e = r->bytes + end;
    uint64_t at = number(locator + 8, 8);
    const unsigned char *full = record(r, at, END64_SIZE, "PK\6\6");
    if (!full || at > end - LOCATOR_SIZE)
        return damaged(r, "its zip64 record is not where it should be");
    uint64_t count = number(full + 32, 8), size = number(full + 40, 8),
             start = number(full + 48, 8);
    if (!agree(number(e + 10, 2), 2, count) || !agree(number(e + 12, 4), 4, size) ||
        !agree(number(e + 16, 4), 4, start))
        return damaged(r, "its two end records contradict each other");
    return set_directory(r, count, size, start, (size_t)at);
}

static int read_end(struct reader *r)
{
    if (r->size < END_SIZE)
        return damaged(r, "it has no end record");
    size_t end = r->size - END_SIZE, last = end > COMMENT_MAX ? end - COMMENT_MAX : 0;
    const unsigned char *e;
    while (!(e = record(r, end, END_SIZE, "PK\5\6")) ||
           number(e + 20, 2) != r->size - END_SIZE - end)
        if (end-- == last)
            return damaged(r, "it has no end record");
    const unsigned char *locator = NULL;
    if (end >= LOCATOR_SIZE)
        locator = record(r, end - LOCATOR_SIZE, LOCATOR_SIZE, "PK\6\7");
    if (locator)
        return read_end64(r, end, locator);
    return set_directory(r, number(e + 10, 2), number(e + 12, 4), number(e + 16, 4), end);
}

/* ---- the directory ---- */

/* What the directory says of one entry. */
struct listed {
    unsigned flags, method;
    uint64_t packed, size, at;
    const char *name;
    size_t name_length;
};

/* Replaces numbers that are all ones by those of the zip64 field, which holds only these, in this
 * order. */
static int read_zip64(const struct reader *r, const unsigned char *extra, size_t length,
                      struct listed *l)
{
    uint64_t *const numbers[] = {&l->size, &l->packed, &l->at};
    size_t field = 0, room = 0;
    for (size_t at = 0; at + 4 <= length && field == 0; at += 4 + (size_t)number(extra + at + 2, 2))
        if (number(extra + at, 2) == 1) {
            field = at + 4;
            room = (size_t)number(extra + at + 2, 2);
        }
    if (field + room > length)
        return damaged(r, "a zip64 field is too long");
    for (int i = 0; i < 3; i++) {
        if (*numbers[i] != UINT32_MAX)
            continue;
        if (room < 8)
            return damaged(r, "a zip64 field is missing or too short");
        *numbers[i] = number(extra + field, 8);
        field += 8;
        room -= 8;
    }
    return 0;
}

/* Returns the bytes it takes up in the directory, or 0. */
static size_t read_listed(const struct reader *r, size_t at, struct listed *l)
{
    const unsigned char *p = record(r, at, LISTED_SIZE, "PK\1\2");
    if (!p)
        return damaged(r, "its directory is not what it should be"), 0;
    *l = (struct listed){.flags = (unsigned)number(p + 8, 2),
                         .method = (unsigned)number(p + 10, 2),
                         .packed = number(p + 20, 4),
                         .size = number(p + 24, 4),
                         .at = number(p + 42, 4),
                         .name = (const char *)p + LISTED_SIZE,
                         .name_length = (size_t)number(p + 28, 2)};
    size_t extra = (size_t)number(p + 30, 2);
    size_t whole = LISTED_SIZE + l->name_length + extra + (size_t)number(p + 32, 2);
    if (at > r->directory_end || whole > r->directory_end - at)
        return damaged(r, "its directory is too short"), 0;
    if (read_zip64(r, p + LISTED_SIZE + l->name_length, extra, l) != 0)
        return 0;
    return whole;
}

/* The header before the entry says the same, and behind it come its bytes. */
static int find_bytes(const struct reader *r, const struct listed *l, struct zip_entry *e)
{
    const unsigned char *p = record(r, l->at, HEADER_SIZE, "PK\3\4");
    if (!p || number(p + 8, 2) != l->method || number(p + 26, 2) != l->name_length)
        return damaged(r, "an entry is not where its directory says");
    uint64_t begin = l->at + HEADER_SIZE + l->name_length + number(p + 28, 2);
    if (begin > r->directory || l->size > r->directory - begin)
        return damaged(r, "an entry is longer than its archive");
    if (memcmp(p + HEADER_SIZE, l->name, l->name_length) != 0)
        return damaged(r, "an entry has two names");
    *e = (struct zip_entry){l->name, l->name_length, r->bytes + begin, (size_t)l->size};
    return 0;
}

static int read_entry(const struct reader *r, const struct listed *l, struct zip_entry *e)
{
    if (l->flags & ENCRYPTED)
        return status_fail(r->st, STATUS_UNSUPPORTED, "%s: is an encrypted ZIP archive", r->file);
    if (l->method != 0)
        return status_fail(
            r->st, STATUS_UNSUPPORTED,
            "%s: holds compressed entries, which torch.save does not write (is it TorchScript?); "
            "save the state dict again",
            r->file);
    if (l->packed != l->size)
        return damaged(r, "an entry has two sizes");
    return find_bytes(r, l, e);
}

static int compare(const void *a, const void *b)
{
    const struct zip_entry *x = a, *y = b;
    size_t shorter = x->name_length < y->name_length ? x->name_length : y->name_length;
    int order = memcmp(x->name, y->name, shorter);
    return order ? order : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

static int read_directory(const struct reader *r, struct zip *zip)
{
    size_t at = r->directory;
    for (uint64_t i = 0; i < r->count; i++) {
        struct listed l;
        size_t taken = read_listed(r, at, &l);
        if (taken == 0 || read_entry(r, &l, &zip->entries[zip->count]) != 0)
            return -1;
        zip->count++;
        at += taken;
    }
    qsort(zip->entries, zip->count, sizeof *zip->entries, compare);
    for (size_t i = 1; i < zip->count; i++)
        if (compare(&zip->entries[i - 1], &zip->entries[i]) == 0)
            return damaged(r, "an entry stands there twice");
    return 0;
}

int zip_open(const unsigned char *bytes, size_t size, const char *file, struct zip *zip,
             struct status *st)
{
    struct reader r = {.bytes = bytes, .size = size, .file = file, .st = st};
    *zip = (struct zip){0};
    if (read_end(&r) != 0)
        return -1;
    zip->entries = calloc((size_t)r.count + 1, sizeof *zip->entries);
    if (!zip->entries)
        return status_out_of_memory(st);
    if (read_directory(&r, zip) == 0)
        return 0;
    zip_close(zip);
    return -1;
}

void zip_close(struct zip *zip)
{
    free(zip->entries);
    *zip = (struct zip){0};
}

const struct zip_entry *zip_find(const struct zip *zip, const char *name, size_t length)
{
    struct zip_entry key = {.name = name, .name_length = length};
    if (zip->count == 0)
        return NULL;
    return bsearch(&key, zip->entries, zip->count, sizeof key, compare);
}
