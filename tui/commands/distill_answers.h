/* What a teacher says of views, kept in files: it is asked once, however often they are learnt
 * from. */
#ifndef TUI_COMMANDS_DISTILL_ANSWERS_H
#define TUI_COMMANDS_DISTILL_ANSWERS_H

#include <stdatomic.h>
#include <stdint.h>

struct network;
struct pool;
struct preprocess;
struct status;
struct views;

struct answers {
    const char *folder;
    const struct views *views;
    struct network *teacher;
    const struct preprocess *seen; /* by the teacher */
    struct pool *pool;
    int count;         /* views of each photo */
    int number;        /* of the view that is in memory, or -1 */
    float *features;   /* [photos, features] the teacher's of that view */
    uint64_t identity; /* of views and teacher */
};

/* Looks whether what is in the folder, FOLDER/view-000.safetensors and so on, is of these views and
 * this teacher. All pointers must outlive it. Errors: a file is not, or is damaged. */
int answers_init(struct answers *a, struct status *st);
void answers_clear(struct answers *a);

/* Asks for what is not in the folder yet. Errors: cancelled (what is whole stays); a photo that
 * cannot be read any more. */
int answers_ask(struct answers *a, atomic_int *cancel, struct status *st);

/* Reads view `number` of all photos into memory. */
int answers_read(struct answers *a, int number, struct status *st);

#endif
