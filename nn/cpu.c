#include <stdlib.h>
#include <string.h>

#include "nn/kernels/kernels.h"

extern const struct kernels kernels_plain;
#ifdef __x86_64__
extern const struct kernels kernels_avx512, kernels_avx2;
#endif

const struct kernels *kernels_choose(void)
{
    const struct kernels *able[3];
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        able[count++] = &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("bmi"))
        able[count++] = &kernels_avx2;
#endif
    able[count++] = &kernels_plain;
    const char *wanted = getenv("TEND_CPU");
    for (int i = 0; wanted && i < count; i++)
        if (strcmp(able[i]->name, wanted) == 0)
            return able[i];
    return able[0];
}
