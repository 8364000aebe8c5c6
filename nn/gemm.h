/* Dense matrices by OpenBLAS, for the closed-form head. Row-major; symmetric ones hold their upper
 * triangle alone. All work is done on the calling thread; any thread. */
#ifndef NN_GEMM_H
#define NN_GEMM_H

#include <stddef.h>

struct status;

/* Once before the others: OpenBLAS starts no threads of its own from here on. */
void gemm_prepare(void);

/* c [n, n] += a' a for a [rows, n]. */
void gemm_gram(const double *a, int rows, int n, double *c);
/* c [n, m] += a' b for a [rows, n], b [rows, m]; rows of c lie `stride` apart. */
void gemm_cross(const double *a, const double *b, int rows, int n, int m, double *c, int stride);
/* Replaces a positive definite s [n, n] by its inverse (Cholesky). Error: it is not positive
 * definite. */
int gemm_invert(double *s, int n, struct status *st);
/* y [n, m] = s x for x [n, m], s [n, n] symmetric; rows of x and y lie `stride` apart. */
void gemm_symmetric(const double *s, const double *x, int n, int m, int stride, double *y);
/* y [rows, n] = x s for x [rows, n]. */
void gemm_rows_symmetric(const double *x, const double *s, int rows, int n, double *y);
/* y [n] = s x. */
void gemm_symmetric_vector(const double *s, const double *x, int n, double *y);
/* s [n, n] += factor x x'. */
void gemm_add_square(double *s, const double *x, int n, double factor);

/* c [rows, m] = a [rows, n] b, in single precision; rows of b lie `stride` apart. */
void gemm_product(const float *a, const float *b, int rows, int n, int m, int stride, float *c);

#endif
