/* Photos decoded in processes of their own. A picture file is what a stranger wrote: whatever it
 * does to a decoder happens in a process that can open no file, no socket and no other process,
 * whose memory and time are bounded, and that holds nothing but the one photo. When it dies the
 * photo is unreadable and says why; the next photo gets a new process.
 *
 * A set starts a process when a thread asks for a photo and all others are at work: one process a
 * thread that loads. They end with the set, and with this process however it ends. Any thread; a
 * set takes as many threads as there are. Nothing is to be called in main: a process of a set is
 * this same program, started anew, which decoder_worker.c takes over before main. */
#ifndef DATA_DECODER_H
#define DATA_DECODER_H

#include <stdatomic.h>
#include <stddef.h>

struct decoders;
struct image;
struct status;

enum {
    DECODER_SECONDS = 2, /* of work; of larger pictures than DECODER_PIXELS in proportion, as far as
                            memory fills with them: nothing for what a header says alone */
    DECODER_PIXELS = 40000000,
    DECODER_IDLE = 4,      /* seconds asleep */
    DECODER_PATIENCE = 10, /* times the work, of time passed, where the machine is busy */
    DECODER_MEMORY = 2048  /* MB beside file and pixels */
};

/* Starts nothing yet. NULL: out of memory. Freed when nothing of it is lent any more. */
struct decoders *decoders_new(struct status *st);
void decoders_free(struct decoders *d);

/* image_load (data/image.h), with its errors in its words, and: the decoder crashed, took too long,
 * needs too much memory, cannot be started. out->rgb is lent: memory shared with the process, good
 * until decoders_release of the same image, and never given to image_clear. A thread that holds an
 * image keeps its process from other work: release soon. */
int decoders_load(struct decoders *d, const char *path, int least, struct image *out,
                  struct status *st);
/* The same, and STATUS_CANCELLED soon after *cancel (may be NULL) is set, wherever it is. */
int decoders_load_until(struct decoders *d, const char *path, int least, atomic_int *cancel,
                        struct image *out, struct status *st);
/* Safe on a zero struct, and twice. */
void decoders_release(struct decoders *d, struct image *image);

/* Width and height as shown, from the header alone: file_read + image_probe. */
int decoders_probe(struct decoders *d, const char *path, int *width, int *height,
                   struct status *st);

/* Starts a process if none is there and asks how far it is shut in: 1 system calls are filtered, 0
 * this kernel has no filter (limits of files, memory and time hold anyway), -1 it cannot be
 * started. */
int decoders_filtered(struct decoders *d, struct status *st);

#endif
