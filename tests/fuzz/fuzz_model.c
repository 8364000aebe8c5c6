/* Model files, the whole way: written to a folder, loaded by model_load. Three inputs to start
 * from, told apart by how they begin: a config.json (loaded with good weights), a model.safetensors
 * and a state dict of torch.save (each with a good config.json). A network that comes out must be
 * finite and agree with its graph. */
#include "data/file.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/config.h"
#include "nn/weights/hub.h"
#include "nn/weights/weights.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/places.h"
#include "tests/nn/torch_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char good_config[] =
    "{\"architecture\": \"mobilenetv2_010.x\", \"num_classes\": 3, \"label_names\": [\"a\", \"b > "
    "c\", \"\"], "
    "\"pretrained_cfg\": {\"input_size\": [3, 96, 64], \"mean\": [0.485, 0.456, 0.406], \"std\": "
    "[0.229, "
    "0.224, 0.225], \"crop_pct\": 0.875, \"interpolation\": \"bicubic\"}, \"tend\": {\"nodes\": "
    "[4, 7, -1], "
    "\"project\": \"0123456789abcdef\", \"temperature\": 1.25, \"trained\": \"12 reviews\"}}";

/* Good files, made once. */
static struct {
    unsigned char *safetensors, *torch;
    size_t safetensors_size, torch_size;
} good;

static void free_good(void)
{
    free(good.safetensors);
    free(good.torch);
}

/* A network of this family as small as the format allows: one block a stage, 16 features. Most of a
 * larger one is numbers, where a change means nothing. */
static size_t shrink(struct weights_tensor *list, const struct network *n)
{
    size_t count = 0;
    for (int i = 0; i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        unsigned stage, block;
        if (sscanf(p->name, "blocks.%u.%u.", &stage, &block) == 2 && block > 0)
            continue;
        struct weights_tensor *t = &list[count++];
        *t = (struct weights_tensor){
            .name = p->name, .rank = p->rank, .count = 1, .values = n->params.values + p->offset};
        for (int k = 0; k < p->rank; k++) {
            t->dims[k] = p->dims[k] == 1280 ? 16 : p->dims[k];
            t->count *= (size_t)t->dims[k];
        }
    }
    return count;
}

static void make_good(void)
{
    struct network *n = network_from_scratch("mobilenetv2_010", 3, 64, 1, NULL);
    struct weights_tensor *list = n ? calloc((size_t)n->params.count, sizeof *list) : NULL;
    if (!list)
        abort();
    folder_enter();
    atexit(free_good);
    size_t count = shrink(list, n);
    char *bytes;
    if (weights_write_safetensors("model.safetensors", list, count, NULL) != 0 ||
        file_read("model.safetensors", 1 << 20, &bytes, &good.safetensors_size, NULL) != 0)
        abort();
    good.safetensors = (unsigned char *)bytes;
    good.torch = torch_file_make(list, count, &good.torch_size);
    free(list);
    network_free(n);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct network *n = NULL;
    struct model_card card;
    struct status st = {0};
    int is_config = size > 0 && bytes[0] == '{';
    if (!good.torch)
        make_good();
    folder_write("config.json", is_config ? bytes : (const void *)good_config,
                 is_config ? size : sizeof good_config - 1);
    folder_write("model.safetensors", is_config ? good.safetensors : bytes,
                 is_config ? good.safetensors_size : size);
    if (model_load(folder, NULL, &n, &card, &st) != 0) {
        if (n || st.code == STATUS_OK || strncmp(st.text, folder, strlen(folder)) != 0)
            abort();
        return;
    }
    double sum = 0;
    for (size_t i = 0; i < n->params.total; i++)
        sum += (double)n->params.values[i];
    if (isnan(sum) || n->classes < 1 || card.classes != n->classes || n->features < 1 ||
        n->input.width < 1 || n->input.width > CONFIG_MAX_SIDE)
        abort();
    model_card_clear(&card);
    network_free(n);
}

/* The weights of some 65 kB that go with a config.json come on top, and so do the names of
 * parameters. */
size_t fuzz_memory(size_t size)
{
    return 400000 + 20 * size;
}

size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    if (size >= 2 && memcmp(bytes, "PK", 2) == 0)
        return place_in_zip(bytes, size, random);
    return bytes[0] == '{' ? (size_t)(random % size) : place_in_safetensors(bytes, size, random);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (!good.torch)
        make_good();
    const void *const from[] = {good_config, good.safetensors, good.torch};
    const size_t sizes[] = {sizeof good_config - 1, good.safetensors_size, good.torch_size};
    if (k >= 3 || sizes[k] > capacity)
        return 0;
    memcpy(bytes, from[k], sizes[k]);
    return sizes[k];
}
