/* Compares a network with what a reference framework computed for it: logits, loss, the gradient
 * of every parameter and of the input, number of parameters, multiply-accumulates.
 *
 *     build/tests/nn/parity FILE...
 *
 * A FILE holds, as JSON: model, gain, input_shape, tensors (name and shape), logits, label,
 * loss, grad_norm_and_first, input_grad_norm, params, macs_ptflops_3x224x224. Weights and input
 * are made by a rule from the tensors' names (make_tensor), with batch norm in eval mode. One
 * line a file; exit status 1 when any fails.
 *
 * Where a ReLU's input is within rounding of its kink, the gradient is one or the other by luck,
 * in the reference as here. So where gradients disagree all weights are moved by at most one
 * part in 2^23, which is how exactly a float holds them, and compared again, a few times: luck
 * changes, mistakes stay. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/preprocess.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/weights/weights.h"

static const double logit_tolerance = 1e-4, gradient_tolerance = 1e-3, macs_tolerance = 0.01;

static double uniform(uint64_t hash, uint64_t i)
{
    uint64_t z = hash + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 40) / 16777216.0;
}

static uint64_t name_hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h;
}

static int ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static void make_tensor(const struct weights_tensor *t, double gain, float *values)
{
    uint64_t h = name_hash(t->name);
    double fan_in = t->rank > 0 && t->dims[0] ? (double)t->count / (double)t->dims[0] : 1;
    int scale = ends_with(t->name, "running_var") || ends_with(t->name, "weight") ||
                ends_with(t->name, "gamma") || ends_with(t->name, "scale");
    for (size_t i = 0; i < t->count; i++) {
        double u = uniform(h, i);
        if (t->rank >= 2)
            values[i] = (float)((2 * u - 1) * sqrt(3 / fan_in) * gain);
        else
            values[i] = (float)(scale ? 0.5 + u : 0.2 * (u - 0.5));
    }
}

static int compare_tensors(const void *a, const void *b)
{
    return strcmp(((const struct weights_tensor *)a)->name,
                  ((const struct weights_tensor *)b)->name);
}

static void make_weights(const cJSON *json, struct weights *w)
{
    const cJSON *list = cJSON_GetObjectItem(json, "tensors"), *item, *dim;
    double gain = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "gain"));
    size_t total = 0;
    w->count = (size_t)cJSON_GetArraySize(list);
    w->tensors = calloc(w->count, sizeof *w->tensors);
    size_t k = 0;
    cJSON_ArrayForEach(item, list)
    {
        struct weights_tensor *t = &w->tensors[k++];
        t->name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
        t->count = 1;
        cJSON_ArrayForEach(dim, cJSON_GetObjectItem(item, "shape"))
        {
            t->dims[t->rank++] = (int64_t)dim->valuedouble;
            t->count *= (size_t)dim->valuedouble;
        }
        total += t->count;
    }
    float *values = calloc(total, sizeof *values);
    w->storage = values;
    qsort(w->tensors, w->count, sizeof *w->tensors, compare_tensors);
    for (size_t i = 0; i < w->count; i++) {
        make_tensor(&w->tensors[i], gain, values);
        w->tensors[i].values = values;
        values += w->tensors[i].count;
    }
}

struct cross_entropy {
    int classes, label;
    float *logits;
};

static double cross_entropy(void *arg, int first, int n, const float *logits, float *dlogits)
{
    const struct cross_entropy *c = arg;
    double largest = logits[0], sum = 0;
    (void)first;
    (void)n;
    for (int k = 0; k < c->classes; k++)
        largest = logits[k] > largest ? logits[k] : largest;
    for (int k = 0; k < c->classes; k++)
        sum += exp(logits[k] - largest);
    for (int k = 0; k < c->classes; k++)
        dlogits[k] = (float)(exp(logits[k] - largest) / sum - (k == c->label));
    memcpy(c->logits, logits, (size_t)c->classes * sizeof *logits);
    return log(sum) + largest - logits[c->label];
}

static double norm_of(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sqrt(sum);
}

struct outcome {
    double logits, loss, gradient, first, input; /* first: elements of gradients, not judged */
    char worst[96];                              /* parameter with the largest difference */
    double aten, pytorch;
    long long params, missing;
    int nudges;
};

/* Largest difference of the gradients' norms, in units of the allowed one, times the tolerance. */
static void compare_gradients(const cJSON *json, const struct network *n, const float *gradients,
                              struct outcome *o)
{
    const cJSON *all = cJSON_GetObjectItem(json, "grad_norm_and_first"), *item;
    double largest = 0;
    cJSON_ArrayForEach(item, all)
    {
        double norm = cJSON_GetArrayItem(item, 0)->valuedouble;
        largest = norm > largest ? norm : largest;
    }
    cJSON_ArrayForEach(item, all)
    {
        int i = params_find(&n->params, item->string);
        double norm = cJSON_GetArrayItem(item, 0)->valuedouble;
        double first = cJSON_GetArrayItem(item, 1)->valuedouble;
        if (i < 0) {
            o->missing++;
            continue;
        }
        const struct param *p = &n->params.list[i];
        const float *g = gradients + p->offset;
        /* gradient_tolerance x norm + 1e-6 x the largest norm is allowed. */
        double scale = norm + 1e-6 / gradient_tolerance * largest;
        double difference = fabs(norm_of(g, p->count) - norm) / scale;
        o->first = fmax(o->first, fabs(g[0] - first) / scale);
        if (!(difference <= o->gradient)) {
            o->gradient = difference;
            snprintf(o->worst, sizeof o->worst, "%s", p->name);
        }
    }
}

enum { NUDGES = 12 };

/* The input, [height, width, 3]. */
static void make_input(float *x, int height, int width)
{
    uint64_t h = name_hash("input");
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < height * width; i++)
            x[i * 3 + c] = (float)(2 * uniform(h, (uint64_t)(c * height * width + i)) - 1);
}

/* Moves every parameter by a random part of its last binary place; each nudge another way. */
static void nudge_weights(struct network *n, const float *original, int nudge)
{
    uint64_t noise = name_hash("nudge") + (uint64_t)nudge;
    for (size_t i = 0; i < n->params.total; i++)
        n->params.values[i] = (float)(original[i] * (1 + (2 * uniform(noise, i) - 1) / (1 << 23)));
}

static void compare(const cJSON *json, struct network *n, struct engine *e, int height, int width,
                    struct outcome *o)
{
    size_t floats = (size_t)height * (size_t)width * 3;
    float *x = calloc(floats, sizeof *x), *dx = calloc(floats, sizeof *dx);
    float *gradients = calloc(n->params.total, sizeof *gradients);
    float *logits = calloc((size_t)n->classes, sizeof *logits);
    float *forward = calloc((size_t)n->classes, sizeof *forward);
    make_input(x, height, width);
    struct cross_entropy ce = {
        n->classes, (int)cJSON_GetNumberValue(cJSON_GetObjectItem(json, "label")), logits};
    double loss = engine_gradient(e, 0, NORM_RUNNING, x, 1, cross_entropy, &ce, gradients, dx);
    engine_forward(e, x, 1, NULL, forward);
    double largest = 0;
    for (int k = 0; k < n->classes; k++)
        largest = fmax(largest, fabs(cJSON_GetNumberValue(
                                    cJSON_GetArrayItem(cJSON_GetObjectItem(json, "logits"), k))));
    const cJSON *want = cJSON_GetObjectItem(json, "logits")->child;
    for (int k = 0; k < n->classes && want; k++, want = want->next) {
        double difference = fabs(logits[k] - want->valuedouble) / largest;
        double inference = fabs(forward[k] - want->valuedouble) / largest;
        o->logits = fmax(o->logits, fmax(difference, inference));
    }
    double want_loss = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "loss"));
    double want_input = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "input_grad_norm"));
    o->loss = fabs(loss - want_loss) / want_loss;
    o->input = fabs(norm_of(dx, floats) - want_input) / want_input;
    compare_gradients(json, n, gradients, o);
    free(x);
    free(dx);
    free(gradients);
    free(logits);
    free(forward);
}

static int judge(const cJSON *json, const struct network *n, struct outcome *o)
{
    const cJSON *macs = cJSON_GetObjectItem(json, "macs_ptflops_3x224x224");
    double aten = cJSON_GetNumberValue(cJSON_GetObjectItem(macs, "aten"));
    double pytorch = cJSON_GetNumberValue(cJSON_GetObjectItem(macs, "pytorch"));
    o->aten = (double)network_macs(n, 224, 224) - aten;
    o->pytorch = fabs((double)network_macs_pytorch_backend(n, 224, 224) / pytorch - 1);
    o->params = (long long)params_trained_count(&n->params) -
                (long long)cJSON_GetNumberValue(cJSON_GetObjectItem(json, "params"));
    return o->logits <= logit_tolerance && o->loss <= logit_tolerance &&
           o->gradient <= gradient_tolerance && o->input <= gradient_tolerance && o->aten == 0 &&
           o->pytorch <= macs_tolerance && o->params == 0 && o->missing == 0 && o->worst[0];
}

static int run(const cJSON *json, struct pool *pool, struct outcome *o, struct status *st)
{
    const cJSON *shape = cJSON_GetObjectItem(json, "input_shape");
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(json, "model"));
    if (cJSON_GetArraySize(shape) != 4 || !model)
        return status_fail(st, STATUS_FORMAT, "no model or no input_shape");
    int height = (int)cJSON_GetArrayItem(shape, 2)->valuedouble;
    int width = (int)cJSON_GetArrayItem(shape, 3)->valuedouble, result = -1;
    struct weights w = {0};
    make_weights(json, &w);
    struct network *n = network_from_weights(&w, model, &preprocess_default, st);
    struct engine *e = n ? engine_new(n, pool, height, width, ENGINE_TRAIN, 1, st) : NULL;
    if (e) {
        struct network *original = network_copy(n, st);
        for (int nudge = 0; original && nudge <= NUDGES && result != 1; nudge++) {
            *o = (struct outcome){.nudges = nudge};
            if (nudge)
                nudge_weights(n, original->params.values, nudge);
            engine_refresh(e);
            compare(json, n, e, height, width, o);
            result = judge(json, n, o);
        }
        network_free(original);
    }
    engine_free(e);
    network_free(n);
    free(w.tensors);
    free(w.storage);
    return result;
}

static int run_file(const char *path, struct pool *pool)
{
    struct status st = {0};
    struct outcome o = {0};
    char *bytes = NULL;
    size_t size = 0;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int passed = -1;
    if (file_read(path, 64 << 20, &bytes, &size, &st) == 0) {
        cJSON *json = cJSON_ParseWithLength(bytes, size);
        passed =
            json ? run(json, pool, &o, &st) : status_fail(&st, STATUS_FORMAT, "not valid JSON");
        cJSON_Delete(json);
    }
    free(bytes);
    if (passed < 0)
        printf("FAIL %s: %s\n", name, st.text);
    else
        printf("%s %s: logits %.1e loss %.1e gradients %.1e (%s), first %.1e input %.1e "
               "params %+lld aten %+.0f pytorch %.2f%% nudges %d\n",
               passed ? "pass" : "FAIL", name, o.logits, o.loss, o.gradient, o.worst, o.first,
               o.input, o.params, o.aten, 100 * o.pytorch, o.nudges);
    return passed == 1;
}

int main(int argc, char **argv)
{
    struct status st = {0};
    struct pool *pool = pool_new(1, 0, &st);
    int passed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!pool || argc < 2) {
        fprintf(stderr, "%s\n", pool ? "usage: parity FILE..." : st.text);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        passed += run_file(argv[i], pool);
    printf("%d of %d agree, kernels %s\n", passed, argc - 1, engine_kernels());
    pool_free(pool);
    return passed == argc - 1 ? 0 : 1;
}
