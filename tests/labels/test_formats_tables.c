/* Tables in their other shapes: tabs, a path in one column, ids in one column; and lines. */
#include "labels/formats/format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/file.h"
#include "labels/formats/lines.h"
#include "labels/formats/spelling.h"
#include "tests/labels/store_fixture.h"

/* ---- lines ---------------------------------------------------------------------------------- */

static void write_text(const char *name, const char *text, size_t size)
{
    test_write(name, text, size);
}

static void check_line(struct lines *l, int want, int line, const char *text)
{
    struct status problem = {0};
    int got = lines_next_row(l, ',', &problem, &st);
    CHECK_INT(got, want);
    if (got <= 0)
        return;
    CHECK_INT(l->line, line);
    CHECK_TEXT(got == 1 ? l->text : problem.text, text);
}

TEST(lines_of_all_kinds)
{
    struct lines l;
    static const char text[] = "\xef\xbb\xbf"
                               "one\r\n\ntwo\rthree\nz\0ero\nlast";
    write_text("x", text, sizeof text - 1);
    CHECK_INT(lines_open(&l, test_path("x"), &st), 0);
    check_line(&l, 1, 1, "one");
    check_line(&l, 1, 2, "");
    check_line(&l, 1, 3, "two");
    check_line(&l, 1, 4, "three");
    check_line(&l, 2, 5, "a zero byte: this is no text");
    check_line(&l, 1, 6, "last");
    check_line(&l, 0, 0, NULL);
    lines_close(&l);
    CHECK_INT(lines_open(&l, test_path("none"), &st), -1);
    CHECK_INT(lines_open(&l, test_folder(), &st), -1);
    lines_close(&l);
}

TEST(rows_go_on_within_quotes)
{
    struct lines l;
    static const char text[] = "a,\"b\nc\"\nd\"e,f\n\"g\"\"\n\",h\n\"open\nand \"odd\" \n"
                               "x, \"y\nz\" ,\n\"open\nto the end";
    write_text("x", text, sizeof text - 1);
    CHECK_INT(lines_open(&l, test_path("x"), &st), 0);
    check_line(&l, 1, 1, "a,\"b\nc\"");
    check_line(&l, 1, 3, "d\"e,f"); /* a quote within a field opens nothing */
    check_line(&l, 1, 4, "\"g\"\"\n\",h");
    /* one that swallows rows costs its own only */
    check_line(&l, 2, 6, "a quote opens here that does not end in its line");
    check_line(&l, 1, 7, "and \"odd\" ");
    check_line(&l, 1, 8, "x, \"y\nz\" ,"); /* behind blanks it does */
    check_line(&l, 2, 10, "a quote opens here that does not end in its line");
    check_line(&l, 1, 11, "to the end");
    check_line(&l, 0, 0, NULL);
    CHECK_INT(l.read, l.total);
    lines_close(&l);
}

TEST(a_line_too_long_is_gone_past)
{
    struct lines l;
    size_t size = LINES_LONGEST + 100;
    char *text = malloc(size);
    memset(text, 'x', size);
    memcpy(text, "a\n", 2);
    memcpy(text + size - 3, "\nb\n", 3);
    write_text("x", text, size);
    free(text);
    CHECK_INT(lines_open(&l, test_path("x"), &st), 0);
    check_line(&l, 1, 1, "a");
    check_line(&l, 2, 2, "a line of more than 4 MiB, which no label needs");
    CHECK(l.capacity <= 2 * LINES_LONGEST + 4096);
    check_line(&l, 1, 3, "b");
    check_line(&l, 0, 0, NULL);
    lines_close(&l);
}

/* ---- spelling ------------------------------------------------------------------------------- */

static void check_split(const char *text, const char *separator, const char *want)
{
    char copy[200], joined[300] = "";
    const char *labels[SPELLING_MOST];
    snprintf(copy, sizeof copy, "%s", text);
    int count = spelling_split(copy, separator, labels);
    for (int i = 0; i < count; i++) {
        strcat(joined, i ? "|" : "");
        strcat(joined, labels[i]);
    }
    CHECK_TEXT(joined, want);
}

TEST(paths_taken_apart)
{
    check_split("food > drink>coffee", " > ", "food | drink|coffee");
    check_split("food/drink/", "/", "food|drink|");
    check_split("  76 22\t23 ", " ", "76|22|23");
    check_split("a::b", "::", "a|b");
    check_split(" \t", "/", "");
    check_split("", " ", "");
    char deep[200];
    memset(deep, '/', 100);
    deep[100] = '\0';
    const char *labels[SPELLING_MOST];
    CHECK_INT(spelling_split(deep, "/", labels), SPELLING_MOST);
}

/* ---- in and out ----------------------------------------------------------------------------- */

static char heard[4000];
static struct import_report report;

static void hear(void *arg, const char *text)
{
    (void)arg;
    strncat(heard, text, sizeof heard - strlen(heard) - 2);
    strcat(heard, "\n");
}

static int import(struct store *s, const char *format, const char *text, const char *separator)
{
    struct import_options options = {
        .root = test_folder(), .who = "import", .add_nodes = 1, .separator = separator};
    heard[0] = '\0';
    report = (struct import_report){.problem = hear};
    write_text("labels", text, strlen(text));
    return format_find(format)->import(s, test_path("labels"), &options, &report, &st);
}

static void check_label(struct store *s, const char *photo, const char *want)
{
    struct photo p;
    char label[200] = "";
    if (!CHECK_INT(store_find_photo(s, photo, &p, &st), 0))
        return;
    if (p.state.node >= 0)
        taxonomy_format(store_taxonomy(s), p.state.node, " > ", label, sizeof label);
    CHECK_TEXT(label, want);
    photo_clear(&p);
}

static struct store *project(void)
{
    struct store *s = new_store();
    static const char *const names[] = {"a.jpg", "b.jpg", "c.jpg", "d.jpg"};
    for (int i = 0; i < 4; i++)
        write_text(names[i], "photo", 5);
    return s;
}

TEST(a_path_in_one_column)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv",
                     "photo,path,split\na.jpg,food > drink > coffee,train\nb.jpg,tools,\n"
                     "c.jpg,food>drink>tea,\nd.jpg,a > b > c > d > e,\n",
                     NULL),
              0);
    check_label(s, "a.jpg", "food > drink > coffee");
    check_label(s, "b.jpg", "tools");
    check_label(s, "c.jpg", "food > drink > tea");
    CHECK_CONTAINS(heard, "labels:5:2: ");
    CHECK_CONTAINS(heard, "level 4");
    CHECK_INT(import(s, "tsv", "image\tlabel\na.jpg\tfood/bread\nb.jpg\tx > y/z\n", NULL), 0);
    check_label(s, "a.jpg", "food > bread");
    check_label(s, "b.jpg", "x > y > z"); /* one separator for the whole file: */
    store_close(s);
}

TEST(one_separator_holds_for_all_paths)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv", "photo,path\na.jpg,food|bread\nb.jpg,tea/milk\nc.jpg,a > b\n", NULL),
              0);
    check_label(s, "a.jpg", "food > bread");
    check_label(s, "b.jpg", "tea/milk");
    check_label(s, "c.jpg", "a > b"); /* one label, called so */
    CHECK_CONTAINS(heard, "labels:4:2: '>' is read as a part of the label, as in 'a > b'");
    CHECK_INT(import(s, "csv", "photo,path\na.jpg,x::y\nb.jpg,tea/milk\n", "::"), 0);
    check_label(s, "a.jpg", "x > y");
    store_close(s);
}

TEST(ids_in_one_column)
{
    struct store *s = project();
    CHECK_INT(
        import(s, "ids", "photo,ids\na.jpg,f drink coffee\nb.jpg,f\nc.jpg,\nd.jpg,f 99\n", NULL),
        0);
    check_label(s, "a.jpg", "food > drink > coffee");
    check_label(s, "b.jpg", "food");
    check_label(s, "c.jpg", "");
    store_close(s);
}

static char *export(struct store *s, const char *format, const char *separator)
{
    char *text = NULL;
    size_t size = 0;
    struct export_options options = {.relative_to_root = 1, .separator = separator};
    FILE *out = open_memstream(&text, &size);
    st = (struct status){0};
    int failed = format_find(format)->export(s, out, &options, &st);
    fclose(out);
    CHECK_INT(failed, st.code == STATUS_OK ? 0 : -1);
    return text;
}

static void check_export(struct store *s, const char *format, const char *separator,
                         const char *want)
{
    char *text = export(s, format, separator);
    CHECK_TEXT(text, want);
    struct store *second;
    unlink(test_path("second.db"));
    CHECK_INT(store_create(test_path("second.db"), 3, &second, &st), 0);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(second));
    int a = taxonomy_add(t, TAXONOMY_ROOT, "a \"1\"", "76", &st);
    taxonomy_add(t, a, "b, c", "22", &st);
    CHECK_INT(store_save_taxonomy(second, t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(import(second, format, text, separator), 0);
    CHECK_TEXT(heard, "");
    check_label(second, "a.jpg", "a \"1\" > b, c");
    check_label(second, "b.jpg", "a \"1\"");
    store_close(second);
    free(text);
}

TEST(round_trips)
{
    struct store *s;
    CHECK_INT(store_create(test_path("first.db"), 3, &s, &st), 0);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int a = taxonomy_add(t, TAXONOMY_ROOT, "a \"1\"", "76", &st),
        b = taxonomy_add(t, a, "b, c", "22", &st);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    write_text("a.jpg", "photo", 5);
    write_text("b.jpg", "photo", 5);
    struct photo_new photos[] = {{.path = "a.jpg", .node = b, .split = SPLIT_TRAIN},
                                 {.path = "b.jpg", .node = a}};
    CHECK_INT(store_add_photos(s, photos, 2, "import", NULL, &st), 0);
    check_export(s, "tsv", NULL,
                 "photo\tlabel1\tlabel2\tlabel3\tsplit\tstate\n"
                 "a.jpg\t\"a \"\"1\"\"\"\t\"b, c\"\t\ttrain\timported\n"
                 "b.jpg\t\"a \"\"1\"\"\"\t\t\t\timported\n");
    check_export(s, "csv", " > ",
                 "photo,path,split,state\na.jpg,\"a \"\"1\"\" > b, c\",train,imported\n"
                 "b.jpg,\"a \"\"1\"\"\",,imported\n");
    check_export(s, "ids", NULL,
                 "photo,ids,split,state\na.jpg,76 22,train,imported\nb.jpg,76,,imported\n");
    free(export(s, "csv", ", "));
    CHECK_CONTAINS(st.text, "'a \"1\" > b, c' holds the separator ', ' itself");
    store_close(s);
}

TEST(hostile_tables)
{
    struct store *s = project();
    CHECK_INT(import(s, "csv", "photo,path\na.jpg,\xff\xfe\nb.jpg,food\n", NULL), 0);
    CHECK_CONTAINS(heard, "labels:2:2: ");
    CHECK_CONTAINS(heard, "UTF-8");
    CHECK_INT(report.photos, 1);
    CHECK_INT(import(s, "csv", "photo,ids,time\na.jpg,f,yesterday\n", NULL), 0);
    CHECK_CONTAINS(heard, "labels:2:3: a time is like 2026-11-30T12:34:56Z, not 'yesterday'");
    static const char zero[] = "photo,path\na.jpg,f\0od\nb.jpg,tools\n";
    write_text("labels", zero, sizeof zero - 1);
    struct import_options options = {.root = test_folder(), .who = "import"};
    heard[0] = '\0';
    report = (struct import_report){.problem = hear};
    CHECK_INT(format_find("csv")->import(s, test_path("labels"), &options, &report, &st), 0);
    CHECK_CONTAINS(heard, "labels:2: a zero byte");
    check_label(s, "b.jpg", "tools");
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
