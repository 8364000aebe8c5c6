/* All that a project knows, out and in again: the same, to the last row. */
#include "labels/formats/format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/file.h"
#include "data/scan.h"
#include "labels/store_rows.h"
#include "tests/labels/store_fixture.h"

static char heard[4000];
static struct import_report report;

static void hear(void *arg, const char *text)
{
    (void)arg;
    strncat(heard, text, sizeof heard - strlen(heard) - 2);
    strcat(heard, "\n");
}

static char *export(struct store *s, size_t *size)
{
    char *text = NULL;
    struct export_options options = {.root = test_folder(), .relative_to_root = 1};
    FILE *out = open_memstream(&text, size);
    CHECK_INT(format_find("jsonl")->export(s, out, &options, &st), 0);
    fclose(out);
    return text;
}

static int import(struct store *s, const char *text, size_t size, int strict)
{
    struct import_options options = {
        .root = test_folder(), .who = "import", .add_nodes = 1, .strict = strict};
    heard[0] = '\0';
    report = (struct import_report){.problem = hear};
    test_write("x.jsonl", text, size);
    return format_find("jsonl")->import(s, test_path("x.jsonl"), &options, &report, &st);
}

static struct store *empty(void)
{
    struct store *s;
    char path[1200];
    snprintf(path, sizeof path, "%s", test_path("second.db"));
    unlink(path);
    if (store_create(path, 3, &s, &st) != 0)
        abort();
    return s;
}

/* Something of every kind. */
static struct store *rich(void)
{
    struct store *s = new_store();
    add_photos(s, 5);
    struct photo_new odd[] = {{.path = "\xff\xfe\n\"odd\".jpg",
                               .hash = 0xfedcba9876543210u,
                               .split = SPLIT_VAL,
                               .modified = 1600000000,
                               .node = TEA},
                              {.path = "/elsewhere/a.jpg", .split = SPLIT_TEST, .node = -1}};
    CHECK_INT(store_add_photos(s, odd, 2, "import", NULL, &st), 0);
    struct review r[] = {
        {.photo = 1, .kind = EVENT_ACCEPT, .node = COFFEE, .model = 1, .milliseconds = 1234},
        {.photo = 2,
         .kind = EVENT_GIVE,
         .node = TEA,
         .model = 1,
         .has_predicted = 1,
         .predicted = BREAD}};
    CHECK_INT(store_review(s, "anna", r, 2, &st), 0);
    CHECK_INT(review(s, "김", 3, EVENT_REJECT, -1), 0);
    CHECK_INT(review(s, "anna", 4, EVENT_FLAG, -1), 0);
    CHECK_INT(review(s, "anna", 4, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "anna", 5, EVENT_CORRECT, BREAD), 0);
    CHECK_INT(store_undo(s, "anna", NULL, NULL, &st), 0);
    struct tree_edit rename = {.kind = TREE_RENAME, .node = TOOLS, .name = "things"};
    CHECK_INT(store_edit_taxonomy(s, "anna", &rename, &st), 0);
    struct tree_edit merge = {.kind = TREE_MERGE, .node = BREAD, .to = DRINK};
    CHECK_INT(store_edit_taxonomy(s, "anna", &merge, &st), 0);
    struct model_record m = {
        .parent = 0, .gmac = 0.3, .score_after = 0.1 + 0.2, .depth = "head", .note = "a \"note\""};
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    int terminals[] = {COFFEE, TEA};
    float shares[] = {0.7f, 1.0f / 3};
    struct prediction p[] = {{.photo = 1,
                              .model = 1,
                              .node = COFFEE,
                              .expected = 0.1f,
                              .gap = 0.3f,
                              .count = 2,
                              .terminal = terminals,
                              .probability = shares},
                             {.photo = 2, .model = 1, .node = -1, .problem = "is no picture"}};
    CHECK_INT(store_put_predictions(s, p, 2, &st), 0);
    CHECK_INT(store_set_setting(s, "blind.percent", "3", &st), 0);
    return s;
}

static void check_same(struct store *a, struct store *b)
{
    size_t size, size_b;
    struct store_counts counts[2];
    char *one = export(a, &size), *two = export(b, &size_b);
    CHECK_TEXT(two, one);
    free(one);
    free(two);
    CHECK_INT(store_count(a, &counts[0], &st), 0);
    CHECK_INT(store_count(b, &counts[1], &st), 0);
    CHECK(memcmp(&counts[0], &counts[1], sizeof counts[0]) == 0);
    CHECK_INT(taxonomy_count(store_taxonomy(b)), taxonomy_count(store_taxonomy(a)));
    CHECK_INT(taxonomy_now(store_taxonomy(b), BREAD), taxonomy_now(store_taxonomy(a), BREAD));
}

TEST(the_same_project)
{
    struct store *s = rich(), *second = empty();
    size_t size;
    char *text = export(s, &size);
    CHECK_CONTAINS(text, "\"kind\": \"give\"");
    CHECK_CONTAINS(text, "\"labels\": [\"food\", \"drink\", \"coffee\"]");
    st = (struct status){0};
    if (!CHECK_INT(import(second, text, size, 1), 0))
        printf("  %s\n", st.text);
    CHECK_CONTAINS(heard,
                   "x.jsonl: 7 of its photos are not there; what is known of them is kept\n");
    CHECK_INT(report.left_out, 0);
    CHECK(format_guess(test_path("x.jsonl")) == format_find("jsonl"));
    CHECK_INT(report.photos, 7);
    check_same(s, second);
    float p[6];
    CHECK_INT(store_prediction(second, 1, 1, p, 6, NULL, 0, &st), 0);
    CHECK(p[TEA] == 1.0f / 3);
    /* undo goes on where it was */
    CHECK_INT(store_undo(second, "anna", NULL, NULL, &st), 0);
    CHECK_INT(store_undo(s, "anna", NULL, NULL, &st), 0);
    CHECK_INT(taxonomy_now(store_taxonomy(second), BREAD), BREAD);
    CHECK_INT(review(second, "anna", 1, EVENT_REJECT, -1), 0);
    free(text);
    store_close(s);
    store_close(second);
}

TEST(photos_that_were_found_stay)
{
    struct store *s = rich(), *second = empty();
    size_t size;
    struct store_counts counts;
    struct photo_new found[] = {{.path = "photo 1.jpg", .size = 9, .node = -1},
                                {.path = "new.jpg", .size = 8, .node = -1}};
    CHECK_INT(store_add_photos(second, found, 2, "me", NULL, &st), 0);
    char *text = export(s, &size);
    CHECK_INT(import(second, text, size, 1), 0);
    CHECK_INT(store_count(second, &counts, &st), 0);
    CHECK_INT(counts.photos, 8);
    CHECK_INT(report.added, 6);
    check_state(second, 1, REVIEW_ACCEPTED, COFFEE, 0);
    struct photo p;
    CHECK_INT(store_find_photo(second, "new.jpg", &p, &st), 0);
    CHECK_INT(p.id, 8);
    photo_clear(&p);
    free(text);
    store_close(s);
    store_close(second);
}

TEST(into_another_project_labels_only)
{
    struct store *s = rich(), *second = empty();
    size_t size;
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo %d.jpg", i);
        test_write(name, "photo", 5);
    }
    struct photo_new found = {.path = "photo 1.jpg", .node = -1};
    CHECK_INT(store_add_photos(second, &found, 1, "me", NULL, &st), 0);
    CHECK_INT(review(second, "bo", 1, EVENT_FLAG, -1), 0);
    char *text = export(s, &size);
    CHECK_INT(import(second, text, size, 0), 0);
    CHECK_CONTAINS(heard, "there is no photo '/elsewhere/a.jpg'");
    CHECK_INT(report.photos, 5);
    CHECK_INT(report.labelled, 2);
    struct photo p;
    CHECK_INT(store_find_photo(second, "photo 2.jpg", &p, &st), 0);
    CHECK_TEXT(taxonomy_name(store_taxonomy(second), p.state.node), "tea");
    photo_clear(&p);
    free(text);
    store_close(s);
    store_close(second);
}

static void check_refused(const char *text, const char *want)
{
    struct store *s = empty();
    struct store_counts counts;
    CHECK_INT(import(s, text, strlen(text), 1), -1);
    CHECK_CONTAINS(st.text, want);
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.photos, 0);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), 0);
    CHECK_INT(import(s, text, strlen(text), 0) == 0 || st.text[0], 1);
    store_close(s);
}

#define PHOTO                                                                                      \
    "{\"is\":\"photo\",\"photo\":1,\"path\":\"a.jpg\",\"split\":\"\",\"state\":\"none\","          \
    "\"flagged\":0,\"event\":0,\"size\":1,\"modified\":1,\"hash\":\"0000000000000000\"}\n"

TEST(hostile_lines)
{
    check_refused("{\"is\":\"photo\"}\n", "x.jsonl:1: the first line");
    check_refused("", "x.jsonl:1: the first line");
    check_refused("{\"tend\": 2}\n", "newer tend");
    check_refused("{\"tend\": 1}\n{\"is\":\"photo\"}\n", "x.jsonl:2:1: 'photo' is missing");
    check_refused("{\"tend\": 1}\n{\"is\":\"toast\"}\n", "'is' says 'toast'");
    check_refused("{\"tend\": 1}\n{\"is\":\n", "x.jsonl:2:");
    check_refused("{\"tend\": 1}\n" PHOTO PHOTO, "x.jsonl:3: this photo is there already");
    check_refused("{\"tend\": 1}\n{\"is\":\"prediction\",\"model\":1,\"photo\":7,\"expected\":0,"
                  "\"gap\":0}\n",
                  "predictions of photos that are not in the file");
    check_refused("{\"tend\": 1}\n{\"is\":\"node\",\"node\":5,\"name\":\"x\",\"id\":\"\","
                  "\"terminal\":0,\"merged\":-1}\n",
                  "the labels make no tree");
    check_refused("{\"tend\": 1}\n{\"is\":\"photo\",\"photo\":1.5}\n",
                  "'photo' is no whole number");
    check_refused("{\"tend\": 1}\n{\"is\":\"photo\",\"photo\":1,\"path\":\"a.jpg\",\"split\":\"\","
                  "\"state\":\"accepted\",\"flagged\":0,\"event\":0,\"size\":1,\"modified\":1,"
                  "\"hash\":\"0000000000000000\"}\n",
                  "not as their events say");
}

TEST(wrong_lines_are_left_out)
{
    struct store *s = empty();
    struct store_counts counts;
    static const char text[] = "{\"tend\": 1}\n[[[[[[\n" PHOTO "{\"is\":\"toast\"}\n\xff\n";
    CHECK_INT(import(s, text, sizeof text - 1, 0), 0);
    CHECK_INT(report.left_out, 3);
    CHECK_CONTAINS(heard, "x.jsonl:2:");
    CHECK_CONTAINS(heard, "x.jsonl:4:1: ");
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.photos, 1);
    store_close(s);
}

/* Rows of photos as an export with absolute paths has them, made where this is not. */
#define ROW(n, path, bytes, hash)                                                                  \
    "{\"is\":\"photo\",\"photo\":" n ",\"path\":\"" path                                           \
    "\",\"split\":\"test\",\"state\":\"none\",\"flagged\":0,\"event\":0,\"size\":" bytes           \
    ",\"modified\":1,\"hash\":\"" hash "\",\"labels\":[]}\n"

static void add_file(struct store *s, const char *path, const char *bytes)
{
    struct photo_new photo = {.path = path, .size = (int64_t)strlen(bytes), .node = -1};
    test_write(path, bytes, strlen(bytes));
    CHECK_INT(store_add_photos(s, &photo, 1, "me", NULL, &st), 0);
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

static const char *hash_of(const char *path)
{
    static char text[17];
    uint64_t hash = 0;
    CHECK_INT(scan_hash_file(test_path(path), &hash, &st), 0);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    return text;
}

/* The same pictures in another folder, under other names; one has a double, which the file names
 * itself; one row has no hash and goes by name and size. */
static void check_elsewhere(int touched)
{
    struct store *second = empty();
    struct store_counts counts;
    char text[4000], *to = text;
    add_file(second, "1.jpg", "one");
    add_file(second, "new.jpg", "four");
    add_file(second, "here.jpg", "four");
    add_file(second, "3.jpg", "three!");
    add_file(second, "other.jpg", "fourX");
    if (touched)
        CHECK_INT(review(second, "bo", 5, EVENT_FLAG, -1), 0);
    to += sprintf(to, "{\"tend\": 1}\n" ROW("1", "/gone/1.jpg", "3", "%s"), hash_of("1.jpg"));
    to += sprintf(to, ROW("2", "/gone/old.jpg", "4", "%s"), hash_of("new.jpg"));
    to += sprintf(to, ROW("3", "here.jpg", "4", "%s"), hash_of("new.jpg"));
    to += sprintf(to, ROW("4", "/gone/3.jpg", "6", "0000000000000000"));
    to += sprintf(to, ROW("5", "/gone/other.jpg", "5", "%s"), hash_of("1.jpg"));
    CHECK_INT(import(second, text, (size_t)(to - text), 0), 0);
    check_split(second, "1.jpg", SPLIT_TEST);
    check_split(second, "new.jpg", SPLIT_TEST);
    check_split(second, "here.jpg", SPLIT_TEST);
    check_split(second, "3.jpg", SPLIT_TEST);
    check_split(second, "other.jpg", SPLIT_NONE);
    CHECK_CONTAINS(heard, "x.jsonl: 3 of its photos are called otherwise here");
    CHECK_CONTAINS(heard, touched ? "there is no photo '/gone/other.jpg'"
                                  : "x.jsonl: 1 of its photos are not there");
    CHECK_INT(store_count(second, &counts, &st), 0);
    CHECK_INT(counts.photos, touched ? 5 : 6);
    store_close(second);
}

TEST(photos_are_found_by_content_elsewhere)
{
    check_elsewhere(0);
}
TEST(photos_are_found_by_content_in_a_merge)
{
    check_elsewhere(1);
}

/* A line that cannot be read takes what belongs to it along; the labels of all others come in. */
TEST(a_broken_line_costs_no_labels)
{
    struct store *s = rich(), *second = empty();
    size_t size;
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo %d.jpg", i);
        test_write(name, "photo", 5);
    }
    char *text = export(s, &size), *at = strstr(text, "\"photo\": 1,");
    if (!CHECK(at))
        abort();
    at[10] = 'x';
    CHECK_INT(import(second, text, size, 1), -1);
    CHECK_INT(import(second, text, size, 0), 0);
    CHECK_CONTAINS(heard, "this is no whole project: only labels are taken");
    CHECK(strstr(heard, "not JSON") && !strstr(strstr(heard, "not JSON") + 1, "not JSON"));
    struct photo p;
    CHECK_INT(store_find_photo(second, "photo 2.jpg", &p, &st), 0);
    CHECK_TEXT(taxonomy_name(store_taxonomy(second), p.state.node), "tea");
    photo_clear(&p);
    CHECK_INT(store_find_photo(second, "photo 1.jpg", &p, &st), -1);
    free(text);
    store_close(s);
    store_close(second);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
