/* What an import does where a person has decided; and labels out as folders of links. */
#include "labels/formats/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "labels/filter.h"
#include "labels/queue.h"
#include "tests/labels/store_fixture.h"

static char heard[4000];
static struct import_report report;

static void hear(void *arg, const char *text)
{
    (void)arg;
    strncat(heard, text, sizeof heard - strlen(heard) - 2);
    strcat(heard, "\n");
}

static void hear_conflict(void *arg, const struct import_conflict *c)
{
    char text[900];
    snprintf(text, sizeof text, "%s: %s | %s%s", c->photo, c->mine, c->theirs,
             c->taken ? " taken" : "");
    hear(arg, text);
}

static int import_from(struct store *s, const char *format, const char *path,
                       enum conflict_rule rule)
{
    struct import_options options = {
        .root = test_folder(), .who = "import", .add_nodes = 1, .conflicts = rule};
    heard[0] = '\0';
    report = (struct import_report){.problem = hear, .conflict = hear_conflict};
    return format_find(format)->import(s, path, &options, &report, &st);
}

static int import(struct store *s, const char *text, enum conflict_rule rule)
{
    test_write("labels", text, strlen(text));
    return import_from(s, "csv", test_path("labels"), rule);
}

/* a: coffee, decided; b: rejected; c: tea, imported; d: nothing. */
static struct store *project(void)
{
    struct store *s = new_store();
    static const char *const names[] = {"a.jpg", "b.jpg", "c.jpg", "d.jpg"};
    for (int i = 0; i < 4; i++) {
        struct photo_new p = {.path = names[i], .node = i == 2 ? TEA : -1};
        test_write(names[i], "photo", 5);
        CHECK_INT(store_add_photos(s, &p, 1, "import", NULL, &st), 0);
    }
    CHECK_INT(review(s, "anna", 1, EVENT_GIVE, COFFEE), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_REJECT, -1), 0);
    return s;
}

static const char others[] = "photo,path\na.jpg,food > bread\nb.jpg,tools\nc.jpg,food > bread\n"
                             "d.jpg,tools\n";

static void check_report(size_t labelled, size_t reviewed, size_t conflicts, size_t settled,
                         size_t to_review)
{
    CHECK_INT(report.labelled, labelled);
    CHECK_INT(report.reviewed, reviewed);
    CHECK_INT(report.conflicts, conflicts);
    CHECK_INT(report.settled, settled);
    CHECK_INT(report.put_to_review, to_review);
}

static void check_conflicts(struct store *s, size_t want)
{
    struct filter f = {0};
    struct queue_request request = {.filter = &f};
    size_t count;
    CHECK_INT(filter_read(&f, "conflict", store_taxonomy(s), &st), 0);
    CHECK_INT(store_queue(s, &request, NULL, &count, &st), 0);
    CHECK_INT(count, want);
}

TEST(mine)
{
    struct store *s = project();
    CHECK_INT(import(s, others, CONFLICT_MINE), 0);
    check_report(2, 2, 2, 0, 0);
    CHECK_TEXT(heard, "a.jpg: food > drink > coffee | food > bread\nb.jpg:  | tools\n");
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    check_state(s, 2, REVIEW_REJECTED, -1, 0);
    check_state(s, 3, REVIEW_IMPORTED, BREAD, 0);
    CHECK_INT(import(s, "photo,path\na.jpg,food > drink > coffee\n", CONFLICT_THEIRS), 0);
    check_report(0, 1, 0, 0, 0); /* the same label is no conflict, and the decision stays one */
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    store_close(s);
}

TEST(theirs_is_one_step_of_undo)
{
    struct store *s = project();
    size_t count;
    CHECK_INT(import(s, others, CONFLICT_THEIRS), 0);
    check_report(4, 0, 2, 2, 0);
    CHECK_CONTAINS(heard, "a.jpg: food > drink > coffee | food > bread taken");
    check_state(s, 1, REVIEW_IMPORTED, BREAD, 0);
    check_state(s, 2, REVIEW_IMPORTED, TOOLS, 0);
    check_state(s, 4, REVIEW_IMPORTED, TOOLS, 0);
    CHECK_INT(store_undo(s, "import", NULL, &count, &st), 0);
    CHECK_INT(count, 4);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    check_state(s, 2, REVIEW_REJECTED, -1, 0);
    check_state(s, 3, REVIEW_IMPORTED, TEA, 0);
    check_state(s, 4, REVIEW_NONE, -1, 0);
    CHECK_INT(store_redo(s, "import", NULL, &count, &st), 0);
    check_state(s, 1, REVIEW_IMPORTED, BREAD, 0);
    store_close(s);
}

TEST(newer)
{
    struct store *s = project();
    CHECK_INT(import(s,
                     "photo,path,time\na.jpg,food > bread,2001-02-03\n"
                     "b.jpg,tools,2101-02-03T04:05:06Z\n",
                     CONFLICT_NEWER),
              0);
    check_report(1, 1, 2, 1, 0);
    CHECK_INT(report.untimed, 0);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    check_state(s, 2, REVIEW_IMPORTED, TOOLS, 0);
    CHECK_INT(import(s, "photo,path,time\na.jpg,food > bread,\n", CONFLICT_NEWER), 0);
    CHECK_INT(report.untimed, 1);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    store_close(s);
}

TEST(review_keeps_both_until_somebody_decides)
{
    struct store *s = project();
    check_conflicts(s, 0);
    CHECK_INT(import(s, others, CONFLICT_REVIEW), 0);
    check_report(2, 0, 2, 0, 2);
    check_state(s, 1, REVIEW_GIVEN, COFFEE, 0);
    check_conflicts(s, 2);
    CHECK_INT(store_find_claim(s, 1, &st), BREAD);
    CHECK_INT(store_find_claim(s, 2, &st), TOOLS);
    CHECK_INT(store_find_claim(s, 3, &st), -1);
    int64_t before = store_last_event(s, &st);
    CHECK_INT(import(s, others, CONFLICT_REVIEW), 0); /* once is enough */
    CHECK_INT(store_last_event(s, &st), before);
    CHECK_INT(review(s, "anna", 1, EVENT_FLAG, -1), 0); /* decides nothing */
    CHECK_INT(review(s, "anna", 1, EVENT_SKIP, -1), 0);
    check_conflicts(s, 2);
    CHECK_INT(review(s, "anna", 1, EVENT_CORRECT, BREAD), 0);
    check_conflicts(s, 1);
    CHECK_INT(store_undo(s, "anna", NULL, NULL, &st), 0);
    check_conflicts(s, 2); /* open again */
    CHECK_INT(review(s, "anna", 1, EVENT_GIVE, COFFEE), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_REJECT, -1), 0); /* the same as before: settled, too */
    check_conflicts(s, 0);
    s = again(s);
    check_conflicts(s, 0);
    CHECK_INT(import(s, others, CONFLICT_REVIEW), 0);
    check_conflicts(s, 2);
    CHECK_INT(store_undo(s, "import", NULL, NULL, &st), 0);
    check_conflicts(s, 0);
    CHECK_INT(store_redo(s, "import", NULL, NULL, &st), 0);
    check_conflicts(s, 2);
    store_close(s);
}

/* a: decided; b: rejected; c: imported; d: nothing said. */
static const char states[] =
    "photo,path,state\na.jpg,,rejected\nb.jpg,,skipped\nc.jpg,food > bread,skipped\n"
    "d.jpg,food > bread,rejected\n";

static void check_states(struct store *s, const enum review_kind *kinds, int of_c)
{
    for (int i = 0; i < 4; i++) {
        struct photo p;
        if (!CHECK_INT(store_photo(s, i + 1, &p, &st), 0))
            continue;
        CHECK_INT(p.state.kind, kinds[i]);
        CHECK_INT(p.state.node, i == 2 ? of_c : kinds[i] == REVIEW_GIVEN ? COFFEE : -1);
        photo_clear(&p);
    }
}

/* What was skipped or rejected elsewhere is so here, where nobody has decided; undone in one step.
 */
static void check_rule(enum conflict_rule rule, const char *told, const enum review_kind *after)
{
    static const enum review_kind before[] = {REVIEW_GIVEN, REVIEW_REJECTED, REVIEW_IMPORTED,
                                              REVIEW_NONE};
    struct store *s = project();
    CHECK_INT(import(s, states, rule), 0);
    CHECK_TEXT(heard, told);
    check_states(s, after, BREAD);
    CHECK_INT(report.skipped, 1);
    CHECK_INT(report.rejected, 1 + (rule == CONFLICT_THEIRS));
    CHECK_INT(report.conflicts, 1);
    CHECK_INT(report.put_to_review, 0);
    CHECK_INT(store_undo(s, "import", NULL, NULL, &st), 0);
    check_states(s, before, TEA);
    store_close(s);
}

static const enum review_kind stays[] = {REVIEW_GIVEN, REVIEW_REJECTED, REVIEW_SKIPPED,
                                         REVIEW_REJECTED};

TEST(skipped_and_rejected_come_in)
{
    check_rule(CONFLICT_MINE, "a.jpg: food > drink > coffee | \n", stays);
}

TEST(rejected_in_the_place_of_a_decision)
{
    static const enum review_kind taken[] = {REVIEW_REJECTED, REVIEW_REJECTED, REVIEW_SKIPPED,
                                             REVIEW_REJECTED};
    check_rule(CONFLICT_THEIRS, "a.jpg: food > drink > coffee |  taken\n", taken);
}

/* It cannot stand beside the decision, as a label can. */
TEST(rejected_is_not_put_to_review)
{
    check_rule(CONFLICT_REVIEW, "a.jpg: food > drink > coffee | \n", stays);
}

/* What somebody has decided since stays; the rest of the import goes. */
TEST(an_import_is_taken_back_where_nobody_has_built_on_it)
{
    static const char labels[] = "photo,path\nc.jpg,food > bread\nd.jpg,tools\n";
    struct store *s = project();
    struct photo c, d;
    CHECK_INT(import(s, labels, CONFLICT_MINE), 0);
    CHECK_INT(review(s, "anna", 4, EVENT_ACCEPT, BREAD), 0);
    CHECK_INT(store_undo(s, "import", NULL, NULL, &st), 0);
    CHECK_INT(store_undo_left(s), 1);
    if (CHECK_INT(store_photo(s, 3, &c, &st), 0) && CHECK_INT(store_photo(s, 4, &d, &st), 0)) {
        CHECK_INT(c.state.node, TEA); /* as it was before */
        CHECK_INT(d.state.node, BREAD);
        photo_clear(&c);
        photo_clear(&d);
    }
    CHECK_INT(import(s, labels, CONFLICT_MINE), 0); /* of c alone */
    CHECK_INT(review(s, "anna", 3, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(store_undo(s, "import", NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_CONTAINS(st.text, "c.jpg has been changed since");
    store_close(s);
}

TEST(rules_have_names)
{
    CHECK_INT(conflict_rule_from_name("newer"), CONFLICT_NEWER);
    CHECK_INT(conflict_rule_from_name("Mine"), -1);
    CHECK_TEXT(conflict_rule_name(CONFLICT_REVIEW), "review");
}

/* ---- folders -------------------------------------------------------------------------------- */

static void check_link(const char *link, const char *photo)
{
    char target[2000] = "", want[2000];
    ssize_t size = readlink(test_path(link), target, sizeof target - 1);
    if (size > 0)
        target[size] = '\0';
    snprintf(want, sizeof want, "%s", photo ? test_path(photo) : "");
    CHECK_TEXT(target, want);
}

static int export(struct store *s, const char *folder, size_t *written)
{
    struct export_options options = {.root = test_folder(), .relative_to_root = 1};
    st = (struct status){0};
    return format_find("folders")->export_folder(s, test_path(folder), &options, written, &st);
}

static void add(struct store *s, const char *path, int node, enum split split)
{
    struct photo_new p = {.path = path, .node = node, .split = split};
    test_write(path, "photo", 5);
    CHECK_INT(store_add_photos(s, &p, 1, "import", NULL, &st), 0);
}

TEST(links_out_and_in)
{
    struct store *s = project();
    size_t written = 0;
    mkdir(test_path("sub"), 0777);
    add(s, "sub/a.jpg", COFFEE, SPLIT_TRAIN); /* 5: of the same name and label as a.jpg */
    CHECK_INT(export(s, "out", &written), 0);
    CHECK_INT(written, 3);
    check_link("out/food/drink/coffee/a.jpg", "a.jpg");
    check_link("out/food/drink/coffee/a-5.jpg", "sub/a.jpg");
    check_link("out/food/drink/tea/c.jpg", "c.jpg");
    CHECK_INT(export(s, "out", &written), -1);
    CHECK_CONTAINS(st.text, "is not empty");
    check_link("out/food/drink/coffee/a.jpg", "a.jpg");
    CHECK_INT(review(s, "anna", 5, EVENT_SKIP, -1), 0);
    struct store_counts counts;
    CHECK_INT(import_from(s, "folders", test_path("out"), CONFLICT_MINE), 0);
    CHECK_INT(report.added, 0); /* links stand for the photos they lead to */
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.photos, 5);
    store_close(s);
}

TEST(splits_are_the_outermost_folders)
{
    struct store *s = new_store();
    size_t written = 0;
    add(s, "a.jpg", TOOLS, SPLIT_TRAIN);
    add(s, "b.jpg", TEA, SPLIT_VAL);
    add(s, "c.jpg", -1, SPLIT_NONE);
    CHECK_INT(export(s, "out", &written), 0);
    check_link("out/train/tools/a.jpg", "a.jpg");
    check_link("out/val/food/drink/tea/b.jpg", "b.jpg");
    CHECK_INT(written, 2);
    store_close(s);
}

TEST(a_label_that_is_no_folder_leaves_nothing_behind)
{
    struct store *s = new_store();
    size_t written;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int odd = taxonomy_add(t, FOOD, "../up", NULL, &st);
    CHECK_INT(store_save_taxonomy(s, t, &st), 0);
    taxonomy_free(t);
    add(s, "a.jpg", TEA, SPLIT_NONE);
    add(s, "b.jpg", odd, SPLIT_NONE);
    CHECK_INT(export(s, "out", &written), -1);
    CHECK_CONTAINS(st.text, "the label '../up' cannot be the name of a folder");
    CHECK_INT(access(test_path("out"), F_OK), -1);
    mkdir(test_path("mine"), 0777);
    CHECK_INT(export(s, "mine", &written), -1);
    CHECK_INT(access(test_path("mine"), F_OK), 0); /* it was there, and is empty again */
    CHECK_INT(rmdir(test_path("mine")), 0);
    test_write("file", "x", 1);
    CHECK_INT(export(s, "file", &written), -1);
    CHECK_INT(export(s, "no/such", &written), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
