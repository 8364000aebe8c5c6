/* Between the two sides: decoder.c, decoder_process.c here, decoder_worker.c, decoder_filter.c in
 * the process that decodes. Nothing that the other side sends is believed: sizes are checked,
 * texts are cut and made plain. */
#ifndef DATA_DECODER_INTERNAL_H
#define DATA_DECODER_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "data/image.h"
#include "data/status.h"

/* -fsanitize=undefined alone has no macro, and needs nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DECODER_RELAXED 1
#else
#define DECODER_RELAXED 0
#endif

/* ---- memory that both sides have ------------------------------------------------------------ */

/* The file's bytes (and one, to see that it is longer), then the board, then pixels. Its size is
 * sealed; what is never touched takes no memory. */
enum { DECODER_PAGE = 65536 /* the largest of any system */ };
#define DECODER_BOARD_AT  ((size_t)IMAGE_MAX_BYTES + DECODER_PAGE)
#define DECODER_PIXELS_AT (DECODER_BOARD_AT + DECODER_PAGE)
#define DECODER_SHARED    (DECODER_PIXELS_AT + (size_t)IMAGE_MAX_PIXELS * 3 + DECODER_PAGE)

/* Bytes of pixels that are kept out of swap. */
enum { DECODER_LOCKED = 2 << 20 };

/* What is to be done, and what was. The side whose turn it is writes, then turns it over (a futex):
 * cheaper than packets through a socket, where small photos take a few tenths of a millisecond. */
enum decoder_turn { DECODER_HERE, DECODER_ASKED, DECODER_BUSY };
enum { DECODER_ASLEEP = 1 << 8 }; /* beside the turn: the side that waits for it is to be woken */
enum decoder_task { DECODER_PROBE, DECODER_DECODE };

struct decoder_request {
    uint32_t task;
    int32_t least;
    uint64_t size; /* of the file */
};
struct decoder_reply {
    int32_t code;          /* enum status_code */
    int32_t width, height; /* after the start: width 1 when system calls are filtered */
    char text[480];        /* an error without the name of the file before it: ": is ..." */
};
struct decoder_board {
    _Atomic uint32_t turn;   /* and DECODER_ASLEEP */
    _Atomic uint32_t pixels; /* of the picture, as its header says: how long it may take at most */
    struct decoder_request request;
    struct decoder_reply reply;
};

uint32_t decoder_turn(struct decoder_board *board);
/* Sleeps until the turn is `turn`, for ms milliseconds at most (negative: without end), or less.
 * Turns it over, and wakes the other side where it sleeps. */
void decoder_wait(struct decoder_board *board, uint32_t turn, int ms);
void decoder_turn_over(struct decoder_board *board, uint32_t turn);

/* Descriptors of the process that decodes. */
enum { DECODER_MEMORY_FD = 0, DECODER_LIFE = 3 };
extern const char decoder_argument[]; /* what tells it from other starts of the program */

/* ---- decoder_process.c: one process, from this side ----------------------------------------- */

struct decoder_process {
    pid_t pid;       /* 0: none */
    int life;        /* closed: it ends */
    clockid_t clock; /* its CPU time */
    int cpu;         /* where it runs; -1: where it likes */
    unsigned char *shared;
    int filtered;
    long asked; /* photos */
};

/* Both end it and say STATUS_CANCELLED when *cancel (may be NULL) is set. */
int decoder_start(struct decoder_process *p, atomic_int *cancel, struct status *st);
/* Ends and forgets it; safe when there is none. */
void decoder_stop(struct decoder_process *p);
/* Sends a request and waits for the answer as long as a photo may take. Returns 0 with a reply (of
 * any kind); else the process has been stopped, and 1: it had died before it was asked, or was
 * killed from outside: worth another try; -1: the photo's fault, *st says "the decoder ...". */
int decoder_ask(struct decoder_process *p, const struct decoder_request *request,
                atomic_int *cancel, struct decoder_reply *reply, struct status *st);

/* ---- decoder_worker.c, decoder_filter.c: inside --------------------------------------------- */

/* image_decode_to. Weak: a test's own may crash, loop and take memory. */
int decoder_decode(const void *bytes, size_t size, int least, unsigned char *room,
                   struct image *out, struct status *st);

/* From here on only memory, waiting and the end are left. Returns 1, or 0 where the kernel
 * cannot. */
int decoder_filter_calls(void);

#endif
