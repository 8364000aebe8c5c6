/* A small project in the current folder, and commands of tend run on it: for targets that damage
 * its file. Whatever the file says, each does its work or fails with a sentence. */
#ifndef TESTS_FUZZ_PROJECT_H
#define TESTS_FUZZ_PROJECT_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/filter.h"
#include "labels/queue.h"
#include "labels/store.h"
#include "tests/fuzz/folder.h"
#include "tui/commands/command.h"
#include "tui/loop/project.h"
#include "tui/terminal/cluster.h"

#define PROJECT_FILE ".tend/project.db"
enum { PROJECT_MODEL = 1 };

/* food > (drink > (coffee, tea), bread), tools; one renamed, one merged. */
static inline void project_grow(struct store *s)
{
    static const struct {
        int parent;
        const char *name, *id;
    } nodes[] = {{-1, "food", "76"}, {0, "drink", "d"},   {1, "coffee", NULL}, {1, "tea", NULL},
                 {0, "bread", "23"}, {-1, "tools", NULL}, {5, "knife", NULL}};
    const struct tree_edit edits[] = {{.kind = TREE_RENAME, .node = 4, .name = "loaf"},
                                      {.kind = TREE_MERGE, .node = 6, .to = 5}};
    struct status st = {0};
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    for (size_t i = 0; t && i < sizeof nodes / sizeof *nodes; i++)
        taxonomy_add(t, nodes[i].parent, nodes[i].name, nodes[i].id, &st);
    if (!t || store_save_taxonomy(s, t, &st) != 0 ||
        store_edit_taxonomy(s, "anna", &edits[0], &st) != 0 ||
        store_edit_taxonomy(s, "anna", &edits[1], &st) != 0)
        abort();
    taxonomy_free(t);
}

static inline void project_say(struct store *s)
{
    static const struct photo_new photos[] = {
        {.path = "a.jpg", .hash = 8, .node = 2, .split = SPLIT_VAL},
        {.path = "b.jpg", .hash = 9, .node = 3},
        {.path = "c/c.jpg", .hash = 10, .node = -1},
        {.path = "d.jpg", .hash = 16, .node = -1, .split = SPLIT_TEST},
        {.path = "e.jpg", .node = 4, .split = SPLIT_TRAIN}};
    static const struct review reviews[] = {
        {.photo = 1, .kind = EVENT_ACCEPT, .node = 2, .model = 1, .milliseconds = 900},
        {.photo = 2,
         .kind = EVENT_CORRECT,
         .node = 4,
         .model = 1,
         .has_predicted = 1,
         .predicted = 3},
        {.photo = 3, .kind = EVENT_GIVE, .node = 5, .model = 1, .has_predicted = 1, .predicted = 2},
        {.photo = 5, .kind = EVENT_FLAG}};
    static const struct review others[] = {{.photo = 1, .kind = EVENT_CORRECT, .node = 3},
                                           {.photo = 4, .kind = EVENT_REJECT}};
    struct status st = {0};
    size_t added;
    if (store_add_photos(s, photos, 5, "import", &added, &st) != 0 ||
        store_review(s, "anna", reviews, 4, &st) != 0 ||
        store_review(s, "berta", others, 2, &st) != 0 ||
        store_undo(s, "berta", NULL, NULL, &st) != 0)
        abort();
}

static inline void project_predict(struct store *s)
{
    static const int nodes[] = {2, 3, 4};
    static const float shares[] = {0.5f, 0.25f, 0.125f};
    struct model_record old = {.number = PROJECT_MODEL + 1, .created = INT64_MAX};
    struct model_record model = {.number = PROJECT_MODEL,
                                 .score_before = 0.25,
                                 .score_after = 0.5,
                                 .held_out = 3,
                                 .depth = "blocks",
                                 .architecture = "mobilenetv2_050",
                                 .note = "passed the gate"};
    struct prediction p[5];
    struct status st = {0};
    for (int i = 0; i < 5; i++)
        p[i] = (struct prediction){.photo = i + 1,
                                   .model = PROJECT_MODEL,
                                   .node = i == 4 ? -1 : 2,
                                   .expected = 0.5f,
                                   .gap = 0.25f,
                                   .count = 3,
                                   .terminal = nodes,
                                   .probability = shares,
                                   .problem = i == 4 ? "is cut short" : NULL};
    if (store_add_model(s, &old, 0, &st) != 0 || store_add_model(s, &model, 1, &st) != 0 ||
        store_put_predictions(s, p, 5, &st) != 0 ||
        store_set_setting(s, "blind.percent", "50", &st) != 0)
        abort();
}

/* SQL on the file alone, nobody else has it open. */
static inline int project_sql(const char *sql)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open(PROJECT_FILE, &db);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

/* In small pages, which hold more that can be damaged. */
static inline void project_make(void)
{
    struct project p;
    struct status st = {0};
    folder_enter();
    if (project_create(".", 3, &p, &st) != 0)
        abort();
    project_grow(p.store);
    project_say(p.store);
    project_predict(p.store);
    project_close(&p);
    if (project_sql("PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM;") != SQLITE_OK)
        abort();
}

static inline void project_put(const void *bytes, size_t size)
{
    unlink(PROJECT_FILE "-wal");
    unlink(PROJECT_FILE "-shm");
    unlink(PROJECT_FILE "-journal");
    folder_write(PROJECT_FILE, bytes, size);
}

/* ---- commands ------------------------------------------------------------------------------- */

enum { PROJECT_WORDS = 6 };
/* What looks first, then what changes something. */
static const char *const project_commands[][PROJECT_WORDS] = {
    {"tree"},
    {"tree", "--json"},
    {"report"},
    {"report", "--json"},
    {"report", "--html", "report.html"},
    {"models"},
    {"models", "show", "1"},
    {"set"},
    {"suspects"},
    {"score", "--split", "all"},
    {"export", "--format", "jsonl", "--out", "out"},
    {"export", "--format", "csv", "--out", "out"},
    {"export", "--format", "labelstudio", "--out", "out"},
    {"export", "--format", "coco", "--out", "out"},
    {"export", "--filter", "all below=food conf<0.9 who=anna !disputed", "--out", "out"},
    {"export", "--filter", "conflict all today predicted=drink file=c", "--out", "out"},
    {"undo", "--user", "anna"},
    {"redo", "--user", "anna"},
    {"undo", "--user", "berta"},
    {"tree", "rename", "drink", "drinks"},
    {"tree", "merge", "tools", "food"},
    {"tree", "rm", "tea"},
    {"rescan"},
    {"set", "mouse", "off"},
};
enum { PROJECT_COMMANDS = sizeof project_commands / sizeof *project_commands };

/* What is shown to a person is text, whatever names and notes the file holds. */
static inline void project_check_text(const char *command, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const unsigned char *c = (const unsigned char *)text + i;
        if ((*c >= ' ' && *c < 0x7f) || *c == '\n' || *c == '\t')
            continue;
        unsigned code = 0;
        int length = utf8_decode(c, size - i, &code);
        if (length < 2 || code < 0xa0) {
            fprintf(stderr, "%s says: %.*s\n", command, (int)size, text);
            abort();
        }
        i += (size_t)length - 1;
    }
}

/* Aborts where it fails without a word. */
static inline int project_run(const char *const *words)
{
    char text[PROJECT_WORDS][64], *argv[PROJECT_WORDS + 1] = {0}, *said[2] = {0};
    size_t length[2] = {0};
    int argc = 0;
    for (; argc < PROJECT_WORDS && words[argc]; argc++) {
        snprintf(text[argc], sizeof text[argc], "%s", words[argc]);
        argv[argc] = text[argc];
    }
    FILE *out = stdout, *err = stderr;
    stdout = open_memstream(&said[0], &length[0]); /* variables, in this C library */
    stderr = open_memstream(&said[1], &length[1]);
    if (!stdout || !stderr)
        abort();
    int status = command_find(words[0])->run(argc, argv);
    fclose(stdout);
    fclose(stderr);
    stdout = out;
    stderr = err;
    if (status < 0 || status > 1 || (status == 1 && length[1] == 0)) {
        fprintf(stderr, "%s %s: status %d\n", words[0], words[1] ? words[1] : "", status);
        abort();
    }
    for (int i = 0; i < 2; i++) {
        project_check_text(words[0], said[i], length[i]);
        free(said[i]);
    }
    return status;
}

/* Queue, copy and check, which no command does without a terminal. */
static inline void project_ask(struct store *s)
{
    struct status st = {0};
    struct filter f = {0};
    struct queue_item *items = NULL;
    struct queue_rows *rows = NULL;
    size_t count = 0;
    filter_read(&f, "all below=food conf<0.9", store_taxonomy(s), &st);
    struct queue_request request = {
        .model = PROJECT_MODEL, .filter = &f, .decided_too = 1, .me = "anna", .keep = &rows};
    if (store_queue(s, &request, &items, &count, &st) == 0)
        queue_sort(items, count, QUEUE_DOUBT, 1);
    else if (!st.text[0])
        abort();
    free(items);
    queue_rows_free(rows);
    st.text[0] = 0;
    if (store_copy(s, "copy.db", NULL, &st) != 0 && !st.text[0])
        abort();
    if (store_check(s, &st) != 0 && !st.text[0])
        abort();
}

/* Opens it and asks it; then a quarter of the commands, which the bytes decide: all of them take a
 * twentieth of a second. */
static inline void project_look(const unsigned char *bytes, size_t size)
{
    unsigned sum = 0;
    struct project p;
    struct status st = {0};
    if (project_open(NULL, &p, &st) != 0) {
        if (!st.text[0])
            abort();
        return;
    }
    project_ask(p.store);
    project_close(&p);
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    for (int i = sum >> 8 & 3; i < PROJECT_COMMANDS; i += 4)
        project_run(project_commands[i]);
}

#endif
