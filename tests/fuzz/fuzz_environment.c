/* What the environment says of the terminal, and what it sent for an answer: TERM, COLORTERM and
 * COLORFGBG in lines, then the name and colour that it answers with, then sizes as bytes. */
#include "tui/terminal/probe.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { TEXTS = 5 };

/* The next four bytes as a number, 0 where there are none left. */
static int number(const unsigned char **at, const unsigned char *end)
{
    int value = 0;
    if (end - *at >= 4) {
        memcpy(&value, *at, 4);
        *at += 4;
    }
    return value;
}

static void check(const struct terminal_info *info)
{
    if (info->cell_width < 1 || info->cell_height < 1 || !info->cell_source ||
        info->graphics == GRAPHICS_AUTO || info->colors < 0 || info->background > 0xffffff ||
        !memchr(info->name, '\0', sizeof info->name))
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    char *text[TEXTS] = {0};
    const unsigned char *at = bytes, *end = bytes + size;
    for (int i = 0; i < TEXTS && at < end; i++) {
        const unsigned char *line = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line ? line : end) - at);
        if (!(text[i] = strndup((const char *)at, length)))
            abort();
        at += length + (line != NULL);
    }
    struct probe_environment e = {.term = text[0], .colorterm = text[1], .colorfgbg = text[2]};
    struct answers a = {0};
    struct answer name = {.kind = ANSWER_NAME}, colour = {.kind = ANSWER_COLOUR};
    struct answer sizes = {.kind = ANSWER_WINDOW, .count = 3, .parameter = {6}};
    struct terminal_info info;
    colour.parameter[0] = 11;
    strncpy(name.text, text[3] ? text[3] : "", sizeof name.text - 1);
    strncpy(colour.text, text[4] ? text[4] : "", sizeof colour.text - 1);
    e.colors = number(&at, end) % 65536;
    e.wanted = (enum graphics)((unsigned)number(&at, end) % (GRAPHICS_NONE + 1));
    e.rows = number(&at, end) & 0xffff; /* as struct winsize holds them */
    e.cols = number(&at, end) & 0xffff;
    e.xpixel = number(&at, end) & 0xffff;
    e.ypixel = number(&at, end) & 0xffff;
    sizes.parameter[1] = (int)((unsigned)number(&at, end) % 100001);
    sizes.parameter[2] = (int)((unsigned)number(&at, end) % 100001);
    answers_note(&a, &name);
    answers_note(&a, &colour);
    answers_note(&a, &sizes);
    probe_decide(&a, &e, &info);
    check(&info);
    for (int i = 0; i < TEXTS; i++)
        free(text[i]);
}

FUZZ_SEED_TEXTS("xterm-256color\ntruecolor\n15;0\nXTerm(379)\nrgb:ffff/ffff/ffff\n\1\1",
                "linux\n\n0;default;15\n\n#102030\n",
                "screen\n24bit\n7\nkitty(0.32)\nrgba:1/22/333/4444\n")
