#include "data/file.h"
#include "data/status.h"
#include "tests/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many names there are in a folder, hidden ones too. */
static int count_names(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = -2; /* . and .. */
    if (!CHECK(dir != NULL))
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void check_contents(const char *path, const char *want)
{
    char *bytes = NULL;
    size_t size = 0;
    struct status st = {0};
    if (!CHECK_INT(file_read(path, 1 << 20, &bytes, &size, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK_INT(size, strlen(want));
    CHECK_TEXT(bytes, want);
    free(bytes);
}

TEST(file_read_gives_all_bytes_and_a_nul)
{
    char *bytes;
    size_t size;
    struct status st = {0};
    const char *path = test_write("a", "x\0y", 3);
    CHECK_INT(file_read(path, 3, &bytes, &size, &st), 0);
    CHECK_INT(size, 3);
    CHECK(memcmp(bytes, "x\0y", 4) == 0);
    free(bytes);
    path = test_write("empty", "", 0);
    CHECK_INT(file_read(path, 0, &bytes, &size, &st), 0);
    CHECK_INT(size, 0);
    CHECK_INT(bytes[0], 0);
    free(bytes);
}

/* The size that stat tells of files in /proc is 0. */
TEST(file_read_goes_to_the_end_whatever_stat_says)
{
    char *bytes;
    size_t size;
    struct status st = {0};
    if (access("/proc/self/status", R_OK) != 0)
        SKIP("there is no /proc");
    CHECK_INT(file_read("/proc/self/status", 1 << 20, &bytes, &size, &st), 0);
    CHECK(size > 100);
    CHECK_CONTAINS(bytes, "Name:");
    free(bytes);
    CHECK_INT(file_read("/proc/self/status", 50, &bytes, &size, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
}

TEST(file_read_says_what_is_wrong)
{
    char *bytes;
    size_t size;
    struct status st = {0};
    CHECK_INT(file_read(test_path("missing"), 10, &bytes, &size, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_CONTAINS(st.text, "missing: ");
    CHECK_INT(file_read(test_folder(), 10, &bytes, &size, &st), -1);
    CHECK_CONTAINS(st.text, "is a folder");
    CHECK_INT(file_read("/dev/zero", 10, &bytes, &size, &st), -1);
    CHECK_CONTAINS(st.text, "device");
    CHECK_INT(file_read(test_write("long", "12345678901", 11), 10, &bytes, &size, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    CHECK_CONTAINS(st.text, "11 bytes");
    CHECK_CONTAINS(st.text, "10 allowed");
    const char *pipe_name = test_path("pipe");
    CHECK_INT(mkfifo(pipe_name, 0600), 0);
    CHECK_INT(file_read(pipe_name, 10, &bytes, &size, &st),
              -1); /* and does not wait for a writer */
    CHECK_CONTAINS(st.text, "pipe");
}

TEST(file_read_needs_permission)
{
    char *bytes;
    size_t size;
    struct status st = {0};
    if (geteuid() == 0)
        SKIP("the superuser may read everything");
    const char *path = test_write("secret", "x", 1);
    chmod(path, 0);
    CHECK_INT(file_read(path, 10, &bytes, &size, &st), -1);
    CHECK_INT(st.code, STATUS_DENIED);
    CHECK_CONTAINS(st.text, path);
}

TEST(file_write_replaces_and_keeps_the_mode)
{
    struct status st = {0};
    const char *path = test_path("a.txt");
    CHECK_INT(file_write(path, "one", 3, &st), 0);
    check_contents(path, "one");
    chmod(path, 0640);
    CHECK_INT(file_write(path, "second", 6, &st), 0);
    check_contents(path, "second");
    struct stat info;
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0640);
    CHECK_INT(file_write(path, NULL, 0, &st), 0);
    check_contents(path, "");
    CHECK_INT(count_names(test_folder()), 1);
}

TEST(file_write_follows_a_link)
{
    struct status st = {0};
    const char *real = test_write("real", "old", 3), *name = test_path("name");
    CHECK_INT(symlink(real, name), 0);
    CHECK_INT(file_write(name, "new", 3, &st), 0);
    check_contents(real, "new");
    struct stat info;
    CHECK_INT(lstat(name, &info), 0);
    CHECK(S_ISLNK(info.st_mode));
}

TEST(file_write_to_a_device_leaves_it_a_device)
{
    struct status st = {0};
    CHECK_INT(file_write("/dev/null", "x", 1, &st), 0);
    struct stat info;
    CHECK_INT(stat("/dev/null", &info), 0);
    CHECK(S_ISCHR(info.st_mode));
}

TEST(file_write_names_of_greatest_length)
{
    struct status st = {0};
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    CHECK_INT(file_write(test_path(name), "x", 1, &st), 0);
    check_contents(test_path(name), "x");
}

TEST(file_write_says_what_is_wrong)
{
    struct status st = {0};
    CHECK_INT(file_write(test_path("no/such/folder/x"), "x", 1, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_CONTAINS(st.text, "no/such/folder/x");
    CHECK_INT(file_write(test_folder(), "x", 1, &st), -1);
    CHECK_CONTAINS(st.text, "is a folder");
    CHECK_INT(file_write("", "x", 1, &st), -1);
    CHECK_INT(st.code, STATUS_INVALID);
    CHECK_INT(count_names(test_folder()), 0);
}

/* A full disk shows at the write or, when stdio held everything back, only at the end. */
TEST(file_write_notices_a_full_disk)
{
    struct status st = {0};
    static char large[1 << 16];
    if (access("/dev/full", W_OK) != 0)
        SKIP("there is no /dev/full");
    CHECK_INT(file_write("/dev/full", "x", 1, &st), -1);
    CHECK_INT(st.code, STATUS_IO);
    CHECK_CONTAINS(st.text, "/dev/full: ");
    CHECK_CONTAINS(st.text, strerror(ENOSPC));
    CHECK_INT(file_write("/dev/full", large, sizeof large, &st), -1);
    CHECK_CONTAINS(st.text, "/dev/full: ");
}

/* In a child, whose files may not grow beyond 4 kB: the old contents stay, no temporary file does.
 */
TEST(file_write_that_fails_changes_nothing)
{
    static const char large[1 << 16];
    const char *path = test_write("kept", "old", 3);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {4096, 4096};
        struct status st = {0};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        int result = file_write(path, large, sizeof large, &st);
        _exit(result == -1 && st.code != STATUS_OK && strstr(st.text, path) ? 0 : 1);
    }
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    check_contents(path, "old");
    CHECK_INT(count_names(test_folder()), 1);
}

TEST(file_write_into_a_folder_without_permission)
{
    struct status st = {0};
    if (geteuid() == 0)
        SKIP("the superuser may write everywhere");
    const char *folder = test_path("locked");
    CHECK_INT(mkdir(folder, 0500), 0);
    CHECK_INT(file_write(test_path("locked/x"), "x", 1, &st), -1);
    CHECK_INT(st.code, STATUS_DENIED);
}

TEST(file_writer_commits_or_cancels)
{
    struct status st = {0};
    struct file_writer w;
    const char *path = test_write("list", "old", 3);
    CHECK_INT(file_writer_open(&w, path, &st), 0);
    fprintf(w.stream, "%d lines", 7);
    CHECK_INT(fflush(w.stream), 0);
    check_contents(path, "old");
    file_writer_cancel(&w);
    check_contents(path, "old");
    CHECK_INT(count_names(test_folder()), 1);
    CHECK_INT(file_writer_open(&w, path, &st), 0);
    fprintf(w.stream, "%d lines", 7);
    CHECK_INT(file_writer_commit(&w, &st), 0);
    check_contents(path, "7 lines");
    CHECK_INT(count_names(test_folder()), 1);
    CHECK_INT(file_writer_commit(&w, &st), 0); /* ended already */
    file_writer_cancel(&w);
}

TEST(file_writer_two_at_once_do_not_meet)
{
    struct status st = {0};
    struct file_writer a, b;
    const char *path = test_path("one");
    CHECK_INT(file_writer_open(&a, path, &st), 0);
    CHECK_INT(file_writer_open(&b, path, &st), 0);
    fputs("from a", a.stream);
    fputs("from b", b.stream);
    CHECK_INT(file_writer_commit(&b, &st), 0);
    check_contents(path, "from b");
    CHECK_INT(file_writer_commit(&a, &st), 0);
    check_contents(path, "from a");
    CHECK_INT(count_names(test_folder()), 1);
}

TEST(file_writer_standard_output)
{
    struct status st = {0};
    struct file_writer w;
    CHECK_INT(file_writer_open(&w, NULL, &st), 0);
    CHECK(w.stream == stdout);
    CHECK_INT(file_writer_commit(&w, &st), 0);
    CHECK(fileno(stdout) >= 0); /* still open */
}

TEST(file_make_folder_may_be_there)
{
    struct status st = {0};
    const char *path = test_path("sub");
    CHECK_INT(file_make_folder(path, &st), 0);
    CHECK_INT(file_make_folder(path, &st), 0);
    CHECK_INT(file_make_folder(test_write("file", "", 0), &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(file_make_folder(test_path("a/b"), &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
}

TEST(file_remove_tree_stays_inside)
{
    struct status st = {0};
    const char *kept = test_write("kept", "x", 1), *tree = test_path("tree");
    file_make_folder(tree, NULL);
    file_make_folder(test_path("tree/a"), NULL);
    file_make_folder(test_path("tree/a/b"), NULL);
    test_write("tree/a/b/.hidden", "x", 1);
    CHECK_INT(symlink(kept, test_path("tree/link")), 0);
    CHECK_INT(symlink(test_folder(), test_path("tree/a/up")), 0);
    CHECK_INT(file_remove_tree(tree, &st), 0);
    CHECK(access(tree, F_OK) != 0);
    check_contents(kept, "x");
    CHECK_INT(file_remove_tree(tree, &st), 0); /* missing is no error */
    CHECK_INT(file_remove_tree(kept, &st), 0);
    CHECK_INT(count_names(test_folder()), 0);
}

TEST(file_remove_tree_of_a_link_leaves_what_it_points_to)
{
    struct status st = {0};
    file_make_folder(test_path("real"), NULL);
    test_write("real/x", "x", 1);
    CHECK_INT(symlink(test_path("real"), test_path("link")), 0);
    CHECK_INT(file_remove_tree(test_path("link"), &st), 0);
    check_contents(test_path("real/x"), "x");
}

TEST(file_join_parts)
{
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},          {".", "b", "b"},
        {"/", "b", "/b"},  {"a", "/b", "/b"},  {"a//", "b/c", "a/b/c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = file_join(cases[i][0], cases[i][1]);
        CHECK_TEXT(path, cases[i][2]);
        free(path);
    }
}

TEST(file_sync_folder_works)
{
    struct status st = {0};
    CHECK_INT(file_sync_folder(test_folder(), &st), 0);
    CHECK_INT(file_sync_folder(test_path("none"), &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
