/* Random views for training: crop, flip, colour. Seeded: the same generator state gives the same
 * view. */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

struct image;
struct preprocess;
struct rng;
struct status;

struct augment {
    float area_min, area_max; /* share of the picture's area that is cropped */
    float aspect_max;         /* aspect ratio of the crop in [1 / aspect_max, aspect_max] */
    float flip;               /* probability of a left-right flip */
    float brightness, contrast, saturation; /* factors in [1 - v, 1 + v] */
};

/* Gentle: for fine-tuning on photos whose whole content matters. */
extern const struct augment augment_fine_tuning;
/* Strong: for training from nothing, where a teacher says of each view what it is. */
extern const struct augment augment_from_scratch;

/* Sides that a photo should have at least (image_load) so that the smallest crop has twice
 * the network's. */
int augment_least(const struct augment *a, const struct preprocess *p);

/* One random view of `in`, resized bilinearly to the network's size and normalised:
 * x [height, width, 3] overwritten. */
int augment_view(const struct image *in, const struct augment *a, const struct preprocess *p,
                 struct rng *r, float *x, struct status *st);

#endif
