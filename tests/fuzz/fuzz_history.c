/* The file of what was typed on the command line: lines that can be drawn and written again. */
#include "tui/loop/history.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct history *h)
{
    if (h->count < 0 || h->count > HISTORY_LINES)
        abort();
    for (int i = 0; i < h->count; i++)
        if (!h->lines[i][0] || strlen(h->lines[i]) >= HISTORY_LINE || strchr(h->lines[i], '\n'))
            abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct history h = {0}, again = {0};
    struct status st = {0};
    if (!folder[0])
        folder_enter();
    folder_write("file", bytes, size);
    history_read(&h, "file");
    check(&h);
    if (history_add(&h, "order sure", "again", &st) != 0)
        abort();
    history_read(&again, "again");
    check(&again);
    if (again.count != h.count || strcmp(again.lines[again.count - 1], "order sure") != 0)
        abort();
    history_clear(&h);
    history_clear(&again);
}

FUZZ_SEED_TEXTS("order sure\nset mouse off\nfilter conf<0.5\norder sure\n", "one\n\n\ntwo\r\n12",
                "goto caf\xc3\xa9/1.jpg\n\xff\xfe\n")

/* A line takes its length and what malloc adds; stdio its buffers. */
size_t fuzz_memory(size_t size)
{
    return 40000 + 40 * size;
}
