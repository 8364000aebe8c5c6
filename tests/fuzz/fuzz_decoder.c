/* Damaged pictures of every format through the process that decodes: whatever happens in there, a
 * photo is read or fails with a reason, nothing is left behind, and the next one is served. Prints
 * how they ended. Seeds: the pictures of tests/data/tiny.h, and real photos where there are any.
 *
 * 20,000 and more of them, with sanitizers in the process that decodes:
 *
 *     make SAN=address,undefined build/san-address-undefined/tests/fuzz/fuzz_decoder
 *     build/san-address-undefined/tests/fuzz/fuzz_decoder -n 1000 */
#include "data/decoder.h"
#include "data/file.h"
#include "data/image.h"
#include "data/scan.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/data/tiny.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* kB; a sanitizer keeps 256 MB of what was freed. */
#if defined(__SANITIZE_ADDRESS__)
enum { GROWTH = (64 + 256) * 1024 };
#else
enum { GROWTH = 64 * 1024 };
#endif
enum { PHOTOS = 6, SETTLED = 500 /* pictures until memory is expected to stay */ };

static const char *const outcomes[] = {
    "is cut short",  "is a damaged",   "not a picture",     "is too large",
    "has no pixels", "; save it as",   "two different",     "is empty",
    "crashed",       "took more than", "needs more memory",
};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static struct {
    struct decoders *decoders;
    int file, descriptors;
    long read, other, counts[OUTCOMES], kilobytes, pictures;
} run;

static int descriptors(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count;
}

static long kilobytes(void)
{
    long total, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void begin(void)
{
    struct status st = {0};
    run.decoders = decoders_new(&st);
    run.file = memfd_create("picture", MFD_CLOEXEC);
    if (!run.decoders || run.file < 0 || decoders_filtered(run.decoders, &st) < 0) {
        printf("%s\n", st.text);
        abort();
    }
    run.descriptors = descriptors();
}

static void count(const char *why)
{
    for (int i = 0; i < OUTCOMES; i++)
        if (strstr(why, outcomes[i])) {
            if (run.counts[i]++ < 3 && i >= OUTCOMES - 3)
                printf("%s\n", why);
            return;
        }
    if (run.other++ < 10)
        printf("%s\n", why);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    char path[40];
    struct image image;
    struct status st = {0};
    if (!run.decoders)
        begin();
    if (ftruncate(run.file, 0) != 0 || pwrite(run.file, bytes, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", run.file);
    if (decoders_load(run.decoders, path, run.pictures % 4 ? 0 : 64, &image, &st) == 0) {
        volatile unsigned char last =
            image.rgb[(size_t)image.width * (size_t)image.height * 3 - 1]; /* it is there */
        (void)last;
        run.read++;
    } else {
        count(st.text);
    }
    decoders_release(run.decoders, &image);
    if (++run.pictures == SETTLED)
        run.kilobytes = kilobytes();
}

/* Photos from all over the folder. */
static size_t real_photo(int k, unsigned char *bytes, size_t capacity)
{
    const char *folder = test_data("photos");
    struct scan_list list = {0};
    size_t size = 0;
    if (!folder || k >= PHOTOS || scan_photos(folder, NULL, NULL, &list, NULL, NULL) != 0)
        return 0;
    size_t at = list.count * (size_t)k / PHOTOS;
    char *path = at < list.count ? file_join(folder, list.photos[at].path) : NULL;
    if (path && file_read_to(path, capacity - 1, bytes, &size, NULL) != 0)
        size = 0;
    free(path);
    scan_clear(&list);
    return size;
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (k >= TINY_COUNT)
        return real_photo(k - TINY_COUNT, bytes, capacity);
    memcpy(bytes, tiny[k].bytes, tiny[k].size);
    return tiny[k].size;
}

long fuzz_rounds(void)
{
    return 20;
}

/* No descriptor and no memory more than after the first pictures, no process left. */
int fuzz_end(void)
{
    int failed = 0;
    printf("%ld pictures: %ld read", run.pictures, run.read);
    for (int i = 0; i < OUTCOMES; i++)
        printf(", %ld \"%s\"", run.counts[i], outcomes[i]);
    printf(", %ld other\n", run.other);
    if (descriptors() > run.descriptors)
        failed = printf("%d descriptors, %d at first\n", descriptors(), run.descriptors);
    long grown = run.pictures > SETTLED ? kilobytes() - run.kilobytes : 0;
    printf("memory: %ld kB more than after %d pictures\n", grown, SETTLED);
    if (grown > GROWTH)
        failed = 1;
    decoders_free(run.decoders);
    if (waitpid(-1, NULL, WNOHANG) >= 0)
        failed = printf("a process is left\n");
    close(run.file);
    return failed || run.other > 0;
}
