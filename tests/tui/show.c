/* Shows photos, text and keys in a terminal, to look at by hand: how does this terminal treat
 * pictures?
 *
 *   build/tests/tui/show [--graphics G] [--script FILE] [--rows N] PHOTO...
 *
 * n, p: next, previous photo; b: a popup over the photo; t: text instead of the photo; Ctrl-L: draw
 * again;
 * + and -: zoom; every other key is named; q: quit; !: crash. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "data/image.h"
#include "data/status.h"
#include "tui/terminal/keys.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

struct show {
    char **photos;
    int count, at;
    int popup, text;
    float zoom;
    struct picture picture;
    struct status problem;
    char made_for[128];
    char last_key[40];
};

/* The picture for the pane, unless it is the one there is. */
static void make(struct show *s, int rows, int cols)
{
    const struct terminal_info *i = terminal_info();
    char wanted[sizeof s->made_for];
    snprintf(wanted, sizeof wanted, "%d %dx%d %dx%d %d %.2f", s->at, rows, cols, i->cell_width,
             i->cell_height, (int)i->graphics, (double)s->zoom);
    if (strcmp(wanted, s->made_for) == 0)
        return;
    strcpy(s->made_for, wanted);
    struct image image = {0};
    picture_clear(&s->picture);
    s->problem = (struct status){0};
    if (!image_load(s->photos[s->at], 0, &image, &s->problem))
        picture_make(&image, rows, cols, s->zoom, i, PICTURE_MAX_BYTES, &s->picture, &s->problem);
    image_clear(&image);
}

static void draw(struct show *s)
{
    const struct terminal_info *i = terminal_info();
    int cols = i->cols * 2 / 3, rows = i->rows - 3, right = cols + 2, width = i->cols - right - 1;
    static const char *const names[STYLES] = {"normal",   "dim",    "bold",  "title",    "key",
                                              "good",     "warn",   "bad",   "selected", "bar",
                                              "bar back", "status", "marked"};
    terminal_clear();
    if (rows >= 1 && cols >= 1)
        make(s, rows, cols);
    terminal_clear();
    terminal_fill(0, 0, 1, i->cols, STYLE_STATUS);
    terminal_printf(0, 1, i->cols - 2, STYLE_STATUS, "%d of %d  %s", s->at + 1, s->count,
                    s->photos[s->at]);
    if (s->text || s->problem.code)
        terminal_text(2, 2, cols - 4, STYLE_WARN,
                      s->problem.code ? s->problem.text : "no photo, only text");
    else
        terminal_put_picture(0, 1, 0, &s->picture);
    terminal_printf(1, right, width, STYLE_TITLE, "%dx%d cells of %dx%d", i->cols, i->rows,
                    i->cell_width, i->cell_height);
    terminal_printf(2, right, width, STYLE_NORMAL, "(%s)", i->cell_source);
    terminal_printf(3, right, width, STYLE_NORMAL, "%s", i->why);
    terminal_printf(4, right, width, STYLE_NORMAL, "%d registers, %d colours, back %06x",
                    i->registers, i->colors, i->background);
    terminal_printf(5, right, width, STYLE_DIM, "%zu bytes, %s", s->picture.size, s->last_key);
    for (int k = 0; k < STYLES; k++)
        terminal_text(7 + k, right, width / 2, (enum style)k, names[k]);
    for (int k = 0; k < 8; k++)
        terminal_bar(7 + k, right + width / 2, width - width / 2, (float)k / 7.3f,
                     k % 2 ? STYLE_BAR : STYLE_DIM);
    terminal_text(21, right, width, STYLE_NORMAL, "음식 > 음료 > 커피");
    terminal_text(22, right, width, STYLE_KEY,
                  "\u1112\u1161\u11ab\u1100\u1173\u11af cafe\u0301 \033[31m\u202e");
    if (s->popup) {
        terminal_fill(5, 8, 9, 34, STYLE_STATUS);
        terminal_text(7, 10, 30, STYLE_SELECTED, "over the photo");
        terminal_text(9, 10, 30, STYLE_NORMAL, "and blanks inside");
    }
    terminal_text(i->rows - 1, 0, i->cols, STYLE_DIM,
                  " n p photo  b popup  t text  + - zoom  q quit");
    terminal_flush();
}

static int key(struct show *s, int k)
{
    key_name(k, s->last_key, sizeof s->last_key);
    switch (k) {
    case 'q':
    case TERMINAL_HANGUP: return 0;
    case 'n': s->at = (s->at + 1) % s->count; break;
    case 'p': s->at = (s->at + s->count - 1) % s->count; break;
    case 'b': s->popup = !s->popup; break;
    case 't': s->text = !s->text; break;
    case '+': s->zoom *= 1.5f; break;
    case '-': s->zoom = 1; break;
    case 12: terminal_redraw(); break;
    case '!': raise(SIGSEGV); break; /* is the terminal put back after a crash? */
    default: break;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct terminal_options o = {0};
    struct show s = {.zoom = 1};
    struct status st = {0};
    int at = 1;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        int g = strcmp(argv[at], "--graphics") == 0 ? graphics_from_name(argv[at + 1]) : 0;
        if (strcmp(argv[at], "--script") == 0)
            o.script = argv[at + 1];
        o.graphics = g > 0 ? (enum graphics)g : o.graphics;
    }
    s.photos = argv + at;
    s.count = argc - at;
    if (s.count < 1 || terminal_start(&o, &st)) {
        fprintf(stderr, "%s\n", st.text[0] ? st.text : "usage: show [--graphics G] PHOTO...");
        return 1;
    }
    int k, standing = 0;
    draw(&s);
    do {
        if (!standing)
            standing = terminal_pictures();
        k = terminal_key(standing ? -1 : 30, -1);
        if (k == TERMINAL_NONE)
            continue;
        if (!key(&s, k))
            break;
        draw(&s);
        standing = 0;
    } while (1);
    terminal_end();
    picture_clear(&s.picture);
    return 0;
}
