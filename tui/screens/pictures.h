/* Photos made ready for their pane, ahead of time: decoded, scaled and encoded in the background
 * (lane JOBS_PICTURES), kept while there is room. UI thread only. */
#ifndef TUI_SCREENS_PICTURES_H
#define TUI_SCREENS_PICTURES_H

#include <stddef.h>
#include <stdint.h>

struct jobs;
struct picture;
struct pictures;
struct status;
struct terminal_info;

enum { PICTURES_MAX_BYTES = 64 * 1024 * 1024 };

enum pictures_state {
    PICTURES_UNKNOWN, /* never asked for (or forgotten), and no file was given */
    PICTURES_WAITING,
    PICTURES_READY,
    PICTURES_PROBLEM /* cannot be shown; a sentence says why */
};

/* `ready` is called (from jobs_collect) when a picture or a problem has come in. */
struct pictures *pictures_new(struct jobs *jobs, void (*ready)(void *arg), void *arg,
                              struct status *st);
/* Whatever is under way is dropped; nothing needs to be waited for. No picture of it may be on the
 * terminal (terminal_clear). */
void pictures_free(struct pictures *p);

/* A round: begin, any number of wants, end. Requests of earlier rounds that have not begun and are
 * not wanted again are dropped at the end. When the terminal has changed (cells, graphics),
 * everything is. */
void pictures_begin(struct pictures *p, const struct terminal_info *info);
/* The photo for a pane of rows x cols cells. file NULL: only what is known already. *picture
 * (READY) stays valid until the next round begins; *problem (PROBLEM) as well. Either may be NULL.
 */
enum pictures_state pictures_want(struct pictures *p, int64_t photo, const char *file, int rows,
                                  int cols, float zoom, int urgent, const struct picture **picture,
                                  const char **problem);
/* The same at zoom 1 for a photo of an open project, whose file is looked up only when it is
 * needed. */
struct app;
enum pictures_state pictures_want_photo(struct pictures *p, struct app *a, int64_t photo, int rows,
                                        int cols, int urgent, const struct picture **picture,
                                        const char **problem);
void pictures_end(struct pictures *p);

/* How many are being made or wait for it. */
int pictures_under_way(const struct pictures *p);

/* Everything is read from disk again when it is wanted. */
void pictures_forget(struct pictures *p);

#endif
