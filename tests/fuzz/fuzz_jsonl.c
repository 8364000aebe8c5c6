/* Any bytes as the file of a whole project: into a fresh one, and into one that has something. What
 * went in must be a project that can be read and written again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/store.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static struct store *used; /* somebody has said something in it */

static void close_used(void)
{
    store_close(used);
}

static struct store *create(const char *name)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct store *s;
    struct status st;
    char path[128];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", name, ends[i]);
        unlink(path);
    }
    if (store_create(name, 3, &s, &st) != 0)
        abort();
    return s;
}

static void say(struct store *s)
{
    struct status st;
    struct photo_new photos[] = {{.path = "a.jpg", .node = 1, .split = SPLIT_VAL},
                                 {.path = "b.jpg", .node = -1}};
    struct review r = {.photo = 2, .kind = EVENT_GIVE, .node = 0, .model = 1, .has_predicted = 1};
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int top = taxonomy_add(t, TAXONOMY_ROOT, "food", "76", NULL), node = 0;
    taxonomy_add(t, top, "bread", NULL, NULL);
    float share = 0.5f;
    struct prediction p = {
        .photo = 1, .model = 1, .count = 1, .terminal = &node, .probability = &share};
    struct tree_edit edit = {.kind = TREE_RENAME, .node = 1, .name = "loaf"};
    if (store_import(s, t, photos, 2, "import", NULL, &st) != 0 ||
        store_review(s, "anna", &r, 1, &st) != 0 || store_put_predictions(s, &p, 1, &st) != 0 ||
        store_edit_taxonomy(s, "anna", &edit, &st) != 0 ||
        store_undo(s, "anna", NULL, NULL, &st) != 0)
        abort();
    taxonomy_free(t);
}

static void prepare(void)
{
    folder_enter();
    used = create("used.db");
    atexit(close_used);
    say(used);
}

static void heard(void *arg, const char *text)
{
    *(size_t *)arg += strlen(text);
}

static int import(struct store *s)
{
    size_t said = 0;
    struct status st = {0};
    struct import_options options = {
        .root = folder, .who = "fuzz", .add_nodes = 1, .conflicts = CONFLICT_REVIEW};
    struct import_report report = {.problem = heard, .arg = &said};
    int failed = format_find("jsonl")->import(s, "file", &options, &report, &st);
    if ((failed && !st.text[0]) || (report.left_out > 0 && !said))
        abort();
    return failed;
}

static void export(struct store *s, const char *path)
{
    struct export_options options = {.root = folder, .relative_to_root = 1};
    struct status st = {0};
    FILE *out = fopen(path, "w");
    if (!out || format_find("jsonl")->export(s, out, &options, &st) != 0)
        abort();
    fclose(out);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    static int rounds;
    struct store_counts counts;
    struct status st;
    if (!used)
        prepare();
    if (rounds++ % 8 != 0) /* they wait for the disk */
        return;
    folder_write("file", bytes, size);
    struct store *fresh = create("fresh.db");
    if (import(fresh) == 0) {
        export(fresh, "/dev/null");
        store_close(fresh);
        if (store_open("fresh.db", &fresh, &st) != 0 || store_count(fresh, &counts, &st) != 0)
            abort();
        store_undo(fresh, "anna", NULL, NULL, &st);
    }
    store_close(fresh);
    import(used);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (k > 0)
        return 0;
    if (!used)
        prepare();
    struct store *s = create("seed.db");
    say(s);
    export(s, "seed");
    store_close(s);
    return folder_read("seed", bytes, capacity);
}
