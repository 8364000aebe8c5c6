/* A damaged project.db: pages of a small one, changed. What does not open says that it is damaged;
 * what opens is looked at and changed by commands. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/project.h"

static struct {
    unsigned char bytes[1 << 16];
    size_t size;
} good;

static void prepare(void)
{
    project_make();
    good.size = folder_read(PROJECT_FILE, good.bytes, sizeof good.bytes);
    if (good.size == 0)
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    if (!good.size)
        prepare();
    project_put(bytes, size);
    project_look(bytes, size);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (!good.size)
        prepare();
    if (k > 0 || good.size > capacity)
        return 0;
    memcpy(bytes, good.bytes, good.size);
    return good.size;
}

/* A third of the changes in the heads of pages, where it says what is on them. */
size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    enum { PAGE = 512, HEAD = 32 };
    size_t page = (size_t)(random / 3 % (size / PAGE + 1)) * PAGE;
    (void)bytes;
    if (random % 3 == 0 && page + HEAD <= size)
        return page + (size_t)(random / 7919 % HEAD);
    return (size_t)(random / 3 % size);
}

long fuzz_rounds(void)
{
    return 150;
}
