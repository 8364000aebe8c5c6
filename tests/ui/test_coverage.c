/* Every command of the key table is played by a script of tests/ui, with a screen dumped after it:
 * a new command without one fails here. Whether the screen is right is what test_screens compares.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/terminal/keymap.h"

enum { LIMIT = 1 << 20 };

/* Of the keys since the last dump: pending; of those with a dump after them: shown. */
struct coverage {
    struct keymap map;
    int pending[KEY_COMMANDS], shown[KEY_COMMANDS];
    int scripts;
};

static void take_word(struct coverage *c, const char *word)
{
    int key = key_from_name(word);
    enum key_command command = key >= 0 ? keymap_command(&c->map, key) : KEY_NOTHING;
    c->pending[command] = 1;
    if (strcmp(word, "dump") != 0)
        return;
    for (int i = 0; i < KEY_COMMANDS; i++)
        c->shown[i] |= c->pending[i];
    memset(c->pending, 0, sizeof c->pending);
}

static void take_script(struct coverage *c, const char *name)
{
    char path[200], *text, *rest = NULL;
    size_t size;
    struct status st = {0};
    snprintf(path, sizeof path, "tests/ui/%s.keys", name);
    if (!CHECK_INT(file_read(path, LIMIT, &text, &size, &st), 0)) {
        CHECK_TEXT(st.text, "");
        return;
    }
    memset(c->pending, 0, sizeof c->pending);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *words = NULL;
        for (char *w = strtok_r(line, " \t", &words); w && w[0] != '#';
             w = strtok_r(NULL, " \t", &words))
            take_word(c, w);
    }
    free(text);
    c->shown[KEY_QUIT] |= c->pending[KEY_QUIT]; /* no screen comes after it */
    c->scripts++;
}

/* The scripts that are played: play("NAME", ...) in test_screens.c. */
static int take_all(struct coverage *c)
{
    static const char call[] = "play(\"";
    char *source;
    size_t size;
    struct status st = {0};
    keymap_init(&c->map);
    if (!CHECK_INT(file_read("tests/ui/test_screens.c", LIMIT, &source, &size, &st), 0))
        return 0;
    for (const char *at = source; (at = strstr(at, call));) {
        char name[64];
        at += sizeof call - 1;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\""), at);
        take_script(c, name);
    }
    free(source);
    return CHECK(c->scripts > 15);
}

TEST(every_command_has_a_script_and_a_screen)
{
    static struct coverage c;
    if (!take_all(&c))
        return;
    for (int i = KEY_NOTHING + 1; i < KEY_COMMANDS; i++)
        if (!c.shown[i])
            test_fail(__FILE__, __LINE__,
                      "no script of tests/ui plays %s (%s) and dumps a screen after it",
                      key_bindings[i - 1].name, key_bindings[i - 1].key);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
