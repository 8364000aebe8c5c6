#include "nn/match.h"

#include <stdlib.h>

#include "data/status.h"

int match_init(struct match *m, int channels, int batch, struct status *st)
{
    *m = (struct match){.channels = channels};
    m->scale = calloc((size_t)channels, sizeof *m->scale);
    m->teacher = calloc((size_t)batch * (size_t)channels, sizeof *m->teacher);
    if (m->scale && m->teacher)
        return 0;
    match_clear(m);
    return status_out_of_memory(st);
}

void match_clear(struct match *m)
{
    free(m->scale);
    free(m->teacher);
    *m = (struct match){0};
}

static double variance(const float *features, size_t n, size_t channels, size_t k)
{
    double sum = 0, squares = 0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        double v = (double)features[i * channels + k];
        sum += v;
        squares += v * v;
    }
    double mean = sum / count;
    return squares / count > mean * mean ? squares / count - mean * mean : 0;
}

void match_measure(struct match *m, const float *features, size_t n)
{
    size_t channels = (size_t)m->channels;
    double all = 0;
    for (size_t k = 0; k < channels; k++) {
        double v = variance(features, n, channels, k);
        m->scale[k] = (float)v;
        all += v / (double)channels;
    }
    /* Channels that hardly ever say anything would count without limit. */
    for (size_t k = 0; k < channels; k++)
        m->scale[k] = (float)(1 / ((double)m->scale[k] + 0.1 * all + 1e-12));
}

double match_loss(void *arg, int first, int n, const float *y, float *dy)
{
    const struct match *m = arg;
    size_t channels = (size_t)m->channels;
    double loss = 0;
    for (size_t i = 0; i < (size_t)n; i++) {
        const float *teacher = m->teacher + ((size_t)first + i) * channels;
        float weight = m->weight / (float)channels, sum = 0;
        for (size_t k = 0; k < channels; k++) {
            float d = y[i * channels + k] - teacher[k];
            sum += m->scale[k] * d * d;
            dy[i * channels + k] += 2 * m->share * weight * m->scale[k] * d;
        }
        loss += (double)(weight * sum);
    }
    return loss;
}
