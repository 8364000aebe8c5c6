/* Label files as people, spreadsheets and other tools write them: what is meant is taken, the rest
 * is told, and no row is lost to another's fault. */
#include "labels/formats/gather.h"

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

/* ---- folders --------------------------------------------------------------------------------- */

static int import_folder(struct store *s, const char *name)
{
    struct import_options options = {.root = test_folder(), .who = "import", .add_nodes = 1};
    return import_from(s, "folders", test_path(name), &options);
}

TEST(a_photo_beside_the_splits_leaves_them_splits)
{
    struct store *s = project();
    static const char *const folders[] = {"set", "set/train", "set/train/cat", "set/test",
                                          "set/test/cat"};
    for (int i = 0; i < 5; i++)
        mkdir(test_path(folders[i]), 0777);
    test_write("set/train/cat/1.png", "photo", 5);
    test_write("set/test/cat/2.png", "photo", 5);
    test_write("set/overview.png", "photo", 5);
    CHECK_INT(import_folder(s, "set"), 0);
    check(s, "set/train/cat/1.png", "cat", "train");
    check(s, "set/test/cat/2.png", "cat", "test");
    check(s, "set/overview.png", "", "");
    CHECK_CONTAINS(heard, "set: test, train are read as splits, not as labels\n");
    CHECK_INT(report.left_out, 0);
    store_close(s);
}

/* Photos that are links, in a folder that is one: links to them lead back to their names. */
TEST(links_to_links_come_back)
{
    struct store *s = new_store();
    size_t written;
    struct export_options out = {.root = test_folder(), .relative_to_root = 1};
    mkdir(test_path("real"), 0777);
    test_write("real/a.jpg", "photo", 5);
    test_write("real/0b.jpg", "photo", 5);
    if (symlink("real", test_path("photos")) != 0 ||
        symlink("0b.jpg", test_path("real/b.jpg")) != 0)
        abort();
    CHECK_INT(import(s, "csv", "photo,path\nphotos/a.jpg,food\nphotos/b.jpg,tools\n", NULL), 0);
    CHECK_INT(format_find("folders")->export_folder(s, test_path("out"), &out, &written, &st), 0);
    CHECK_INT(written, 2);
    CHECK_INT(import_folder(s, "out"), 0);
    CHECK_INT(report.added, 0);
    CHECK_INT(report.photos, 2);
    CHECK(!is_there(s, "real/a.jpg") && !is_there(s, "real/0b.jpg"));
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

TEST(all_paths_say_which_separator)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv",
                     "photo,label\na.jpg,N/A\nb.jpg,food > drink > coffee\nc.jpg,food|x\n"
                     "d.jpg,food > bread\n",
                     NULL),
              0);
    check(s, "a.jpg", "N/A", "");
    check(s, "b.jpg", "food > drink > coffee", "");
    check(s, "c.jpg", "food|x", "");
    check(s, "d.jpg", "food > bread", "");
    CHECK_CONTAINS(heard, "labels:2:2: '/' is read as a part of the label, as in 'N/A'");
    CHECK_CONTAINS(heard, "labels:4:2: '|' is read as a part of the label, as in 'food|x'");
    CHECK_INT(report.left_out, 0);
    store_close(s);
}

TEST(a_slash_separates_where_most_paths_have_it)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv", "photo,path\na.jpg,AC/DC\nb.jpg,plug\nc.jpg,AC/DC\n", NULL), 0);
    check(s, "a.jpg", "AC/DC", "");
    CHECK_INT(import(s, "csv", "photo,path\nb.jpg,x/y\nc.jpg,x/z\nd.jpg,w\n", NULL), 0);
    check(s, "c.jpg", "x > z", "");
    CHECK_CONTAINS(heard, "labels:2:2: labels are taken apart at '/', as 'x/y'");
    CHECK_INT(import(s, "csv", "photo,path\nd.jpg,food/drink\n", NULL), 0);
    check(s, "d.jpg", "food > drink", ""); /* the tree has it */
    store_close(s);
}

/* ---- tables ---------------------------------------------------------------------------------- */

TEST(a_stray_quote_costs_its_own_row)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv",
                     "photo,path\na.jpg,\"food\nb.jpg,tools\nc.jpg,\"tools\"\nd.jpg,food\n", NULL),
              0);
    CHECK_TEXT(strchr(heard, ':'), ":2: a quote opens here that does not end in its line\n");
    CHECK_INT(report.left_out, 1);
    CHECK_INT(report.photos, 3);
    check(s, "b.jpg", "tools", "");
    check(s, "c.jpg", "tools", "");
    check(s, "d.jpg", "food", "");
    /* one that ends well, but in another row */
    CHECK_INT(import(s, "csv",
                     "photo,path,note\na.jpg,\"food\nb.jpg,food\"\nc.jpg,food,\"two\nlines\"\n",
                     NULL),
              0);
    CHECK_CONTAINS(heard, "labels:2:2: a quote opens here");
    check(s, "b.jpg", "food\"", "");
    check(s, "c.jpg", "food", ""); /* a column that is not read may have several lines */
    store_close(s);
}

TEST(tables_of_excel)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv", "sep=;\r\nphoto;path;label\r\na.jpg;food;x\r\n", NULL), 0);
    check(s, "a.jpg", "food", "");
    CHECK_INT(import(s, "csv", "photo,label1,label2\nb.jpg, \"hot, cold\" , \"q\"\"r\"\n", NULL),
              0);
    check(s, "b.jpg", "hot, cold > q\"r", "");
    test_write("labels", "\xff\xfep\0h\0", 6);
    struct import_options options = {.root = test_folder(), .who = "import"};
    CHECK_INT(import_from(s, "csv", test_path("labels"), &options), -1);
    CHECK_CONTAINS(st.text, "labels: is UTF-16: save it as UTF-8");
    CHECK_INT(import(s, "csv", "photo,label1\na.jpg,caf\xe9\nb\xe9.jpg,food\n", NULL), 0);
    CHECK_CONTAINS(heard, "labels:2:2: label 1 is not UTF-8: save the table as UTF-8");
    CHECK_CONTAINS(heard, "labels:3:1: there is no photo 'b\\xe9.jpg' (not UTF-8: save");
    store_close(s);
}

static int64_t time_of(const char *text)
{
    int64_t time = -1;
    struct status problem = {0};
    return gather_time(text, &time, &problem) == 0 ? time : -1;
}

TEST(a_time_that_cannot_be_read_costs_the_time)
{
    struct store *s = project();
    static const char text[] = "photo,path,time\na.jpg,food,11/30/2026\nb.jpg,food,yesterday\n";
    CHECK_INT(import(s, "csv", text, NULL), 0);
    CHECK_TEXT(strchr(heard, ':'), ":2:3: a time is like 2026-11-30T12:34:56Z, not '11/30/2026'; "
                                   "such rows are taken without a time\n");
    CHECK_INT(report.left_out, 0);
    check(s, "b.jpg", "food", "");
    struct import_options strict = {.root = test_folder(), .who = "import", .strict = 1};
    CHECK_INT(import_from(s, "csv", test_path("labels"), &strict), -1);
    CHECK_INT(time_of("2021:05:01 10:00:00"), 1619863200000);
    CHECK_INT(time_of("1615328168.5"), 1615328168500);
    CHECK_INT(time_of("1615328168500"), 1615328168500);
    CHECK_INT(time_of("1.2.3"), -1);
    CHECK_INT(time_of("."), -1);
    store_close(s);
}

TEST(the_columns_of_other_tools)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv", "file_name,category\na.jpg,food\n", NULL), 0);
    check(s, "a.jpg", "food", "");
    CHECK_INT(import(s, "csv", "image_path,class,split\nb.jpg,tools,test\n", NULL), 0);
    check(s, "b.jpg", "tools", "test");
    CHECK_TEXT(heard, "");
    CHECK_INT(import(s, "csv", "filepath,class,label\nc.jpg,3,food\n", NULL), 0);
    check(s, "c.jpg", "food", "");
    store_close(s);
}

/* ---- the same photo twice -------------------------------------------------------------------- */

TEST(the_later_answer_is_taken)
{
    struct store *s = project();
    CHECK_INT(
        import(
            s, "prodigy",
            "{\"image\": \"a.jpg\", \"label\": \"x\", \"answer\": \"accept\", \"_timestamp\": 100}\n"
            "{\"image\": \"b.jpg\", \"label\": \"x\", \"answer\": \"accept\", \"_timestamp\": 200}\n"
            "{\"image\": \"a.jpg\", \"label\": \"y\", \"answer\": \"accept\", \"_timestamp\": 200}\n"
            "{\"image\": \"b.jpg\", \"label\": \"y\", \"answer\": \"accept\", \"_timestamp\": 100}\n"
            "{\"image\": \"c.jpg\", \"label\": \"x\", \"answer\": \"accept\", \"_timestamp\": 100}\n"
            "{\"image\": \"c.jpg\", \"label\": \"y\", \"answer\": \"accept\"}\n"
            "{\"image\": \"d.jpg\", \"label\": \"x\", \"answer\": \"accept\", \"_timestamp\": 100}\n"
            "{\"image\": \"d.jpg\", \"options\": [], \"accept\": [], \"answer\": \"reject\", \"_timestamp\": 200}\n",
            NULL),
        0);
    check(s, "a.jpg", "y", "");
    check(s, "b.jpg", "x", "");
    check(s, "c.jpg", "x", ""); /* which is later is not said */
    check(s, "d.jpg", "", "");
    CHECK_INT(report.left_out, 1);
    CHECK_INT(report.rejected, 1);
    CHECK_CONTAINS(heard, "labels:3: photo 'a.jpg' is labelled 'y' here but 'x' in line 1");
    CHECK_CONTAINS(
        heard,
        "labels:6:1: photo 'c.jpg' is labelled 'y' here but 'x' in line 5, column 1; the first one is kept");
    CHECK_CONTAINS(heard, "labels:8: photo 'd.jpg' is labelled 'of no class' here");
    store_close(s);
}

TEST(lines_of_one_photo_are_taken_together)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv",
                     "photo,path,split\na.jpg,food,\na.jpg,,test\nb.jpg,,val\nb.jpg,tools,\n"
                     "c.jpg,,test\nc.jpg,tools,train\n",
                     NULL),
              0);
    check(s, "a.jpg", "food", "test");
    check(s, "b.jpg", "tools", "val");
    check(s, "c.jpg", "tools", "test");
    CHECK_TEXT(strchr(heard, ':'),
               ":7: photo 'c.jpg' is of split 'train' here but 'test' in line 6; "
               "the first one is kept\n");
    CHECK_INT(report.left_out, 0); /* its label was taken */
    store_close(s);
}

TEST(doubles_in_one_line_have_columns)
{
    struct store *s = project();
    CHECK_INT(
        import(s, "labelstudio",
               "[{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"result\": [{\"type\": "
               "\"taxonomy\", \"value\": {\"taxonomy\": [[\"x\"]]}}]}]}, "
               "{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"result\": [{\"type\": "
               "\"taxonomy\", \"value\": {\"taxonomy\": [[\"y\"]]}}]}]}]",
               NULL),
        0);
    CHECK_CONTAINS(heard,
                   "labels:1:117: photo 'a.jpg' is labelled 'y' here but 'x' in line 1, column 2");
    store_close(s);
}

/* https://labelstud.io/guide/export#CSV: values are JSON where they are more than one text. */
TEST(label_studio_csv_is_no_label)
{
    struct store *s = new_store();
    test_write("a.png", "photo", 5);
    test_write("b.png", "photo", 5);
    test_write("c.png", "photo", 5);
    CHECK_INT(import(s, "csv",
                     "image,id,path\n"
                     "a.png,1,\"{\"\"taxonomy\"\": [[\"\"food\"\",\"\"drink\"\"]]}\"\n"
                     "b.png,2,\"[[\"\"food\"\"]]\"\nc.png,3,[odd]\n",
                     NULL),
              0);
    CHECK_INT(report.left_out, 2);
    CHECK_CONTAINS(heard, "labels:2:3: '{\"taxonomy\"");
    CHECK_CONTAINS(heard, "as in Label Studio's CSV: export as JSON there");
    check(s, "c.png", "[odd]", "");
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
