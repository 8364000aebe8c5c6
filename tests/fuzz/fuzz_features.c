/* The cache of features, as it was left on the disk: rows that are there, each photo once, and what
 * is put behind them is found again. The head learns from what was read, whatever it says. */
#include "tui/loop/features.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"
#include "nn/head.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"
#include "tui/loop/project.h"

enum { WIDTH = 4, MODEL = 1, CLASSES = 3 };
static const char path[] = "cache/features-0001";
static char here[] = ".";
static const struct project project = {.folder = here};

static void check_rows(const struct features *f, float *x)
{
    for (size_t i = 0; i < f->count; i++) {
        if ((i > 0 && f->rows[i - 1].photo >= f->rows[i].photo) ||
            features_find(f, f->rows[i].photo) != (long)i)
            abort();
        features_get(f, i, x);
    }
}

/* What is not finite is refused when labels are learned anew; what is said of one photo, it is
 * said. */
static void learn(const struct features *f, float *x)
{
    struct status st = {0};
    float logits[CLASSES];
    struct head *h = head_new(f->width, NULL, &st);
    if (!h || head_grow(h, CLASSES, &st) != 0)
        abort();
    head_fit_begin(h);
    int failed = 0;
    for (size_t i = 0; i < f->count && !failed; i++) {
        int class = (int)(i % CLASSES);
        features_get(f, i, x);
        failed = head_fit_add(h, x, &class, NULL, 1, &st);
    }
    if (!failed && head_fit_end(h, &st) == 0 && f->count > 0) {
        head_change(h, x, HEAD_UNKNOWN, 1, NULL);
        head_logits(h, x, NULL, 1, logits);
    } else if (failed && !st.text[0]) {
        abort();
    }
    head_free(h);
}

static void read_as_it_is(void)
{
    struct features f;
    struct status st = {0};
    if (features_open(&f, &project, MODEL, 0, &st) != 0)
        abort();
    if (f.width < 0 || f.width > 1 << 16)
        abort();
    float *x = malloc(((size_t)f.width + 1) * sizeof *x);
    if (!x)
        abort();
    check_rows(&f, x);
    if (f.count > 0 && f.width <= 64)
        learn(&f, x);
    free(x);
    features_close(&f);
}

static void go_on(void)
{
    static const int64_t photos[] = {7, INT64_MAX};
    static const float x[2 * WIDTH] = {1, 2, 3, 4, 5, 6, 7, 8};
    float y[WIDTH];
    struct features f;
    struct status st = {0};
    if (features_open(&f, &project, MODEL, WIDTH, &st) != 0)
        abort();
    check_rows(&f, y);
    if (features_put(&f, photos, x, 2, &st) != 0 || features_refresh(&f, &st) != 0)
        abort();
    check_rows(&f, y);
    long row = features_find(&f, 7);
    if (row < 0 || features_find(&f, INT64_MAX) < 0)
        abort();
    features_get(&f, (size_t)row, y);
    if (memcmp(x, y, sizeof y) != 0)
        abort();
    features_close(&f);
}

static void prepare(void)
{
    folder_enter();
    if (mkdir("cache", 0777) != 0)
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    if (!folder[0])
        prepare();
    folder_write(path, bytes, size);
    read_as_it_is();
    go_on();
}

/* Two blocks with a photo in both; the same with half a block behind; and with one forgotten. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    static const int64_t photos[] = {3, 1, 2};
    static const float x[3 * WIDTH] = {0.5f, 0, 1, -1, 2, 3, 4, 5, 0, 1, 0, 1};
    struct features f;
    struct status st = {0};
    if (k > 2)
        return 0;
    if (!folder[0])
        prepare();
    unlink(path);
    if (features_open(&f, &project, MODEL, WIDTH, &st) != 0 ||
        features_put(&f, photos, x, 2, &st) != 0 || features_put(&f, photos + 1, x, 2, &st) != 0 ||
        (k == 2 && features_forget(&f, photos + 2, 1, &st) != 0))
        abort();
    features_close(&f);
    size_t size = folder_read(path, bytes, capacity);
    return k == 1 ? size - 20 : size;
}

/* Rows are 16 bytes a photo, of which a file holds 8 and more; 64 wide the head takes most. */
size_t fuzz_memory(size_t size)
{
    return 500000 + 40 * size;
}
