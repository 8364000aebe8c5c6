/* What a network wants to see: resize the short side, crop the centre, normalise; as timm's and
 * torchvision's evaluation transforms do. */
#ifndef DATA_PREPROCESS_H
#define DATA_PREPROCESS_H

#include "data/resample.h"

struct image;
struct rng;
struct status;

struct preprocess {
    int width, height; /* of the network's input */
    float crop;        /* crop_pct: short side of the resized picture = floor(size / crop) */
    enum resample_filter filter;
    float mean[3], std[3]; /* of RGB in [0, 1] */
};

/* ImageNet's mean and std, 224, 0.875, bicubic: what timm says when nothing is said. */
extern const struct preprocess preprocess_default;

/* Same, at another input size (square; the crop stays). */
struct preprocess preprocess_at(const struct preprocess *p, int size);

/* Sides that a photo should have at least (image_load): twice those of the resized picture.
 * Pillow's thumbnail() reduces first by the same rule and calls the result very close to that of
 * resizing the whole picture. */
int preprocess_least(const struct preprocess *p);

/* Resized and cropped, 8-bit; the caller clears `out`. */
int preprocess_crop(const struct image *in, const struct preprocess *p, struct image *out,
                    struct status *st);

/* x [height, width, 3] overwritten: (rgb / 255 - mean) / std. `in` has the network's size. */
void preprocess_normalise(const struct image *in, const struct preprocess *p, float *x);

/* Both in one. */
int preprocess_image(const struct image *in, const struct preprocess *p, float *x,
                     struct status *st);

#endif
