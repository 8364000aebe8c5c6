/* Tests: a program of TEST functions. Each TEST counts as one; a failed CHECK names file, line and
 * values and fails its test; SKIP says why. The last line is "N passed, N failed, N skipped"; the
 * exit status is 1 when anything failed.
 *
 *     TEST(adds)
 *     {
 *         CHECK_INT(1 + 1, 2);
 *     }
 *     int main(int argc, char **argv) { return test_main(argc, argv); }
 *
 * Arguments select tests by name. Photos, models and reference values that are not part of the
 * project are looked for in the folder TEND_TEST_DATA says, else in ../shared; see test_data. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stddef.h>

typedef void test_fn(void);
void test_register(const char *name, const char *file, test_fn *fn);
int test_main(int argc, char **argv);

#define TEST(name)                                                                                 \
    static void test_##name(void);                                                                 \
    __attribute__((constructor)) static void register_##name(void)                                 \
    {                                                                                              \
        test_register(#name, __FILE__, test_##name);                                               \
    }                                                                                              \
    static void test_##name(void)

void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
int test_check(const char *file, int line, int ok, const char *text);
int test_int(const char *file, int line, long long got, long long want, const char *text);
int test_near(const char *file, int line, double got, double want, double tolerance,
              const char *text);
int test_text(const char *file, int line, const char *got, const char *want, const char *text);
int test_contains(const char *file, int line, const char *text, const char *part);

/* Each is 1 when it holds, so that a test can stop early: if (!CHECK(x)) return; */
#define CHECK(x)                   test_check(__FILE__, __LINE__, (x) ? 1 : 0, #x)
#define CHECK_INT(got, want)       test_int(__FILE__, __LINE__, (got), (want), #got)
#define CHECK_NEAR(got, want, tol) test_near(__FILE__, __LINE__, (got), (want), (tol), #got)
#define CHECK_TEXT(got, want)      test_text(__FILE__, __LINE__, (got), (want), #got)
#define CHECK_CONTAINS(text, part) test_contains(__FILE__, __LINE__, (text), (part))
#define SKIP(...)                                                                                  \
    do {                                                                                           \
        test_skip(__VA_ARGS__);                                                                    \
        return;                                                                                    \
    } while (0)

/* Absolute path of development data ("photos/grocery"), or NULL when it is not there. Static
 * buffers, four in turn. */
const char *test_data(const char *path);
/* A fresh empty folder for this test, removed at the end of the program; with a name: a path in it.
 */
const char *test_folder(void);
const char *test_path(const char *name);
/* Writes a file into it; returns its path. */
const char *test_write(const char *name, const void *bytes, size_t size);

#endif
