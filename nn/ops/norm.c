#include "nn/ops/norm.h"

#include <math.h>
#include <string.h>

#include "nn/graph.h"
#include "nn/ops/ops.h"
#include "nn/params.h"

static const float *values_of(const struct params *p, int index)
{
    return p->values + p->list[index].offset;
}

static float *gradient_of(const struct op_run *r, int index)
{
    return r->gradients + r->params->list[index].offset;
}

static size_t padded(int channels)
{
    return ((size_t)channels + 15) / 16 * 16 + KERNEL_PAD;
}

size_t norm_stats_floats(int channels)
{
    return 5 * padded(channels);
}

static double inverse_std(double variance, float eps)
{
    return 1 / sqrt(variance + (double)eps);
}

double norm_scale(const struct node *n, const struct params *params, int raw, int k)
{
    if (n->norm.weight < 0 || raw)
        return 1;
    return values_of(params, n->norm.weight)[k] *
           inverse_std(values_of(params, n->norm.var)[k], n->norm.eps);
}

void norm_shift(const struct node *n, const struct params *params, int raw, float *shift)
{
    for (int k = 0; k < n->channels; k++) {
        shift[k] = n->bias >= 0 ? values_of(params, n->bias)[k] : 0;
        if (n->norm.weight >= 0 && !raw)
            shift[k] = (float)(values_of(params, n->norm.bias)[k] -
                               values_of(params, n->norm.mean)[k] * norm_scale(n, params, 0, k));
    }
}

void norm_unfold(const struct node *n, const struct params *params, float *gradients)
{
    if (n->norm.weight < 0)
        return;
    const struct param *param = &params->list[n->weight];
    size_t filter = param->count / (size_t)n->channels;
    const float *w = values_of(params, n->weight);
    const float *weight = values_of(params, n->norm.weight);
    const float *mean = values_of(params, n->norm.mean);
    const float *var = values_of(params, n->norm.var);
    float *dw = gradients + param->offset;
    float *dweight = gradients + params->list[n->norm.weight].offset;
    const float *dbias = gradients + params->list[n->norm.bias].offset;
    for (int k = 0; k < n->channels; k++) {
        double inverse = inverse_std(var[k], n->norm.eps), sum = 0;
        float scale = (float)(weight[k] * inverse);
        for (size_t i = (size_t)k * filter; i < (size_t)(k + 1) * filter; i++) {
            sum += (double)dw[i] * w[i];
            dw[i] *= scale;
        }
        dweight[k] = (float)((sum - (double)dbias[k] * mean[k]) * inverse);
    }
}

const float *norm_affine(const struct op_run *r, float *values)
{
    if (r->node->affine_scale < 0)
        return NULL;
    values[0] = *values_of(r->params, r->node->affine_scale);
    values[1] = *values_of(r->params, r->node->affine_bias);
    return values;
}

int norm_act_is_limits(const struct op_run *r)
{
    return r->node->act <= ACT_RELU6 && r->node->affine_scale < 0;
}

void norm_activate(const struct op_run *r, float *y, float *pre, size_t n)
{
    float values[2];
    r->kernels->activate(y, pre, r->node->act, norm_affine(r, values), n);
}

void norm_batch_forward(const struct op_run *r, const float *residual)
{
    const struct node *n = r->node;
    int rows = r->pictures * r->out.h * r->out.w, c = n->channels;
    float *mean = r->stats, *inverse = mean + padded(c), *scale = inverse + padded(c);
    float *shift = scale + padded(c), *squares = shift + padded(c);
    /* Sums around the first row: squares of large means would cancel in single precision. */
    memset(mean, 0, norm_stats_floats(c) * sizeof *mean);
    memcpy(shift, r->z, (size_t)c * sizeof *shift);
    r->kernels->norm_sums(r->z, shift, rows, c, mean, squares);
    const float *weight = values_of(r->params, n->norm.weight);
    const float *bias = values_of(r->params, n->norm.bias);
    float *means = gradient_of(r, n->norm.mean), *vars = gradient_of(r, n->norm.var);
    for (int k = 0; k < c; k++) {
        float offset = mean[k] / (float)rows;
        float var = squares[k] / (float)rows - offset * offset;
        var = var > 0 ? var : 0;
        mean[k] = shift[k] + offset;
        inverse[k] = (float)inverse_std(var, n->norm.eps);
        scale[k] = weight[k] * inverse[k];
        shift[k] = bias[k] - mean[k] * scale[k];
        means[k] += mean[k];
        vars[k] += rows > 1 ? var * (float)rows / (float)(rows - 1) : var;
    }
    int limits = norm_act_is_limits(r);
    r->kernels->norm_apply(r->z, scale, shift, residual, limits ? n->act : ACT_NONE, rows, c, r->y);
    if (!limits)
        norm_activate(r, r->y, r->pre, (size_t)rows * (size_t)c);
}

/* r->dy (after the activation's derivative) becomes the gradient of z; adds weight's and bias's. */
static void batch_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    int rows = r->pictures * r->out.h * r->out.w, c = n->channels;
    const float *mean = r->stats, *inverse = mean + padded(c), *scale = inverse + padded(c);
    float *dweight = r->stats + 3 * padded(c), *dbias = dweight + padded(c);
    memset(dweight, 0, 2 * padded(c) * sizeof *dweight);
    r->kernels->norm_backward_sums(r->dy, r->z, mean, inverse, rows, c, dweight, dbias);
    float *p = r->stats + 2 * padded(c), *q = dweight, *s = dbias;
    float *weights = gradient_of(r, n->norm.weight), *biases = gradient_of(r, n->norm.bias);
    for (int k = 0; k < c; k++) {
        weights[k] += dweight[k];
        biases[k] += dbias[k];
        /* dz = scale * (dy - dbias / m - xhat * dweight / m), xhat = (z - mean) * inverse */
        float by_z = -scale[k] * inverse[k] * dweight[k] / (float)rows;
        float rest = -scale[k] * dbias[k] / (float)rows - by_z * mean[k];
        p[k] = scale[k];
        q[k] = by_z;
        s[k] = rest;
    }
    r->kernels->norm_backward_apply(r->dy, r->z, p, q, s, rows, c, r->dy);
}

static void affine_backward(const struct op_run *r, size_t count)
{
    const struct node *n = r->node;
    double sums[2] = {0, 0};
    r->kernels->affine_backward(r->kept, n->act, *values_of(r->params, n->affine_scale), r->dy,
                                count, sums);
    *gradient_of(r, n->affine_scale) += (float)sums[0];
    *gradient_of(r, n->affine_bias) += (float)sums[1];
}

void norm_tail_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    size_t count = (size_t)r->pictures * shape_floats(r->out);
    if (n->affine_scale >= 0)
        affine_backward(r, count);
    else if (!r->masked)
        r->kernels->mask(r->kept, n->act, r->dy, count);
    if (n->input_count > 1 && r->dx[1])
        r->kernels->add(r->dy, r->dx_add[1] ? r->dx[1] : NULL, ACT_NONE, r->dx[1], count);
    if (r->z)
        batch_backward(r);
}

float *norm_shift_gradient(const struct op_run *r)
{
    const struct node *n = r->node;
    if (n->norm.weight >= 0)
        return r->z ? NULL : gradient_of(r, n->norm.bias);
    return n->bias >= 0 ? gradient_of(r, n->bias) : NULL;
}
