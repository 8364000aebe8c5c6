/* Ops without parameters: the picture itself, sums of two activations, the mean over positions. */
#include <string.h>

#include "nn/ops/norm.h"
#include "nn/ops/ops.h"

static int same_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = in[0];
    for (int i = 1; i < n->input_count; i++)
        if (in[i].h != in[0].h || in[i].w != in[0].w || in[i].c != in[0].c)
            return -1;
    return 0;
}

/* The engine puts the picture there. */
const struct op op_input = {.name = "input", .shape = same_shape};

static void add_forward(const struct op_run *r, int first, int last)
{
    size_t row = (size_t)r->out.w * (size_t)r->out.c, from = (size_t)first * row;
    size_t count = (size_t)(last - first) * row;
    int limits = norm_act_is_limits(r);
    r->kernels->add(r->x[0] + from, r->x[1] + from, limits ? r->node->act : ACT_NONE, r->y + from,
                    count);
    if (!limits)
        norm_activate(r, r->y + from, r->pre ? r->pre + from : NULL, count);
}

static void add_backward(const struct op_run *r)
{
    size_t count = (size_t)r->pictures * shape_floats(r->out);
    if (!r->masked)
        r->kernels->mask(r->kept, r->node->act, r->dy, count);
    for (int i = 0; i < 2; i++) {
        if (!r->dx[i])
            continue;
        r->kernels->add(r->dy, r->dx_add[i] ? r->dx[i] : NULL, ACT_NONE, r->dx[i], count);
        r->kernels->mask(r->x_kept[i], r->dx_mask[i], r->dx[i], count);
    }
}

const struct op op_add = {.name = "sum",
                          .shape = same_shape,
                          .forward = add_forward,
                          .backward = add_backward,
                          .masks = 2,
                          .flat = 1};

static int mean_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){1, 1, n->channels};
    return in->h > 0 && in->w > 0 ? 0 : -1;
}

static void mean_forward(const struct op_run *r, int first, int last)
{
    int positions = r->in.h * r->in.w, c = r->in.c;
    for (int i = first; i < last; i++) {
        float *y = r->y + (size_t)i * (size_t)c;
        memset(y, 0, (size_t)c * sizeof *y);
        r->kernels->column_sums(r->x[0] + (size_t)i * shape_floats(r->in), NULL, positions, c, y);
        for (int k = 0; k < c; k++)
            y[k] /= (float)positions;
    }
}

static void mean_backward(const struct op_run *r)
{
    int positions = r->in.h * r->in.w, c = r->in.c;
    float share = 1 / (float)positions;
    if (!r->dx[0])
        return;
    for (int i = 0; i < r->pictures; i++) {
        const float *dy = r->dy + (size_t)i * (size_t)c;
        float *dx = r->dx[0] + (size_t)i * shape_floats(r->in);
        for (int j = 0; j < positions; j++, dx += c)
            for (int k = 0; k < c; k++)
                dx[k] = r->dx_add[0] ? dx[k] + dy[k] * share : dy[k] * share;
    }
    r->kernels->mask(r->x_kept[0], r->dx_mask[0], r->dx[0],
                     (size_t)r->pictures * shape_floats(r->in));
}

const struct op op_mean = {.name = "mean",
                           .shape = mean_shape,
                           .forward = mean_forward,
                           .backward = mean_backward,
                           .masks = 1};
