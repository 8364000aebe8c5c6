/* Strings: DCS, OSC, APC. They are only taken for answers if they begin as answers do; Alt-P would
 * otherwise swallow what is typed after it. */
#include "tui/terminal/input_internal.h"

#include "tui/terminal/terminal.h"

enum { CAN = 24, SUB = 26 };

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
        if (p[i] == INPUT_BEL)
            return i + 1;
        if (p[i] == INPUT_ESC && i + 1 == n)
            return 0;
        if (p[i] == INPUT_ESC && p[i + 1] == '\\')
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
            if (out->parameter[0] < INPUT_NUMBER_MOST)
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

void input_take_string(struct input *in, int waited, struct input_event *out)
{
    size_t end = 2;
    int broken, answer = in->used > 2 && begins_as_answer(in->bytes);
    if (in->used == 2 && waited < INPUT_ESCAPE_WAIT)
        return;
    if (!answer) {
        input_take_key(in, 1, TERMINAL_ESCAPE, out);
        return;
    }
    size_t length = string_length(in->bytes, in->used, &end, &broken);
    if (length == 0) {
        if (in->used == INPUT_BYTES || waited >= INPUT_SEQUENCE_WAIT) {
            in->skipping = waited < INPUT_SEQUENCE_WAIT;
            input_take_ignored(in, in->used, out);
        }
        return;
    }
    int known = !broken && string_answer(in->bytes, end, &out->answer);
    input_take_ignored(in, length, out);
    if (known)
        out->kind = INPUT_ANSWER;
}

void input_skip(struct input *in, int waited, struct input_event *out)
{
    if (waited >= INPUT_SEQUENCE_WAIT) {
        in->skipping = 0;
        return;
    }
    for (size_t i = 0; i < in->used; i++) {
        unsigned char c = in->bytes[i];
        int ends = c == INPUT_ESC && i + 1 < in->used;
        if (!ends && c != INPUT_BEL && c != CAN && c != SUB)
            continue;
        in->skipping = 0;
        input_take_ignored(in, ends && in->bytes[i + 1] == '\\' ? i + 2 : ends ? i : i + 1, out);
        return;
    }
    if (in->used > 0 && in->bytes[in->used - 1] == INPUT_ESC) {
        if (in->used > 1)
            input_take_ignored(in, in->used - 1, out);
    } else if (in->used > 0) {
        input_take_ignored(in, in->used, out);
    }
}
