/* config.json of model folders. */
#include "nn/weights/config.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct config c;
    if (config_parse((const char *)bytes, size, "fuzz", &c, NULL) != 0)
        return;
    const struct preprocess *in = &c.input;
    if (in->width < 1 || in->width > CONFIG_MAX_SIDE || in->height < 1 ||
        in->height > CONFIG_MAX_SIDE || !(in->crop > 0 && in->crop <= 1) ||
        !isfinite(in->mean[0]) || !(in->std[2] > 0) || c.card.classes < 0 || c.card.temperature < 0)
        abort();
    size_t letters = strlen(c.architecture) + strlen(c.card.trained);
    for (int i = 0; i < c.card.classes; i++) {
        if (c.card.label_names)
            letters += strlen(c.card.label_names[i]);
        if (c.card.nodes && c.card.nodes[i] < -1)
            abort();
    }
    if (letters > 3 * size)
        abort();
    config_clear(&c);
}

FUZZ_SEED_TEXTS(
    "{\"architecture\": \"mobilenetv2_050.lamb_in1k\", \"num_classes\": 3, \"label_names\": "
    "[\"food > drink\", \"food > \\u00e9\", \"tool\"], \"pretrained_cfg\": {\"input_size\": [3, 224, "
    "224], \"mean\": [0.485, 0.456, 0.406], \"std\": [0.229, 0.224, 0.225], \"crop_pct\": 0.875, "
    "\"interpolation\": \"bicubic\"}, \"tend\": {\"nodes\": [4, 7, -1], \"project\": "
    "\"0123456789abcdef\", \"temperature\": 1.25, \"trained\": \"12 reviews\"}}",
    "{\"architecture\": \"resnet18\", \"num_classes\": 1000, \"input_size\": [3, 160, 128], "
    "\"mean\": [0, 0, 0], \"std\": [1, 1, 1], \"crop_pct\": 1, \"interpolation\": \"bilinear\"}")

size_t fuzz_memory(size_t size)
{
    return 20000 + 100 * size;
}
