#include "tests/check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct test {
    const char *name, *file;
    test_fn *fn;
};

static struct {
    struct test tests[512];
    int count;
    int failed_checks, skipped; /* of the running test */
    char folder[256];
} state;

void test_register(const char *name, const char *file, test_fn *fn)
{
    if (state.count == (int)(sizeof state.tests / sizeof *state.tests)) {
        fprintf(stderr, "too many tests in %s\n", file);
        abort();
    }
    state.tests[state.count++] = (struct test){name, file, fn};
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc <= 1;
}

static void remove_folder(void)
{
    if (!state.folder[0])
        return;
    char command[700];
    snprintf(command, sizeof command, "chmod -R u+rwX '%s' 2>/dev/null; rm -rf '%s'", state.folder,
             state.folder);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", state.folder);
    state.folder[0] = 0;
}

int test_main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < state.count; i++) {
        if (!wanted(state.tests[i].name, argc, argv))
            continue;
        state.failed_checks = state.skipped = 0;
        state.tests[i].fn();
        remove_folder();
        if (state.failed_checks) {
            printf("FAIL %s: %s\n", state.tests[i].file, state.tests[i].name);
            failed++;
        } else if (state.skipped) {
            skipped++;
        } else {
            passed++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? 1 : 0;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    state.failed_checks++;
}

int test_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("SKIP ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    state.skipped = 1;
    return 0;
}

int test_check(const char *file, int line, int ok, const char *text)
{
    if (!ok)
        test_fail(file, line, "%s does not hold", text);
    return ok;
}

int test_int(const char *file, int line, long long got, long long want, const char *text)
{
    if (got != want)
        test_fail(file, line, "%s is %lld, not %lld", text, got, want);
    return got == want;
}

int test_near(const char *file, int line, double got, double want, double tolerance,
              const char *text)
{
    int ok = fabs(got - want) <= tolerance;
    if (!ok)
        test_fail(file, line, "%s is %.9g, not %.9g within %g", text, got, want, tolerance);
    return ok;
}

int test_text(const char *file, int line, const char *got, const char *want, const char *text)
{
    int ok = got && want && strcmp(got, want) == 0;
    if (!ok)
        test_fail(file, line, "%s is \"%s\", not \"%s\"", text, got ? got : "(null)",
                  want ? want : "(null)");
    return ok;
}

int test_contains(const char *file, int line, const char *text, const char *part)
{
    int ok = text && strstr(text, part);
    if (!ok)
        test_fail(file, line, "\"%s\" does not contain \"%s\"", text ? text : "(null)", part);
    return ok;
}

const char *test_data(const char *path)
{
    static char buffers[4][1024];
    static int turn;
    const char *root = getenv("TEND_TEST_DATA");
    char *buffer = buffers[turn++ % 4];
    char relative[1024];
    struct stat info;
    snprintf(relative, sizeof relative, "%s/%s", root && *root ? root : "../shared", path);
    if (stat(relative, &info) != 0)
        return NULL;
    char *absolute = realpath(relative, NULL);
    snprintf(buffer, sizeof buffers[0], "%s", absolute ? absolute : relative);
    free(absolute);
    return buffer;
}

const char *test_folder(void)
{
    if (!state.folder[0]) {
        const char *tmp = getenv("TMPDIR");
        snprintf(state.folder, sizeof state.folder, "%s/tend-test-XXXXXX",
                 tmp && *tmp ? tmp : "/tmp");
        if (!mkdtemp(state.folder)) {
            perror(state.folder);
            abort();
        }
    }
    return state.folder;
}

const char *test_path(const char *name)
{
    static char buffers[8][1024];
    static int turn;
    char *buffer = buffers[turn++ % 8];
    snprintf(buffer, sizeof buffers[0], "%s/%s", test_folder(), name);
    return buffer;
}

const char *test_write(const char *name, const void *bytes, size_t size)
{
    const char *path = test_path(name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        abort();
    }
    return path;
}
