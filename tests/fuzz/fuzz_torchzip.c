/* State dicts of torch.save. The sum reads every value that was promised, so that a sanitizer sees
 * each. */
#include "nn/weights/weights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/places.h"
#include "tests/nn/tiny_state_dicts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct weights w;
    if (weights_read_torch(bytes, size, "fuzz", &w, NULL) != 0)
        return;
    double sum = 0;
    size_t total = 0;
    for (size_t i = 0; i < w.count; i++) {
        if (weights_find(&w, w.tensors[i].name) != &w.tensors[i])
            abort();
        total += w.tensors[i].count;
        for (size_t k = 0; k < w.tensors[i].count; k++)
            sum += (double)w.tensors[i].values[k];
    }
    if (!isfinite(sum) || total > size)
        abort();
    weights_clear(&w);
}

size_t fuzz_memory(size_t size)
{
    return 20000 + 40 * size;
}

size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    return place_in_zip(bytes, size, random);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    for (int i = 0; i < STATE_DICTS; i++) {
        if (state_dicts[i].says || state_dicts[i].size > capacity || k-- > 0)
            continue;
        memcpy(bytes, state_dicts[i].bytes, state_dicts[i].size);
        return state_dicts[i].size;
    }
    return 0;
}
