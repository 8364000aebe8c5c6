/* Compares a network's logits with those that PyTorch computed from the same weight file.
 *
 *     build/tests/nn/logits FILE ARCHITECTURE INPUT LOGITS
 *
 * FILE is what model_load reads, ARCHITECTURE a name or "-" (guessed). INPUT [3, side, side] and
 * LOGITS [classes] are plain floats. tests/tools/torch_logits.py makes all of them. Prints the
 * largest difference, divided by the largest logit; exit status 1 when it is over 1e-4. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/weights/hub.h"

static const double tolerance = 1e-4;

/* [3, side, side] -> [side, side, 3]; x takes as many floats. */
static void channels_last(const float *planes, size_t side, float *x)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < side * side; i++)
            x[3 * i + c] = planes[c * side * side + i];
}

static double largest_difference(const float *got, const float *want, int count)
{
    double largest = 0, difference = 0;
    for (int k = 0; k < count; k++) {
        largest = fmax(largest, fabs((double)want[k]));
        double d = fabs((double)got[k] - (double)want[k]);
        difference = d > difference || isnan(d) ? d : difference;
    }
    return difference / largest;
}

/* The relative difference, or -1. */
static double compare(struct network *n, const char *input, size_t input_size, const char *want,
                      size_t want_size, struct status *st)
{
    size_t side = (size_t)sqrt((double)input_size / (3 * sizeof(float)));
    double result = -1;
    if (side == 0 || 3 * side * side * sizeof(float) != input_size ||
        want_size != (size_t)n->classes * sizeof(float))
        return status_fail(st, STATUS_CONFLICT,
                           "%zu bytes of input and %zu of logits for %d classes", input_size,
                           want_size, n->classes);
    struct pool *pool = pool_new(1, 0, st);
    struct engine *e =
        pool ? engine_new(n, pool, (int)side, (int)side, ENGINE_FORWARD, 1, st) : NULL;
    float *x = malloc(input_size), *logits = malloc(want_size);
    if (e && x && logits) {
        channels_last((const float *)(const void *)input, side, x);
        engine_forward(e, x, 1, NULL, logits);
        result = largest_difference(logits, (const float *)(const void *)want, n->classes);
    }
    free(x);
    free(logits);
    engine_free(e);
    pool_free(pool);
    return result;
}

int main(int argc, char **argv)
{
    struct status st = {0};
    struct network *n = NULL;
    char *input = NULL, *want = NULL;
    size_t input_size, want_size;
    double difference = -1;
    if (argc != 5) {
        fprintf(stderr, "usage: logits FILE ARCHITECTURE INPUT LOGITS\n");
        return 2;
    }
    const char *architecture = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
    if (file_read(argv[3], 64 << 20, &input, &input_size, &st) == 0 &&
        file_read(argv[4], 64 << 20, &want, &want_size, &st) == 0 &&
        model_load(argv[1], architecture, &n, NULL, &st) == 0)
        difference = compare(n, input, input_size, want, want_size, &st);
    if (difference < 0)
        fprintf(stderr, "%s\n", st.text);
    else
        printf("%s %.2e\n", n->architecture, difference);
    network_free(n);
    free(input);
    free(want);
    return difference >= 0 && difference <= tolerance ? 0 : 1;
}
