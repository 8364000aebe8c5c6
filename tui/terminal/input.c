/* Keys and answers from bytes.
 *
 * Bytes wait in a buffer until a whole thing can be taken from its front: a character, a key's
 * escape sequence, or an answer. What ends an unfinished sequence is time. A lone Escape is the key
 * after a twentieth of a second. Escape and a character at once are two keys: that is what a fast
 * person or a slow line makes of Escape and then the character. Everything else that a terminal may
 * send by itself or too late is taken and dropped, never passed on as keys. */
#include "tui/terminal/input_internal.h"

#include <string.h>

#include "tui/terminal/cluster.h"
#include "tui/terminal/terminal.h"

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

void input_take_key(struct input *in, size_t n, int key, struct input_event *out)
{
    take(in, n);
    out->kind = INPUT_KEY;
    out->key = key;
}

void input_take_ignored(struct input *in, size_t n, struct input_event *out)
{
    take(in, n);
    out->kind = INPUT_IGNORED;
}

/* ---- SS3 ---- */

static void take_ss3(struct input *in, int waited, struct input_event *out)
{
    if (in->used < 3) {
        if (waited >= INPUT_ESCAPE_WAIT)
            input_take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    unsigned char c = in->bytes[2];
    int key = c == 'M' ? TERMINAL_ENTER : input_letter_key(c);
    if (key == TERMINAL_NONE && c >= 'j' && c <= 'y')
        key = c - 'j' + '*'; /* the keypad: * + , - . / 0 to 9 */
    if (key != TERMINAL_NONE)
        input_take_key(in, 3, key, out);
    else
        input_take_key(in, 1, TERMINAL_ESCAPE, out); /* Escape, then O: two keys */
}

/* ---- everything ---- */

static void take_escape(struct input *in, int waited, struct input_event *out)
{
    if (in->used == 1) {
        if (waited >= INPUT_ESCAPE_WAIT)
            input_take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    switch (in->bytes[1]) {
    case '[': input_take_csi(in, waited, out); break;
    case 'O': take_ss3(in, waited, out); break;
    case 'P':
    case ']':
    case '_': input_take_string(in, waited, out); break;
    default: input_take_key(in, 1, TERMINAL_ESCAPE, out);
    }
}

static void take_control(struct input *in, struct input_event *out)
{
    unsigned char c = in->bytes[0];
    switch (c) {
    case '\r':
    case '\n': input_take_key(in, 1, TERMINAL_ENTER, out); break;
    case '\t': input_take_key(in, 1, TERMINAL_TAB, out); break;
    case 8:
    case 127: input_take_key(in, 1, TERMINAL_BACKSPACE, out); break;
    default:
        if (c >= 1 && c <= 26)
            input_take_key(in, 1, c, out);
        else
            input_take_ignored(in, 1, out);
    }
}

static void take_character(struct input *in, int waited, struct input_event *out)
{
    unsigned code;
    int length = utf8_decode(in->bytes, in->used, &code);
    if (length == 0 && waited < INPUT_ESCAPE_WAIT)
        return;
    if (length <= 0 || (code >= 0x80 && code < 0xa0))
        input_take_ignored(in, length > 0 ? (size_t)length : 1, out);
    else
        input_take_key(in, (size_t)length, (int)code, out);
}

void input_next(struct input *in, int waited, struct input_event *out)
{
    *out = (struct input_event){.kind = INPUT_NOTHING, .key = TERMINAL_NONE};
    if (in->skipping)
        input_skip(in, waited, out);
    if (in->used == 0 || in->skipping || out->kind != INPUT_NOTHING)
        return;
    if (in->bytes[0] == INPUT_ESC)
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
    return in->used <= 2 || in->bytes[0] != INPUT_ESC ? INPUT_ESCAPE_WAIT : INPUT_SEQUENCE_WAIT;
}
