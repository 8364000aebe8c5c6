/* The formats of other tools: what they write comes in, what we write is theirs, and both ways
 * nothing is lost. */
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labels/formats/format.h"
#include "labels/formats/json_import.h"
#include "tests/labels/store_fixture.h"
#include "tests/labels/tool_files.h"

static const char *const tools[] = {"prodigy", "labelstudio", "huggingface", "coco", "datumaro"};
enum { TOOL_COUNT = 5 };

static char heard[20000];
static struct import_report report;
static char root[PATH_MAX];

static void hear(void *arg, const char *text)
{
    (void)arg;
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "%s\n", text);
}

/* A store in a fresh folder with photos a.jpg, b.jpg, c.jpg in it. */
static struct store *project(void)
{
    if (!realpath(test_folder(), root) || chdir(root) != 0)
        abort();
    test_write("a.jpg", "photo", 5);
    test_write("b.jpg", "photo", 5);
    test_write("c.jpg", "photo", 5);
    return new_store();
}

static int import_file(struct store *s, const char *format, const char *path, int strict)
{
    struct import_options options = {
        .root = root, .who = "import", .add_nodes = 1, .strict = strict};
    heard[0] = 0;
    report = (struct import_report){.problem = hear};
    st = (struct status){0};
    return format_find(format)->import(s, path, &options, &report, &st);
}

static int import_text(struct store *s, const char *format, const char *text)
{
    test_write("file.json", text, strlen(text));
    return import_file(s, format, "file.json", 0);
}

static void check_label(struct store *s, const char *path, const char *label)
{
    struct photo p;
    char text[2000] = "";
    if (!CHECK_INT(store_find_photo(s, path, &p, &st), 0))
        return;
    if (p.state.node >= 0)
        taxonomy_format(store_taxonomy(s), p.state.node, " > ", text, sizeof text);
    CHECK_TEXT(text, label);
    photo_clear(&p);
}

/* As text; the caller frees. */
static char *export_text(struct store *s, const char *format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct export_options options = {.root = root, .relative_to_root = 1};
    if (!CHECK_INT(format_find(format)->export(s, out, &options, &st), 0))
        printf("  %s: %s\n", format, st.text);
    fclose(out);
    return text;
}

/* ---- what the tools write -------------------------------------------------------------------- */

static void check_tool_file(const char *format, const char *text, const char *a, const char *b,
                            const char *c)
{
    struct store *s = project();
    CHECK_INT(import_text(s, format, text), 0);
    CHECK_INT(report.photos, 3);
    CHECK_INT(report.left_out, 0);
    check_label(s, "a.jpg", a);
    check_label(s, "b.jpg", b);
    check_label(s, "c.jpg", c);
    store_close(s);
}

TEST(label_studio_file)
{
    check_tool_file("labelstudio", LABEL_STUDIO_FILE, "food > drink > coffee", "", "food > bread");
    CHECK_CONTAINS(heard, "file.json:2:3: its 2 annotations differ; taken is the ground truth");
}

TEST(prodigy_file)
{
    check_tool_file("prodigy", PRODIGY_FILE, "food > drink > coffee", "food > bread",
                    "food > drink");
    CHECK_CONTAINS(heard, "without options, the answer 'reject' is not read");
}

TEST(datumaro_file)
{
    check_tool_file("datumaro", DATUMARO_FILE, "food > drink > coffee", "food > bread", "");
    CHECK_TEXT(heard, "file.json:13:5: an annotation of type 'bbox' is not read\n");
}

TEST(coco_file)
{
    check_tool_file("coco", COCO_FILE, "food > drink > coffee", "vehicle > bus", "person");
    CHECK_TEXT(heard, "");
}

TEST(hugging_face_file)
{
    check_tool_file("huggingface", HUGGING_FACE_FILE, "food > drink > coffee", "food > bread",
                    "tools");
    CHECK_TEXT(heard, "file.json:1:1: column 'text' is not read\n"
                      "file.json:2:1: column 'objects' is not read\n");
}

/* A project whose tree has 1 Apple, 2 Banana, fig Fig. */
static struct store *fruit_project(void)
{
    struct store *s = project();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    CHECK(taxonomy_add(t, TAXONOMY_ROOT, "Apple", "1", &st) >= 0);
    CHECK(taxonomy_add(t, TAXONOMY_ROOT, "Banana", "2", &st) >= 0);
    CHECK(taxonomy_add(t, TAXONOMY_ROOT, "Fig", "fig", &st) >= 0);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    return s;
}

#define CHOICE(id, text)                                                                           \
    "{\"image\": \"a.jpg\", \"options\": [{\"id\": " id ", \"text\": \"" text                      \
    "\"}], \"accept\": [" id "], \"answer\": \"accept\"}"

/* https://prodi.gy/docs/api-interfaces#choice: its own example counts the options 1, 2, 3. */
TEST(prodigy_option_by_number_is_what_its_text_says)
{
    static const struct {
        const char *text, *label, *said;
    } cases[] = {
        {CHOICE("1", "Banana"), "Banana", ""},
        {CHOICE("\"1\"", "Banana"), "Banana", ""},
        {CHOICE("1", "Apple"), "Apple", ""},
        {CHOICE("\"7\"", "Fig"), "Fig", ""},
        {CHOICE("1", ""), "Apple", ""},
        {CHOICE("7", ""), NULL, "option 7 has no text"},
        {CHOICE("1", "Peach"), NULL,
         "file.json:1:1: option '1' is label 'Apple' of the tree, but its text says 'Peach'"},
        {CHOICE("\"fig\"", "A sweet fig"), "Fig", ""},
        {CHOICE("\"fig\"", "Banana"), NULL, "option 'fig' is label 'Fig' of the tree"},
    };
    struct store *s = fruit_project();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(import_text(s, "prodigy", cases[i].text), 0);
        if (cases[i].label)
            check_label(s, "a.jpg", cases[i].label);
        CHECK_INT(report.left_out, !cases[i].label);
        CHECK_CONTAINS(heard, cases[i].said);
        CHECK_INT(*heard != 0, *cases[i].said != 0);
    }
    store_close(s);
}

/* In a tree that grows, no label is called 1. */
TEST(prodigy_numbers_are_no_labels)
{
    struct store *s = project();
    CHECK_INT(import_text(s, "prodigy", CHOICE("\"1\"", "Peach")), 0);
    check_label(s, "a.jpg", "Peach");
    store_close(s);
}

/* https://huggingface.co/docs/datasets/about_dataset_features: ClassLabel is stored as integers. */
TEST(hugging_face_class_numbers_are_no_labels)
{
    struct store *s = fruit_project();
    CHECK_INT(import_text(s, "huggingface", "{\"file_name\": \"c.jpg\", \"label\": 1}"), 0);
    CHECK_CONTAINS(heard, "file.json:1:1: 'label' is the number of a class");
    CHECK_INT(report.left_out, 1);
    CHECK_INT(report.photos, 0);
    store_close(s);
}

static void add_photo(struct store *s, const char *path)
{
    struct photo_new photo = {.path = path, .size = 5, .node = -1};
    test_write(path, "photo", 5);
    CHECK_INT(store_add_photos(s, &photo, 1, "me", NULL, &st), 0);
}

#define TASK(image, result)                                                                        \
    "[{\"data\": {\"image\": \"" image "\"}, \"annotations\": [{\"result\": [" result "]}]}]"
#define CHOICES(list) "{\"type\": \"choices\", \"value\": {\"choices\": " list "}}"
#define PATHS(list)   "{\"type\": \"taxonomy\", \"value\": {\"taxonomy\": " list "}}"

/* https://labelstud.io/tags/choices ("Example", "Sample Results JSON"; allowNested: arrays of
 * arrays, from the topmost choice down). */
TEST(label_studio_choices)
{
    struct store *s = project();
    CHECK_INT(import_text(s, "labelstudio", TASK("a.jpg", CHOICES("[\"Cat\"]"))), 0);
    CHECK_TEXT(heard, "");
    check_label(s, "a.jpg", "Cat");
    CHECK_INT(import_text(s, "labelstudio", TASK("b.jpg", CHOICES("[[\"pet\", \"dog\"]]"))), 0);
    check_label(s, "b.jpg", "pet > dog");
    CHECK_INT(import_text(s, "labelstudio", TASK("c.jpg", CHOICES("[\"Cat\", \"Dog\"]"))), 0);
    CHECK_CONTAINS(heard, "several labels");
    CHECK_INT(report.left_out, 1);
    CHECK_INT(import_text(s, "labelstudio",
                          TASK("c.jpg", CHOICES("[\"blurred\"]") "," PATHS("[[\"tools\"]]"))),
              0);
    check_label(s, "c.jpg", "tools");
    CHECK_TEXT(heard, "file.json:1:2: a result of type 'choices' is not read\n");
    store_close(s);
}

/* https://labelstud.io/tags/rectanglelabels, https://labelstud.io/tags/rating. */
TEST(label_studio_says_what_it_does_not_read)
{
    struct store *s = project();
    const char *text = "[{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"result\": ["
                       "{\"type\": \"rectanglelabels\", \"value\": {}}, {\"type\": \"rating\", "
                       "\"value\": {\"rating\": 3}}]}]},\n{\"data\": {\"image\": \"b.jpg\"}, "
                       "\"annotations\": [{\"result\": [{\"type\": \"rectanglelabels\"}]}]}]";
    CHECK_INT(import_text(s, "labelstudio", text), 0);
    CHECK_TEXT(heard, "file.json:1:2: a result of type 'rectanglelabels' is not read\n"
                      "file.json:1:2: a result of type 'rating' is not read\n");
    CHECK_INT(report.photos, 2);
    store_close(s);
}

/* Eight digits of a UUID and '-' before the name: label_studio/data_import/models.py,
 * upload_name_generator. Hosts: https://labelstud.io/guide/storage. */
TEST(label_studio_pictures_on_its_server)
{
    struct store *s = project();
    if (system("mkdir -p deep/one deep/two") != 0)
        abort();
    add_photo(s, "deep/one/b c.jpg");
    add_photo(s, "deep/one/twice.jpg");
    add_photo(s, "deep/two/twice.jpg");
#define CAT CHOICES("[\"Cat\"]")
    CHECK_INT(import_text(s, "labelstudio", TASK("/data/upload/1/8f3a2b1c-b%20c.jpg", CAT)), 0);
    check_label(s, "deep/one/b c.jpg", "Cat");
    CHECK_INT(
        import_text(s, "labelstudio", TASK("https://host:80/data/upload/1/8f3a2b1c-a.jpg", CAT)),
        0);
    check_label(s, "a.jpg", "Cat");
    CHECK_INT(
        import_text(s, "labelstudio", TASK("http://localhost:8080/data/local-files/?d=c.jpg", CAT)),
        0);
    check_label(s, "c.jpg", "Cat");
    CHECK_INT(import_text(s, "labelstudio", TASK("/data/upload/1/8f3a2b1c-twice.jpg", CAT)), 0);
    CHECK_CONTAINS(heard, "which of the 2 photos called 'twice.jpg' is it?");
    CHECK_INT(import_text(s, "labelstudio", TASK("/data/upload/1/8f3a2b1c-gone.jpg", CAT)), 0);
    CHECK_CONTAINS(heard, "-gone.jpg' was uploaded, and there is no photo 'gone.jpg'\n");
    store_close(s);
}

/* https://labelstud.io/guide/export#JSON-MIN (its example). */
TEST(label_studio_json_min_is_said_to_be_so)
{
    struct store *s = project();
    const char *text = "[{\"image\": \"a.jpg\", \"id\": 1, \"path\": {\"taxonomy\": [[\"food\"]]}, "
                       "\"annotator\": 1, \"annotation_id\": 1, \"lead_time\": 2.5}]";
    CHECK_INT(import_text(s, "labelstudio", text), -1);
    CHECK_TEXT(st.text, "file.json: this is Label Studio's JSON-MIN: export as JSON");
    const struct format *f = format_guess("file.json");
    if (CHECK(f))
        CHECK_TEXT(f->name, "labelstudio");
    store_close(s);
}

/* What has to give way ends a strict import. */
TEST(label_studio_differences_are_strict)
{
    struct store *s = project();
    test_write("tasks.json", LABEL_STUDIO_FILE, strlen(LABEL_STUDIO_FILE));
    CHECK_INT(import_file(s, "labelstudio", "tasks.json", 1), -1);
    CHECK_CONTAINS(st.text, "its 2 annotations differ");
    CHECK_CONTAINS(st.text, "nothing was imported");
    store_close(s);
}

/* The first category of an export of Roboflow in COCO JSON: {"id": 0, "name": "animals",
 * "supercategory": "none"}; the others are below it. */
TEST(coco_none_is_no_category)
{
    struct store *s = project();
    CHECK_INT(import_text(
                  s, "coco",
                  "{\"images\": [{\"id\": 0, \"file_name\": \"a.jpg\"}, {\"id\": 1, \"file_name\": "
                  "\"b.jpg\"}], \"annotations\": [{\"image_id\": 0, \"category_id\": 1}, "
                  "{\"image_id\": 1, \"category_id\": 2}], \"categories\": [{\"id\": 0, "
                  "\"name\": \"animals\", \"supercategory\": \"none\"}, {\"id\": 1, \"name\": "
                  "\"cat\", \"supercategory\": \"animals\"}, {\"id\": 2, \"name\": \"car\", "
                  "\"supercategory\": \"None\"}]}"),
              0);
    check_label(s, "a.jpg", "animals > cat");
    check_label(s, "b.jpg", "car");
    store_close(s);
}

/* https://huggingface.co/docs/datasets/image_dataset: columns of any name, "objects" among them;
 * several labels of one picture are a Sequence(ClassLabel). */
TEST(hugging_face_columns_and_lists)
{
    struct store *s = project();
    CHECK_INT(
        import_text(s, "huggingface",
                    "{\"file_name\": \"a.jpg\", \"category\": \"cat\", \"labels\": null}\n"
                    "{\"file_name\": \"b.jpg\", \"label\": [\"cat\", \"dog\"], \"category\": 1}\n"
                    "{\"file_name\": \"c.jpg\", \"label\": [\"cat\"]}\n"),
        0);
    CHECK_CONTAINS(heard, "file.json:1:1: column 'category' is not read\n"
                          "file.json:1:1: column 'labels' is not read\n"
                          "file.json:2:1: several labels;");
    CHECK_INT(report.left_out, 1);
    CHECK_INT(report.photos, 2);
    check_label(s, "c.jpg", "cat");
    store_close(s);
}

static void check_split(struct store *s, const char *path, enum split split)
{
    struct photo p;
    if (!CHECK_INT(store_find_photo(s, path, &p, &st), 0))
        return;
    if (!CHECK_INT(p.split, split))
        printf("  %s\n", path);
    photo_clear(&p);
}

/* Splits as folders: https://huggingface.co/docs/datasets/image_dataset#imagefolder
 * (folder/train/metadata.jsonl); subsets as files: Datumaro's documentation of its format. */
TEST(splits_that_folders_and_subsets_say)
{
    struct store *s = project();
    if (system("mkdir -p h/train h/test d/annotations d/images/validation; cp a.jpg h/train/1.jpg;"
               "cp a.jpg h/train/2.jpg; cp a.jpg h/train/3.jpg; cp a.jpg h/test/1.jpg;"
               "cp a.jpg d/images/validation/1.jpg; cp a.jpg d/images/validation/2.jpg") != 0)
        abort();
    const char *inner =
        "{\"file_name\": \"1.jpg\"}\n{\"file_name\": \"2.jpg\", \"split\": \"val\"}\n"
        "{\"file_name\": \"3.jpg\", \"split\": \"\"}\n";
    const char *outer = "{\"file_name\": \"test/1.jpg\"}\n";
    const char *subset =
        "{\"items\": [{\"id\": \"1\"}, {\"id\": \"2\", \"attr\": {\"split\": \"\"}}]}";
    test_write("h/train/metadata.jsonl", inner, strlen(inner));
    test_write("h/metadata.jsonl", outer, strlen(outer));
    test_write("d/annotations/validation.json", subset, strlen(subset));
    CHECK_INT(import_file(s, "huggingface", "h/train/metadata.jsonl", 1), 0);
    CHECK_INT(import_file(s, "huggingface", "h/metadata.jsonl", 1), 0);
    CHECK_INT(import_file(s, "datumaro", "d/annotations/validation.json", 1), 0);
    check_split(s, "h/train/1.jpg", SPLIT_TRAIN);
    check_split(s, "h/train/2.jpg", SPLIT_VAL);
    check_split(s, "h/train/3.jpg", SPLIT_NONE);
    check_split(s, "h/test/1.jpg", SPLIT_TEST);
    check_split(s, "d/images/validation/1.jpg", SPLIT_VAL);
    check_split(s, "d/images/validation/2.jpg", SPLIT_NONE);
    store_close(s);
}

/* The id of Datumaro's item is the picture's path without its ending. */
TEST(datumaro_ids_without_endings)
{
    struct store *s = project();
    test_write("x.y.PNG", "photo", 5);
    CHECK_INT(import_text(s, "datumaro",
                          "{\"items\": [{\"id\": \"a\"}, {\"id\": \"x.y\"}, {\"id\": \"none\", "
                          "\"annotations\": [{\"type\": \"caption\", \"caption\": \"x\"}]}]}"),
              0);
    CHECK_INT(report.photos, 2);
    CHECK_CONTAINS(heard, "an annotation of type 'caption' is not read");
    CHECK_CONTAINS(heard, "there is no photo 'none'");
    check_split(s, "x.y.PNG", SPLIT_NONE);
    store_close(s);
}

TEST(formats_are_told_by_what_they_hold)
{
    static const struct {
        const char *name, *text, *format;
    } files[] = {{"x.json", LABEL_STUDIO_FILE, "labelstudio"},
                 {"x.json", COCO_FILE, "coco"},
                 {"x.json", DATUMARO_FILE, "datumaro"},
                 {"x.jsonl", PRODIGY_FILE, "prodigy"},
                 {"x.jsonl", HUGGING_FACE_FILE, "huggingface"}};
    struct store *s = project();
    for (int i = 0; i < TOOL_COUNT; i++) {
        test_write(files[i].name, files[i].text, strlen(files[i].text));
        const struct format *f = format_guess(files[i].name);
        if (CHECK(f))
            CHECK_TEXT(f->name, files[i].format);
    }
    CHECK(!format_guess("none.json"));
    test_write("other.json", "{\"a\": 1}", 8);
    CHECK(!format_guess("other.json"));
    store_close(s);
}

static int64_t time_of(const char *text)
{
    struct status problem = {0};
    int64_t time = -1;
    gather_time(text, &time, &problem);
    return time;
}

TEST(times)
{
    CHECK_INT(time_of("2021-03-09T22:16:08.728353Z"), 1615328168728);
    CHECK_INT(time_of("2021-03-10T00:16:08.728353+02:00"), 1615328168728);
    CHECK_INT(time_of("2021-03-09 22:16:08"), 1615328168000);
    CHECK_INT(time_of("2021-03-09T16:46:08-0530"), 1615328168000);
    CHECK_INT(time_of("2021-03-09T22:16:08+2"), 0);
    CHECK_INT(time_of("3 hours"), 0);
    CHECK_INT(time_of(""), 0);
}

/* Pictures stand where the tools have them. */
TEST(photos_in_the_tools_folders)
{
    struct store *s = project();
    if (system("mkdir -p set/images/train set/annotations; cp a.jpg set/images/train/z.jpg; "
               "cp a.jpg set/images/y.jpg") != 0)
        abort();
    const char *d = "{\"items\": [{\"id\": \"z\", \"image\": {\"path\": \"z.jpg\"}}]}";
    const char *c = "{\"images\": [{\"id\": 1, \"file_name\": \"y.jpg\"}]}";
    test_write("set/annotations/train.json", d, strlen(d));
    test_write("set/annotations/all.json", c, strlen(c));
    CHECK_INT(import_file(s, "datumaro", "set/annotations/train.json", 1), 0);
    CHECK_INT(import_file(s, "coco", "set/annotations/all.json", 1), 0);
    check_label(s, "set/images/train/z.jpg", "");
    check_label(s, "set/images/y.jpg", "");
    store_close(s);
}

/* ---- there and back -------------------------------------------------------------------------- */

static const char *const odd_paths[] = {"comma, \"quote\".jpg",      "new\nline.jpg",
                                        "back\\slash.jpg",           "\xed\x95\x9c\xea\xb8\x80.jpg",
                                        "no utf8 \xff\xc3.jpg",      "100% & a=b?.jpg",
                                        "emoji \xf0\x9f\x98\x80.jpg"};
enum { ODD = 7 };

/* Every odd name with a label; the same name at two places, signs of the formats within names. */
static struct store *odd_project(void)
{
    static const char *const labels[ODD][3] = {{"food", "drink", "coffee"},
                                               {"food", "coffee"},
                                               {"food", "food", "food"},
                                               {"x > y", "\xec\xbb\xa4\xed\x94\xbc", "\"q\" \\ /"},
                                               {"food", "food/bread"},
                                               {"a/b", "b"},
                                               {NULL}};
    struct store *s = project();
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    struct photo_new photos[ODD];
    for (int i = 0; i < ODD; i++) {
        int count = 0;
        while (count < 3 && labels[i][count])
            count++;
        int node = count ? taxonomy_resolve(t, labels[i], count, 1, &st) : -1;
        test_write(odd_paths[i], "photo", 5);
        photos[i] = (struct photo_new){
            .path = odd_paths[i], .size = 5, .split = (enum split)(i % 3 + 1), .node = node};
    }
    CHECK_INT(store_import(s, t, photos, ODD, "import", NULL, &st), 0);
    taxonomy_free(t);
    return s;
}

/* states: the last photo is rejected and the one before it skipped, which the format holds. */
static void there_and_back(const char *format, int states)
{
    struct store *s = odd_project(), *other;
    if (states) {
        struct status none = {0};
        CHECK_INT(store_undo(s, "import", NULL, NULL, &none), 0); /* skipped ones have no label */
        CHECK_INT(review(s, "anna", ODD, EVENT_REJECT, -1), 0);
        CHECK_INT(review(s, "anna", ODD - 1, EVENT_SKIP, -1), 0);
    }
    char *text = export_text(s, format), *before = export_text(s, "csv");
    char database[PATH_MAX + 20];
    snprintf(database, sizeof database, "%s/other.db", root);
    if (store_create(database, 3, &other, &st) != 0)
        abort();
    CHECK_INT(import_text(other, format, text), 0);
    CHECK_TEXT(heard, "");
    CHECK_INT(report.photos, ODD);
    CHECK_INT(report.rejected, states);
    CHECK_INT(report.skipped, states);
    char *after = export_text(other, "csv");
    CHECK_TEXT(after, before);
    free(before);
    free(after);
    free(text);
    store_close(other);
    store_close(s);
}

TEST(there_and_back_prodigy)
{
    there_and_back("prodigy", 0);
}
TEST(there_and_back_prodigy_states)
{
    there_and_back("prodigy", 1);
}
TEST(there_and_back_label_studio)
{
    there_and_back("labelstudio", 0);
}
TEST(there_and_back_label_studio_states)
{
    there_and_back("labelstudio", 1);
}
TEST(there_and_back_hugging_face)
{
    there_and_back("huggingface", 0);
}
TEST(there_and_back_coco)
{
    there_and_back("coco", 0);
}
TEST(there_and_back_datumaro)
{
    there_and_back("datumaro", 0);
}

TEST(datumaro_refuses_names_that_would_be_one)
{
    struct store *s = project();
    const char *labels[2][2] = {{"a", "b"}, {"b"}};
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    CHECK(taxonomy_resolve(t, labels[0], 2, 1, &st) >= 0);
    CHECK(taxonomy_resolve(t, labels[1], 1, 1, &st) >= 0);
    labels[1][0] = "a/b";
    CHECK(taxonomy_resolve(t, labels[1], 1, 1, &st) >= 0);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    FILE *out = fopen("/dev/null", "w");
    struct export_options options = {.root = root, .relative_to_root = 1};
    CHECK_INT(format_find("datumaro")->export(s, out, &options, &st), -1);
    CHECK_CONTAINS(st.text, "'a/b'");
    fclose(out);
    store_close(s);
}

TEST(a_full_disk_is_told)
{
    struct store *s = odd_project();
    for (int i = 0; i < TOOL_COUNT; i++) {
        FILE *out = fopen("/dev/full", "w");
        struct export_options options = {.root = root, .relative_to_root = 1};
        setvbuf(out, NULL, _IONBF, 0);
        CHECK_INT(format_find(tools[i])->export(s, out, &options, &st), -1);
        fclose(out);
    }
    store_close(s);
}

/* ---- Label Studio's task format -------------------------------------------------------------- */

static const cJSON *need(const cJSON *object, const char *name, int type)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!CHECK(item) || !CHECK((item->type & type) != 0))
        printf("  member '%s'\n", name);
    return item;
}

static const char *need_text(const cJSON *object, const char *name)
{
    const cJSON *item = need(object, name, cJSON_String);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* "result.id", "from_name", "to_name", "type", "value"; the tags of labelstudio_out.c. */
static void check_result(const cJSON *result)
{
    const cJSON *path, *label;
    CHECK(*need_text(result, "id"));
    CHECK_TEXT(need_text(result, "from_name"), "path");
    CHECK_TEXT(need_text(result, "to_name"), "img");
    CHECK_TEXT(need_text(result, "type"), "taxonomy");
    const cJSON *paths = need(need(result, "value", cJSON_Object), "taxonomy", cJSON_Array);
    CHECK_INT(cJSON_GetArraySize(paths), 1);
    cJSON_ArrayForEach(path, paths)
    {
        CHECK(cJSON_IsArray(path) && path->child);
        cJSON_ArrayForEach(label, path) CHECK(cJSON_IsString(label) && *label->valuestring);
    }
}

static void check_time(const char *text)
{
    int year, n = 0;
    CHECK(sscanf(text, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*6dZ%n", &year, &n) == 1 && n == 27);
    CHECK(year >= 2020);
}

static int results_of(const cJSON *item)
{
    const cJSON *result, *results = need(item, "result", cJSON_Array);
    cJSON_ArrayForEach(result, results) check_result(result);
    return cJSON_GetArraySize(results);
}

TEST(label_studio_tasks_are_its_own)
{
    struct store *s = project();
    add_photos(s, 4);
    struct model_record model = {.created = 1};
    CHECK_INT(store_add_model(s, &model, 1, &st), 0);
    int nodes[] = {COFFEE, BREAD};
    float p[] = {0.75f, 0.25f};
    struct prediction prediction = {.photo = 1,
                                    .model = model.number,
                                    .node = COFFEE,
                                    .expected = 0.8f,
                                    .count = 2,
                                    .terminal = nodes,
                                    .probability = p};
    CHECK_INT(store_put_predictions(s, &prediction, 1, &st), 0);
    struct review given = {.photo = 1,
                           .kind = EVENT_CORRECT,
                           .node = TEA,
                           .model = model.number,
                           .milliseconds = 4288};
    CHECK_INT(store_review(s, "anna", &given, 1, &st), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "anna", 3, EVENT_REJECT, -1), 0);
    char *text = export_text(s, "labelstudio");
    cJSON *tasks = cJSON_Parse(text);
    const cJSON *task, *annotation, *item;
    int count = 0;
    CHECK(cJSON_IsArray(tasks));
    cJSON_ArrayForEach(task, tasks)
    {
        need(task, "id", cJSON_Number);
        CHECK(strncmp(need_text(need(task, "data", cJSON_Object), "image"),
                      "/data/local-files/?d=photo%20", 29) == 0);
        annotation = need(task, "annotations", cJSON_Array)->child;
        if (!CHECK(annotation))
            break;
        need(annotation, "id", cJSON_Number);
        need(annotation, "ground_truth", cJSON_False);
        need(annotation, "was_cancelled", count == 1 ? cJSON_True : cJSON_False);
        check_time(need_text(annotation, "created_at"));
        check_time(need_text(annotation, "updated_at"));
        CHECK_INT(results_of(annotation), count == 0);
        item = need(task, "predictions", cJSON_Array)->child;
        CHECK_INT(item != NULL, count == 0);
        if (count++ > 0)
            continue;
        CHECK_NEAR(need(annotation, "lead_time", cJSON_Number)->valuedouble, 4.288, 1e-9);
        CHECK_TEXT(need_text(item, "model_version"), "model-1");
        CHECK_NEAR(need(item, "score", cJSON_Number)->valuedouble, 0.75, 1e-3);
        CHECK_INT(results_of(item), 1);
        CHECK_CONTAINS(text, "[[\"food\", \"drink\", \"tea\"]]");
        CHECK_CONTAINS(text, "[[\"food\", \"drink\", \"coffee\"]]");
    }
    CHECK_INT(count, 3);
    cJSON_Delete(tasks);
    free(text);
    store_close(s);
}

/* Of which annotations a task has: rejected, skipped, or nothing said. */
TEST(label_studio_states)
{
    static const struct {
        const char *annotations;
        enum review_kind kind;
    } cases[] = {
        {"{\"result\": []}", REVIEW_REJECTED},
        {"{\"result\": [], \"was_cancelled\": true}", REVIEW_SKIPPED},
        {"{\"result\": [], \"was_cancelled\": true}, {\"result\": []}", REVIEW_REJECTED},
        {"{\"result\": [{\"type\": \"choices\", \"value\": {}}]}", REVIEW_NONE},
        {"{\"result\": [{\"type\": \"taxonomy\", \"value\": {\"taxonomy\": [[\"tools\"]]}}]},"
         "{\"result\": [], \"was_cancelled\": true}",
         REVIEW_IMPORTED},
        {"", REVIEW_NONE},
    };
    struct store *s = project();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct photo p;
        char text[400], name[20];
        snprintf(name, sizeof name, "case%zu.jpg", i);
        test_write(name, "photo", 5);
        snprintf(text, sizeof text, "[{\"data\": {\"image\": \"%s\"}, \"annotations\": [%s]}]",
                 name, cases[i].annotations);
        CHECK_INT(import_text(s, "labelstudio", text), 0);
        CHECK_TEXT(heard, "");
        if (CHECK_INT(store_find_photo(s, name, &p, &st), 0)) {
            CHECK_INT(p.state.kind, cases[i].kind);
            photo_clear(&p);
        }
    }
    store_close(s);
}

TEST(prodigy_answers)
{
    struct store *s = project();
    add_photos(s, 3);
    CHECK_INT(review(s, "anna", 1, EVENT_GIVE, TEA), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "anna", 3, EVENT_REJECT, -1), 0);
    char *text = export_text(s, "prodigy");
    CHECK_CONTAINS(text, "\"accept\": [\"food/drink/tea\"], \"answer\": \"accept\"");
    CHECK_CONTAINS(text, "\"accept\": [], \"answer\": \"ignore\"");
    CHECK_CONTAINS(text, "\"accept\": [], \"answer\": \"reject\"");
    CHECK_CONTAINS(text, "\"_annotator_id\": \"anna\"");
    free(text);
    store_close(s);
}

/* ---- hostile files --------------------------------------------------------------------------- */

/* What is said (a part of it), whether the import goes on or ends with it. */
static const struct {
    const char *format, *text, *said;
    int ends;
} hostile[] = {
    {"labelstudio", "[{\"data\": {\"image\": \"a.jpg\"}", "json:1:2: the file ends within", 1},
    {"labelstudio", "[{\"data\": {\"image\": \"a.jpg\"}}",
     "json:1:30: the file ends where ',' or ']'", 1},
    {"labelstudio", "", "file.json: empty", 1},
    {"labelstudio", "\"x\"", "json:1:1: here should come '[' or '{', not '\"'", 1},
    {"labelstudio", "{\"data\": 1}", "not of Label Studio", 1},
    {"labelstudio", "[{\"data\": [}]", "json:1:12: '}' closes a '['", 1},
    {"labelstudio", "[] []", "json:1:4: here should come nothing more", 1},
    {"labelstudio", "[,]", "json:1:2: here should come a value", 1},
    {"labelstudio", "[\n {\"data\": 7}]", "json:2:2: 'data' should be an object", 0},
    {"labelstudio", "[{\"data\": {\"image\": 7}}]", "'image' should be text", 0},
    {"labelstudio", "[{\"data\": {\"image\": \"http://x/a.jpg\"}}]", "is on a server", 0},
    {"labelstudio", "[{\"data\": {\"image\": \"a.jpg\", \"image\": \"b.jpg\"}}]",
     "'image' stands here twice", 0},
    {"labelstudio",
     "[{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"result\": [{\"type\": "
     "\"taxonomy\", \"value\": {\"taxonomy\": [\"food\"]}}]}]}]",
     "should be a list of paths", 0},
    {"labelstudio",
     "[{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"result\": [{\"type\": "
     "\"taxonomy\", \"value\": {\"taxonomy\": [[\"food\"], [\"tools\"]]}}]}]}]",
     "several labels", 0},
    {"labelstudio",
     "[{\"data\": {\"image\": \"a.jpg\"}, \"annotations\": [{\"was_cancelled\": 1}]}]",
     "'was_cancelled' should be true or false", 0},
    {"prodigy", "{\"image\": \"a.jpg\"\n", "json:1:17: not JSON", 0},
    {"prodigy", "{\"image\": \"gone.jpg\"}", "json:1:1: there is no photo 'gone.jpg'", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"accept\": [1e309], \"answer\": \"accept\"}",
     "'accept' should be a whole number or text", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"accept\": [NaN], \"answer\": \"accept\"}",
     "there is no label", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"label\": \"a\\u0001b\", \"answer\": \"accept\"}",
     "control character", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"label\": \"a\xff\", \"answer\": \"accept\"}", "UTF-8", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"label\": \"a\\u0000\", \"answer\": \"accept\"}",
     "\\u0000 stands in no label", 0},
    {"prodigy", "{\"image\": \"a.jpg\", \"label\": \"1/2/3/4/5/6/7/8/9\", \"answer\": \"accept\"}",
     "more than 8 labels", 0},
    {"huggingface", "{\"file_name\": \"a.jpg\", \"label\": {}}", "'label' should be text", 0},
    {"huggingface", "{\"file_name\": \"a.jpg\", \"label\": [1]}", "should be texts in quotes", 0},
    {"huggingface", "{\"file_name\": \"a.jpg\", \"label2\": \"food\"}", "label 1 is empty", 0},
    {"huggingface", "{\"file_name\": \"a.jpg\", \"split\": \"later\"}", "train, val or test", 0},
    {"huggingface", "{\"file_name\": \"a.jpg\"} {}", "json:1:24: something stands after", 0},
    {"coco", "{\"images\": 5}", "json:1:12: 'images' should be a list", 1},
    {"coco", "{\"images\": [], \"images\": []}", "json:1:16: 'images' stands here again", 1},
    {"coco", "{\"images\": [{\"id\": 1.5, \"file_name\": \"a.jpg\"}]}", "'id' should be a whole",
     0},
    {"coco", "{\"images\": [{\"id\": NaN, \"file_name\": \"a.jpg\"}]}", "without 'id'", 0},
    {"coco",
     "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}, {\"id\": \"1\", \"file_name\": \"b.jpg\"}]}",
     "id 1 stands here again", 0},
    {"coco", "{\"annotations\": [{\"image_id\": 1, \"category_id\": 1}]}",
     "image 1 is not in the file", 0},
    {"coco",
     "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [{\"image_id\": 1, "
     "\"category_id\": 1}]}",
     "label 1 is not defined", 0},
    {"coco",
     "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [{\"image_id\": 1, "
     "\"category_id\": 1}], \"categories\": [{\"id\": 1, \"name\": \"x\", \"supercategory\": \"y\"}, {\"id\": 2, "
     "\"name\": \"y\", \"supercategory\": \"x\"}]}",
     "the parents of 'x' go in a circle", 0},
    {"datumaro", "{\"categories\": []}", "", 0},
    {"datumaro", "{\"items\": {}}", "'items' should be a list", 1},
    {"datumaro",
     "{\"categories\": {\"label\": {\"labels\": [{\"name\": \"x\", \"parent\": \"y\"}]}}, \"items\": "
     "[{\"id\": \"a.jpg\", \"annotations\": [{\"type\": \"label\", \"label_id\": 0}]}]}",
     "parent 'y' of 'x' is not defined", 0},
    {"datumaro",
     "{\"categories\": {\"label\": {\"labels\": [{\"name\": \"x\", \"parent\": \"x\"}]}}, \"items\": "
     "[{\"id\": \"a.jpg\", \"annotations\": [{\"type\": \"label\", \"label_id\": 0}]}]}",
     "the parents of 'x' go in a circle", 0},
    {"datumaro",
     "{\"items\": [{\"id\": \"a.jpg\", \"annotations\": [{\"type\": \"label\", \"label_id\": -1}]}]}",
     "label -1 is not defined", 0},
};

TEST(hostile_files_get_one_sentence)
{
    struct store *s = project();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        int result = import_text(s, hostile[i].format, hostile[i].text);
        const char *said = hostile[i].ends ? st.text : heard;
        const char *line = strchr(said, '\n');
        if (!CHECK_INT(result, hostile[i].ends ? -1 : 0) ||
            !CHECK_CONTAINS(said, hostile[i].said) || !CHECK(!line || !line[1]))
            printf("  %s: %s\n", hostile[i].format, hostile[i].text);
    }
    store_close(s);
}

/* 500 letters as a label, a nesting without end, a piece without end. */
TEST(hostile_sizes)
{
    struct store *s = project();
    char text[4000] = "[";
    snprintf(text, sizeof text, "{\"file_name\": \"a.jpg\", \"label1\": \"%0500d\"}", 7);
    CHECK_INT(import_text(s, "huggingface", text), 0);
    CHECK_CONTAINS(heard, "longer than 200 bytes");
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (int i = 0; i < TOOL_COUNT; i++) {
        import_text(s, tools[i], text);
        CHECK_CONTAINS(i == 0 || i == 2 ? heard : st.text, "nests ");
    }
    size_t size = (17 << 20) + 100;
    char *large = malloc(size);
    memset(large, 'x', size);
    memcpy(large, "[\"", 2);
    snprintf(large + size - 60, 60, "\", {\"data\": {\"image\": \"a.jpg\"}}]");
    CHECK_INT(import_text(s, "labelstudio", large), 0);
    CHECK_CONTAINS(heard, "file.json:1:2: larger than 16 MiB");
    CHECK_INT(report.photos, 1);
    CHECK_INT(import_text(s, "prodigy", large), 0);
    CHECK_CONTAINS(heard, "file.json:1:1: larger than 16 MiB");
    free(large);
    store_close(s);
}

/* A wrong one is left out, and the others come in; with strict, nothing does. */
TEST(strict_imports_nothing)
{
    struct store *s = project();
    const char *text =
        "[{\"data\": {\"image\": \"a.jpg\"}},\n7,\n{\"data\": {\"image\": \"b.jpg\"}}]";
    test_write("tasks.json", text, strlen(text));
    CHECK_INT(import_file(s, "labelstudio", "tasks.json", 1), -1);
    CHECK_CONTAINS(st.text, "tasks.json:2:1: ");
    CHECK_CONTAINS(st.text, "nothing was imported");
    CHECK_INT(store_find_photo(s, "a.jpg", &(struct photo){0}, &st), -1);
    CHECK_INT(import_file(s, "labelstudio", "tasks.json", 0), 0);
    CHECK_INT(report.photos, 2);
    CHECK_INT(report.left_out, 1);
    CHECK_INT(import_file(s, "labelstudio", ".", 0), -1);
    CHECK_CONTAINS(st.text, "folder");
    CHECK_INT(import_file(s, "labelstudio", "gone.json", 0), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
