/* Keys and answers from bytes.
 *
 * Bytes wait in a buffer until a whole thing can be taken from its front: a character, a key's
 * escape sequence, or an answer. What ends an unfinished sequence is time. A lone Escape is the key
 * after a twentieth of a second. Escape and a character at once are two keys: that is what a fast
 * person or a slow line makes of Escape and then the character. Strings (DCS, OSC, APC) are only
 * taken for answers if they begin as answers do; Alt-P would otherwise swallow what is typed after
 * it. Everything else that a terminal may send by itself or too late is taken and dropped, never
 * passed on as keys. */
#include "tui/terminal/input.h"

#include <string.h>

#include "tui/terminal/cluster.h"
#include "tui/terminal/terminal.h"

enum { ESC = 27, BEL = 7, CAN = 24, SUB = 26, CSI_LENGTH = 160, NUMBER_MOST = 100000 };

size_t input_feed(struct input *in, const void *bytes, size_t size)
{
    size_t room = INPUT_BYTES - in->used;
    if (size > room)
        size = room;
    memcpy(in->bytes + in->used, bytes, size);
    in->used += size;
    return size;
}

static void take(struct input *in, size_t n)
{
    in->used -= n;
    memmove(in->bytes, in->bytes + n, in->used);
}

static void take_key(struct input *in, size_t n, int key, struct input_event *out)
{
    take(in, n);
    out->kind = INPUT_KEY;
    out->key = key;
}

static void take_ignored(struct input *in, size_t n, struct input_event *out)
{
    take(in, n);
    out->kind = INPUT_IGNORED;
}

/* ---- CSI ---- */

struct csi {
    unsigned char prefix, intermediate, final; /* 0: none */
    int count;
    int parameter[ANSWER_PARAMETERS];
};

/* "ESC [ parameters final" of `length` bytes. */
static void read_csi(const unsigned char *p, size_t length, struct csi *out)
{
    *out = (struct csi){.final = p[length - 1]};
    int value = -1;
    for (size_t i = 2; i < length; i++) {
        if (p[i] >= '0' && p[i] <= '9') {
            value = (value < 0 ? 0 : value) * 10 + p[i] - '0';
            if (value > NUMBER_MOST)
                value = NUMBER_MOST;
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

/* Letters mean the same after CSI and SS3; lower case is rxvt's with Shift or Ctrl. */
static int letter_key(unsigned char letter)
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
    return letter_key(c->final);
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

/* ---- the mouse ---- */

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
        take_ignored(in, n, out);
    else
        take_key(in, n, input_mouse_key(kind, row - 1, col - 1), out);
}

/* CSI < button ; column ; row M or m, and rxvt's CSI button ; column ; row M. */
static int take_mouse_csi(struct input *in, size_t n, const struct csi *c, struct input_event *out)
{
    int sgr = c->prefix == '<' && (c->final == 'M' || c->final == 'm');
    int urxvt = !c->prefix && c->final == 'M' && c->count == 3;
    if (c->intermediate || c->count != 3 || (!sgr && !urxvt))
        return 0;
    take_mouse(in, n, c->parameter[0] - (urxvt ? 32 : 0), c->parameter[1], c->parameter[2],
               sgr && c->final == 'm', out);
    return 1;
}

/* CSI M and three bytes, from terminals that know no other way: these bytes may look like anything.
 */
static void take_old_mouse(struct input *in, int waited, struct input_event *out)
{
    const unsigned char *p = in->bytes;
    if (in->used >= 6)
        take_mouse(in, 6, p[3] - 32, p[4] - 32, p[5] - 32, 0, out);
    else if (waited >= INPUT_SEQUENCE_WAIT)
        take_ignored(in, in->used, out);
}

/* ---- CSI, taken ---- */

static void take_csi(struct input *in, int waited, struct input_event *out)
{
    const unsigned char *p = in->bytes;
    int broken;
    size_t length;
    if (in->used >= 3 && p[2] == '[') { /* the Linux console's F1 to F5 */
        if (in->used == 3 && waited < INPUT_SEQUENCE_WAIT)
            return;
        if (in->used > 3 && p[3] >= 'A' && p[3] <= 'E')
            take_key(in, 4, function_key(p[3] - 'A' + 1), out);
        else
            take_ignored(in, 3, out);
        return;
    }
    if (in->used >= 3 && p[2] == 'M') {
        take_old_mouse(in, waited, out);
        return;
    }
    length = csi_length(p, in->used, &broken);
    if (length == 0) {
        if (in->used == 2 && waited >= INPUT_ESCAPE_WAIT)
            take_key(in, 1, TERMINAL_ESCAPE, out);
        else if (waited >= INPUT_SEQUENCE_WAIT)
            take_ignored(in, in->used, out);
        return;
    }
    if (broken) {
        take_ignored(in, length, out);
        return;
    }
    struct csi c;
    read_csi(p, length, &c);
    if (take_mouse_csi(in, length, &c, out))
        return;
    int key = csi_key(&c);
    if (key != TERMINAL_NONE) {
        take_key(in, length, key, out);
        return;
    }
    int known = csi_answer(&c, &out->answer);
    take_ignored(in, length, out);
    if (known)
        out->kind = INPUT_ANSWER;
}

/* ---- SS3 ---- */

static void take_ss3(struct input *in, int waited, struct input_event *out)
{
    if (in->used < 3) {
        if (waited >= INPUT_ESCAPE_WAIT)
            take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    unsigned char c = in->bytes[2];
    int key = c == 'M' ? TERMINAL_ENTER : letter_key(c);
    if (key == TERMINAL_NONE && c >= 'j' && c <= 'y')
        key = c - 'j' + '*'; /* the keypad: * + , - . / 0 to 9 */
    if (key != TERMINAL_NONE)
        take_key(in, 3, key, out);
    else
        take_key(in, 1, TERMINAL_ESCAPE, out); /* Escape, then O: two keys */
}

/* ---- strings: DCS, OSC, APC ---- */

static int begins_as_answer(const unsigned char *p)
{
    switch (p[1]) {
    case 'P': return p[2] == '>' || p[2] == '!' || p[2] == '$' || p[2] == '0' || p[2] == '1';
    case ']': return p[2] >= '0' && p[2] <= '9';
    default: return p[1] == '_' && p[2] == 'G';
    }
}

/* As csi_length; *end: where the text ends. */
static size_t string_length(const unsigned char *p, size_t n, size_t *end, int *broken)
{
    *broken = 0;
    for (size_t i = 2; i < n; i++) {
        *end = i;
        if (p[i] == BEL)
            return i + 1;
        if (p[i] == ESC && i + 1 == n)
            return 0;
        if (p[i] == ESC && p[i + 1] == '\\')
            return i + 2;
        if (p[i] < 0x20) {
            *broken = 1;
            return i;
        }
    }
    return 0;
}

static int string_answer(const unsigned char *p, size_t end, struct answer *out)
{
    size_t at = 2;
    *out = (struct answer){0};
    if (p[1] == '_') {
        out->kind = ANSWER_KITTY;
        at = 3;
    } else if (p[1] == 'P' && end >= 4 && p[2] == '>' && p[3] == '|') {
        out->kind = ANSWER_NAME;
        at = 4;
    } else if (p[1] == ']') {
        out->kind = ANSWER_COLOUR;
        out->count = 1;
        for (; at < end && p[at] >= '0' && p[at] <= '9'; at++)
            if (out->parameter[0] < NUMBER_MOST)
                out->parameter[0] = out->parameter[0] * 10 + p[at] - '0';
        if (at == end || p[at++] != ';')
            return 0;
    } else {
        return 0;
    }
    size_t n = 0;
    for (; at < end && n + 1 < sizeof out->text; at++)
        if (p[at] >= ' ' && p[at] < 127)
            out->text[n++] = (char)p[at];
    out->text[n] = '\0';
    return 1;
}

static void take_string(struct input *in, int waited, struct input_event *out)
{
    size_t end = 2;
    int broken, answer = in->used > 2 && begins_as_answer(in->bytes);
    if (in->used == 2 && waited < INPUT_ESCAPE_WAIT)
        return;
    if (!answer) {
        take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    size_t length = string_length(in->bytes, in->used, &end, &broken);
    if (length == 0) {
        if (in->used == INPUT_BYTES || waited >= INPUT_SEQUENCE_WAIT) {
            in->skipping = waited < INPUT_SEQUENCE_WAIT;
            take_ignored(in, in->used, out);
        }
        return;
    }
    int known = !broken && string_answer(in->bytes, end, &out->answer);
    take_ignored(in, length, out);
    if (known)
        out->kind = INPUT_ANSWER;
}

/* The rest of a string that did not fit. */
static void skip(struct input *in, int waited, struct input_event *out)
{
    if (waited >= INPUT_SEQUENCE_WAIT) {
        in->skipping = 0;
        return;
    }
    for (size_t i = 0; i < in->used; i++) {
        unsigned char c = in->bytes[i];
        int ends = c == ESC && i + 1 < in->used;
        if (!ends && c != BEL && c != CAN && c != SUB)
            continue;
        in->skipping = 0;
        take_ignored(in, ends && in->bytes[i + 1] == '\\' ? i + 2 : ends ? i : i + 1, out);
        return;
    }
    if (in->used > 0 && in->bytes[in->used - 1] == ESC) {
        if (in->used > 1)
            take_ignored(in, in->used - 1, out);
    } else if (in->used > 0) {
        take_ignored(in, in->used, out);
    }
}

/* ---- everything ---- */

static void take_escape(struct input *in, int waited, struct input_event *out)
{
    if (in->used == 1) {
        if (waited >= INPUT_ESCAPE_WAIT)
            take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    switch (in->bytes[1]) {
    case '[': take_csi(in, waited, out); break;
    case 'O': take_ss3(in, waited, out); break;
    case 'P':
    case ']':
    case '_': take_string(in, waited, out); break;
    default: take_key(in, 1, TERMINAL_ESCAPE, out);
    }
}

static void take_control(struct input *in, struct input_event *out)
{
    unsigned char c = in->bytes[0];
    switch (c) {
    case '\r':
    case '\n': take_key(in, 1, TERMINAL_ENTER, out); break;
    case '\t': take_key(in, 1, TERMINAL_TAB, out); break;
    case 8:
    case 127: take_key(in, 1, TERMINAL_BACKSPACE, out); break;
    default:
        if (c >= 1 && c <= 26)
            take_key(in, 1, c, out);
        else
            take_ignored(in, 1, out);
    }
}

static void take_character(struct input *in, int waited, struct input_event *out)
{
    unsigned code;
    int length = utf8_decode(in->bytes, in->used, &code);
    if (length == 0 && waited < INPUT_ESCAPE_WAIT)
        return;
    if (length <= 0 || (code >= 0x80 && code < 0xa0))
        take_ignored(in, length > 0 ? (size_t)length : 1, out);
    else
        take_key(in, (size_t)length, (int)code, out);
}

void input_next(struct input *in, int waited, struct input_event *out)
{
    *out = (struct input_event){.kind = INPUT_NOTHING, .key = TERMINAL_NONE};
    if (in->skipping)
        skip(in, waited, out);
    if (in->used == 0 || in->skipping || out->kind != INPUT_NOTHING)
        return;
    if (in->bytes[0] == ESC)
        take_escape(in, waited, out);
    else if (in->bytes[0] < ' ' || in->bytes[0] == 127)
        take_control(in, out);
    else
        take_character(in, waited, out);
}

int input_patience(const struct input *in)
{
    if (in->skipping)
        return INPUT_SEQUENCE_WAIT;
    if (in->used == 0)
        return -1;
    return in->used <= 2 || in->bytes[0] != ESC ? INPUT_ESCAPE_WAIT : INPUT_SEQUENCE_WAIT;
}
