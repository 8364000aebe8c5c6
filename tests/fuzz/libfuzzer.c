/* What libFuzzer calls, in terms of fuzz.h: the targets are the same as with our own driver. The
 * folder FUZZ_SEEDS of the environment gets the target's inputs before the first round. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    enum { CAPACITY = 1 << 20 };
    const char *folder = getenv("FUZZ_SEEDS");
    unsigned char *bytes = folder ? malloc(CAPACITY) : NULL;
    size_t size;
    (void)argc;
    (void)argv;
    for (int k = 0; bytes && (size = fuzz_seed(k, bytes, CAPACITY)) > 0; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed-%d", folder, k);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0)
            abort();
    }
    free(bytes);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_one(bytes, size);
    return 0;
}
