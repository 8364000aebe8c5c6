#include "data/preprocess.h"

#include "data/image.h"
#include "data/status.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

const struct preprocess preprocess_default = {
    .width = 224,
    .height = 224,
    .crop = 0.875f,
    .filter = RESAMPLE_BICUBIC,
    .mean = {0.485f, 0.456f, 0.406f},
    .std = {0.229f, 0.224f, 0.225f},
};

struct preprocess preprocess_at(const struct preprocess *p, int size)
{
    struct preprocess q = *p;
    q.width = q.height = size;
    return q;
}

/* floor(size / crop), where crop is a float that stands for a short decimal: 224 / 0.8f is a hair
 * below the 280 that is meant. */
static double scaled_side(int size, float crop)
{
    return floor(size / (double)crop + 1e-4);
}

/* Size after the resize. A square input: torchvision's Resize, the short side exact and the long
 * one rounded down. Another: timm's ResizeKeepRatio, covering the input. 0 when beyond an int. */
static int resized_size(const struct image *in, const struct preprocess *p, int *width, int *height)
{
    double target_w = scaled_side(p->width, p->crop), target_h = scaled_side(p->height, p->crop);
    double w = in->width, h = in->height;
    if (p->width == p->height) {
        w = in->width <= in->height ? target_w : floor(target_w * w / h);
        h = in->width <= in->height ? floor(target_h * in->height / in->width) : target_h;
    } else {
        double ratio = fmin(w / target_w, h / target_h);
        w = fmax(nearbyint(w / ratio), 1);
        h = fmax(nearbyint(h / ratio), 1);
    }
    if (!(w >= 1 && h >= 1 && w <= INT_MAX && h <= INT_MAX))
        return 0;
    *width = (int)w;
    *height = (int)h;
    return 1;
}

/* Where the crop of `want` begins in `have`: half the difference, halves to the even number, as
 * Python rounds. */
static int crop_start(int have, int want)
{
    return (int)nearbyint((have - want) / 2.0);
}

/* Puts `in`, which is smaller than the crop, on black; the odd pixel goes right and below. */
static int pad(struct image *in, const struct preprocess *p, struct status *st)
{
    struct image out;
    if (in->width == p->width && in->height == p->height)
        return 0;
    if (image_new(p->width, p->height, &out, st) != 0)
        return -1;
    memset(out.rgb, 0, (size_t)out.width * (size_t)out.height * 3);
    int left = (p->width - in->width) / 2, top = (p->height - in->height) / 2;
    for (int y = 0; y < in->height; y++)
        memcpy(out.rgb + 3 * ((size_t)(top + y) * (size_t)out.width + (size_t)left),
               in->rgb + 3 * (size_t)y * (size_t)in->width, 3 * (size_t)in->width);
    image_clear(in);
    *in = out;
    return 0;
}

int preprocess_least(const struct preprocess *p)
{
    double side = 2.0 * (p->width > p->height ? p->width : p->height) / (double)p->crop;
    return side >= 1 && side < INT_MAX ? (int)ceil(side) : 0;
}

int preprocess_crop(const struct image *in, const struct preprocess *p, struct image *out,
                    struct status *st)
{
    int width, height;
    *out = (struct image){0};
    if (!(p->crop > 0) || p->width < 1 || p->height < 1)
        return status_fail(st, STATUS_INVALID, "an input of %d x %d with crop %g is not possible",
                           p->width, p->height, (double)p->crop);
    if (!resized_size(in, p, &width, &height))
        return status_fail(st, STATUS_LIMIT, "a picture of %d x %d is too long and thin", in->width,
                           in->height);
    struct resample_window window = {0, 0, width, height};
    if (width > p->width) {
        window.left = crop_start(width, p->width);
        window.width = p->width;
    }
    if (height > p->height) {
        window.top = crop_start(height, p->height);
        window.height = p->height;
    }
    if (resample_resize_window(in, NULL, width, height, &window, p->filter, out, st) != 0)
        return -1;
    if (pad(out, p, st) != 0) {
        image_clear(out);
        return -1;
    }
    return 0;
}

void preprocess_normalise(const struct image *in, const struct preprocess *p, float *x)
{
    float table[3][256];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 256; i++)
            table[c][i] = ((float)i / 255.0f - p->mean[c]) / p->std[c];
    size_t n = (size_t)in->width * (size_t)in->height * 3;
    for (size_t i = 0; i < n; i += 3) {
        x[i] = table[0][in->rgb[i]];
        x[i + 1] = table[1][in->rgb[i + 1]];
        x[i + 2] = table[2][in->rgb[i + 2]];
    }
}

int preprocess_image(const struct image *in, const struct preprocess *p, float *x,
                     struct status *st)
{
    struct image crop;
    if (preprocess_crop(in, p, &crop, st) != 0)
        return -1;
    preprocess_normalise(&crop, p, x);
    image_clear(&crop);
    return 0;
}
