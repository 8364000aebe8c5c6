#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "nn/weights/weights.h"
#include "tests/check.h"
#include "tests/nn/tiny_state_dicts.h"
#include "tests/nn/torch_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* From memory of exactly this size, so that a sanitizer sees reads past its end. */
static int read_exact(const unsigned char *bytes, size_t size, struct weights *w, struct status *st)
{
    unsigned char *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    int result = weights_read_memory(exact, size, "x.pth", w, st);
    free(exact);
    return result;
}

/* "name:2,3" of the tensor, to be compared with what PyTorch says. */
static void describe(const struct weights_tensor *t, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "%s:", t->name);
    for (int k = 0; k < t->rank; k++)
        length += (size_t)snprintf(text + length, size - length, "%s%lld", k ? "," : "",
                                   (long long)t->dims[k]);
}

static void check_values(const struct state_dict *d, const struct weights *w)
{
    const char *shapes = d->shapes;
    const float *values = d->values;
    for (size_t i = 0; i < w->count; i++) {
        const struct weights_tensor *t = &w->tensors[i];
        char text[200], want[200];
        size_t length = strcspn(shapes, ";");
        describe(t, text, sizeof text);
        snprintf(want, sizeof want, "%.*s", (int)length, shapes);
        shapes += length + (shapes[length] != 0);
        if (!CHECK_TEXT(text, want))
            return;
        for (size_t k = 0; k < t->count; k++, values++)
            if (memcmp(&t->values[k], values, sizeof(float)) != 0)
                test_fail(__FILE__, __LINE__, "%s, %s: value %zu is %a, not %a", d->name, t->name,
                          k, (double)t->values[k], (double)*values);
    }
    CHECK_TEXT(shapes, "");
}

/* To the bit, whatever type and strides, in whatever a state dict is wrapped. */
TEST(values_are_those_pytorch_reads)
{
    int read = 0;
    for (int i = 0; i < STATE_DICTS; i++) {
        const struct state_dict *d = &state_dicts[i];
        struct status st = {0};
        struct weights w;
        if (d->says)
            continue;
        if (read_exact(d->bytes, d->size, &w, &st) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %s", d->name, st.text);
            continue;
        }
        check_values(d, &w);
        weights_clear(&w);
        read++;
    }
    CHECK(read >= 12);
}

TEST(what_is_refused_is_named)
{
    for (int i = 0; i < STATE_DICTS; i++) {
        const struct state_dict *d = &state_dicts[i];
        struct status st = {0};
        struct weights w;
        if (!d->says)
            continue;
        if (read_exact(d->bytes, d->size, &w, &st) == 0) {
            test_fail(__FILE__, __LINE__, "%s: is read", d->name);
            weights_clear(&w);
            continue;
        }
        CHECK_CONTAINS(st.text, d->says);
        CHECK_CONTAINS(st.text, "x.pth: ");
        CHECK(!w.tensors && !w.storage);
    }
}

static const struct state_dict *find(const char *name)
{
    for (int i = 0; i < STATE_DICTS; i++)
        if (strcmp(state_dicts[i].name, name) == 0)
            return &state_dicts[i];
    return NULL;
}

/* Wherever a file ends: no crash, and never a result, since the directory stands at the end. */
TEST(files_cut_short_are_refused)
{
    const struct state_dict *d = find("plain");
    for (size_t size = 0; size < d->size; size++) {
        struct status st = {0};
        struct weights w;
        CHECK_INT(read_exact(d->bytes, size, &w, &st), -1);
        CHECK(st.code == STATUS_FORMAT);
    }
}

TEST(a_tar_is_told_to_be_old)
{
    unsigned char tar[512] = "storages";
    struct status st = {0};
    struct weights w;
    memcpy(tar + 257, "ustar", 5);
    CHECK_INT(read_exact(tar, sizeof tar, &w, &st), -1);
    CHECK_CONTAINS(st.text, "before PyTorch 1.6");
}

/* ---- down to the network ---- */

static struct weights_tensor *tensors_of(const struct network *n)
{
    struct weights_tensor *list = calloc((size_t)n->params.count, sizeof *list);
    for (int i = 0; list && i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        list[i] = (struct weights_tensor){.name = p->name,
                                          .rank = p->rank,
                                          .count = p->count,
                                          .values = n->params.values + p->offset};
        for (int k = 0; k < p->rank; k++)
            list[i].dims[k] = p->dims[k];
    }
    return list;
}

static const char *write_torch(const char *name, const struct weights_tensor *tensors, int count)
{
    size_t size;
    unsigned char *bytes = torch_file_make(tensors, (size_t)count, &size);
    const char *path = bytes ? test_write(name, bytes, size) : NULL;
    free(bytes);
    return path;
}

static void check_same(const char *path, const char *architecture, const struct network *n,
                       int width)
{
    struct status st = {0};
    struct network *back = NULL;
    if (!CHECK_INT(model_load(path, architecture, &back, NULL, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK_TEXT(back->architecture, n->architecture);
    CHECK_INT(back->input.width, width);
    CHECK(back->params.total == n->params.total &&
          memcmp(back->params.values, n->params.values, n->params.total * sizeof(float)) == 0);
    network_free(back);
}

/* By its contents, whatever it is called; pytorch_model.bin with the config.json beside it. */
TEST(a_model_is_loaded_from_a_state_dict)
{
    static const char config[] =
        "{\"architecture\": \"mobilenetv2_010\", \"input_size\": [3, 64, 96]}";
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_010", 3, 64, 5, &st);
    struct weights_tensor *tensors = n ? tensors_of(n) : NULL;
    if (!CHECK(tensors != NULL))
        return;
    mkdir(test_path("m"), 0777);
    test_write("m/config.json", config, sizeof config - 1);
    CHECK(write_torch("m/pytorch_model.bin", tensors, n->params.count) != NULL);
    check_same(test_path("m"), NULL, n, 96);
    check_same(test_path("m/pytorch_model.bin"), NULL, n, 96);
    check_same(write_torch("x.pth", tensors, n->params.count), "mobilenetv2_010", n, 224);
    check_same(write_torch("x.bin", tensors, n->params.count), "mobilenetv2_010", n, 224);
    free(tensors);
    network_free(n);
}

static void check_refused(const char *path, const char *says)
{
    struct status st = {0};
    struct network *n = NULL;
    CHECK_INT(model_load(path, "mobilenetv2_010", &n, NULL, &st), -1);
    CHECK(!n);
    CHECK_CONTAINS(st.text, path);
    CHECK_CONTAINS(st.text, says);
}

/* In both kinds of file: of another shape, missing, left over. */
TEST(a_wrong_tensor_is_named_with_both_shapes)
{
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_010", 3, 64, 5, &st);
    struct weights_tensor *tensors = n ? tensors_of(n) : NULL;
    const char *path = test_path("w.safetensors");
    if (!CHECK(tensors != NULL))
        return;
    int count = n->params.count, norm = params_find(&n->params, "blocks.1.0.bn2.running_var");
    struct weights_tensor *t = &tensors[norm], whole = *t;
    char says[200];
    snprintf(says, sizeof says,
             "tensor 'blocks.1.0.bn2.running_var' has shape [%lld], expected [%lld]",
             (long long)t->dims[0] - 1, (long long)t->dims[0]);
    t->count = (size_t)--t->dims[0];
    CHECK_INT(weights_write_safetensors(path, tensors, (size_t)count, &st), 0);
    check_refused(path, says);
    check_refused(write_torch("w.pth", tensors, count), says);
    *t = whole;
    t->name = "blocks.1.0.bn9.running_var";
    CHECK_INT(weights_write_safetensors(path, tensors, (size_t)count, &st), 0);
    check_refused(path, "tensor 'blocks.1.0.bn2.running_var' is missing");
    check_refused(write_torch("w.pth", tensors, count),
                  "tensor 'blocks.1.0.bn2.running_var' is missing");
    free(tensors);
    network_free(n);
}

/* A tensor may have sides of a million and no values, if another side is 0. Two such could ask for
 * a classifier of a gigabyte. */
TEST(sides_without_values_allocate_nothing)
{
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_010", 3, 64, 5, &st);
    struct weights_tensor *tensors = n ? tensors_of(n) : NULL;
    const char *path = test_path("w.safetensors");
    if (!CHECK(tensors != NULL))
        return;
    struct weights_tensor *t = &tensors[params_find(&n->params, "classifier.weight")];
    t->dims[0] = 1 << 17;
    t->dims[1] = 0;
    t->count = 0;
    CHECK_INT(weights_write_safetensors(path, tensors, (size_t)n->params.count, &st), 0);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    check_refused(path, "has shape [131072, 0], expected [131072, 1280]");
    getrusage(RUSAGE_SELF, &after);
    CHECK(after.ru_maxrss - before.ru_maxrss < 200000); /* kB; the classifier has 670 MB */
    free(tensors);
    network_free(n);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
