/* The mouse: what terminals send of it, and the keys that it becomes. */
#include "tui/terminal/input_internal.h"

#include "tui/terminal/terminal.h"

/* Its buttons as xterm numbers them, with 4, 8 and 16 for Shift, Alt and Ctrl, 32 for movement. */
enum { MODIFIERS = 4 | 8 | 16, MOVEMENT = 32, WHEEL = 64, ANY_BUTTON = 3, PLACE_MOST = 0xfff };
enum { MOUSE_KEY = 0x40000000, KIND_SHIFT = 24, ROW_SHIFT = 12 };

static int clamp_place(int n)
{
    return n < 0 ? 0 : n > PLACE_MOST ? PLACE_MOST : n;
}

int input_mouse_key(int kind, int row, int col)
{
    return MOUSE_KEY | kind << KIND_SHIFT | clamp_place(row) << ROW_SHIFT | clamp_place(col);
}

int terminal_mouse(int key, struct mouse *out)
{
    if (key < MOUSE_KEY)
        return 0;
    out->kind = (enum mouse_kind)(key >> KIND_SHIFT & 3);
    out->row = key >> ROW_SHIFT & PLACE_MOST;
    out->col = key & PLACE_MOST;
    return 1;
}

/* The first button and the wheel; everything else is dropped. */
static void take_mouse(struct input *in, size_t n, int button, int col, int row, int released,
                       struct input_event *out)
{
    int which = button & ~MODIFIERS;
    int kind = which == WHEEL       ? MOUSE_WHEEL_UP
               : which == WHEEL + 1 ? MOUSE_WHEEL_DOWN
               : which == 0         ? released ? MOUSE_RELEASE : MOUSE_PRESS
               : which == ANY_BUTTON && !(button & MOVEMENT) ? MOUSE_RELEASE
                                                             : -1;
    if (kind < 0 || row < 1 || col < 1)
        input_take_ignored(in, n, out);
    else
        input_take_key(in, n, input_mouse_key(kind, row - 1, col - 1), out);
}

int input_take_mouse(struct input *in, size_t n, const struct csi *c, struct input_event *out)
{
    int sgr = c->prefix == '<' && (c->final == 'M' || c->final == 'm');
    int urxvt = !c->prefix && c->final == 'M' && c->count == 3;
    if (c->intermediate || c->count != 3 || (!sgr && !urxvt))
        return 0;
    take_mouse(in, n, c->parameter[0] - (urxvt ? 32 : 0), c->parameter[1], c->parameter[2],
               sgr && c->final == 'm', out);
    return 1;
}

void input_take_old_mouse(struct input *in, int waited, struct input_event *out)
{
    const unsigned char *p = in->bytes;
    if (in->used >= 6)
        take_mouse(in, 6, p[3] - 32, p[4] - 32, p[5] - 32, 0, out);
    else if (waited >= INPUT_SEQUENCE_WAIT)
        input_take_ignored(in, in->used, out);
}
