/* Keys in, screens out: the real program, run on a small project with a script of keys.
 *
 * Every case makes the project anew (generated photos, a small tree, a model's predictions put into
 * the store), runs `tend review --script tests/ui/NAME.keys` in it and compares what was dumped,
 * and the labels that `tend export` then gives, with tests/ui/NAME.expected. With TEND_TEST_UPDATE
 * in the environment the expected files are written instead: look at the difference before it is
 * committed. */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/store_leases.h"
#include "tests/ui/screens_projects.h"

enum { OUTPUT_LIMIT = 4 << 20 };

/* ---- running ---- */

static int run(const char *folder, const char *output, char *const *argv)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int in = open("/dev/null", O_RDONLY),
            out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (in < 0 || out < 0 || chdir(folder) || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
            dup2(out, 2) < 0)
            _exit(126);
        execv(argv[0], argv);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void show_difference(const char *name, const char *got, const char *want)
{
    for (int line = 1; *got || *want; line++) {
        size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");
        if (g != w || strncmp(got, want, g) != 0) {
            test_fail(name, line, "got  |%.*s|", (int)g, got);
            test_fail(name, line, "want |%.*s|", (int)w, want);
            return;
        }
        got += g + (got[g] == '\n');
        want += w + (want[w] == '\n');
    }
}

static void compare(const char *name, const char *output)
{
    char expected[PATH_MAX];
    struct status st = {0};
    char *got = NULL, *want = NULL;
    size_t got_size, want_size;
    snprintf(expected, sizeof expected, "tests/ui/%s.expected", name);
    if (!CHECK_INT(file_read(output, OUTPUT_LIMIT, &got, &got_size, &st), 0)) {
        CHECK_TEXT(st.text, "");
    } else if (getenv("TEND_TEST_UPDATE")) {
        CHECK_INT(file_write(expected, got, got_size, &st), 0);
    } else if (file_read(expected, OUTPUT_LIMIT, &want, &want_size, &st)) {
        CHECK_TEXT(st.text, "");
    } else {
        show_difference(expected, got, want);
    }
    free(got);
    free(want);
}

/* As another tend that shows photo 5; NULL when there is none. */
static struct leases *hold(const char *root, const char *who)
{
    char path[PATH_MAX + 32];
    struct leases *leases = NULL;
    struct status st = {0};
    int64_t photo = 5;
    if (!who)
        return NULL;
    snprintf(path, sizeof path, "%s/.tend/leases.db", root);
    CHECK_INT(leases_open(path, who, LEASES_TIME, &leases, &st), 0);
    CHECK_INT(leases_hold(leases, &photo, 1, &st), 1);
    return leases;
}

static void play(const char *name, const struct fixture *f, const char *size, const char *graphics)
{
    char root[PATH_MAX], keys[PATH_MAX], output[PATH_MAX], file[64];
    char *tend = getenv("TEND") ? realpath(getenv("TEND"), NULL) : NULL;
    char *here = realpath("tests/ui", NULL);
    if (!tend || !here) {
        test_fail(__FILE__, __LINE__, "TEND names no program, or this is not the project's folder");
        free(tend);
        free(here);
        return;
    }
    snprintf(file, sizeof file, "project-%s", name);
    snprintf(root, sizeof root, "%s", test_path(file));
    snprintf(keys, sizeof keys, "%s/%s.keys", here, name);
    snprintf(file, sizeof file, "output-%s", name);
    snprintf(output, sizeof output, "%s", test_path(file));
    setenv("TEND_TEST_CLOCK", "1", 1);
    setenv("XDG_CONFIG_HOME", test_path("config"), 1); /* no key file of whoever runs this */
    setenv("LC_ALL", "C.UTF-8", 1);
    if (make_project(root, f)) {
        char *review[] = {tend,         "review",     "--script",       keys, "--size",
                          (char *)size, "--graphics", (char *)graphics, NULL};
        char *export[] = {tend, "export", "--format", "csv", NULL};
        struct leases *leases = hold(root, f->holder);
        CHECK_INT(run(root, output, review), 0);
        leases_close(leases);
        CHECK_INT(run(root, output, export), 0);
        compare(name, output);
    }
    free(tend);
    free(here);
}

TEST(accept_and_correct)
{
    play("decide", &plain, "100x30", "none");
}

TEST(imported_label_against_the_prediction)
{
    play("imported", &plain, "100x30", "none");
}

TEST(long_names)
{
    play("long", &long_names, "100x30", "none");
}

TEST(shorten_lengthen_choose)
{
    play("edit", &plain, "100x30", "none");
}

TEST(a_label_itself_is_changed)
{
    play("label", &plain, "100x30", "none");
}

TEST(pick_by_typing)
{
    play("pick", &plain, "100x30", "none");
}

TEST(last_picks_by_digit)
{
    play("picks", &plain, "100x30", "none");
}

TEST(walking_through_the_tree)
{
    play("walk", &plain, "100x30", "none");
}

TEST(what_korean_finds)
{
    play("pick_korean", &korean, "60x20", "none");
}

TEST(long_names_in_the_picker)
{
    play("pick_long", &long_names, "60x20", "none");
}

TEST(a_narrow_window)
{
    play("narrow", &long_names, "60x20", "none");
}

TEST(new_labels)
{
    play("new", &plain, "100x30", "none");
}

TEST(undo_and_redo)
{
    play("undo", &plain, "100x30", "none");
}

TEST(skip_flag_move)
{
    play("move", &plain, "100x30", "none");
}

TEST(resizes)
{
    play("resize", &plain, "100x30", "none");
}

TEST(pictures_in_blocks)
{
    play("blocks", &plain, "60x20", "blocks");
}

TEST(korean_names)
{
    play("korean", &korean, "80x24", "none");
}

TEST(hostile_file_names)
{
    play("hostile", &hostile, "80x24", "none");
}

TEST(grid)
{
    play("grid", &plain, "80x24", "blocks");
}

TEST(pages_and_what_changes_the_queue)
{
    play("pages", &plain, "80x20", "blocks");
}

TEST(paths_that_changed_behind_another_screen)
{
    play("seen", &two_models, "80x24", "blocks");
}

TEST(keys_typed_ahead_of_what_is_shown)
{
    play("ahead", &plain, "80x24", "blocks");
}

TEST(marks_by_terms)
{
    play("marks", &plain, "80x24", "none");
}

TEST(unreadable_photos)
{
    play("broken", &broken, "80x24", "blocks");
}

TEST(blind_samples)
{
    play("blind", &blind, "100x30", "none");
}

TEST(the_grid_without_blind_samples)
{
    play("blindgrid", &blind, "80x24", "blocks");
}

TEST(report_section_by_section)
{
    play("report", &plain, "100x30", "none");
}

TEST(without_a_model)
{
    play("unpredicted", &empty, "80x24", "none");
}

TEST(first_labels_of_an_empty_tree)
{
    play("first", &bare, "80x24", "none");
}

TEST(keys_before_the_photo_is_there)
{
    play("soon", &plain, "60x20", "blocks");
}

TEST(models_compared)
{
    play("models", &two_models, "80x24", "none");
}

TEST(a_damaged_model)
{
    play("damaged", &damaged, "100x30", "none");
}

TEST(filters_of_the_queue)
{
    play("filter", &plain, "100x30", "none");
}

TEST(a_photo_that_another_has_on_the_screen)
{
    struct fixture shared = plain;
    shared.holder = "anna";
    play("others", &shared, "80x24", "blocks");
}

TEST(a_decision_that_an_import_contradicts)
{
    struct fixture contradicted = plain;
    contradicted.conflict = 1;
    play("conflict", &contradicted, "100x30", "none");
}

TEST(search_in_the_queue)
{
    play("search", &plain, "80x24", "none");
}

TEST(other_screens)
{
    play("screens", &plain, "100x30", "none");
}

TEST(a_key_file)
{
    struct fixture bound = plain;
    bound.keys =
        "bind F2 accept\nbind c reject # c picked before\nunbind h\nbind x up\nbnd\nbind y skp\n";
    play("keys", &bound, "100x30", "none");
}

TEST(commands_of_no_other_script)
{
    play("rest", &plain, "100x30", "none");
}

TEST(the_mouse)
{
    play("mouse", &plain, "100x30", "none");
}

TEST(the_command_line)
{
    play("command", &plain, "100x30", "none");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
