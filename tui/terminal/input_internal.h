/* What the files of the input share; nobody else includes this. All take from the front of the
 * buffer, or nothing while more bytes may come (waited: as in input_next). */
#ifndef TUI_TERMINAL_INPUT_INTERNAL_H
#define TUI_TERMINAL_INPUT_INTERNAL_H

#include "tui/terminal/input.h"

enum { INPUT_ESC = 27, INPUT_BEL = 7, INPUT_NUMBER_MOST = 100000 };

struct csi {
    unsigned char prefix, intermediate, final; /* 0: none */
    int count;
    int parameter[ANSWER_PARAMETERS];
};

/* n bytes, which are this key, or nothing. */
void input_take_key(struct input *in, size_t n, int key, struct input_event *out);
void input_take_ignored(struct input *in, size_t n, struct input_event *out);

/* ---- input_csi.c ---- */
void input_take_csi(struct input *in, int waited, struct input_event *out);
/* Letters mean the same after CSI and SS3; lower case is rxvt's with Shift or Ctrl. */
int input_letter_key(unsigned char letter);

/* ---- input_mouse.c ---- */
/* CSI < button ; column ; row M or m, and rxvt's CSI button ; column ; row M. 0: c, n bytes long,
 * is neither. */
int input_take_mouse(struct input *in, size_t n, const struct csi *c, struct input_event *out);
/* CSI M and three bytes, from terminals that know no other way: these bytes may look like anything.
 */
void input_take_old_mouse(struct input *in, int waited, struct input_event *out);

/* ---- input_string.c ---- */
void input_take_string(struct input *in, int waited, struct input_event *out);
/* The rest of a string that did not fit. */
void input_skip(struct input *in, int waited, struct input_event *out);

#endif
