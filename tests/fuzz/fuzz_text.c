/* Names of photos and labels, which may hold any bytes, on their way to the screen and into
 * sentences: nothing that a terminal would obey comes out, nothing is wider than its cells; and
 * what a photo is called whoever names it. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "labels/formats/format.h"
#include "labels/text.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"
#include "tui/screens/text.h"
#include "tui/terminal/cluster.h"

static void check_code(wchar_t c)
{
    if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff ||
        c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
        (c >= 0x2066 && c <= 0x2069))
        abort();
}

/* A byte is escaped by at most ten cells. */
static void check_clusters(const char *text)
{
    struct cluster_iterator it = {.at = text};
    struct cluster c;
    size_t cells = 0;
    while (cluster_next(&it, &c)) {
        if (c.width < 1 || c.width > 2 || !c.text[0] || c.text[CLUSTER_CODES])
            abort();
        for (int i = 0; c.text[i]; i++)
            check_code(c.text[i]);
        cells += (size_t)c.width;
    }
    if (cells > 10 * strlen(text) || (int)cells != terminal_width(text))
        abort();
}

static void check_cut(const char *text, int width)
{
    char out[200];
    if (terminal_width(text_cut(text, width, out, sizeof out)) > width ||
        terminal_width(text_middle(text, width, out, sizeof out)) > width ||
        terminal_width(text_file(text, width, out, sizeof out)) > width)
        abort();
    const char *rest = text_break(text, width, out, sizeof out);
    if (rest < text || rest > text + strlen(text) ||
        (width >= 10 && *text && rest == text && text_check(text, strlen(text)) == TEXT_FINE))
        abort();
}

static void check_sentence(const char *text)
{
    char shown[TEXT_SHOWN], small[8];
    text_show(text, small, sizeof small);
    text_show(text, shown, sizeof shown);
    if (strlen(small) >= sizeof small || text_check(shown, strlen(shown)) != TEXT_FINE)
        abort();
}

/* The same name is given to what has been named so. */
static void check_names(const char *text)
{
    char *name = format_photo_name(folder, "", text);
    char *again = name ? format_photo_name(folder, folder, name) : NULL;
    char *relative = name ? format_relative_name(folder, name) : NULL;
    if (!again || !relative || strcmp(name, again) != 0 || relative[0] == '/')
        abort();
    free(name);
    free(again);
    free(relative);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    char *text = strndup((const char *)bytes, size);
    if (!text)
        abort();
    if (!folder[0]) {
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
            abort();
        folder_enter();
    }
    check_clusters(text);
    for (int width = 3; width < 24; width += 4)
        check_cut(text, width);
    check_sentence(text);
    check_names(text);
    free(text);
}

FUZZ_SEED_TEXTS("2024/Granny-Smith and God-Morgon Juice/IMG_1.jpg", "./../x//y/./z.jpg", "/a/../b",
                "\xe1\x84\x8f\xe1\x85\xa5\xe1\x86\xab\xec\xbb\xa4 e\xcc\x81\xcc\x82 \xef\xb7\xba",
                "\x1b[31m\x9b\xc2\x9b\xe2\x80\xaeoverride\xe2\x81\xa6\x7f\n\t\xff",
                "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xa7 \xef\xb8\x8f\xcc\x80")
