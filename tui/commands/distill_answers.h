/* What a teacher says of views, kept in files: it is asked once, however often they are learnt
 * from. */
#ifndef TUI_COMMANDS_DISTILL_ANSWERS_H
#define TUI_COMMANDS_DISTILL_ANSWERS_H

#include <stdatomic.h>

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
    int count;       /* views of each photo */
    int number;      /* of the view that is in memory, or -1 */
    float *features; /* [photos, features] the teacher's of that view */
    float *usable;   /* [photos] 1; 0: there is no such view */
};

/* Asks for what is not in the folder yet: FOLDER/view-000.safetensors and so on. All pointers must
 * outlive it. Errors: cancelled (what is whole stays); files of other photos, another teacher or
 * seed. */
int answers_init(struct answers *a, atomic_int *cancel, struct status *st);
void answers_clear(struct answers *a);

/* Reads view `number` of all photos into memory. */
int answers_read(struct answers *a, int number, struct status *st);

#endif
