#include "nn/kernels/vector.h"

#define KERNEL_TEXT_(x) #x
#define KERNEL_TEXT(x)  KERNEL_TEXT_(x)

void KERNEL(product)(const struct product *p);
void KERNEL(pack)(const float *b, size_t b_step, size_t b_column, int depth, int columns,
                  float *packed);
void KERNEL(outer)(const struct outer *o);
void KERNEL(winograd_input)(const float *const *pixels, int tiles, int first, int channels,
                            const struct winograd *w, float *v);
void KERNEL(winograd_product)(const struct winograd_product *p);
void KERNEL(winograd_output)(const float *m, int tiles, int channels, const struct winograd *w,
                             const size_t *at, const struct tail *tail);
void KERNEL(winograd_gradient)(const float *const *pixels, int tiles, int channels,
                               const struct winograd *w, float *v);
void KERNEL(winograd_filter)(const float *filters, size_t filter, size_t tap, int count,
                             int channels, int reverse, const struct winograd *w, float *u);
void KERNEL(winograd_filter_back)(const float *u, int count, int channels, const struct winograd *w,
                                  float *dw);
void KERNEL(depthwise)(const struct window *d, const float *const *rows, int count,
                       const size_t *at, const struct tail *t);
void KERNEL(depthwise_dx)(const struct window *d, const float *const *dys, size_t at,
                          const struct tail *t);
void KERNEL(depthwise_dw)(const struct window *d, const float *const *rows, int count,
                          const float *const *dys, float *dw, float *db);
void KERNEL(pool)(const struct window *d, const float *const *rows, int mean, int zeros, float *y);
void KERNEL(pool_dx)(const struct window *d, const float *const *rows, int mean, int zeros,
                     const float *y, const float *dy, float *const *dxs);
void KERNEL(column_sums)(const float *x, const float *z, int rows, int columns, float *sums);
void KERNEL(scale)(const float *x, const float *gate, int rows, int columns, int add, float *y);
void KERNEL(activate)(float *y, float *pre, enum activation act, const float *affine, size_t n);
void KERNEL(affine_backward)(const float *pre, enum activation act, float scale, float *dy,
                             size_t n, double *sums);
void KERNEL(mask)(const float *kept, enum activation act, float *y, size_t n);
void KERNEL(add)(const float *a, const float *b, enum activation act, float *y, size_t n);
void KERNEL(norm_sums)(const float *z, const float *centre, int rows, int c, float *sums,
                       float *squares);
void KERNEL(norm_apply)(const float *z, const float *scale, const float *shift, const float *add,
                        enum activation act, int rows, int c, float *y);
void KERNEL(norm_backward_sums)(const float *dy, const float *z, const float *mean,
                                const float *invstd, int rows, int c, float *dg, float *db);
void KERNEL(norm_backward_apply)(const float *dy, const float *z, const float *p, const float *q,
                                 const float *r, int rows, int c, float *dz);

extern const struct kernels KERNEL(kernels);
const struct kernels KERNEL(kernels) = {
    .name = KERNEL_TEXT(KERNEL_CPU),
    .panel = TILE_VECTORS * WIDTH,
    .product = KERNEL(product),
    .pack = KERNEL(pack),
    .outer = KERNEL(outer),
    .winograd_input = KERNEL(winograd_input),
    .winograd_product = KERNEL(winograd_product),
    .winograd_output = KERNEL(winograd_output),
    .winograd_gradient = KERNEL(winograd_gradient),
    .winograd_filter = KERNEL(winograd_filter),
    .winograd_filter_back = KERNEL(winograd_filter_back),
    .depthwise = KERNEL(depthwise),
    .depthwise_dx = KERNEL(depthwise_dx),
    .depthwise_dw = KERNEL(depthwise_dw),
    .pool = KERNEL(pool),
    .pool_dx = KERNEL(pool_dx),
    .column_sums = KERNEL(column_sums),
    .scale = KERNEL(scale),
    .activate = KERNEL(activate),
    .affine_backward = KERNEL(affine_backward),
    .mask = KERNEL(mask),
    .add = KERNEL(add),
    .norm_sums = KERNEL(norm_sums),
    .norm_apply = KERNEL(norm_apply),
    .norm_backward_sums = KERNEL(norm_backward_sums),
    .norm_backward_apply = KERNEL(norm_backward_apply),
};
