/* Filters as a person types them, also half: what is read is written so that it is read again as
 * the same. */
#include "labels/filter.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy.h"
#include "tests/fuzz/fuzz.h"

static struct taxonomy *tree(void)
{
    static const char nodes[] =
        "id,name,parent\n1,food,\n2,drink,1\n3,tea,2\n4,tools,\n5,baker's knife,4\n6,all open,4\n";
    struct status st;
    struct taxonomy *t = taxonomy_parse(nodes, sizeof nodes - 1, "tree", 3, &st);
    if (!t)
        abort();
    return t;
}

static void write_and_read(const struct filter *f, const struct taxonomy *t)
{
    struct filter g = {0};
    struct status st;
    char first[FILTER_TEXT], second[FILTER_TEXT];
    filter_write(f, t, first, sizeof first);
    if (strlen(first) >= sizeof first - 1)
        return; /* cut */
    if (filter_read(&g, first, t, &st) != 0 || g.count != f->count)
        abort();
    filter_write(&g, t, second, sizeof second);
    if (strcmp(first, second) != 0)
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct filter f = {0};
    struct status st = {0};
    struct taxonomy *t = tree();
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = 0;
    if (filter_last_word(text) > strlen(text))
        abort();
    if (filter_read(&f, text, t, &st) == 0)
        write_and_read(&f, t);
    else if (f.count != 0 || !st.text[0])
        abort();
    free(text);
    taxonomy_free(t);
}

FUZZ_SEED_TEXTS(
    "below='food > drink' conf<0.5 !flagged",
    "not label=tools > all open predicted='baker''s knife' expected>=.25 disagree",
    "file='two words' file='two\nlines' split=train,val who=me by=anna disputed model=3 today",
    "since=2026-11-30 before=2026-12-01 age<7d age>90min none,imported conflict all")
