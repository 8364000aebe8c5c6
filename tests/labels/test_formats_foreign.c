/* Label files as people, spreadsheets and other tools write them: what is meant is taken, the rest
 * is told, and no row is lost to another's fault. */
#include "labels/formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/labels/store_fixture.h"

static char heard[8000];
static struct import_report report;

static void hear(void *arg, const char *text)
{
    (void)arg;
    strncat(heard, text, sizeof heard - strlen(heard) - 2);
    strcat(heard, "\n");
}

static int import_from(struct store *s, const char *format, const char *path,
                       const struct import_options *options)
{
    heard[0] = '\0';
    report = (struct import_report){.problem = hear};
    st = (struct status){0};
    return format_find(format)->import(s, path, options, &report, &st);
}

static int import(struct store *s, const char *format, const char *text, const char *separator)
{
    struct import_options options = {
        .root = test_folder(), .who = "import", .add_nodes = 1, .separator = separator};
    test_write("labels", text, strlen(text));
    return import_from(s, format, test_path("labels"), &options);
}

static void check(struct store *s, const char *photo, const char *label, const char *split)
{
    struct photo p;
    char text[300] = "";
    if (!CHECK_INT(store_find_photo(s, photo, &p, &st), 0))
        return;
    if (p.state.node >= 0)
        taxonomy_format(store_taxonomy(s), p.state.node, " > ", text, sizeof text);
    CHECK_TEXT(text, label);
    CHECK_TEXT(split_name(p.split), split);
    photo_clear(&p);
}

static int is_there(struct store *s, const char *photo)
{
    struct photo p;
    if (store_find_photo(s, photo, &p, NULL) != 0)
        return 0;
    photo_clear(&p);
    return 1;
}

static struct store *project(void)
{
    struct store *s = new_store();
    static const char *const names[] = {"a.jpg", "b.jpg", "c.jpg", "d.jpg"};
    for (int i = 0; i < 4; i++)
        test_write(names[i], "photo", 5);
    return s;
}

/* ---- which file is a photo ------------------------------------------------------------------- */

TEST(only_pictures_become_photos)
{
    struct store *s = project();
    mkdir(test_path(".tend"), 0777);
    test_write("notes.csv", "photo,label1\n", 13);
    test_write(".tend/a.jpg", "photo", 5);
    test_write("bare", "P6\n1 1\n255\nabc", 14); /* a picture that no name tells */
    CHECK_INT(import(s, "csv",
                     "photo,path\nnotes.csv,food\n/etc/passwd,food\n.tend/a.jpg,food\n"
                     "bare,food\na.jpg,food\n",
                     NULL),
              0);
    CHECK_CONTAINS(heard, "labels:2:1: 'notes.csv' is no picture");
    CHECK_CONTAINS(heard, "labels:3:1: '/etc/passwd' is no picture");
    CHECK_CONTAINS(heard, "labels:4:1: '.tend/a.jpg' is no picture");
    CHECK_INT(report.left_out, 3);
    CHECK_INT(report.photos, 2);
    CHECK(!is_there(s, "notes.csv") && !is_there(s, ".tend/a.jpg"));
    check(s, "bare", "food", "");
    store_close(s);
}

TEST(photos_as_people_spell_them)
{
    struct store *s = project();
    mkdir(test_path("images"), 0777);
    test_write("images/f.jpg", "photo", 5);
    test_write(" own .jpg", "photo", 5);
    test_write("back\\slash.jpg", "photo", 5);
    CHECK_INT(import(s, "csv",
                     "photo,path\na.jpg , food\n.\\b.jpg,food\nimages\\f.jpg,food\n"
                     "\" own .jpg\",food\nback\\slash.jpg,food\nno\\such.jpg,food\n",
                     NULL),
              0);
    check(s, "a.jpg", "food", "");
    check(s, "b.jpg", "food", "");
    check(s, "images/f.jpg", "food", "");
    check(s, " own .jpg", "food", "");
    check(s, "back\\slash.jpg", "food", ""); /* what is there as it stands, is meant */
    CHECK_TEXT(strchr(heard, ':'), ":7:1: there is no photo 'no\\such.jpg'\n");
    store_close(s);
}

/* ---- paths ----------------------------------------------------------------------------------- */

TEST(the_separator_holds_for_json)
{
    struct store *s = project();
    static const char prodigy[] = "{\"image\": \"a.jpg\", \"label\": \"AC/DC adapter\", "
                                  "\"answer\": \"accept\"}\n"
                                  "{\"image\": \"b.jpg\", \"label\": \"x::y/z\", "
                                  "\"answer\": \"accept\"}\n";
    CHECK_INT(import(s, "prodigy", prodigy, "::"), 0);
    CHECK_TEXT(heard, "");
    check(s, "a.jpg", "AC/DC adapter", "");
    check(s, "b.jpg", "x > y/z", "");
    CHECK_INT(import(s, "huggingface",
                     "{\"file_name\": \"c.jpg\", \"label\": \"p/q > r\"}\n"
                     "{\"file_name\": \"d.jpg\", \"label\": \"N/A\"}\n",
                     " > "),
              0);
    check(s, "c.jpg", "p/q > r", "");
    check(s, "d.jpg", "N/A", "");
    store_close(s);
}

TEST(a_slash_taken_for_a_separator_is_told_once)
{
    struct store *s = project();
    CHECK_INT(import(s, "huggingface",
                     "{\"file_name\": \"a.jpg\", \"label\": \"new/one\"}\n"
                     "{\"file_name\": \"b.jpg\", \"label\": \"new/two\"}\n",
                     NULL),
              0);
    check(s, "b.jpg", "new > two", "");
    const char *told = strstr(heard, "labels:1:1: labels are taken apart at '/', as 'new/one'");
    CHECK(told && strchr(told, '\n')[1] == '\0');
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
