/* CSI sequences: keys and answers. Those of the mouse go on to input_mouse.c. */
#include "tui/terminal/input_internal.h"

#include <string.h>

#include "tui/terminal/terminal.h"

enum { CSI_LENGTH = 160 };

/* "ESC [ parameters final" of `length` bytes. */
static void read_csi(const unsigned char *p, size_t length, struct csi *out)
{
    *out = (struct csi){.final = p[length - 1]};
    int value = -1;
    for (size_t i = 2; i < length; i++) {
        if (p[i] >= '0' && p[i] <= '9') {
            value = (value < 0 ? 0 : value) * 10 + p[i] - '0';
            if (value > INPUT_NUMBER_MOST)
                value = INPUT_NUMBER_MOST;
            continue;
        }
        int separates = p[i] == ';' || p[i] == ':';
        if ((separates || value >= 0) && out->count < ANSWER_PARAMETERS)
            out->parameter[out->count++] = value < 0 ? 0 : value;
        value = -1;
        if (p[i] >= '<' && p[i] <= '?')
            out->prefix = p[i];
        else if (p[i] < '0' && i + 1 < length)
            out->intermediate = p[i];
    }
}

static int function_key(int number)
{
    return TERMINAL_F1 + number - 1;
}

static int tilde_key(int number)
{
    static const int editing[] = {0,
                                  TERMINAL_HOME,
                                  TERMINAL_INSERT,
                                  TERMINAL_DELETE,
                                  TERMINAL_END,
                                  TERMINAL_PAGE_UP,
                                  TERMINAL_PAGE_DOWN,
                                  TERMINAL_HOME,
                                  TERMINAL_END};
    if (number > 0 && number <= 8)
        return editing[number];
    if (number >= 11 && number <= 15)
        return function_key(number - 10);
    if (number >= 17 && number <= 21)
        return function_key(number - 11);
    if (number == 23 || number == 24)
        return function_key(number - 12);
    return TERMINAL_NONE;
}

int input_letter_key(unsigned char letter)
{
    switch (letter) {
    case 'A':
    case 'a': return TERMINAL_UP;
    case 'B':
    case 'b': return TERMINAL_DOWN;
    case 'C':
    case 'c': return TERMINAL_RIGHT;
    case 'D':
    case 'd': return TERMINAL_LEFT;
    case 'H': return TERMINAL_HOME;
    case 'F': return TERMINAL_END;
    case 'Z': return TERMINAL_BACKTAB;
    case 'P':
    case 'Q':
    case 'R':
    case 'S': return function_key(letter - 'P' + 1);
    default: return TERMINAL_NONE;
    }
}

static int csi_key(const struct csi *c)
{
    if (c->prefix || c->intermediate)
        return TERMINAL_NONE;
    if (c->final == '~' || c->final == '$' || c->final == '^' || c->final == '@')
        return c->count > 0 ? tilde_key(c->parameter[0]) : TERMINAL_NONE;
    if (c->count > 0 && (c->parameter[0] != 1 || c->final >= 'a'))
        return TERMINAL_NONE; /* CSI 24;80R is a place, not F3 */
    return input_letter_key(c->final);
}

static int csi_answer(const struct csi *c, struct answer *out)
{
    *out = (struct answer){.count = c->count};
    memcpy(out->parameter, c->parameter, sizeof out->parameter);
    if (c->final == 't' && !c->prefix && !c->intermediate)
        out->kind = ANSWER_WINDOW;
    else if (c->prefix == '?' && c->final == 'c')
        out->kind = ANSWER_DEVICE;
    else if (c->prefix == '?' && c->final == 'S')
        out->kind = ANSWER_GRAPHICS;
    else if (c->prefix == '?' && c->intermediate == '$' && c->final == 'y')
        out->kind = ANSWER_MODE;
    else
        return 0;
    return 1;
}

/* Length of the sequence at the front; 0: unfinished; *broken: it holds what no sequence holds, at
 * that length. */
static size_t csi_length(const unsigned char *p, size_t n, int *broken)
{
    *broken = 0;
    for (size_t i = 2; i < n; i++) {
        if (p[i] == '$' && p[2] != '?' && p[i - 1] >= '0' && p[i - 1] <= '9')
            return i + 1; /* rxvt's Shift with an editing key */
        if (p[i] >= 0x40 && p[i] <= 0x7e)
            return i + 1;
        if (p[i] < 0x20 || p[i] > 0x7e || i == CSI_LENGTH) {
            *broken = 1;
            return i;
        }
    }
    return 0;
}

void input_take_csi(struct input *in, int waited, struct input_event *out)
{
    const unsigned char *p = in->bytes;
    int broken;
    size_t length;
    if (in->used >= 3 && p[2] == '[') { /* the Linux console's F1 to F5 */
        if (in->used == 3 && waited < INPUT_SEQUENCE_WAIT)
            return;
        if (in->used > 3 && p[3] >= 'A' && p[3] <= 'E')
            input_take_key(in, 4, function_key(p[3] - 'A' + 1), out);
        else
            input_take_ignored(in, 3, out);
        return;
    }
    if (in->used >= 3 && p[2] == 'M') {
        input_take_old_mouse(in, waited, out);
        return;
    }
    length = csi_length(p, in->used, &broken);
    if (length == 0) {
        if (in->used == 2 && waited >= INPUT_ESCAPE_WAIT)
            input_take_key(in, 1, TERMINAL_ESCAPE, out);
        else if (waited >= INPUT_SEQUENCE_WAIT)
            input_take_ignored(in, in->used, out);
        return;
    }
    if (broken) {
        input_take_ignored(in, length, out);
        return;
    }
    struct csi c;
    read_csi(p, length, &c);
    if (input_take_mouse(in, length, &c, out))
        return;
    int key = csi_key(&c);
    if (key != TERMINAL_NONE) {
        input_take_key(in, length, key, out);
        return;
    }
    int known = csi_answer(&c, &out->answer);
    input_take_ignored(in, length, out);
    if (known)
        out->kind = INPUT_ANSWER;
}
