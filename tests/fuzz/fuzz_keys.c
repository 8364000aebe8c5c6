/* Key files, and sentences that name keys: whatever stands in them, there is a way out and help,
 * and digits stay. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "tui/terminal/keymap.h"

static void note(void *arg, const char *text)
{
    (void)arg;
    assert(strncmp(text, "keys:", 5) == 0);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    static char text[1 << 14];
    char out[100];
    struct keymap map;
    if (size >= sizeof text)
        size = sizeof text - 1;
    memcpy(text, bytes, size);
    text[size] = '\0';
    keymap_init(&map);
    keymap_read(&map, text, "keys", note, NULL);
    assert(map.count <= KEYMAP_KEYS);
    assert(keymap_name(&map, KEY_BACK)[0] && keymap_name(&map, KEY_HELP)[0]);
    for (int i = 0; i < map.count; i++) {
        assert(map.keys[i].command > KEY_NOTHING && map.keys[i].command < KEY_COMMANDS);
        assert(keymap_command(&map, map.keys[i].key) == map.keys[i].command);
        assert(memchr(map.keys[i].name, '\0', KEYMAP_NAME));
    }
    for (int digit = '1'; digit <= '9'; digit++)
        assert(keymap_command(&map, digit) == KEY_CANDIDATE);
    keymap_text(&map, text, 1, out, sizeof out);
    assert(memchr(out, '\0', sizeof out));
}

FUZZ_SEED_TEXTS(
    "# mine\nbind Ctrl-A accept\nbind F5 reject # so\nunbind x\nbind % undo\n\tbind\tSpace mark\r\n",
    "unbind q\nunbind Escape\nunbind ?\nunbind F1\nbind q accept\nbind Escape skip\nbind 5 flag\nbind a b c d e\n",
    "{undo} takes it back {accept}{no}{}{{redo}} {train-full")
