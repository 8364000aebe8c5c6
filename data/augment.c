/* torchvision's RandomResizedCrop, RandomHorizontalFlip and ColorJitter, the last in the order
 * brightness, contrast, saturation. Every view draws the same count of random numbers for its
 * colours and flip, whatever the picture; only the tries for a crop vary. */
#include "data/augment.h"

#include "data/image.h"
#include "data/preprocess.h"
#include "data/resample.h"
#include "data/rng.h"
#include "data/status.h"

#include <math.h>
#include <stdint.h>

const struct augment augment_fine_tuning = {
    .area_min = 0.6f,
    .area_max = 1.0f,
    .aspect_max = 1.2f,
    .flip = 0.5f,
    .brightness = 0.2f,
    .contrast = 0.2f,
    .saturation = 0.2f,
};

const struct augment augment_from_scratch = {
    .area_min = 0.2f,
    .area_max = 1.0f,
    .aspect_max = 4.0f / 3.0f,
    .flip = 0.5f,
    .brightness = 0.4f,
    .contrast = 0.4f,
    .saturation = 0.4f,
};

static double between(struct rng *r, double low, double high)
{
    return low + (high - low) * (double)rng_uniform(r);
}

/* When ten tries did not fit: the largest centred part whose aspect ratio is allowed. */
static struct resample_box centred(const struct image *in, double aspect_max)
{
    double w = in->width, h = in->height;
    if (w > h * aspect_max)
        w = fmax(nearbyint(h * aspect_max), 1);
    else if (h > w * aspect_max)
        h = fmax(nearbyint(w * aspect_max), 1);
    int left = (int)((in->width - w) / 2), top = (int)((in->height - h) / 2);
    return (struct resample_box){(float)left, (float)top, (float)(left + w), (float)(top + h)};
}

static struct resample_box random_box(const struct image *in, const struct augment *a,
                                      struct rng *r)
{
    double area = (double)in->width * in->height, spread = log((double)a->aspect_max);
    for (int tries = 0; tries < 10; tries++) {
        double target = area * between(r, (double)a->area_min, (double)a->area_max);
        double aspect = exp(between(r, -spread, spread));
        double w = nearbyint(sqrt(target * aspect)), h = nearbyint(sqrt(target / aspect));
        if (!(w >= 1 && h >= 1 && w <= in->width && h <= in->height))
            continue;
        double left = rng_below(r, (uint32_t)(in->width - (int)w) + 1);
        double top = rng_below(r, (uint32_t)(in->height - (int)h) + 1);
        return (struct resample_box){(float)left, (float)top, (float)(left + w), (float)(top + h)};
    }
    return centred(in, (double)a->aspect_max);
}

static void flip(struct image *image)
{
    for (int y = 0; y < image->height; y++) {
        unsigned char *left = image->rgb + 3 * (size_t)y * (size_t)image->width;
        unsigned char *right = left + 3 * ((size_t)image->width - 1);
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                unsigned char value = left[c];
                left[c] = right[c];
                right[c] = value;
            }
    }
}

static float clamp(float x)
{
    return x < 0 ? 0 : x > 255 ? 255 : x;
}

static float grey(const float *p)
{
    return 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
}

/* Factors of 1 leave the picture as it is. Values stay in [0, 255] after each step, unrounded. */
static void change_colours(const struct image *in, float brightness, float contrast,
                           float saturation, float *x)
{
    size_t n = (size_t)in->width * (size_t)in->height * 3;
    double sum = 0;
    for (size_t i = 0; i < n; i += 3) {
        for (size_t c = i; c < i + 3; c++)
            x[c] = clamp((float)in->rgb[c] * brightness);
        sum += (double)grey(x + i);
    }
    float mean = (float)(sum / ((double)n / 3)) * (1 - contrast);
    for (size_t i = 0; i < n; i += 3) {
        for (size_t c = i; c < i + 3; c++)
            x[c] = clamp(x[c] * contrast + mean);
        float shade = grey(x + i) * (1 - saturation);
        for (size_t c = i; c < i + 3; c++)
            x[c] = clamp(x[c] * saturation + shade);
    }
}

static void normalise(const struct preprocess *p, float *x)
{
    size_t n = (size_t)p->width * (size_t)p->height * 3;
    float factor[3], offset[3];
    for (int c = 0; c < 3; c++) {
        factor[c] = 1.0f / (255.0f * p->std[c]);
        offset[c] = -p->mean[c] / p->std[c];
    }
    for (size_t i = 0; i < n; i += 3)
        for (size_t c = 0; c < 3; c++)
            x[i + c] = x[i + c] * factor[c] + offset[c];
}

int augment_view(const struct image *in, const struct augment *a, const struct preprocess *p,
                 struct rng *r, float *x, struct status *st)
{
    struct image view;
    struct resample_box box = random_box(in, a, r);
    int flipped = rng_uniform(r) < a->flip;
    float brightness = (float)between(r, 1 - (double)a->brightness, 1 + (double)a->brightness);
    float contrast = (float)between(r, 1 - (double)a->contrast, 1 + (double)a->contrast);
    float saturation = (float)between(r, 1 - (double)a->saturation, 1 + (double)a->saturation);
    if (resample_resize(in, &box, p->width, p->height, RESAMPLE_BILINEAR, &view, st) != 0)
        return -1;
    if (flipped)
        flip(&view);
    change_colours(&view, brightness, contrast, saturation, x);
    normalise(p, x);
    image_clear(&view);
    return 0;
}
