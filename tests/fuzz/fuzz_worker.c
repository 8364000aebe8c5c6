/* The process that decodes, taken over by a picture: the bytes are what it answers, an error's
 * code, width, height and text, then the pixels that it says it works on. This side gets a picture
 * whose pixels are there, or a sentence in plain text, and asks for the next one. */
#include "data/decoder.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/decoder_internal.h"
#include "tests/fuzz/fuzz.h"

/* ---- in there ---- */

static void answer(const unsigned char *bytes, size_t size, struct decoder_board *board)
{
    struct {
        struct decoder_reply reply;
        uint32_t pixels;
    } answer = {0};
    memcpy(&answer, bytes, size < sizeof answer ? size : sizeof answer);
    board->reply = answer.reply;
    atomic_store(&board->pixels, answer.pixels);
    decoder_turn_over(board, DECODER_HERE);
}

/* From the first picture on it never goes back to where an honest answer would be written. */
int decoder_decode(const void *bytes, size_t size, int least, unsigned char *room,
                   struct image *out, struct status *st)
{
    unsigned char *shared = room - DECODER_PIXELS_AT;
    struct decoder_board *board = (void *)(shared + DECODER_BOARD_AT);
    (void)bytes, (void)size, (void)least, (void)out, (void)st;
    for (;;) {
        answer(shared, board->request.size, board);
        while (decoder_turn(board) != DECODER_ASKED)
            decoder_wait(board, DECODER_ASKED, -1);
        atomic_fetch_add(&board->turn, DECODER_BUSY - DECODER_ASKED);
    }
}

/* ---- here ---- */

static struct decoders *decoders;
static char path[40];
static int file;

static void end(void)
{
    decoders_free(decoders);
    close(file);
}

static void begin(void)
{
    decoders = decoders_new(NULL);
    file = memfd_create("picture", MFD_CLOEXEC);
    if (!decoders || file < 0)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    atexit(end);
}

static void check_text(const char *text)
{
    if (strncmp(text, path, strlen(path)) != 0 || !text[strlen(path)])
        abort();
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct image image;
    struct status st = {0};
    if (!decoders)
        begin();
    if (ftruncate(file, 0) != 0 || pwrite(file, bytes, size, 0) != (ssize_t)size)
        abort();
    if (decoders_load(decoders, path, 0, &image, &st) == 0) {
        size_t count = (size_t)image.width * (size_t)image.height * 3;
        if (image.width < 1 || image.height < 1 || count > (size_t)IMAGE_MAX_PIXELS * 3)
            abort();
        volatile unsigned char first = image.rgb[0], last = image.rgb[count - 1];
        (void)first, (void)last;
    } else {
        if (st.code == STATUS_OK || st.code > STATUS_UNSUPPORTED)
            abort();
        check_text(st.text);
    }
    decoders_release(decoders, &image);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    static const struct decoder_reply seeds[] = {{0, 30, 20, ""},
                                                 {0, 20000, 6000, ""},
                                                 {STATUS_FORMAT, 0, 0, ": is cut short"},
                                                 {STATUS_MEMORY, 1, 1, ""}};
    if (k >= (int)(sizeof seeds / sizeof *seeds) || capacity < sizeof *seeds + 4)
        return 0;
    memcpy(bytes, &seeds[k], sizeof *seeds);
    memset(bytes + sizeof *seeds, 1, 4);
    return sizeof *seeds + 4;
}

/* Half of the changes in the numbers. */
size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    (void)bytes;
    return (size_t)(random / 2 % (random % 2 && size > 12 ? 12 : size));
}

long fuzz_rounds(void)
{
    return 500;
}
