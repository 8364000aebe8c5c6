/* Pooled features of photos by one model, kept in .tend/cache/features-NNNN: so that what people
 * say can be learned from at once, without the photos. One vector a photo, as bfloat16 (a float's
 * upper half: features need its range, not its precision); the file may be deleted at any time.
 *
 * The file is blocks of at most FEATURES_BLOCK photos, each written at once: a process that dies
 * leaves whole blocks, and a part of one that is found by its length and written over. Several
 * processes may write (flock). */
#ifndef TUI_LOOP_FEATURES_H
#define TUI_LOOP_FEATURES_H

#include <stddef.h>
#include <stdint.h>

struct project;
struct status;

enum { FEATURES_BLOCK = 128 };

struct features {
    int fd, width; /* width: floats of one vector */
    const unsigned char *map;
    size_t mapped, size; /* bytes mapped, and those of blocks in `rows` */
    size_t end;          /* of the last whole block known: where the next one goes */
    size_t count, capacity;
    struct features_row {
        int64_t photo;
        size_t at; /* in the map */
    } * rows;      /* by rising photo, each photo once: its newest vector */
};

/* Opens or makes the file of a model; a file of another width is emptied. Width 0: as the file
 * says; without a file there are no rows, and nothing can be put. Errors: of the file system. */
int features_open(struct features *f, const struct project *p, int model, int width,
                  struct status *st);
/* The same file once more, for another thread: without rows until it is refreshed. */
int features_share(const struct features *f, struct features *out, struct status *st);
void features_close(struct features *f);
/* Removes the file, if there is one. Who has it open goes on with what it has. */
void features_remove(const struct project *p, int model);

/* What has been added since, by anybody. Rows may move. */
int features_refresh(struct features *f, struct status *st);

/* Adds n photos' vectors x [n, width], n at most FEATURES_BLOCK; seen after the next refresh. */
int features_put(struct features *f, const int64_t *photos, const float *x, int n,
                 struct status *st);

/* The pictures of these photos are other ones now, or cannot be read: their vectors are no longer
 * true. Seen after the next refresh. _all: those of all models of a project. */
int features_forget(struct features *f, const int64_t *photos, size_t n, struct status *st);
int features_forget_all(const struct project *p, const int64_t *photos, size_t n,
                        struct status *st);

/* The row of a photo, -1 when there is none. */
long features_find(const struct features *f, int64_t photo);
/* x [width] of a row. Features may be used from any thread, as long as nobody refreshes or closes.
 */
void features_get(const struct features *f, size_t row, float *x);
/* x [n, width] of some rows. Of many, the memory that the file took is given back: a walk over all
 * of it would else take as much as the file is long. */
void features_get_some(const struct features *f, const size_t *rows, size_t n, float *x);
/* The same for who has looked at many one by one. */
void features_give_back(const struct features *f);

#endif
