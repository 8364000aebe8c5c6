#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void folder(const char *name)
{
    struct status st = {0};
    if (file_make_folder(test_path(name), &st) != 0)
        test_fail(__FILE__, __LINE__, "%s", st.text);
}

/* Scans the test's folder (or one in it) and compares with paths that end with NULL. */
static void check_scan(const char *root, const char *const *want)
{
    struct scan_list list;
    struct status st = {0};
    size_t i = 0, unreadable = 99;
    if (scan_photos(root, NULL, NULL, &list, &unreadable, &st) != 0) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    for (; want[i] && i < list.count; i++)
        CHECK_TEXT(list.photos[i].path, want[i]);
    CHECK_INT(i, list.count);
    CHECK(want[i] == NULL);
    CHECK_INT(unreadable, 0);
    CHECK_INT(st.code, STATUS_OK);
    scan_clear(&list);
    scan_clear(&list);
}

TEST(scan_finds_photos_in_order)
{
    static const char *const want[] = {"A.PNG", "a b.jpg",    "b/c/d.gif", "b/x.jpeg",
                                       "b.jpg", "\xff\n.bmp", NULL};
    /* '/' is 0x2F, above '.': bytewise order puts "b.jpg" before "b/c". */
    static const char *const sorted[] = {"A.PNG",    "a b.jpg",    "b.jpg", "b/c/d.gif",
                                         "b/x.jpeg", "\xff\n.bmp", NULL};
    folder("b");
    folder("b/c");
    folder("empty");
    folder(".hidden");
    for (int i = 0; want[i]; i++)
        test_write(want[i], "12345", 5);
    test_write(".x.jpg", "", 0);
    test_write(".hidden/y.jpg", "", 0);
    test_write("notes.txt", "", 0);
    test_write("b/noend", "", 0);
    folder("folder.jpg");
    check_scan(test_folder(), sorted);
}

TEST(scan_tells_size_and_time)
{
    struct scan_list list;
    struct stat info;
    const char *path = test_write("a.jpg", "1234567", 7);
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(scan_photos(test_folder(), NULL, NULL, &list, NULL, NULL), 0);
    if (CHECK_INT(list.count, 1)) {
        CHECK_INT(list.photos[0].size, 7);
        CHECK_INT(list.photos[0].modified, info.st_mtime);
    }
    scan_clear(&list);
}

TEST(scan_of_an_empty_folder)
{
    static const char *const want[] = {NULL};
    check_scan(test_folder(), want);
}

/* A photo stands under its real name; links to folders are followed once; loops end. */
TEST(scan_follows_links_once)
{
    static const char *const want[] = {"a/x.jpg", "b/linked.jpg", "q/outside.jpg", NULL};
    folder("in");
    folder("in/a");
    folder("in/b");
    folder("out");
    test_write("in/a/x.jpg", "x", 1);
    test_write("out/outside.jpg", "y", 1);
    CHECK_INT(symlink("../a", test_path("in/b/again")), 0);
    CHECK_INT(symlink("..", test_path("in/a/loop")), 0);
    CHECK_INT(symlink("../out", test_path("in/q")), 0);
    CHECK_INT(symlink("../out", test_path("in/r")), 0); /* the second way: "q" comes first */
    CHECK_INT(symlink("../in", test_path("out/back")), 0);
    CHECK_INT(symlink("../a/x.jpg", test_path("in/b/linked.jpg")), 0);
    CHECK_INT(symlink("nowhere.jpg", test_path("in/b/dangling.jpg")), 0);
    check_scan(test_path("in"), want);
}

/* Pipes and devices with a photo's name are not opened. */
TEST(scan_leaves_pipes_alone)
{
    static const char *const want[] = {"a.jpg", NULL};
    CHECK_INT(mkfifo(test_path("pipe.jpg"), 0600), 0);
    test_write("a.jpg", "", 0);
    check_scan(test_folder(), want);
}

TEST(scan_of_a_deep_tree)
{
    char name[2000] = "d";
    folder(name);
    for (int i = 0; i < 200; i++) {
        strcat(name, "/dd");
        folder(name);
    }
    strcat(name, "/x.jpg");
    test_write(name, "", 0);
    const char *const want[] = {name, NULL};
    check_scan(test_folder(), want);
}

TEST(scan_root_that_cannot_be)
{
    struct scan_list list;
    struct status st = {0};
    CHECK_INT(scan_photos(test_path("none"), NULL, NULL, &list, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_CONTAINS(st.text, "none");
    CHECK_INT(scan_photos(test_write("f.jpg", "", 0), NULL, NULL, &list, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "is a file, not a folder");
    scan_clear(&list);
}

TEST(scan_goes_on_past_unreadable_folders)
{
    struct scan_list list;
    struct status st = {0};
    size_t unreadable = 0;
    if (geteuid() == 0)
        SKIP("the superuser may read everything");
    folder("a");
    folder("b");
    test_write("a/x.jpg", "", 0);
    chmod(test_path("b"), 0);
    CHECK_INT(scan_photos(test_folder(), NULL, NULL, &list, &unreadable, &st), 0);
    CHECK_INT(unreadable, 1);
    CHECK_INT(st.code, STATUS_DENIED);
    CHECK_CONTAINS(st.text, "/b: ");
    CHECK_INT(list.count, 1);
    scan_clear(&list);
}

static int stop_at(void *arg, size_t found)
{
    (*(int *)arg)++;
    return found >= 300;
}

TEST(scan_can_be_cancelled)
{
    struct scan_list list;
    struct status st = {0};
    int calls = 0;
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.jpg", i);
        test_write(name, "", 0);
    }
    CHECK_INT(scan_photos(test_folder(), stop_at, &calls, &list, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    CHECK(calls >= 2);
    CHECK_INT(list.count, 0);
    CHECK_INT(scan_photos(test_folder(), NULL, NULL, &list, NULL, &st), 0);
    CHECK_INT(list.count, 1000);
    scan_clear(&list);
}

/* FNV-1a's published values. */
TEST(scan_hash_bytes_is_fnv1a)
{
    CHECK(scan_hash_bytes("", 0) == 0xcbf29ce484222325u);
    CHECK(scan_hash_bytes("a", 1) == 0xaf63dc4c8601ec8cu);
    CHECK(scan_hash_bytes("foobar", 6) == 0x85944171f73967e8u);
}

static uint64_t hash_of(const void *bytes, size_t size)
{
    uint64_t hash = 0;
    struct status st = {0};
    if (scan_hash_file(test_write("h", bytes, size), &hash, &st) != 0)
        test_fail(__FILE__, __LINE__, "%s", st.text);
    return hash;
}

/* Every byte counts up to 1 MiB, at lengths around the two pieces' border. */
TEST(scan_hash_file_sees_every_byte)
{
    enum { MOST = 1 << 20 };
    static const size_t sizes[] = {0, 1, 7, 8, 9, 1000, MOST / 2 - 1, MOST / 2, MOST / 2 + 1, MOST};
    unsigned char *bytes = calloc(MOST, 1);
    uint64_t seen[sizeof sizes / sizeof *sizes];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        seen[i] = hash_of(bytes, sizes[i]);
        for (size_t k = 0; k < i; k++)
            CHECK(seen[k] != seen[i]);
        CHECK(hash_of(bytes, sizes[i]) == seen[i]);
        for (int k = 0; k < 5 && sizes[i] > 0; k++) {
            size_t at = (sizes[i] - 1) * (size_t)k / 4;
            bytes[at] ^= 1;
            CHECK(hash_of(bytes, sizes[i]) != seen[i]);
            bytes[at] ^= 1;
        }
    }
    free(bytes);
}

/* Longer files: all up to 4 MiB and of uncompressed pictures; of others the ends and pieces. */
TEST(scan_hash_file_of_a_long_one)
{
    enum { MB = 1 << 20, MOST = 9 * MB };
    static const struct {
        const char *begins;
        int size, at, seen;
    } cases[] = {
        {"", 3 * MB, 0, 1},
        {"", 3 * MB, MB / 2 - 1, 1},
        {"", 3 * MB, MB / 2, 1},
        {"", 3 * MB, MB + 7, 1},
        {"", 3 * MB, 3 * MB - MB / 2 - 1, 1},
        {"", 3 * MB, 3 * MB - 1, 1},
        {"", 4 * MB, 2 * MB + 12345, 1},
        {"P6", MOST, 2 * MB - 12345, 1},
        {"BM", MOST, 5 * MB - 12345, 1},
        {"", MOST, MB / 2 + 65535, 1},     /* the first piece */
        {"", MOST, MB / 2 + 65536, 0},     /* and after it */
        {"", MOST, MOST - MB / 2 - 64, 1}, /* the last one, placed a few bytes lower */
        {"", MOST, MOST - MB / 2 - 65536 - 64, 0},
        {"", MOST, MOST - MB / 2, 1},
        {"", MOST, MOST - 1, 1},
    };
    unsigned char *bytes = calloc(MOST, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(bytes, 0, 2);
        memcpy(bytes, cases[i].begins, strlen(cases[i].begins));
        uint64_t before = hash_of(bytes, (size_t)cases[i].size);
        CHECK(hash_of(bytes, (size_t)cases[i].size - 1) != before);
        bytes[cases[i].at] ^= 1;
        if (!CHECK_INT(hash_of(bytes, (size_t)cases[i].size) != before, cases[i].seen))
            printf("case %zu\n", i);
        bytes[cases[i].at] ^= 1;
    }
    free(bytes);
}

/* What earlier versions stored: up to 1 MiB the same, else by the ends alone. The value of bytes
 * i * i % 251, 3 MiB of them, is that of the earlier rule, worked out in Python. */
TEST(scan_hash_file_twice_knows_the_earlier_one)
{
    enum { SIZE = 3 << 20 };
    unsigned char *bytes = malloc(SIZE);
    uint64_t hash, ends;
    for (int64_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * i % 251);
    for (int k = 0; k < 2; k++) {
        CHECK_INT(scan_hash_file_twice(test_write("h", bytes, SIZE), &hash, &ends, NULL), 0);
        CHECK(ends == 0xe07a18f0c703cf9eu);
        CHECK(hash != ends && hash == hash_of(bytes, SIZE));
        bytes[SIZE / 2] ^= 1;
    }
    CHECK_INT(scan_hash_file_twice(test_write("h", bytes, 1 << 20), &hash, &ends, NULL), 0);
    CHECK(hash == ends);
    free(bytes);
}

/* The value itself must never change: it decides which photos are held out. Worked out by the rule
 * in hash.c in Python. */
TEST(scan_hash_file_value)
{
    CHECK(hash_of("hello, photo", 12) == 0xe5cc8a6a951fc32eu);
}

TEST(scan_hash_file_says_what_is_wrong)
{
    uint64_t hash;
    struct status st = {0};
    CHECK_INT(scan_hash_file(test_path("none"), &hash, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(scan_hash_file(test_folder(), &hash, &st), -1);
    CHECK_CONTAINS(st.text, "is a folder");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
