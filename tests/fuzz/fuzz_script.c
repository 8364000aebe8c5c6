/* Files of keys (`--keys`): read whole or refused with a sentence; what was read is played. Words
 * that write files, wait, or change the size of a screen that there is not are read only. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"
#include "tui/terminal/internal.h"

static int holds(const unsigned char *bytes, size_t size, const char *word)
{
    return memmem(bytes, size, word, strlen(word)) != NULL;
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct status st = {0};
    size_t keys = 0;
    if (!folder[0])
        folder_enter();
    folder_write("keys", bytes, size);
    int failed = script_open("keys", "/dev/null", &st);
    if (failed && !st.text[0])
        abort();
    if (!failed && size > 0 && !holds(bytes, size, "dump") && !holds(bytes, size, "wait") &&
        !holds(bytes, size, "size"))
        for (int key; (key = script_key(0, -1)) != TERMINAL_HANGUP; keys++)
            if (key == TERMINAL_NONE || keys > size)
                abort();
    script_close();
}

FUZZ_SEED_TEXTS(
    "# a line\na j Tab idle\ntext:cof_dri Enter\nclick:12x3 wheel-up:1x1 wheel-down:1000x1000\n",
    "size:100x30 wait:20 dump dump:x q\r\n", "Ctrl-A Space Escape F1 text:\xc3\xa9\xff")
