/* Rows of any bytes; then the whole import, into a store whose photos exist. */
#include "labels/formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static struct store *store;

static void close_store(void)
{
    store_close(store);
}

static void prepare(void)
{
    struct status st;
    folder_enter();
    if (store_create("project.db", 3, &store, &st) != 0)
        abort();
    atexit(close_store);
    folder_write("a.jpg", "a", 1);
    folder_write("b.jpg", "b", 1);
}

static void read_rows(const unsigned char *bytes, size_t size)
{
    struct csv c;
    struct status st;
    char *text = malloc(size + 1), shown[64];
    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = 0;
    size_t total = 0;
    csv_start(&c, text, size, csv_guess_separator(text, size));
    while (csv_next(&c, &st) == 1) {
        for (int i = 0; i < c.count; i++)
            total += strlen(c.fields[i]) + 1;
        csv_column(&c, "photo");
        if (strlen(csv_show_row(&c, shown, sizeof shown)) >= sizeof shown)
            abort();
    }
    if (total > size + 1) /* fields cannot be longer than what they were read from */
        abort();
    csv_clear(&c);
    free(text);
}

static void ignore(void *arg, const char *text)
{
    *(size_t *)arg += strlen(text);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    static int rounds;
    read_rows(bytes, size);
    if (!store)
        prepare();
    if (++rounds % 8 != 1) /* an import waits for the disk */
        return;
    size_t said = 0;
    struct status st;
    struct import_options options = {.root = folder, .who = "fuzz", .add_nodes = 1};
    struct import_report report = {.problem = ignore, .arg = &said};
    folder_write("labels.csv", bytes, size);
    format_find("csv")->import(store, "labels.csv", &options, &report, &st);
}

FUZZ_SEED_TEXTS(
    "photo,label1,label2,label3,split\na.jpg,food,drink,coffee,train\nb.jpg,food,bread,,val\n",
    "\xef\xbb\xbfimage;label1;label2\r\n\"a.jpg\";\"a \"\"b\"\";c\r\n\r\nb.jpg;x;\r\na.jpg;y\r\n",
    "photo,path,time\na.jpg,food > drink,2026-11-30T12:34:56Z\nb.jpg,food/bread,1795803283\n",
    "photo\tids\tsplit\na.jpg\t76 22 23\ttest\nb.jpg\t 76  22\t\n",
    "\"photo\",label1\n\"./a.jpg\",\"two\nlines\"\n../x/a.jpg,\n/etc/passwd,z\n")
