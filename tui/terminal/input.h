/* What the terminal sends, taken apart: keys, and answers to questions that were asked. Pure; the
 * bytes come from outside and may be anything. */
#ifndef TUI_TERMINAL_INPUT_H
#define TUI_TERMINAL_INPUT_H

#include <stddef.h>

enum {
    INPUT_BYTES = 4096,
    INPUT_ESCAPE_WAIT = 50,     /* milliseconds until a lone Escape is the key */
    INPUT_SEQUENCE_WAIT = 1000, /* until a sequence that has begun is given up */
    ANSWER_PARAMETERS = 32
};

enum answer_kind {
    ANSWER_DEVICE,   /* CSI ? ... c, primary device attributes */
    ANSWER_WINDOW,   /* CSI ... t */
    ANSWER_GRAPHICS, /* CSI ? ... S, XTSMGRAPHICS */
    ANSWER_MODE,     /* CSI ? ... $ y, DECRPM */
    ANSWER_NAME,     /* DCS > | text ST, XTVERSION */
    ANSWER_COLOUR,   /* OSC number ; text ST */
    ANSWER_KITTY     /* APC G text ST */
};

struct answer {
    enum answer_kind kind;
    int count;
    int parameter[ANSWER_PARAMETERS]; /* missing ones are 0 */
    char text[80];                    /* printable ASCII */
};

enum input_kind {
    INPUT_NOTHING, /* no bytes, or not enough of them yet */
    INPUT_KEY,
    INPUT_ANSWER,
    INPUT_IGNORED /* something was taken that means nothing here: ask again */
};

struct input_event {
    enum input_kind kind;
    int key; /* as terminal_key gives them; see input_mouse_key */
    struct answer answer;
};

/* Zero is a good start. */
struct input {
    unsigned char bytes[INPUT_BYTES];
    size_t used;
    int skipping; /* inside a string that was too long to keep */
};

/* What the mouse did, as a key (terminal_mouse takes it apart). kind: enum mouse_kind. */
int input_mouse_key(int kind, int row, int col);

/* Appends bytes; as many as there is room for are taken, returns how many. */
size_t input_feed(struct input *in, const void *bytes, size_t size);

/* Takes the next key or answer from what was fed. `waited`: milliseconds since the last byte came;
 * it decides what an unfinished sequence is. */
void input_next(struct input *in, int waited, struct input_event *out);

/* Milliseconds after the last byte at which input_next should be asked again if no byte comes;
 * -1: no need. */
int input_patience(const struct input *in);

#endif
