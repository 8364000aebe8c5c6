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
    .area_min = 0.35f,
    .area_max = 1.0f,
    .aspect_max = 4.0f / 3.0f,
    .flip = 0.5f,
    .brightness = 0.3f,
    .contrast = 0.3f,
    .saturation = 0.3f,
};

const struct augment augment_from_scratch = {
    .area_min = 0.25f,
    .area_max = 1.0f,
    .aspect_max = 4.0f / 3.0f,
    .flip = 0.5f,
    .brightness = 0.3f,
    .contrast = 0.3f,
    .saturation = 0.3f,
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

static float grey(float r, float g, float b)
{
    return 0.299f * r + 0.587f * g + 0.114f * b;
}

struct colours {
    float brightness, contrast, saturation; /* 1 leaves the picture as it is */
};

/* Mean grey of the picture after a change of every value v to table[v]. */
static float mean_grey(const struct image *in, const float table[256])
{
    int count[3][256] = {{0}};
    double sum[3] = {0};
    size_t n = (size_t)in->width * (size_t)in->height;
    for (size_t i = 0; i < 3 * n; i += 3)
        for (size_t c = 0; c < 3; c++)
            count[c][in->rgb[i + c]]++;
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            sum[c] += (double)count[c][v] * (double)table[v] / (double)n;
    return grey((float)sum[0], (float)sum[1], (float)sum[2]);
}

/* Brightness and contrast change every value alone, so they are one table; saturation mixes the
 * three of a pixel. Values stay in [0, 255] after each step, unrounded. */
static void change_colours(const struct image *in, const struct colours *by,
                           const struct preprocess *p, float *x)
{
    float table[256], factor[3], offset[3];
    for (int v = 0; v < 256; v++)
        table[v] = clamp((float)v * by->brightness);
    float mean = mean_grey(in, table) * (1 - by->contrast);
    for (int v = 0; v < 256; v++)
        table[v] = clamp(table[v] * by->contrast + mean);
    for (int c = 0; c < 3; c++) {
        factor[c] = 1.0f / (255.0f * p->std[c]);
        offset[c] = -p->mean[c] / p->std[c];
    }
    size_t n = (size_t)in->width * (size_t)in->height * 3;
    for (size_t i = 0; i < n; i += 3) {
        float r = table[in->rgb[i]], g = table[in->rgb[i + 1]], b = table[in->rgb[i + 2]];
        float shade = grey(r, g, b) * (1 - by->saturation);
        x[i] = clamp(r * by->saturation + shade) * factor[0] + offset[0];
        x[i + 1] = clamp(g * by->saturation + shade) * factor[1] + offset[1];
        x[i + 2] = clamp(b * by->saturation + shade) * factor[2] + offset[2];
    }
}

/* A factor in [1 - v, 1 + v]. */
static float factor_around(struct rng *r, float v)
{
    return (float)between(r, 1 - (double)v, 1 + (double)v);
}

int augment_least(const struct augment *a, const struct preprocess *p)
{
    struct preprocess smallest = *p;
    smallest.crop = sqrtf(a->area_min / a->aspect_max);
    return preprocess_least(&smallest);
}

int augment_view(const struct image *in, const struct augment *a, const struct preprocess *p,
                 struct rng *r, float *x, struct status *st)
{
    struct image view;
    struct resample_box box = random_box(in, a, r);
    int flipped = rng_uniform(r) < a->flip;
    struct colours by;
    by.brightness = factor_around(r, a->brightness);
    by.contrast = factor_around(r, a->contrast);
    by.saturation = factor_around(r, a->saturation);
    if (resample_resize(in, &box, p->width, p->height, RESAMPLE_BILINEAR, &view, st) != 0)
        return -1;
    if (flipped)
        flip(&view);
    change_colours(&view, &by, p, x);
    image_clear(&view);
    return 0;
}
