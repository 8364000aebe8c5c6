/* Capabilities.
 *
 * DA1's parameter 4 is what terminals agree to mean by sixel; the rest only refines it. No source
 * of a cell's size in pixels is right everywhere: Windows Terminal's ssh makes up a window of 640 x
 * 480, xterm counts its border into TIOCGWINSZ, Konsole says 16384 x 16384 to XTSMGRAPHICS, old
 * tmux makes up cells of 16 x 32. The order below was right in every terminal it was tried in. */
#include "tui/terminal/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_VERSION_SPACE = sizeof((struct terminal_info *)0)->name };

/* ---- answers ---- */

/* One to four hexadecimal digits, scaled to 8 bits; *at behind them. -1: none. */
static int channel(const char **at)
{
    char *end, digits[5] = "";
    size_t n = strspn(*at, "0123456789abcdefABCDEF");
    if (n < 1 || n > 4)
        return -1;
    memcpy(digits, *at, n);
    long value = strtol(digits, &end, 16), most = (1L << (4 * n)) - 1;
    *at += n;
    return (int)((value * 255 + most / 2) / most);
}

/* "rgb:1e1e/1e1e/2e2e", "rgba:...", "#1e1e2e". 0xRRGGBB or -1. */
static long colour(const char *text)
{
    if (text[0] == '#' && strlen(text) == 7) {
        char *end;
        long value = strtol(text + 1, &end, 16);
        return *end || strspn(text + 1, "0123456789abcdefABCDEF") != 6 ? -1 : value;
    }
    const char *at = strncmp(text, "rgb:", 4) == 0    ? text + 4
                     : strncmp(text, "rgba:", 5) == 0 ? text + 5
                                                      : NULL;
    long value = 0;
    for (int i = 0; at && i < 3; i++) {
        int c = channel(&at);
        if (c < 0 || (i < 2 && *at++ != '/'))
            return -1;
        value = value << 8 | c;
    }
    return at ? value : -1;
}

static void note_graphics(struct answers *a, const struct answer *r)
{
    if (r->count < 3 || r->parameter[1] != 0)
        return;
    if (r->parameter[0] == 1)
        a->registers = r->parameter[2];
    if (r->parameter[0] == 2 && r->count >= 4) {
        a->area_width = r->parameter[2];
        a->area_height = r->parameter[3];
    }
}

static void note_window(struct answers *a, const struct answer *r)
{
    if (r->count < 3)
        return;
    if (r->parameter[0] == 4) {
        a->text_height = r->parameter[1];
        a->text_width = r->parameter[2];
    }
    if (r->parameter[0] == 6) {
        a->cell_height = r->parameter[1];
        a->cell_width = r->parameter[2];
    }
}

static void note_device(struct answers *a, const struct answer *r)
{
    a->device = 1;
    a->sixel = 0;
    for (int i = 1; i < r->count; i++) /* the first says which terminal it is like */
        a->sixel |= r->parameter[i] == 4;
}

void answers_note(struct answers *a, const struct answer *r)
{
    switch (r->kind) {
    case ANSWER_DEVICE: note_device(a, r); break;
    case ANSWER_WINDOW: note_window(a, r); break;
    case ANSWER_GRAPHICS: note_graphics(a, r); break;
    case ANSWER_MODE: /* 0: not known, 4: known and always off */
        if (r->count >= 2 && r->parameter[0] == 2026)
            a->synchronized = r->parameter[1] >= 1 && r->parameter[1] <= 3;
        break;
    case ANSWER_NAME: snprintf(a->name, sizeof a->name, "%s", r->text); break;
    case ANSWER_KITTY: a->kitty = strcmp(r->text, "i=31;OK") == 0; break;
    case ANSWER_COLOUR: {
        long c = r->parameter[0] == 11 ? colour(r->text) : -1;
        if (c >= 0) {
            a->background = (unsigned)c;
            a->has_background = 1;
        }
        break;
    }
    }
}

void answers_forget_sizes(struct answers *a)
{
    a->area_width = a->area_height = 0;
    a->cell_width = a->cell_height = 0;
    a->text_width = a->text_height = 0;
}

/* ---- the conclusion ---- */

static int set_cell(struct terminal_info *out, int width, int height, const char *source)
{
    if (width < 3 || width > 150 || height < 5 || height > 300)
        return 0;
    out->cell_width = width;
    out->cell_height = height;
    out->cell_source = source;
    return 1;
}

static void decide_cell(const struct answers *a, const struct probe_environment *e,
                        struct terminal_info *out)
{
    int rows = e->rows > 0 ? e->rows : 1, cols = e->cols > 0 ? e->cols : 1;
    if (set_cell(out, a->cell_width, a->cell_height, "CSI 16 t") ||
        set_cell(out, a->text_width / cols, a->text_height / rows, "CSI 14 t"))
        return;
    if (a->area_width <= e->xpixel && a->area_height <= e->ypixel && a->area_width % cols == 0 &&
        a->area_height % rows == 0 &&
        set_cell(out, a->area_width / cols, a->area_height / rows, "XTSMGRAPHICS"))
        return;
    if (!set_cell(out, e->xpixel / cols, e->ypixel / rows, "TIOCGWINSZ"))
        set_cell(out, 10, 20, "assumed"); /* what Windows Terminal's cells are, always */
}

/* Pictures over the limit are dropped whole by xterm. */
static void decide_limit(const struct answers *a, struct terminal_info *out)
{
    int width = out->cols * out->cell_width, height = out->rows * out->cell_height;
    if (a->area_width >= 64 && a->area_width < width)
        out->picture_width = a->area_width;
    if (a->area_height >= 64 && a->area_height < height)
        out->picture_height = a->area_height;
}

static int begins_with_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strncasecmp(text, *list, strlen(*list)) == 0)
            return 1;
    return 0;
}

/* Over ssh COLORTERM is lost; these take 24-bit colours (tmux and xterm bring them down to what
 * they can show). */
static const char *const true_colour_names[] = {
    "xterm(",  "foot",   "tmux", "wezterm",          "konsole",  "kitty", "ghostty", "iterm2",
    "contour", "mintty", "vte",  "windows terminal", "xterm.js", "rio",   NULL};

static int decide_colors(const struct answers *a, const struct probe_environment *e)
{
    const char *c = e->colorterm ? e->colorterm : "";
    if (e->no_color || e->colors < 8)
        return 0;
    if (e->colors > 256 || strcmp(c, "truecolor") == 0 || strcmp(c, "24bit") == 0 ||
        begins_with_one_of(a->name, true_colour_names))
        return 1 << 24;
    return e->colors >= 256 ? 256 : e->colors >= 16 ? 16 : 8;
}

/* COLORFGBG is "15;0" or "0;default;15": the last is the background's number of 16. */
static unsigned decide_background(const struct answers *a, const struct probe_environment *e)
{
    if (a->has_background)
        return a->background;
    const char *last = e->colorfgbg ? strrchr(e->colorfgbg, ';') : NULL;
    return last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0) ? 0xffffff : 0;
}

static void decide_blocks(const struct answers *a, const struct probe_environment *e,
                          struct terminal_info *out, const char *reason)
{
    (void)a;
    if (out->colors > 0) {
        out->graphics = GRAPHICS_BLOCKS;
        snprintf(out->why, sizeof out->why, "%s: half blocks in %s colours", reason,
                 out->colors > 256    ? "24-bit"
                 : out->colors == 256 ? "256"
                                      : "16");
    } else {
        out->graphics = GRAPHICS_NONE;
        snprintf(out->why, sizeof out->why, "%s, and %s", reason,
                 e->no_color ? "NO_COLOR is set" : "no colours");
    }
}

static void decide_graphics(const struct answers *a, const struct probe_environment *e,
                            struct terminal_info *out)
{
    char name[NAME_VERSION_SPACE];
    snprintf(name, sizeof name, "%.60s", a->name[0] ? a->name : "this terminal");
    char reason[120];
    switch (e->wanted) {
    case GRAPHICS_NONE:
        out->graphics = GRAPHICS_NONE;
        snprintf(out->why, sizeof out->why, "pictures are switched off");
        return;
    case GRAPHICS_BLOCKS: decide_blocks(a, e, out, "asked for"); return;
    case GRAPHICS_SIXEL:
        out->graphics = GRAPHICS_SIXEL;
        snprintf(out->why, sizeof out->why, "sixel, as asked for (%s)",
                 a->sixel ? "the terminal has it" : "the terminal does not say that it has it");
        return;
    case GRAPHICS_KITTY:
        out->graphics = GRAPHICS_KITTY;
        snprintf(out->why, sizeof out->why, "kitty's pictures, as asked for (%s)",
                 a->kitty ? "the terminal has them" : "the terminal does not say that it has them");
        return;
    case GRAPHICS_AUTO: break;
    }
    if (a->sixel && out->registers >= PROBE_LEAST_COLORS) {
        out->graphics = GRAPHICS_SIXEL;
        snprintf(out->why, sizeof out->why, "%s says that it has sixel", name);
        return;
    }
    if (a->kitty) {
        out->graphics = GRAPHICS_KITTY;
        snprintf(out->why, sizeof out->why, "%s says that it has kitty's pictures", name);
        return;
    }
    if (a->sixel)
        snprintf(reason, sizeof reason, "%s has only %d sixel colours", name, out->registers);
    else if (a->device)
        snprintf(reason, sizeof reason, "%s has no sixel and no kitty pictures", name);
    else
        snprintf(reason, sizeof reason, "the terminal did not say what it can do");
    decide_blocks(a, e, out, reason);
}

void probe_decide(const struct answers *a, const struct probe_environment *e,
                  struct terminal_info *out)
{
    *out = (struct terminal_info){
        .rows = e->rows < TERMINAL_MOST_CELLS ? e->rows : TERMINAL_MOST_CELLS,
        .cols = e->cols < TERMINAL_MOST_CELLS ? e->cols : TERMINAL_MOST_CELLS,
        .registers = a->registers > 0 ? a->registers : PROBE_COLORS,
        .synchronized = a->synchronized,
    };
    decide_cell(a, e, out);
    decide_limit(a, out);
    out->colors = decide_colors(a, e);
    out->background = decide_background(a, e);
    snprintf(out->name, sizeof out->name, "%s", a->name);
    decide_graphics(a, e, out);
}

const char *probe_question(enum probe_question q)
{
    switch (q) {
    case PROBE_ALL: /* name; registers; area; cell; text area; synchronized; background */
        return "\033[>0q\033[?1;1;0S\033[?2;1;0S\033[16t\033[14t\033[?2026$p\033]11;?\033\\\033[c";
    case PROBE_KITTY: /* no end of its own: the next question has it */
        return "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\";
    case PROBE_REGISTERS: /* xterm as VT340 has 16 until it is told otherwise */
        return "\033[?1;3;256S\033[?1;1;0S\033[c";
    case PROBE_SIZES: return "\033[?2;1;0S\033[16t\033[14t\033[c";
    case PROBE_CONSOLE: /* the Linux console shows what it does not know */
    case PROBE_FENCE: break;
    }
    return "\033[c";
}

int graphics_from_name(const char *name)
{
    for (int g = GRAPHICS_AUTO; g <= GRAPHICS_NONE; g++)
        if (strcmp(name, graphics_name((enum graphics)g)) == 0)
            return g;
    return -1;
}

const char *graphics_name(enum graphics g)
{
    static const char *const names[] = {"auto", "sixel", "kitty", "blocks", "none"};
    return names[g];
}
