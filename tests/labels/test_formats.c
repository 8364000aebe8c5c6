/* Label files in and out. */
#include "labels/formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/store.h"
#include "tests/check.h"

static struct status st;

/* ---- rows ----------------------------------------------------------------------------------- */

static void check_row(struct csv *c, int line, int count, const char *const *want)
{
    if (!CHECK_INT(csv_next(c, &st), 1) || !CHECK_INT(c->count, count))
        return;
    CHECK_INT(c->line, line);
    for (int i = 0; i < count; i++)
        CHECK_TEXT(c->fields[i], want[i]);
}
#define FIELDS(...)                                                                                \
    (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[])                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

TEST(rows)
{
    char text[] = "\xef\xbb\xbf"
                  "a,b c,\r\n\n\"x,\"\"y\"\"\nz\",,\" q \"\n,\nlast,\"\"\rmac,1";
    struct csv c;
    csv_start(&c, text, sizeof text - 1, ',');
    check_row(&c, 1, FIELDS("a", "b c", ""));
    check_row(&c, 3, FIELDS("x,\"y\"\nz", "", " q "));
    check_row(&c, 5, FIELDS("", ""));
    check_row(&c, 6, FIELDS("last", ""));
    check_row(&c, 7, FIELDS("mac", "1"));
    CHECK_INT(csv_next(&c, &st), 0);
    CHECK_INT(csv_next(&c, &st), 0);
    csv_clear(&c);
    char end[] = "a,";
    csv_start(&c, end, 2, ',');
    check_row(&c, 1, FIELDS("a", ""));
    csv_clear(&c);
    char open[] = "a\nb,\"c\nd";
    csv_start(&c, open, sizeof open - 1, ',');
    check_row(&c, 1, FIELDS("a"));
    CHECK_INT(csv_next(&c, &st), -1);
    CHECK_CONTAINS(st.text, "line 2");
    csv_clear(&c);
    char zero[] = "a,b\0c\n";
    csv_start(&c, zero, 6, ',');
    CHECK_INT(csv_next(&c, &st), -1);
    csv_clear(&c);
    CHECK_INT(csv_guess_separator("a;b;c,d\n,,,,", 12), ';');
    CHECK_INT(csv_guess_separator("a\tb", 3), '\t');
    CHECK_INT(csv_guess_separator("", 0), ',');
}

TEST(written_fields_read_back)
{
    static const char *const fields[] = {"plain", "",        "a,b", "\"quoted\"", "two\nlines",
                                         "\r",    " blank ", "a;b", "\xff\xfe",   "\ttab"};
    enum { N = sizeof fields / sizeof *fields };
    char *text = NULL;
    size_t size = 0;
    struct csv c;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < N; i++) {
        fputs(i ? "," : "", out);
        csv_write(out, fields[i]);
    }
    fclose(out);
    csv_start(&c, text, size, ',');
    check_row(&c, 1, N, fields);
    csv_clear(&c);
    free(text);
}

/* ---- import --------------------------------------------------------------------------------- */

struct heard {
    char text[6000];
    int count, ticks;
};

static void hear(void *arg, const char *text)
{
    struct heard *h = arg;
    h->count++;
    strncat(h->text, text, sizeof h->text - strlen(h->text) - 2);
    strcat(h->text, "\n");
}

static struct heard heard;
static struct import_report report;
static char root[1024];

static void make_file(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        abort();
    fputs("photo", f);
    fclose(f);
}

/* A project with food > (drink > (coffee 23, tea), bread) and photos a.jpg .. d.jpg, sub/e.jpg. */
static struct store *project(void)
{
    struct store *s;
    snprintf(root, sizeof root, "%s", test_folder());
    if (chdir(root) != 0 || store_create("project.db", 3, &s, &st) != 0)
        abort();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int food = taxonomy_add(t, -1, "food", "76", NULL),
        drink = taxonomy_add(t, food, "drink", "22", NULL);
    taxonomy_add(t, drink, "coffee", "23", NULL);
    taxonomy_add(t, drink, "tea", NULL, NULL);
    taxonomy_add(t, food, "bread", NULL, NULL);
    if (store_save_taxonomy(s, t, &st) != 0)
        abort();
    taxonomy_free(t);
    static const char *const names[] = {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "sub/e.jpg"};
    mkdir("sub", 0777);
    for (int i = 0; i < 5; i++)
        make_file(names[i]);
    return s;
}

static int import(struct store *s, const char *format, const char *path, int add_nodes, int strict,
                  const char *split)
{
    struct import_options options = {
        .root = root, .who = "import", .add_nodes = add_nodes, .strict = strict, .split = split};
    heard = (struct heard){0};
    report = (struct import_report){.problem = hear, .arg = &heard};
    st = (struct status){0};
    return format_find(format)->import(s, path, &options, &report, &st);
}

static int import_text(struct store *s, const char *text, int add_nodes, int strict)
{
    test_write("labels.csv", text, strlen(text));
    return import(s, "csv", test_path("labels.csv"), add_nodes, strict, NULL);
}

static void check_photo(struct store *s, const char *path, const char *label, const char *split)
{
    struct photo p;
    char text[200] = "";
    if (!CHECK_INT(store_find_photo(s, path, &p, &st), 0)) {
        printf("  %s\n", st.text);
        return;
    }
    if (p.state.node >= 0)
        taxonomy_format(store_taxonomy(s), p.state.node, " > ", text, sizeof text);
    CHECK_TEXT(text, label);
    CHECK_TEXT(split_name(p.split), split);
    photo_clear(&p);
}

static int64_t count_photos(struct store *s)
{
    struct store_counts counts;
    CHECK_INT(store_count(s, &counts, &st), 0);
    return counts.photos;
}

TEST(csv_in)
{
    struct store *s = project();
    struct photo p;
    CHECK_INT(import_text(s,
                          "Photo,label1,label2,label3,split,note\r\n"
                          "a.jpg,food,drink,coffee,train,x\r\n"
                          "b.jpg,76,22,23,val,\r\n"
                          "./sub/../c.jpg, food ,bread,,,\r\n"
                          "sub/e.jpg,food,drink\r\n"
                          "d.jpg,,,,test,\r\n",
                          0, 1),
              0);
    CHECK_INT(heard.count, 1); /* and the rest is read */
    CHECK_CONTAINS(heard.text, "column 'note' is not read");
    CHECK_INT(report.photos, 5);
    CHECK_INT(report.added, 5);
    CHECK_INT(report.labelled, 4);
    CHECK_INT(report.left_out, 0);
    check_photo(s, "a.jpg", "food > drink > coffee", "train");
    check_photo(s, "b.jpg", "food > drink > coffee", "val");
    check_photo(s, "c.jpg", "food > bread", "");
    check_photo(s, "sub/e.jpg", "food > drink", "");
    check_photo(s, "d.jpg", "", "test");
    CHECK(taxonomy_is_terminal(store_taxonomy(s), 1)); /* drink is a truth now */
    CHECK_INT(store_find_photo(s, "a.jpg", &p, &st), 0);
    CHECK_INT(p.size, 5);
    CHECK(p.modified > 1600000000);
    photo_clear(&p);
    /* again, from another folder, with other words for the columns: the same photos */
    test_write("sub/more.csv", "file;label1\n../a.jpg;food\n", 26);
    CHECK_INT(import(s, "csv", test_path("sub/more.csv"), 0, 0, "val"), 0);
    CHECK_INT(report.added, 0);
    check_photo(s, "a.jpg", "food", "val");
    CHECK_INT(count_photos(s), 5);
    store_close(s);
}

static void check_problem(const char *part)
{
    CHECK_CONTAINS(heard.text, part);
}

TEST(csv_lines_that_are_wrong)
{
    struct store *s = project();
    static const char text[] = "photo,label1,label2,label3,split\n"
                               "a.jpg,food,drink,,\n"
                               "gone.jpg,food,,,\n"
                               "b.jpg,food,,coffee,\n"
                               "b.jpg,food,tool,,\n"
                               "b.jpg,food,drink,coffee,train,one,more\n"
                               "b.jpg,food,drink,,later\n"
                               ",food,,,\n"
                               "sub,food,,,\n"
                               "a.jpg,food,drink,,\n"
                               "./a.jpg,food,bread,,\n"
                               "a.jpg,food,drink,,test\n"
                               "a.jpg,food,drink,,val\n"
                               "c.jpg,food,bread,,\n"
                               "d.jpg,bad\x01label,,,\n";
    CHECK_INT(import_text(s, text, 0, 0), 0);
    CHECK_INT(report.photos, 2);
    CHECK_INT(report.left_out, 10);
    CHECK_INT(heard.count, 10);
    check_problem("labels.csv:3:1: there is no photo 'gone.jpg'");
    check_problem("labels.csv:4:4: label 2 is empty but label 3 is 'coffee'");
    check_problem("labels.csv:5:3: 'tool' is not a label below 'food'");
    check_problem("labels.csv:6:6: 7 fields, but the first line has 5");
    check_problem("labels.csv:7:5: a split is train, val or test, not 'later'");
    check_problem("labels.csv:8:1: no photo is named");
    check_problem("labels.csv:9:1: there is no photo 'sub'");
    check_problem(
        "labels.csv:11: photo 'a.jpg' is labelled 'food > bread' here but 'food > drink' in line 2");
    check_problem("labels.csv:13: photo 'a.jpg' is of split 'val' here but 'test' in line 12");
    check_problem("labels.csv:15:2: 'bad\\x01label'");
    check_photo(s, "a.jpg", "food > drink", "test");
    check_photo(s, "c.jpg", "food > bread", "");
    CHECK_INT(count_photos(s), 2);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 5);
    store_close(s);
}

TEST(csv_strict)
{
    struct store *s = project();
    CHECK_INT(import_text(s, "photo,label1\na.jpg,new\ngone.jpg,food\n", 1, 1), -1);
    CHECK_CONTAINS(st.text, "labels.csv:3:1: there is no photo 'gone.jpg'");
    CHECK_INT(count_photos(s), 0);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 5);
    CHECK_INT(import_text(s, "photo,label1\na.jpg,new\na.jpg,food\n", 1, 1), -1);
    CHECK_INT(count_photos(s), 0);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 5);
    store_close(s);
}

TEST(csv_makes_the_tree)
{
    struct store *s = project();
    CHECK_INT(import_text(s,
                          "photo,label1,label2,label3\na.jpg,tech,apple,\nb.jpg,food,apple,red\n"
                          "c.jpg,food,red,\nd.jpg,22,x,\n",
                          1, 0),
              0);
    check_photo(s, "a.jpg", "tech > apple", "");
    check_photo(s, "b.jpg", "food > apple > red", "");
    check_photo(s, "c.jpg", "food > red", "");
    check_problem("labels.csv:5:2: label '22' is the id of 'food > drink'");
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 10);
    store_close(s);
}

TEST(csv_lines_that_are_not_taken_leave_no_labels)
{
    struct store *s = project();
    CHECK_INT(import_text(s, "photo,label1\nd.jpg,food\n", 0, 0), 0);
    struct review rejected = {.photo = 1, .kind = EVENT_REJECT, .node = -1};
    CHECK_INT(store_review(s, "me", &rejected, 1, &st), 0);
    CHECK_INT(import_text(s,
                          "photo,label1,label2,split\n"
                          "a.jpg,toys,ball,\n"
                          "./a.jpg,pets,cat,\n"    /* the same photo */
                          "gone.jpg,pets,dog,\n"   /* no photo */
                          "b.jpg,pets,fish,soon\n" /* no split */
                          "b.jpg,pets,,\n"
                          "c.jpg,pets,cat,\n"
                          "d.jpg,stones,,\n", /* a person has decided */
                          1, 0),
              0);
    CHECK_INT(report.left_out, 3);
    CHECK_INT(report.photos, 4);
    check_photo(s, "a.jpg", "toys > ball", "");
    check_photo(s, "b.jpg", "pets", "");
    check_photo(s, "c.jpg", "pets > cat", "");
    check_photo(s, "d.jpg", "", "");
    const struct taxonomy *t = store_taxonomy(s);
    CHECK_INT(taxonomy_count(t), 5 + 4);
    CHECK_INT(taxonomy_find_child(t, TAXONOMY_ROOT, "stones"), -1);
    CHECK_INT(taxonomy_find_child(t, taxonomy_find_child(t, TAXONOMY_ROOT, "pets"), "dog"), -1);
    CHECK_INT(import_text(s, "photo,label1\na.jpg,x\na.jpg,y\na.jpg,z\n", 1, 0), 0);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 5 + 4 + 1);
    check_photo(s, "a.jpg", "x", "");
    store_close(s);
}

static void check_header(struct store *s, const char *text, const char *part, const char *other)
{
    CHECK_INT(import_text(s, text, 1, 0), -1);
    CHECK_INT(st.code, STATUS_FORMAT);
    CHECK_CONTAINS(st.text, part);
    CHECK_CONTAINS(st.text, other);
    CHECK_INT(count_photos(s), 0);
}

TEST(csv_headers_that_are_wrong)
{
    struct store *s = project();
    check_header(s, "a.jpg,food,drink\nb.jpg,food,drink\n", "photo,label1,label2,label3[,split]",
                 "a.jpg,food,drink");
    check_header(s, "photo,colour\na.jpg,food\n", "no column 'label1'", "photo,colour");
    check_header(s, "label1,label2\nfood,drink\n", "no column 'photo'", "label1,label2");
    check_header(s, "photo,label1,label3\na.jpg,food,drink\n", "column 'label3'", "label1, label2");
    check_header(s, "photo,label1,label_2\na.jpg,food,drink\n", "column 'label_2'",
                 "label1, label2");
    check_header(s, "photo,label1,label2,label3,label4,label5,label6,label7,label8,label9\n",
                 "column 'label9'", "at most label8");
    check_header(s, "", "labels.csv: empty", "photo,label1");
    CHECK_INT(import(s, "csv", test_path("none.csv"), 0, 0, NULL), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(import(s, "csv", test_path("labels.csv"), 0, 0, "later"), -1);
    CHECK_CONTAINS(st.text, "later");
    store_close(s);
}

static int stop(void *arg, size_t done, size_t total)
{
    (void)done;
    (void)total;
    return ++((struct heard *)arg)->ticks >= 1;
}

TEST(cancelled_import_changes_nothing)
{
    struct store *s = project();
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs("photo,label1\n", out);
    for (int i = 0; i < 20000; i++)
        fputs("a.jpg,food\n", out);
    fclose(out);
    test_write("labels.csv", text, size);
    free(text);
    struct import_options options = {.root = root, .who = "import", .progress = stop};
    heard = (struct heard){0};
    report = (struct import_report){.problem = hear, .arg = &heard};
    CHECK_INT(format_find("csv")->import(s, test_path("labels.csv"), &options, &report, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    CHECK_INT(heard.ticks, 1);
    CHECK_INT(count_photos(s), 0);
    store_close(s);
}

/* ---- export, and back in -------------------------------------------------------------------- */

static int compare_with(void *arg, const struct photo *p)
{
    struct store *other = arg;
    struct photo q;
    char a[300] = "", b[300] = "";
    if (!CHECK_INT(store_find_photo(other, p->path, &q, &st), 0))
        return 1;
    /* numbers may differ: compare the paths */
    snprintf(a, sizeof a, "%d", p->state.node);
    if (p->state.node >= 0)
        taxonomy_format(store_taxonomy(other), q.state.node, "|", b, sizeof b);
    CHECK_INT(q.state.node >= 0, p->state.node >= 0);
    CHECK_INT(q.split, p->split);
    photo_clear(&q);
    return 0;
}

TEST(round_trip)
{
    static const char *const paths[] = {"plain.jpg",   "comma, \"quote\".jpg", "new\nline.jpg",
                                        " blank .jpg", "sub/\xff\xfe.jpg",     "\xea\xb9\x80.jpg",
                                        "label1.jpg",  "rejected.jpg"};
    static const char *const labels[][3] = {
        {"food", "a, b", "c"},        {"food", "\"q\"", NULL},    {"a > b", "c/d", "23"},
        {"food", "drink", "coffee"},  {"'", ";", "\xea\xb9\x80"}, {"top", NULL, NULL},
        {"label1", "photo", "split"}, {NULL, NULL, NULL}};
    enum { N = sizeof paths / sizeof *paths };
    struct store *s = project(), *second;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    struct photo_new photos[N];
    for (int i = 0; i < N; i++) {
        int depth = labels[i][2] ? 3 : labels[i][1] ? 2 : labels[i][0] ? 1 : 0, node = -1;
        for (int l = 0; l < depth; l++)
            node = taxonomy_add(t, node, labels[i][l], NULL, &st);
        photos[i] =
            (struct photo_new){.path = paths[i], .split = (enum split)(i % 4), .node = node};
        make_file(paths[i]);
    }
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    CHECK_INT(store_add_photos(s, photos, N, "me", NULL, &st), 0);
    struct review reject = {.photo = N, .kind = EVENT_REJECT};
    CHECK_INT(store_review(s, "me", &reject, 1, &st), 0);
    for (int relative = 0; relative < 2; relative++) {
        struct export_options options = {.root = root, .relative_to_root = relative};
        FILE *out = fopen("export.csv", "w");
        CHECK_INT(format_find("csv")->export(s, out, &options, &st), 0);
        fclose(out);
        unlink("second.db");
        CHECK_INT(store_create("second.db", 3, &second, &st), 0);
        CHECK_INT(
            import(second, "csv", relative ? "export.csv" : test_path("export.csv"), 1, 1, NULL),
            0);
        if (heard.count || st.code)
            printf("%s%s\n", heard.text, st.text);
        CHECK_INT(count_photos(second), N);
        CHECK_INT(store_each_photo(s, compare_with, second, &st), 0);
        char a[300], b[300];
        for (int i = 0; i < N; i++) {
            struct photo p, q;
            CHECK_INT(store_find_photo(s, paths[i], &p, &st), 0);
            CHECK_INT(store_find_photo(second, paths[i], &q, &st), 0);
            if (p.state.node >= 0 && q.state.node >= 0)
                CHECK_TEXT(taxonomy_format(store_taxonomy(second), q.state.node, "|", a, sizeof a),
                           taxonomy_format(store_taxonomy(s), p.state.node, "|", b, sizeof b));
            photo_clear(&p);
            photo_clear(&q);
        }
        store_close(second);
        unlink("second.db-wal");
    }
    store_close(s);
}

TEST(export_of_reviews_only)
{
    struct store *s = project();
    char *text;
    size_t size;
    CHECK_INT(import_text(s, "photo,label1,split\na.jpg,food,train\nb.jpg,food,\nc.jpg,,\n", 0, 1),
              0);
    struct review r[] = {{.photo = 2, .kind = EVENT_CORRECT, .node = 4},
                         {.photo = 3, .kind = EVENT_REJECT}};
    CHECK_INT(store_review(s, "me", r, 2, &st), 0);
    struct export_options options = {.root = root, .only_reviewed = 1, .relative_to_root = 1};
    FILE *out = fopen("export.csv", "w");
    CHECK_INT(format_find("csv")->export(s, out, &options, &st), 0);
    fclose(out);
    CHECK_INT(file_read("export.csv", 10000, &text, &size, &st), 0);
    CHECK_TEXT(text, "photo,label1,label2,label3,split,state\n"
                     "b.jpg,food,bread,,,corrected\n"
                     "c.jpg,,,,,rejected\n");
    free(text);
    out = fopen("/dev/full", "w");
    if (out) {
        setvbuf(out, NULL, _IONBF, 0);
        CHECK_INT(format_find("csv")->export(s, out, &options, &st), -1);
        fclose(out);
    }
    store_close(s);
}

/* ---- folders -------------------------------------------------------------------------------- */

TEST(folders_in)
{
    struct store *s = project();
    static const char *const folders[] = {"set",
                                          "set/Fruit",
                                          "set/Fruit/Apple",
                                          "set/Fruit/Apple/Red",
                                          "set/Fruit/Apple/Red/Deep",
                                          "set/bad\x01"};
    static const char *const files[] = {"set/top.jpg",
                                        "set/Fruit/x.jpg",
                                        "set/Fruit/Apple/Red/y.png",
                                        "set/Fruit/Apple/Red/Deep/z.jpg",
                                        "set/bad\x01/w.jpg",
                                        "set/Fruit/readme.txt"};
    for (int i = 0; i < 6; i++)
        mkdir(folders[i], 0777);
    for (int i = 0; i < 6; i++)
        make_file(files[i]);
    CHECK(format_guess("set") == format_find("folders"));
    CHECK_INT(import(s, "folders", "set", 1, 0, "train"), 0);
    CHECK_INT(report.photos, 3);
    CHECK_INT(report.labelled, 2);
    CHECK_INT(report.left_out, 2);
    check_photo(s, "set/top.jpg", "", "train");
    check_photo(s, "set/Fruit/x.jpg", "Fruit", "train");
    check_photo(s, "set/Fruit/Apple/Red/y.png", "Fruit > Apple > Red", "train");
    check_problem("level 4");
    check_problem("z.jpg");
    check_problem("control character");
    CHECK_INT(import(s, "folders", "nowhere", 1, 0, NULL), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    store_close(s);
}

/* Only where they are all there is, and more than one: there are photos of trains. */
TEST(outermost_folders_named_as_splits_are_splits)
{
    struct store *s = project();
    static const char *const folders[] = {"both",        "both/train",       "both/train/Fruit",
                                          "both/Valid",  "both/Valid/Fruit", "one",
                                          "one/train",   "one/train/Fast",   "mixed",
                                          "mixed/train", "mixed/val",        "mixed/ship"};
    static const char *const files[] = {"both/train/Fruit/x.jpg", "both/Valid/Fruit/y.jpg",
                                        "one/train/Fast/x.jpg",   "mixed/train/x.jpg",
                                        "mixed/val/y.jpg",        "mixed/ship/z.jpg"};
    for (int i = 0; i < 12; i++)
        mkdir(folders[i], 0777);
    for (int i = 0; i < 6; i++)
        make_file(files[i]);
    CHECK_INT(import(s, "folders", "both", 1, 0, NULL), 0);
    check_photo(s, "both/train/Fruit/x.jpg", "Fruit", "train");
    check_photo(s, "both/Valid/Fruit/y.jpg", "Fruit", "val");
    CHECK_INT(import(s, "folders", "one", 1, 0, NULL), 0);
    check_photo(s, "one/train/Fast/x.jpg", "train > Fast", "");
    CHECK_INT(import(s, "folders", "mixed", 1, 0, NULL), 0);
    check_photo(s, "mixed/train/x.jpg", "train", "");
    check_photo(s, "mixed/ship/z.jpg", "ship", "");
    store_close(s);
}

TEST(real_folders)
{
    const char *photos = test_data("photos/grocery/train");
    if (!photos)
        SKIP("photos/grocery is not there");
    struct store *s = project();
    CHECK_INT(import(s, "folders", photos, 1, 1, NULL), 0);
    CHECK_INT(report.photos, 2640);
    CHECK_INT(report.labelled, 2640);
    struct terminals terms;
    CHECK_INT(terminals_make(store_taxonomy(s), &terms, &st), 0);
    CHECK_INT(terms.count, 81 + 3); /* and those of project() */
    terminals_clear(&terms);
    store_close(s);
}

TEST(formats_are_found)
{
    CHECK_TEXT(format_find("csv")->name, "csv");
    CHECK(format_find("nothing") == NULL);
    CHECK(format_guess("x.CSV") == format_find("csv"));
    CHECK(format_guess("x.jpg") == NULL);
    CHECK(format_find("folders")->export == NULL);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
