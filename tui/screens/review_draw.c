/* The review screen's bar, photo and keys; the panel is panel.c. */
#include "tui/screens/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screens/filter.h"
#include "tui/screens/pictures.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

static void pane_text(const struct rect *p, enum style style, const char *text)
{
    int width = p->cols - 4 > 56 ? 56 : p->cols - 4, rows = p->rows - 2;
    int lines = text_wrap_lines(width, rows, text);
    text_wrap(p->row + (p->rows - lines) / 2, p->col + (p->cols - width) / 2, width, rows, style,
              text);
}

static const char nothing_left[] =
    "This is the end of the queue. {next-open} goes to a photo nobody has decided on, {previous} goes back, {order} begins "
    "again in another order.";

static const char with_others[] =
    "What is left of this queue is with others now. {next-open} goes to what they give back, {previous} goes back.";

static const char nothing_yet[] =
    "No predictions yet: the queue of this filter fills by itself while the network goes through the photos.";

static const char nothing_passes[] =
    "No photo passes the filter (it stands above). {filter} changes it; emptied, every open photo comes.";

static const char still_read[] =
    "More photos are looked for in this queue: they come by themselves.";

static const char not_read[] =
    "The rest of the queue could not be read: %s. It is tried again by itself; .tend/tend.log has the reason.";

static int waits_for_predictions(const struct app *a)
{
    return app_queue_count(a) == 0 && filter_asks_predictions(app_queue_filter(a)) &&
           app_predict_progress(a)->running;
}

static void want_neighbours(struct screen *s, const struct rect *p)
{
    static const long offsets[] = {1, 2, 3, -1};
    struct app *a = ui_app(s->ui);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        pictures_want_photo(ui_pictures(s->ui), a, app_queue_photo(a, offsets[i]), p->rows, p->cols,
                            0, NULL, NULL);
}

/* Problems name whole paths; the project's folder says nothing here. */
static const char *without_root(const struct app *a, const char *problem)
{
    size_t root = strlen(app_root(a));
    return strncmp(problem, app_root(a), root) == 0 && problem[root] == '/' ? problem + root + 1
                                                                            : problem;
}

static void draw_picture(struct screen *s, const struct rect *p)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    const struct app_photo *current = app_current(a);
    const struct picture *picture = NULL;
    const char *problem = NULL;
    char *file = app_photo_file(a, current->photo.path);
    pictures_begin(ui_pictures(s->ui), terminal_info());
    enum pictures_state state = file ? pictures_want(ui_pictures(s->ui), r->photo, file, p->rows,
                                                     p->cols, r->zoom, 1, &picture, &problem)
                                     : PICTURES_UNKNOWN;
    want_neighbours(s, p);
    pictures_end(ui_pictures(s->ui));
    free(file);
    if (state == PICTURES_READY)
        terminal_put_picture(0, p->row, p->col, picture);
    else if (state == PICTURES_PROBLEM)
        pane_text(p, STYLE_WARN, without_root(a, problem));
    else
        pane_text(p, STYLE_DIM, "reading the photo");
    r->pane = state == PICTURES_READY || state == PICTURES_PROBLEM ? r->photo : 0;
}

void review_draw_photo(struct screen *s, const struct rect *p)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    const struct app_photo *current = app_current(a);
    char text[700], failed[600];
    r->pane = 0;
    if (r->photo == 0) {
        snprintf(failed, sizeof failed, not_read, app_queue_problem(a));
        const char *why = waits_for_predictions(a) ? nothing_yet
                          : app_queue_is_part(a)   ? *app_queue_problem(a) ? failed : still_read
                          : app_queue_count(a) == 0 && app_queue_filter(a)->count > 0
                              ? nothing_passes
                          : app_with_others(a) > 0 ? with_others
                                                   : nothing_left;
        pane_text(p, STYLE_NORMAL, ui_text(s->ui, why, text, sizeof text));
    } else if (terminal_info()->graphics == GRAPHICS_NONE) {
        snprintf(text, sizeof text, "%s  (photos are not shown here: %s)",
                 current->problem[0] ? without_root(a, current->problem) : current->photo.path,
                 terminal_info()->why);
        pane_text(p, current->problem[0] ? STYLE_WARN : STYLE_NORMAL, text);
        r->pane = r->photo;
    } else {
        draw_picture(s, p);
    }
}

/* Which photos the queue has, in at most `most` cells, with blanks before it; "" for every open
 * one. */
static char *draw_only(struct app *a, int most, char *buffer, size_t size)
{
    char text[FILTER_TEXT];
    buffer[0] = '\0';
    if (app_queue_title(a)[0])
        snprintf(text, sizeof text, "%s", app_queue_title(a));
    else
        filter_write(app_queue_filter(a), app_taxonomy(a), text, sizeof text);
    if (!text[0] || most < 12)
        return buffer;
    char cut[FILTER_TEXT + 8];
    snprintf(buffer, size, "   only %s", text_cut(text, most - 8, cut, sizeof cut));
    return buffer;
}

void review_draw_bar(struct screen *s, int row)
{
    enum { FILE_LEAST = 13 };
    struct app *a = ui_app(s->ui);
    const struct app_photo *current = app_current(a);
    char right[FILTER_TEXT + 200], at[24], count[32], model[64], file[1024], only[FILTER_TEXT + 40];
    int cols = terminal_info()->cols;
    int empty = current->photo.id == 0;
    snprintf(model, sizeof model, app_model(a) ? "model %d" : "no model", app_model(a));
    if (current->model &&
        current->model != app_model(a)) /* until the new one has seen this photo */
        snprintf(model, sizeof model, "model %d, this by %d", app_model(a), current->model);
    int used =
        snprintf(right, sizeof right, "%s of %s   %s",
                 empty ? "end" : text_count((int64_t)app_queue_position(a) + 1, at, sizeof at),
                 filter_count(a, count, sizeof count), queue_order_name(app_queue_order(a)));
    int most = cols - 4 - used - 3 - terminal_width(model) - (empty ? 0 : FILE_LEAST);
    draw_only(a, most, only, sizeof only);
    char marked[40] = "";
    size_t marks;
    app_marks(a, &marks);
    if (marks > 0)
        snprintf(marked, sizeof marked, "   %zu marked%s", marks,
                 app_is_marked(a, current->photo.id) ? ", this too" : "");
    snprintf(right + used, sizeof right - (size_t)used, "%s   %s%s", only, model, marked);
    int width = terminal_width(right);
    int left = cols - width - 4;
    terminal_fill(row, 0, 1, cols, STYLE_STATUS);
    if (!empty && left > 4)
        terminal_text(row, 1, left, STYLE_STATUS,
                      current->blind ? "blind sample" /* folders are often named after labels */
                                     : text_file(current->photo.path, left, file, sizeof file));
    terminal_text(row, cols - width - 1, width, STYLE_STATUS, right);
}

void review_draw_keys(struct screen *s, int row)
{
    const struct ui *ui = s->ui;
    char edit[2 * KEYMAP_NAME + 40];
    snprintf(edit, sizeof edit, "%s %s", ui_key(ui, KEY_SHORTEN), ui_key(ui, KEY_LENGTHEN));
    const struct hint hints[] = {{ui_key(ui, KEY_ACCEPT), "accept", 0},
                                 {"1-9", "take", 5},
                                 {edit, "level", 9},
                                 {ui_key(ui, KEY_PICK), "pick", 1},
                                 {ui_key(ui, KEY_UNDO), "undo", 4},
                                 {ui_key(ui, KEY_REJECT), "reject", 8},
                                 {ui_key(ui, KEY_SKIP), "skip", 10},
                                 {ui_key(ui, KEY_FLAG), "flag", 11},
                                 {ui_key(ui, KEY_GRID), "grid", 6},
                                 {ui_key(ui, KEY_TRAIN), "train", 7},
                                 {ui_key(ui, KEY_MODELS), "models", 12},
                                 {ui_key(ui, KEY_REPORT), "report", 13},
                                 {ui_key(ui, KEY_HELP), "help", 3},
                                 {ui_key(ui, KEY_BACK), "quit", 2},
                                 {NULL, NULL, 0}};
    text_hints(row, hints);
}
