/* Which file is which photo, where photos were moved: by content, and among photos of one content
 * by what their paths have in common. */
#ifndef TUI_COMMANDS_RESCAN_MATCH_H
#define TUI_COMMANDS_RESCAN_MATCH_H

#include <stddef.h>
#include <stdint.h>

struct status;

/* A file that may be a photo that is sought: unknown, or changed. */
struct rescan_file {
    char *name; /* as the store names it */
    int64_t size, modified;
    uint64_t hash, ends; /* scan_hash_file_twice; 0: not read */
    long at;             /* of which photo it is the place, -1: of none */
    int taken;           /* it is a sought photo */
};

struct rescan_sought {
    const char *path;
    int64_t size;
    uint64_t hash; /* as stored, not 0: either of a file's two */
    long file;     /* result; -1: none has its content */
    int unsure; /* result: others of the same content are sought, and no name tells which is which
                 */
};

/* First by content, file name and folder, then by content and file name, then by content alone:
 * each photo gets one file, and each file is one photo's. Error: out of memory. */
int rescan_match(struct rescan_sought *sought, size_t count, struct rescan_file *files,
                 size_t file_count, struct status *st);

#endif
