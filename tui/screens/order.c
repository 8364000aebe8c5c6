/* Chooses the order of the queue, in the panel's place. */
#include "tui/screens/screen.h"

#include "data/status.h"
#include "tui/screens/layout.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

struct order_screen {
    struct list list;
};

enum { HELP_ROWS = 3, INDENT = 2 };

static void draw_order(struct screen *s, const struct rect *r, int row, int order)
{
    struct order_screen *o = s->state;
    terminal_printf(row, r->col, r->cols, order == o->list.selected ? STYLE_SELECTED : STYLE_NORMAL,
                    "%s%s", queue_order_name((enum queue_order)order),
                    (enum queue_order)order == app_queue_order(ui_app(s->ui)) ? "  (now)" : "");
}

/* Rows of all orders with what each means below it. */
static int rows_of_all(const struct rect *r)
{
    int rows = 0;
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++)
        rows +=
            1 + text_wrap_lines(r->cols - INDENT, HELP_ROWS, queue_order_help((enum queue_order)i));
    return rows;
}

static void draw_all(struct screen *s, const struct rect *r)
{
    int row = r->row + 2;
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++) {
        draw_order(s, r, row++, i);
        row += text_wrap(row, r->col + INDENT, r->cols - INDENT, HELP_ROWS, STYLE_DIM,
                         queue_order_help((enum queue_order)i));
    }
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {
        {"Enter", "take", 0}, {"j k", "choose", 0}, {"{back}", "back", 0}, {NULL, NULL, 0}};
    struct order_screen *o = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect *r = &layout.panel;
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE, "Order of the queue");
    ui_hints(s->ui, layout.keys, hints);
    if (rows_of_all(r) + 2 <= r->rows) {
        o->list.rows = QUEUE_ORDER_COUNT;
        list_settle(&o->list);
        draw_all(s, r);
        return;
    }
    o->list.rows = r->rows - 6 < QUEUE_ORDER_COUNT ? r->rows - 6 : QUEUE_ORDER_COUNT;
    list_settle(&o->list);
    for (int i = 0; i < o->list.rows && o->list.top + i < o->list.count; i++)
        draw_order(s, r, r->row + 2 + i, o->list.top + i);
    text_wrap(r->row + 3 + o->list.rows, r->col, r->cols, HELP_ROWS, STYLE_DIM,
              queue_order_help((enum queue_order)o->list.selected));
}

static void take(struct screen *s)
{
    struct order_screen *o = s->state;
    struct app *a = ui_app(s->ui);
    struct status st = {0};
    enum queue_order order = (enum queue_order)o->list.selected;
    if (app_queue_set(a, order, NULL, &st)) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
        return;
    }
    ui_pop(s->ui);
    if (app_remember_order(a, &st))
        ui_say(s->ui, STYLE_WARN, "it will not be remembered: %s", st.text);
    else
        ui_say(s->ui, STYLE_GOOD, "%s: %s", queue_order_name(order), queue_order_help(order));
}

static void key(struct screen *s, int k)
{
    struct order_screen *o = s->state;
    ui_dirty(s->ui);
    if (list_key(&o->list, k, 1))
        return;
    if (k == TERMINAL_ENTER)
        take(s);
    else
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_ORDER);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct order_screen *o = s->state;
    (void)argument;
    (void)st;
    o->list.count = QUEUE_ORDER_COUNT;
    o->list.selected = (int)app_queue_order(ui_app(s->ui));
    return 0;
}

const struct screen_ops screen_order = {
    .name = "order",
    .popup = 1,
    .state_size = sizeof(struct order_screen),
    .open = open,
    .draw = draw,
    .key = key,
};
