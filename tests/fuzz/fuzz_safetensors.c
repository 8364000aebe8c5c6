/* Weight files. The sum reads every value that was promised, so that a sanitizer sees each. */
#include "nn/weights/weights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/places.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct weights w;
    if (weights_read_safetensors(bytes, size, "fuzz", &w, NULL) != 0)
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
    if (!isfinite(sum) || total * 2 > size)
        abort();
    weights_clear(&w);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    static const char *const headers[] = {
        "{\"__metadata__\":{\"format\":\"pt\"},\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[2,1,2,2],"
        "\"data_offsets\":[0,32]},\"bn.bias\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[32,40]},"
        "\"bn.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[40,48]}}",
        "{\"a\":{\"dtype\":\"BF16\",\"shape\":[3,4],\"data_offsets\":[0,24]},"
        "\"b\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[24,48]}}   ",
    };
    if (k >= (int)(sizeof headers / sizeof *headers))
        return 0;
    uint64_t length = strlen(headers[k]);
    if (capacity < 8 + length + 48)
        return 0;
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, headers[k], length);
    memset(bytes + 8 + length, 0x3C, 48);
    return 8 + (size_t)length + 48;
}

size_t fuzz_memory(size_t size)
{
    return 20000 + 100 * size;
}

size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    return place_in_safetensors(bytes, size, random);
}
