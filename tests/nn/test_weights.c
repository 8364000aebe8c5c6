#include "nn/weights/weights.h"

#include "data/file.h"
#include "data/status.h"
#include "tests/check.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of this header and these data; returns its size. */
static size_t make(unsigned char *file, const char *header, const void *data, size_t data_size)
{
    uint64_t length = strlen(header);
    memcpy(file, &length, 8);
    memcpy(file + 8, header, length);
    memcpy(file + 8 + length, data, data_size);
    return 8 + (size_t)length + data_size;
}

/* Reads such a file; returns the error's text, or "" (and w is to be cleared). */
static const char *read_made(const char *header, const void *data, size_t data_size,
                             struct weights *w)
{
    static struct status st;
    unsigned char file[4096];
    st = (struct status){0};
    size_t size = make(file, header, data, data_size);
    unsigned char *exact = malloc(size); /* so that a sanitizer sees reads past its end */
    memcpy(exact, file, size);
    int result = weights_read_safetensors(exact, size, "w", w, &st);
    free(exact);
    if (result != 0 && (st.code == STATUS_OK || w->tensors || w->storage))
        return "failed without a reason or a clean result";
    return result == 0 ? "" : st.text;
}

TEST(values_of_every_type_are_those_of_ieee_754)
{
    /* half: 1, -2, 65504 (largest), 2^-24 (smallest subnormal), -0; bf16: 1, -2; from the
     * standard's tables */
    const uint16_t half[] = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x03FF, 0x3555};
    const uint16_t brain[] = {0x3F80, 0xC000};
    const float single[] = {0.1f, -3e38f};
    const double twice[] = {0.5, -1e-3};
    unsigned char data[14 + 4 + 8 + 16 + 8];
    memcpy(data, half, 14);
    memcpy(data + 14, brain, 4);
    memcpy(data + 18, single, 8);
    memcpy(data + 26, twice, 16);
    memset(data + 42, 7, 8);
    struct weights w;
    const char *error = read_made(
        "{\"z.half\":{\"dtype\":\"F16\",\"shape\":[7],\"data_offsets\":[0,14]},"
        "\"__metadata__\":{\"format\":\"pt\",\"x\":\"[{\\\"\"},"
        "\"brain\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[14,18]},"
        "\"single\":{\"dtype\":\"F32\",\"shape\":[1,2,1],\"data_offsets\":[18,26]},"
        "\"twice\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[26,42]},"
        "\"bn.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[42,50]}}  ",
        data, sizeof data, &w);
    if (!CHECK_TEXT(error, ""))
        return;
    CHECK_INT(w.count, 4);
    const struct weights_tensor *t = weights_find(&w, "z.half");
    if (CHECK(t) && CHECK_INT(t->count, 7)) {
        CHECK(t->values[0] == 1 && t->values[1] == -2 && t->values[2] == 65504);
        CHECK(t->values[3] == 0x1p-24f && t->values[4] == 0 && signbit(t->values[4]));
        CHECK(t->values[5] == 1023 * 0x1p-24f);
        CHECK_NEAR(t->values[6], 0.333251953125, 0);
    }
    t = weights_find(&w, "brain");
    if (CHECK(t) && CHECK_INT(t->rank, 2)) {
        CHECK(t->values[0] == 1 && t->values[1] == -2);
        CHECK(t->dims[0] == 2 && t->dims[1] == 1);
    }
    t = weights_find(&w, "single");
    CHECK(t && t->rank == 3 && t->values[0] == 0.1f && t->values[1] == -3e38f);
    t = weights_find(&w, "twice");
    CHECK(t && t->values[0] == 0.5f && t->values[1] == -1e-3f);
    CHECK(!weights_find(&w, "bn.num_batches_tracked"));
    CHECK(!weights_find(&w, ""));
    for (size_t i = 1; i < w.count; i++)
        CHECK(strcmp(w.tensors[i - 1].name, w.tensors[i].name) < 0);
    weights_clear(&w);
    weights_clear(&w);
}

/* FNV-1a over the bits of every value. */
static uint64_t hash_values(const struct weights_tensor *t)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < t->count; i++) {
        uint32_t bits;
        memcpy(&bits, &t->values[i], 4);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    return hash;
}

/* A file of all finite 16-bit values of a type in order of their bits; the hash of what is read. */
static uint64_t hash_of_all(const char *type, unsigned exponent, size_t *count)
{
    static unsigned char file[8 + 200 + 2 * 65536];
    static uint16_t values[65536];
    char header[200];
    struct status st = {0};
    struct weights w;
    *count = 0;
    for (unsigned bits = 0; bits < 65536; bits++)
        if ((bits & exponent) != exponent)
            values[(*count)++] = (uint16_t)bits;
    snprintf(header, sizeof header,
             "{\"a\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}", type, *count,
             2 * *count);
    size_t size = make(file, header, values, 2 * *count);
    if (!CHECK_INT(weights_read_safetensors(file, size, "w", &w, &st), 0))
        return 0;
    uint64_t hash = hash_values(&w.tensors[0]);
    weights_clear(&w);
    return hash;
}

/* Hashes of numpy's float16 and PyTorch's bfloat16, turned to float32 by these. */
TEST(every_finite_half_is_what_numpy_and_pytorch_make_of_it)
{
    size_t count;
    CHECK(hash_of_all("F16", 0x7C00, &count) == 0xcad70740028b8325u);
    CHECK_INT(count, 63488);
    CHECK(hash_of_all("BF16", 0x7F80, &count) == 0x463c656299068f25u);
    CHECK_INT(count, 65280);
}

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *header, *says;
    } cases[] = {
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "has 4 bytes"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "starts at byte 4"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "4 bytes at its end"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
         "starts at byte 0"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         "twice"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,1e300]}}",
         "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "outside the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", "no size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "no size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1073741824,1073741824,1073741824],"
         "\"data_offsets\":[0,8]}}",
         "larger than its file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
         "dimensions"},
        {"{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", "F8_E4M3"},
        {"{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "no dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "no shape"},
        {"{\"a\":3}", "no dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}}", "no size"},
        {"{\"a\\u001b[2J\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "control"},
        {"{\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "name"},
        {"{\"a\":[[[[[[[[[[[[[[[[[[[[", "nests"},
        {"{\"a\":", "JSON"},
        {"{} {}", "after its JSON"},
    };
    const float data[2] = {1, 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weights w;
        CHECK_CONTAINS(read_made(cases[i].header, data, sizeof data, &w), cases[i].says);
        weights_clear(&w);
    }
}

TEST(a_value_that_is_not_finite_is_refused_with_its_tensor)
{
    const float data[2] = {1, NAN};
    const uint16_t half[4] = {0x7C00, 0, 0, 0};
    const uint16_t brain[4] = {0, 0xFF80, 0, 0}, odd[4] = {0, 0, 0xFE00, 0};
    const double large = 1e39;
    struct weights w;
    CHECK_CONTAINS(read_made("{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
                             brain, 8, &w),
                   "not a finite");
    CHECK_CONTAINS(
        read_made("{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}", odd, 8, &w),
        "not a finite");
    CHECK_CONTAINS(read_made("{\"a.b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                             data, 8, &w),
                   "'a.b' holds a value");
    CHECK_CONTAINS(
        read_made("{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}", half, 8, &w),
        "not a finite");
    CHECK_CONTAINS(read_made("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
                             &large, 8, &w),
                   "not a finite");
}

TEST(files_that_are_none)
{
    struct weights w;
    struct status st = {0};
    CHECK_INT(weights_read(test_path("missing"), &w, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    const char *path = test_write("empty", "", 0);
    CHECK_INT(weights_read(path, &w, &st), -1);
    CHECK_CONTAINS(st.text, path);
    CHECK_CONTAINS(st.text, "not a safetensors file");
    CHECK_INT(weights_read(test_write("zip", "PK\3\4 and more", 13), &w, &st), -1);
    CHECK_CONTAINS(st.text, "damaged ZIP archive");
    unsigned char bytes[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, '{', '}'};
    CHECK_INT(weights_read(test_write("long", bytes, sizeof bytes), &w, &st), -1);
    CHECK_CONTAINS(st.text, "cut short");
}

TEST(writing_and_reading_gives_the_same_bits)
{
    float a[6] = {1.5f, -0.0f, 0x1p-149f, 3.4028235e38f, -1e-20f, 0.1f}, b = 7, c[1] = {0};
    const struct weights_tensor tensors[] = {
        {.name = "z.weight", .rank = 4, .dims = {3, 2, 1, 1}, .count = 6, .values = a},
        {.name = "a \"quoted\" \xC3\xA9", .rank = 0, .count = 1, .values = &b},
        {.name = "none", .rank = 2, .dims = {0, 4}, .count = 0, .values = c},
    };
    const char *path = test_path("w.safetensors");
    struct status st = {0};
    struct weights w;
    if (!CHECK_INT(weights_write_safetensors(path, tensors, 3, &st), 0) ||
        !CHECK_INT(weights_read(path, &w, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK_INT(w.count, 3);
    for (int i = 0; i < 3; i++) {
        const struct weights_tensor *t = weights_find(&w, tensors[i].name);
        if (!CHECK(t) || !CHECK_INT(t->count, tensors[i].count))
            continue;
        CHECK_INT(t->rank, tensors[i].rank);
        CHECK(memcmp(t->dims, tensors[i].dims, sizeof t->dims) == 0);
        CHECK(memcmp(t->values, tensors[i].values, t->count * sizeof(float)) == 0);
    }
    weights_clear(&w);
}

/* The format's own rules: length in 8 bytes, header padded to a multiple of 8, "format": "pt". */
TEST(the_file_is_laid_out_as_the_format_asks)
{
    float a[2] = {1, 2};
    const struct weights_tensor t = {.name = "a", .rank = 1, .dims = {2}, .count = 2, .values = a};
    struct status st = {0};
    char *bytes = NULL;
    size_t size = 0;
    const char *path = test_path("w.safetensors");
    if (!CHECK_INT(weights_write_safetensors(path, &t, 1, &st), 0) ||
        !CHECK_INT(file_read(path, 10000, &bytes, &size, &st), 0))
        return;
    uint64_t length;
    memcpy(&length, bytes, 8);
    CHECK_INT(length % 8, 0);
    CHECK_INT(size, 8 + length + 8);
    CHECK(memcmp(bytes + 8 + length, a, 8) == 0);
    bytes[8 + length] = 0;
    CHECK_CONTAINS(bytes + 8, "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\","
                              "\"shape\":[2],\"data_offsets\":[0,8]}}");
    free(bytes);
}

TEST(writing_where_one_cannot_leaves_nothing)
{
    float a[2] = {1, 2};
    const struct weights_tensor t = {.name = "a", .rank = 1, .dims = {2}, .count = 2, .values = a};
    struct status st = {0};
    CHECK_INT(weights_write_safetensors(test_path("no/such/folder"), &t, 1, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(weights_write_safetensors("/dev/full", &t, 1, &st), -1);
    CHECK_INT(st.code, STATUS_IO);
}

TEST(a_published_layout_is_read)
{
    const char *path = test_data("models/tf_mobilenetv2_100/model.safetensors");
    if (!path)
        SKIP("models/tf_mobilenetv2_100 is not there");
    struct weights w;
    struct status st = {0};
    if (!CHECK_INT(weights_read(path, &w, &st), 0))
        return;
    CHECK_INT(w.count, 262);
    const struct weights_tensor *t = weights_find(&w, "conv_stem.weight");
    if (CHECK(t) && CHECK_INT(t->rank, 4)) {
        CHECK(t->dims[0] == 32 && t->dims[1] == 3 && t->dims[2] == 3 && t->dims[3] == 3);
        CHECK_INT(t->count, 864);
    }
    weights_clear(&w);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
