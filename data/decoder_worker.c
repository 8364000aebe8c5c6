/* The process that decodes. It is whatever program decoder_process.c runs in, started with an
 * argument that nobody types and the shared memory for standard input, and taken over before main:
 * so every program that loads photos has its decoder, tests of this folder too, and none can forget
 * a line in main and start itself again and again.
 *
 * First it gives up what it could do harm with, then it serves until the other side ends. */
#include "data/decoder_internal.h"

#include "data/decoder.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char decoder_argument[] = "--decode-photos-of-parent";

enum { MOST_SECONDS = 30 * 60 }; /* of CPU time, whatever happens; the other side ends it sooner */

__attribute__((weak)) int decoder_decode(const void *bytes, size_t size, int least,
                                         unsigned char *room, struct image *out, struct status *st)
{
    return image_decode_to(bytes, size, "", least, room, out, st);
}

/* ---- giving up ------------------------------------------------------------------------------ */

/* What this program was started with and would have kept: not what the library's loader opened. */
static void close_others(void)
{
    if (syscall(SYS_close_range, DECODER_LIFE + 1, ~0u, 0) == 0)
        return;
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = DECODER_LIFE + 1; fd < most && fd < 65536; fd++)
        close(fd);
}

/* SIGIO ends a process: it comes when the other end of the pipe closes. */
static void end_with_parent(void)
{
    struct pollfd life = {.fd = DECODER_LIFE};
    if (fcntl(DECODER_LIFE, F_SETOWN, getpid()) != 0 ||
        fcntl(DECODER_LIFE, F_SETFL, O_RDONLY | O_ASYNC) != 0 || poll(&life, 1, 0) != 0)
        _exit(1); /* gone already */
}

static void limit(int what, size_t most)
{
    const struct rlimit limits = {most, most};
    setrlimit((__rlimit_resource_t)what, &limits);
}

/* Address space in use, in bytes. */
static size_t in_use(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    int found = f && fscanf(f, "%lu", &pages) == 1;
    if (f)
        fclose(f);
    return found ? pages * (size_t)sysconf(_SC_PAGESIZE) : (size_t)1 << 30;
}

/* Not dumpable: no core, and its memory can be read by no other process of the same person.
 * Sanitizers map terabytes and look at themselves in /proc. */
static void limit_all(void)
{
    const size_t memory = in_use() + ((size_t)DECODER_MEMORY << 20);
    if (!DECODER_RELAXED) {
        prctl(PR_SET_DUMPABLE, 0);
        limit(RLIMIT_AS, memory);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, MOST_SECONDS);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 0); /* none more: those open go on */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static unsigned char *map(void)
{
    void *shared =
        mmap(NULL, DECODER_SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, DECODER_MEMORY_FD, 0);
    if (shared == MAP_FAILED)
        _exit(1);
    madvise(shared, DECODER_SHARED, MADV_DONTDUMP);
    close(DECODER_MEMORY_FD);
    return shared;
}

/* ---- serving -------------------------------------------------------------------------------- */

static void decode(unsigned char *shared, const void *bytes, const struct decoder_request *request,
                   struct image *image, struct decoder_reply *reply, struct status *st)
{
    struct image_info info = {0};
    struct decoder_board *board = (void *)(shared + DECODER_BOARD_AT);
    unsigned char *room = shared + DECODER_PIXELS_AT;
    if (image_probe(bytes, request->size, "", &info, st) != 0 && request->task == DECODER_PROBE)
        return;
    atomic_store_explicit(&board->pixels, (uint32_t)info.width * (uint32_t)info.height,
                          memory_order_relaxed);
    reply->width = info.width;
    reply->height = info.height;
    *st = (struct status){0};
    if (request->task == DECODER_PROBE ||
        decoder_decode(bytes, request->size, request->least, room, image, st) != 0)
        return;
    reply->width = image->width;
    reply->height = image->height;
    if (image->rgb == room)
        *image = (struct image){0};
    else
        memcpy(room, image->rgb, (size_t)image->width * (size_t)image->height * 3);
}

static void answer(unsigned char *shared, struct decoder_board *board)
{
    const struct decoder_request request = board->request;
    struct image image = {0};
    struct status st = {0};
    const void *bytes = shared;
    /* A sanitizer sees the end of a file only where the memory ends, too. */
    void *copy = DECODER_RELAXED ? malloc(request.size) : NULL;
    if (copy)
        bytes = memcpy(copy, shared, request.size);
    decode(shared, bytes, &request, &image, &board->reply, &st);
    image_clear(&image);
    free(copy);
    board->reply.code = st.code;
    snprintf(board->reply.text, sizeof board->reply.text, "%s", st.text);
}

static void wait_for_turn(struct decoder_board *board)
{
    while (decoder_turn(board) != DECODER_ASKED)
        decoder_wait(board, DECODER_ASKED, -1);
    atomic_fetch_add(&board->turn, DECODER_BUSY - DECODER_ASKED); /* the other side may sleep */
}

static _Noreturn void serve(void)
{
    enum { LARGE = 32 << 20 };
    prctl(PR_SET_NAME, "tend-photos"); /* else "exe", in ps and top */
    close_others();
    end_with_parent();
    unsigned char *shared = map();
    struct decoder_board *board = (void *)(shared + DECODER_BOARD_AT);
    /* Memory of a photo is used for the next one, without a page fault for every page. */
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
    limit_all();
    board->reply.width = decoder_filter_calls();
    for (;;) {
        decoder_turn_over(board, DECODER_HERE);
        wait_for_turn(board);
        answer(shared, board);
    }
}

__attribute__((constructor)) static void take_over(int argc, char **argv)
{
    struct stat info;
    if (argc == 2 && strcmp(argv[1], decoder_argument) == 0 &&
        fstat(DECODER_MEMORY_FD, &info) == 0 && info.st_size == (off_t)DECODER_SHARED)
        serve();
}
