/* The cache of prepared pictures: what is ready, what is dropped, what stays within the memory it
 * may use. */
#include "tui/screens/pictures.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "tests/check.h"
#include "tui/loop/jobs.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

enum { ROWS = 10, COLS = 20 };

static const struct terminal_info blocks = {.rows = 30,
                                            .cols = 100,
                                            .cell_width = 10,
                                            .cell_height = 20,
                                            .graphics = GRAPHICS_BLOCKS,
                                            .colors = 256};

struct bench {
    struct jobs *jobs;
    struct pictures *pictures;
    int ready;
};

static void note_ready(void *arg)
{
    ((struct bench *)arg)->ready++;
}

static void setup(struct bench *b)
{
    struct status st = {0};
    *b = (struct bench){.jobs = jobs_new(&st)};
    b->pictures = pictures_new(b->jobs, note_ready, b, &st);
    CHECK(b->jobs && b->pictures);
}

static void tear_down(struct bench *b)
{
    pictures_free(b->pictures);
    jobs_free(b->jobs);
}

static void finish(struct bench *b)
{
    jobs_wait(b->jobs, JOBS_PICTURES);
    jobs_collect(b->jobs);
}

/* A photo of one colour; its path in a buffer of the caller. */
static const char *photo(int number, char *path, size_t size)
{
    char name[40];
    unsigned char ppm[64 + 3 * 64];
    snprintf(name, sizeof name, "photo-%d.ppm", number);
    snprintf(path, size, "%s", test_path(name));
    if (access(path, F_OK) == 0)
        return path; /* never written again: the background may be reading it */
    size_t n = (size_t)sprintf((char *)ppm, "P6 8 8 255\n");
    for (int i = 0; i < 64; i++) {
        ppm[n++] = (unsigned char)number;
        ppm[n++] = 100;
        ppm[n++] = 50;
    }
    snprintf(path, size, "%s", test_write(name, ppm, n));
    return path;
}

static enum pictures_state want(struct bench *b, int number, const struct picture **picture)
{
    char path[1200];
    return pictures_want(b->pictures, number, photo(number, path, sizeof path), ROWS, COLS, 1, 0,
                         picture, NULL);
}

static enum pictures_state look(struct bench *b, int number)
{
    return pictures_want(b->pictures, number, NULL, ROWS, COLS, 1, 0, NULL, NULL);
}

TEST(is_made_once_and_kept)
{
    struct bench b;
    const struct picture *first = NULL, *again = NULL;
    setup(&b);
    pictures_begin(b.pictures, &blocks);
    CHECK_INT(want(&b, 7, &first), PICTURES_WAITING);
    CHECK(first == NULL);
    pictures_end(b.pictures);
    CHECK_INT(pictures_under_way(b.pictures), 1);
    finish(&b);
    CHECK_INT(b.ready, 1);
    CHECK_INT(pictures_under_way(b.pictures), 0);
    pictures_begin(b.pictures, &blocks);
    CHECK_INT(want(&b, 7, &first), PICTURES_READY);
    pictures_end(b.pictures);
    pictures_begin(b.pictures, &blocks);
    CHECK_INT(look(&b, 8), PICTURES_UNKNOWN);
    CHECK_INT(want(&b, 7, &again), PICTURES_READY);
    pictures_end(b.pictures);
    if (CHECK(first && first == again)) {
        CHECK_INT(first->rows, ROWS);
        CHECK_INT(first->cols, COLS);
        const unsigned char *middle = first->rgb + 3 * ((size_t)ROWS * COLS + COLS / 2);
        CHECK_INT(middle[0], 7); /* the photo's own colour */
    }
    tear_down(&b);
}

TEST(says_why_a_photo_cannot_be_shown)
{
    struct bench b;
    const char *problem = NULL;
    setup(&b);
    for (int round = 0; round < 2; round++) {
        pictures_begin(b.pictures, &blocks);
        pictures_want(b.pictures, 1, test_path("nowhere.jpg"), ROWS, COLS, 1, 1, NULL, &problem);
        pictures_end(b.pictures);
        finish(&b);
    }
    CHECK_CONTAINS(problem, "nowhere.jpg");
    CHECK_INT(b.ready, 1);
    tear_down(&b);
}

TEST(drops_what_is_not_wanted_any_more)
{
    struct bench b;
    setup(&b);
    pictures_begin(b.pictures, &blocks);
    for (int i = 1; i <= 60; i++)
        want(&b, i, NULL);
    pictures_end(b.pictures);
    pictures_begin(b.pictures, &blocks);
    want(&b, 60, NULL);
    pictures_end(b.pictures);
    finish(&b);
    pictures_begin(b.pictures, &blocks);
    CHECK_INT(look(&b, 60), PICTURES_READY);
    int known = 0;
    for (int i = 1; i < 60; i++)
        known += look(&b, i) != PICTURES_UNKNOWN;
    CHECK(known < 59); /* a few may have been made before the second round */
    pictures_end(b.pictures);
    tear_down(&b);
}

TEST(forgets_when_the_terminal_changes)
{
    struct bench b;
    struct terminal_info larger = blocks;
    larger.cell_height++;
    setup(&b);
    pictures_begin(b.pictures, &blocks);
    want(&b, 1, NULL);
    pictures_end(b.pictures);
    finish(&b);
    pictures_begin(b.pictures, &blocks);
    CHECK_INT(look(&b, 1), PICTURES_READY);
    pictures_end(b.pictures);
    pictures_begin(b.pictures, &larger);
    CHECK_INT(look(&b, 1), PICTURES_UNKNOWN);
    pictures_end(b.pictures);
    tear_down(&b);
}

/* 130 pictures of 600 kB are more than may be kept. */
TEST(stays_within_its_memory)
{
    enum { MANY = 130, HIGH = 200, WIDE = 500 };
    struct bench b;
    char path[1200];
    const struct picture *picture;
    size_t bytes = 0;
    setup(&b);
    for (int i = 1; i <= MANY; i++) {
        pictures_begin(b.pictures, &blocks);
        pictures_want(b.pictures, i, photo(i, path, sizeof path), HIGH, WIDE, 1, 1, NULL, NULL);
        pictures_end(b.pictures);
        finish(&b);
    }
    pictures_begin(b.pictures, &blocks);
    for (int i = 1; i <= MANY; i++)
        if (pictures_want(b.pictures, i, NULL, HIGH, WIDE, 1, 0, &picture, NULL) == PICTURES_READY)
            bytes += (size_t)picture->width * (size_t)picture->height * 3;
    CHECK(bytes > PICTURES_MAX_BYTES / 2);
    CHECK(bytes <= PICTURES_MAX_BYTES);
    CHECK_INT(pictures_want(b.pictures, MANY, NULL, HIGH, WIDE, 1, 0, NULL, NULL), PICTURES_READY);
    CHECK_INT(pictures_want(b.pictures, 1, NULL, HIGH, WIDE, 1, 0, NULL, NULL), PICTURES_UNKNOWN);
    pictures_end(b.pictures);
    tear_down(&b);
}

/* Under the address sanitizer: nothing is lost, nothing is used after it was freed. */
TEST(can_be_left_while_jobs_are_under_way)
{
    struct bench b;
    setup(&b);
    pictures_begin(b.pictures, &blocks);
    for (int i = 1; i <= 20; i++)
        want(&b, i, NULL);
    pictures_end(b.pictures);
    pictures_free(b.pictures);
    finish(&b);
    CHECK_INT(b.ready, 0);
    jobs_free(b.jobs);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
