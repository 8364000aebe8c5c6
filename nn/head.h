/* The head that learns at once: ridge regression from pooled features to classes, in closed form.
 *
 * With Z [n, D] the labelled photos' features - brought to length 1, the mean of all photos taken
 * away, a constant added - and T [n, K] what is to be learned of them, W = (Z'Z + lambda I)^-1 Z'T.
 * The inverse is kept: one label more or less changes it by a product of two vectors (Sherman &
 * Morrison 1950), so W is at every moment the exact solution for the labels of that moment, in
 * whatever order they came.
 *
 * T is the class of the photo minus what a network already says of it (`prior`), so what is learned
 * is the network's error: without a network (prior NULL) that is the class itself, and a photo the
 * network was trained on, which it gets right, holds its neighbourhood as it is.
 *
 * Photos count 1, settled ones less, those of a class that the prior gives nothing more (head.c
 * says how much).
 *
 * Not thread-safe. K grows as classes come; memory 8 D^2 + 16 D K bytes. */
#ifndef NN_HEAD_H
#define NN_HEAD_H

struct head;
struct status;

/* mean [features]: of features brought to length 1; NULL: zero. Errors: out of memory. */
struct head *head_new(int features, const float *mean, struct status *st);
void head_free(struct head *h);

/* What it says at this moment, for another thread: a head for head_logits and head_labels alone,
 * which nothing done to `h` changes. NULL when out of memory. */
struct head *head_snapshot(const struct head *h);

/* From now on there are at least so many classes; the new ones have no labels. Error: out of
 * memory. */
int head_grow(struct head *h, int classes, struct status *st);
long head_labels(const struct head *h, int class); /* how many labels a class has */

/* Instead of a class: */
enum {
    HEAD_UNKNOWN = -1, /* no label */
    HEAD_SETTLED =
        -2 /* a photo that the prior is taken to be right about: it is to stay as it is */
};

/* Forgets all labels and learns others, block by block: x [n, features], class [n], prior [n,
 * classes] or NULL. O(n D^2), and O(D^3) at the end; in between nothing else may be asked. Errors:
 * out of memory; features that are not finite: then begin again. */
void head_fit_begin(struct head *h);
int head_fit_add(struct head *h, const float *x, const int *class, const float *prior, int n,
                 struct status *st);
int head_fit_end(struct head *h, struct status *st);

/* What is known of a photo becomes another: from nothing (HEAD_UNKNOWN), to nothing, or from one
 * class to another. x [features]; prior [classes] or NULL, the same as before. O(D^2 + D K). */
void head_change(struct head *h, const float *x, int from, int to, const float *prior);

/* Logits [n, classes] of x [n, features]: log of the prior (NULL: even) plus what was learned,
 * times a constant. A class that has neither a label nor a prior gets -infinity. */
void head_logits(const struct head *h, const float *x, const float *prior, int n, float *logits);

/* The logits that labelled photos x [n, features] would each get if its own label were not known
 * (the leave-one-out formula of linear smoothers: f - (t - f) h / (1 - h) with h = z' P z), without
 * training again. class [n]: as they are labelled; those of HEAD_UNKNOWN get what head_logits says.
 * O(n D^2). Error: out of memory. */
int head_left_out(const struct head *h, const float *x, const int *class, const float *prior, int n,
                  float *logits, struct status *st);

#endif
