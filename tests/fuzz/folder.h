/* A folder of the target's own: made once, the current one from then on, gone at the end. In memory
 * where the system has a place for that: what waits for a disk is not what is tested. */
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/file.h"

static char folder[64]; /* "": not made yet */

static inline void folder_remove(void)
{
    if (chdir("/") != 0 || file_remove_tree(folder, NULL) != 0)
        fprintf(stderr, "could not remove %s\n", folder);
}

/* What is open in it is to be closed by a function that atexit knows of after this call. */
static inline void folder_enter(void)
{
    const char *memory = "/dev/shm";
    snprintf(folder, sizeof folder, "%s/tend-fuzz-XXXXXX",
             access(memory, W_OK) == 0 ? memory : "/tmp");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        abort();
    atexit(folder_remove);
}

static inline void folder_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0)
        abort();
}

/* Its size; 0 where it is not there, or longer. */
static inline size_t folder_read(const char *path, unsigned char *bytes, size_t capacity)
{
    size_t size;
    return capacity > 0 && file_read_to(path, capacity - 1, bytes, &size, NULL) == 0 ? size : 0;
}

#endif
