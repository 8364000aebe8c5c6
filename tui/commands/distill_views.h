/* Random views of photos without labels, for two networks to look at. */
#ifndef TUI_COMMANDS_DISTILL_VIEWS_H
#define TUI_COMMANDS_DISTILL_VIEWS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "data/image.h"
#include "data/scan.h"

struct decoders;
struct pool;
struct preprocess;
struct status;

/* View k of photo i is the same one whoever asks and whenever: crop, flip and colours, and every
 * other view is mixed with one of another photo (Zhang et al. 2018, mixup; Yun et al. 2019,
 * CutMix): pictures that no photo shows, for more to be asked about. */
struct views {
    const char *folder;
    struct scan_list files; /* those that can be read */
    size_t unreadable;      /* how many cannot */
    uint64_t seed;
    uint64_t identity; /* two are the same views of the same photos when this is the same */
    int least;         /* sides in pixels that photos are loaded with at least */
    struct decoders *decoders;
    struct image *kept; /* [files.count] decoded, in memory; rgb NULL: read again each time */
};

/* Looks for photos below the folder and reads all of them; as many as fit in memory (VIEWS_MEMORY)
 * stay there. Those that cannot be read are left out. The folder's name must outlive it. largest:
 * of the networks that will look. Errors: fewer than two photos; cancelled. */
enum { VIEWS_MEMORY = 2048 }; /* MiB */
int views_init(struct views *v, const char *folder, uint64_t seed, const struct preprocess *largest,
               struct pool *pool, atomic_int *cancel, struct status *st);
void views_clear(struct views *v);

/* View `number` of a photo as p says: x [height, width, 3] overwritten, from left to right if
 * `flipped`. -1: the photo, or the one it is mixed with, cannot be read any more. Any thread. */
int views_make(const struct views *v, int photo, int number, int flipped,
               const struct preprocess *p, float *x, struct status *st);

#endif
