#include "nn/gemm.h"

#include <cblas.h>

#include "data/status.h"

/* LAPACK, from the same library. Its own header is a package that nothing else here needs.
 * Column-major: our upper triangle is its lower one. */
void dpotrf_(const char *triangle, const int *n, double *a, const int *stride, int *info);
void dpotri_(const char *triangle, const int *n, double *a, const int *stride, int *info);

void gemm_prepare(void)
{
    openblas_set_num_threads(1);
}

void gemm_gram(const double *a, int rows, int n, double *c)
{
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, rows, 1, a, n, 1, c, n);
}

void gemm_cross(const double *a, const double *b, int rows, int n, int m, double *c, int stride)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, m, rows, 1, a, n, b, m, 1, c, stride);
}

int gemm_invert(double *s, int n, struct status *st)
{
    int info = 0;
    dpotrf_("L", &n, s, &n, &info);
    if (info == 0)
        dpotri_("L", &n, s, &n, &info);
    return info == 0 ? 0
                     : status_fail(st, STATUS_INVALID, "a matrix of %d x %d has no inverse", n, n);
}

void gemm_symmetric(const double *s, const double *x, int n, int m, int stride, double *y)
{
    cblas_dsymm(CblasRowMajor, CblasLeft, CblasUpper, n, m, 1, s, n, x, stride, 0, y, stride);
}

void gemm_rows_symmetric(const double *x, const double *s, int rows, int n, double *y)
{
    cblas_dsymm(CblasRowMajor, CblasRight, CblasUpper, rows, n, 1, s, n, x, n, 0, y, n);
}

void gemm_symmetric_vector(const double *s, const double *x, int n, double *y)
{
    cblas_dsymv(CblasRowMajor, CblasUpper, n, 1, s, n, x, 1, 0, y, 1);
}

void gemm_add_square(double *s, const double *x, int n, double factor)
{
    cblas_dsyr(CblasRowMajor, CblasUpper, n, factor, x, 1, s, n);
}

void gemm_product(const float *a, const float *b, int rows, int n, int m, int stride, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, m, n, 1, a, n, b, stride, 0, c, m);
}
