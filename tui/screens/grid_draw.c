/* The grid on the screen: a picture and a line of text for each cell, beside them the panel of the
 * photo at the cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
#include "tui/screens/acts.h"
#include "tui/screens/acts_marked.h"
#include "tui/screens/grid.h"
#include "tui/screens/panel.h"
#include "tui/screens/pictures.h"
#include "tui/screens/review.h"
#include "tui/screens/text.h"

static const float unsure = 0.5f; /* paths below this confidence are dimmed */

/* Widths that cells should have at least: pixels, and columns where a pixel is half a cell. */
static const int wide_pixels[GRID_SIZES] = {90, 160, 210, 300, 420};
static const int wide_cells[GRID_SIZES] = {12, 17, 24, 34, 48};

void grid_shape(const struct rect *area, const struct terminal_info *info, int size, int longest,
                struct grid_shape *out)
{
    int sixel = info->graphics == GRAPHICS_SIXEL ||
                info->graphics == GRAPHICS_KITTY; /* any size of pixels */
    int cols = sixel ? wide_pixels[size] / info->cell_width + 1 : wide_cells[size];
    memset(out, 0, sizeof *out);
    out->lines = longest > cols - 3 ? 2 : 1;
    /* 4 : 3, the most common shape of photos, and the lines below */
    int rows =
        (sixel ? cols * info->cell_width * 3 / 4 / info->cell_height : cols * 3 / 8) + out->lines;
    out->area = *area;
    out->across = area->cols / cols < 1 ? 1 : area->cols / cols;
    out->down = area->rows / rows < 1 ? 1 : area->rows / rows;
    while (out->across * out->down > GRID_CELLS)
        out->down > 1 ? out->down-- : out->across--;
    out->cols = area->cols / out->across;
    out->rows = area->rows / out->down;
}

static struct rect place_of(const struct grid_shape *shape, size_t cell)
{
    int x = (int)cell % shape->across, y = (int)cell / shape->across;
    return (struct rect){shape->area.row + y * shape->rows, shape->area.col + x * shape->cols,
                         shape->rows - shape->lines, shape->cols - 1};
}

/* In one line or two; where name and number do not both fit, the name goes first. */
static void draw_name(const struct rect *r, int lines, enum style style, const char *sign,
                      const char *name, const char *percent)
{
    int room = r->cols - 2, row = r->row + r->rows, right = terminal_width(percent);
    char cut[400];
    terminal_printf(row, r->col, 2, style, "%s", sign);
    int whole = terminal_width(name) + (right > 0 ? 1 + right : 0) <= room;
    if (lines > 1 && whole) {
        terminal_text(row + 1, r->col, r->cols, style, "");
    } else if (lines > 1) {
        const char *rest = text_break(name, room, cut, sizeof cut);
        terminal_text(row, r->col + 2, room, style, cut);
        name = rest;
        terminal_text(++row, r->col, 2, style, "");
    }
    if (right > 0 && terminal_width(name) + 1 + right <= room) {
        terminal_printf(row, r->col + r->cols - right - 1, right + 1, style, " %s", percent);
        room -= right + 1;
    }
    terminal_text(row, r->col + 2, room, style, text_middle(name, room, cut, sizeof cut));
}

/* Is the path shown an imported label that the prediction speaks against? */
static int is_disputed(const struct grid_cell *c)
{
    return c->state.kind == REVIEW_IMPORTED && c->predicted >= 0 && c->predicted != c->node;
}

/* Nothing before the photo has stood there: above it may be the one of the page before. */
static void draw_text(struct screen *s, const struct rect *r, int lines, struct grid_cell *c,
                      int at_cursor)
{
    struct app *a = ui_app(s->ui);
    char percent[16] = "", name[400] = "no prediction";
    int marked = app_is_marked(a, c->photo), decided = review_is_decided(c->state.kind);
    const char *sign = marked                            ? "*"
                       : decided                         ? "\u2713"
                       : c->state.kind == REVIEW_SKIPPED ? "s"
                       : c->exchanged                    ? "!"
                       : is_disputed(c)                  ? "?"
                                                         : " ";
    enum style style = at_cursor                                      ? STYLE_SELECTED
                       : marked                                       ? STYLE_MARKED
                       : decided                                      ? STYLE_GOOD
                       : c->exchanged || c->problem || is_disputed(c) ? STYLE_WARN
                       : c->confidence < unsure || c->node < 0        ? STYLE_DIM
                                                                      : STYLE_NORMAL;
    c->written = c->drawn ? c->node : GRID_UNWRITTEN;
    if (!c->drawn) {
        draw_name(r, lines, at_cursor ? STYLE_SELECTED : STYLE_DIM, " ", "\u2026", "");
        return;
    }
    if (c->state.kind == REVIEW_REJECTED)
        snprintf(name, sizeof name, "fits no class");
    else if (c->node >= 0)
        snprintf(name, sizeof name, "%s", taxonomy_name(app_taxonomy(a), c->node));
    if (c->confidence >= 0 && !decided)
        text_percent(c->confidence, percent, sizeof percent);
    draw_name(r, lines, style, sign, name, percent);
}

static void draw_picture(struct screen *s, size_t cell, const struct rect *r, struct grid_cell *c)
{
    struct app *a = ui_app(s->ui);
    struct pictures *pictures = ui_pictures(s->ui);
    const struct picture *picture = NULL;
    const char *problem = NULL;
    enum pictures_state state =
        pictures_want_photo(pictures, a, c->photo, r->rows, r->cols, 1, &picture, &problem);
    c->pane = state == PICTURES_READY || state == PICTURES_PROBLEM;
    c->problem = state == PICTURES_PROBLEM;
    if (state == PICTURES_READY)
        terminal_put_picture((int)cell, r->row, r->col, picture);
    else
        text_wrap(r->row + r->rows / 3, r->col, r->cols, r->rows - r->rows / 3,
                  state == PICTURES_PROBLEM ? STYLE_WARN : STYLE_DIM,
                  state == PICTURES_PROBLEM ? problem : "\u2026");
}

/* From the last to the first: what is asked for last is made first. */
static void draw_cells(struct screen *s, size_t cursor)
{
    struct grid *g = s->state;
    pictures_begin(ui_pictures(s->ui), terminal_info());
    for (size_t i = g->n; i-- > 0;) {
        struct rect r = place_of(&g->shape, i);
        if (i == cursor)
            ui_acts(s->ui)->at = r;
        draw_picture(s, i, &r, &g->cells[i]);
        draw_text(s, &r, g->shape.lines, &g->cells[i], i == cursor);
    }
    long after = (long)(g->start + g->n) - (long)app_queue_position(ui_app(s->ui));
    for (size_t i = 0; i < g->next; i++)
        pictures_want_photo(ui_pictures(s->ui), ui_app(s->ui),
                            app_queue_photo(ui_app(s->ui), after + (long)i),
                            g->shape.rows - g->shape.lines, g->shape.cols - 1, 0, NULL, NULL);
    pictures_end(ui_pictures(s->ui));
}

static void draw_keys(const struct ui *ui, int row)
{
    char pages[2 * KEYMAP_NAME + 40], sizes[2 * KEYMAP_NAME + 40];
    snprintf(pages, sizeof pages, "%s %s", ui_key(ui, KEY_NEXT), ui_key(ui, KEY_PREVIOUS));
    snprintf(sizes, sizeof sizes, "%s %s", ui_key(ui, KEY_ZOOM_IN), ui_key(ui, KEY_ZOOM_OUT));
    const struct hint hints[] = {{ui_key(ui, KEY_ACCEPT), "accept all but the marked", 0},
                                 {ui_key(ui, KEY_MARK), "mark", 1},
                                 {"1-9", "take for this one", 6},
                                 {ui_key(ui, KEY_PICK), "pick", 3},
                                 {ui_key(ui, KEY_NEXT_OPEN), "next doubtful", 8},
                                 {ui_key(ui, KEY_APPLY), "for the marked", 2},
                                 {pages, "page", 7},
                                 {ui_key(ui, KEY_UNDO), "undo", 9},
                                 {sizes, "size", 10},
                                 {ui_key(ui, KEY_GRID), "back", 5},
                                 {ui_key(ui, KEY_HELP), "help", 4},
                                 {NULL, NULL, 0}};
    text_hints(row, hints);
}

/* Where there is no room for the panel: the candidates of the photo at the cursor in a row. */
static void draw_choices(struct screen *s, int row)
{
    struct app *a = ui_app(s->ui);
    struct hint hints[PANEL_CHOICES + 1] = {{NULL, NULL, 0}};
    char digits[PANEL_CHOICES][4];
    int nodes[PANEL_CHOICES], n = panel_choices(a, nodes);
    for (int i = 0; i < n; i++) {
        snprintf(digits[i], sizeof digits[i], "%d", i + 1);
        hints[i] = (struct hint){digits[i], taxonomy_name(app_taxonomy(a), nodes[i]), i};
    }
    hints[n] = (struct hint){NULL, NULL, 0};
    while (n > 1 && text_hints_cells(hints) > terminal_info()->cols)
        hints[--n] =
            (struct hint){NULL, NULL, 0}; /* the last ones: no digit in between is left out */
    text_hints(row, hints);
}

/* Candidates of the photo at the cursor that are others than a moment ago must be seen before a
 * digit takes one. */
static void note_choices(struct grid *g, struct app *a)
{
    int now[PANEL_CHOICES] = {0}, n = panel_choices(a, now);
    int64_t photo = app_current(a)->photo.id;
    if (g->panel == photo && (n != g->choice_count || memcmp(now, g->choices, sizeof now) != 0))
        g->choices_changed = clock_milliseconds();
    memcpy(g->choices, now, sizeof now);
    g->choice_count = n;
    g->panel = photo;
}

void grid_draw(struct screen *s, size_t cursor)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    struct layout layout;
    char text[200];
    layout_make_grid(terminal_info()->rows, terminal_info()->cols, &layout);
    review_draw_bar(s, layout.bar);
    if (g->n == 0)
        text_wrap(layout.photo.row + layout.photo.rows / 3, layout.photo.col + 2,
                  layout.photo.cols - 4, 4, STYLE_NORMAL,
                  ui_text(s->ui,
                          "Nothing left to decide on in this queue. {order} shows it in another "
                          "order, {back} goes back.",
                          text, sizeof text));
    draw_cells(s, cursor);
    note_choices(g, a);
    if (layout.panel.rows == 0)
        draw_choices(s, layout.keys - 1);
    if (layout.panel.rows > 0) {
        struct panel panel = {.ui = s->ui,
                              .app = a,
                              .node = cursor < g->n ? g->cells[cursor].node : TAXONOMY_ROOT,
                              .said = ui_says(s->ui, ui_acts(s->ui)->of_training)};
        panel_draw(&layout.panel, &panel);
    }
    if (ui_acts(s->ui)->for_marked)
        acts_marked_hints(s->ui, layout.keys);
    else
        draw_keys(s->ui, layout.keys);
}
