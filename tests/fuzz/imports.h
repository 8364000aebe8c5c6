/* Any bytes as a file of one format: its pieces every time; every eighth time (FUZZ_IMPORTS in the
 * environment: every time) the whole import, into a store whose photos exist, and now and then the
 * export of what came of it. A target includes this with FORMAT and a list of SEEDS. */
#ifndef TESTS_FUZZ_IMPORTS_H
#define TESTS_FUZZ_IMPORTS_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/formats/json_items.h"
#include "labels/store.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static struct store *store;
static size_t imports, taken, with_problems;

static void end(void)
{
    store_close(store);
    if (getenv("FUZZ_IMPORTS"))
        fprintf(stderr, "%s: %zu imports, %zu went through, %zu of them with something left out\n",
                FORMAT, imports, taken, with_problems);
}

static void prepare(void)
{
    struct status st;
    folder_enter();
    if (store_create("project.db", 3, &store, &st) != 0)
        abort();
    atexit(end);
    folder_write("a.jpg", "a", 1);
    folder_write("b.jpg", "b", 1);
    folder_write("c.jpg", "c", 1);
}

/* Places only go on, and every piece is one: JSON, or a problem with a sentence. */
static void read_pieces(int lines)
{
    struct json_items j;
    struct status st = {0};
    int got, line = 1;
    if (json_items_open(&j, "file", &st) != 0)
        abort();
    for (;;) {
        cJSON *item;
        struct status problem = {0};
        got = lines ? json_items_next_line(&j, &item, &problem, &st)
                    : json_items_next(&j, &item, &problem, &st);
        if (got <= 0)
            break;
        if (j.line < line || j.column < 1 || !item != (problem.code != STATUS_OK))
            abort();
        line = j.line;
        cJSON_Delete(item);
    }
    if (got < 0 && !st.text[0])
        abort();
    json_items_close(&j);
}

static void heard(void *arg, const char *text)
{
    *(size_t *)arg += strlen(text);
}

static void import_file(void)
{
    size_t said = 0;
    struct status st = {0};
    struct import_options options = {.root = folder, .who = "fuzz", .add_nodes = 1};
    struct import_report report = {.problem = heard, .arg = &said};
    imports++;
    if (format_find(FORMAT)->import(store, "file", &options, &report, &st) == 0) {
        taken++;
        with_problems += report.left_out > 0;
    } else if (!st.text[0]) {
        abort();
    }
    if (report.left_out > 0 && !said)
        abort();
}

static void export_all(void)
{
    struct export_options options = {.root = folder, .relative_to_root = 1};
    struct status st = {0};
    FILE *out = fopen("/dev/null", "w");
    if (!out || (format_find(FORMAT)->export(store, out, &options, &st) != 0 && !st.text[0]))
        abort();
    fclose(out);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    static int rounds;
    if (!store)
        prepare();
    folder_write("file", bytes, size);
    read_pieces(0);
    read_pieces(1);
    if (rounds++ % 8 != 0 && !getenv("FUZZ_IMPORTS"))
        return;
    import_file();
    if (rounds % 512 == 1)
        export_all();
}

FUZZ_SEED_TEXTS(SEEDS)

#endif
