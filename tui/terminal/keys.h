/* Keys and what they do: one list. Help, the man page, the README's table and the key file come from it. */
#ifndef TUI_TERMINAL_KEYS_H
#define TUI_TERMINAL_KEYS_H

/* X(command, key, second key or "", section, help) */
#define KEYS(X)                                                                                    \
    X(ACCEPT, "a", "", "decide", "accept the path shown, next photo")                              \
    X(CANDIDATE, "1", "", "decide", "1 to 9: take that candidate, next photo")                     \
    X(SHORTEN, "h", "", "decide", "shorten the path by a level")                                   \
    X(LENGTHEN, "l", "", "decide", "add the most probable child")                                  \
    X(CANDIDATE_DOWN, "j", "", "decide", "next candidate")                                         \
    X(CANDIDATE_UP, "k", "", "decide", "previous candidate")                                       \
    X(PICK, "Enter", "c", "decide", "pick any path by typing, or make a new one")                  \
    X(REJECT, "x", "", "decide", "reject: fits no class")                                          \
    X(SKIP, "s", "", "decide", "skip: comes back last")                                            \
    X(FLAG, "f", "", "decide", "flag, or take the flag off")                                       \
    X(UNDO, "u", "Backspace", "decide", "undo: an answer, or a change to the labels")                 \
    X(REDO, "Ctrl-R", "", "decide", "redo")                                                        \
    X(COPY, "y", "", "decide", "copy the path")                                                    \
    X(PASTE, "p", "", "decide", "put the copied path on this photo, next photo")                   \
    X(LABEL, "E", "", "decide", "the label shown itself: rename, move, merge, remove it")           \
    X(NEXT, "J", "Right", "move", "next photo, deciding nothing")                                  \
    X(PREVIOUS, "K", "Left", "move", "previous photo, deciding nothing")                           \
    X(NEXT_OPEN, "Tab", "", "move", "next photo that nobody has decided on")                       \
    X(ORDER, "o", "", "move", "order of the queue")                                                \
    X(TRAIN, "t", "", "network", "train the last blocks, in the background")                       \
    X(TRAIN_FULL, "T", "", "network", "train the whole network, in the background")                \
    X(CANCEL, "Ctrl-C", "", "network", "cancel the training; in other screens: back")              \
    X(MODELS, "m", "", "network", "models: scores, use, go back")                                  \
    X(REPORT, "r", "", "network", "report: score, what is confused")                               \
    X(ZOOM_IN, "+", "=", "screen", "enlarge the photo")                                            \
    X(ZOOM_OUT, "-", "", "screen", "the whole photo again")                                        \
    X(REDRAW, "Ctrl-L", "", "screen", "draw everything again")                                     \
    X(HELP, "?", "F1", "screen", "this help")                                                      \
    X(BACK, "q", "Escape", "screen", "back; q in the review: quit")                                \
    X(QUIT, "Q", "", "screen", "quit")

enum key_command {
    KEY_NOTHING,
#define X(name, key, second, section, help) KEY_##name,
    KEYS(X)
#undef X
    KEY_COMMANDS
};

struct key_binding {
    enum key_command command;
    const char *key, *second, *section, *help;
};
extern const struct key_binding key_bindings[]; /* KEY_COMMANDS - 1 of them */

/* What a key (terminal_key) does; '1'..'9' give KEY_CANDIDATE. */
enum key_command key_command_for(int key);
/* "Ctrl-R" -> 18, "Enter" -> TERMINAL_ENTER, "a" -> 'a'; -1 for a name not known. And back. */
int key_from_name(const char *name);
const char *key_name(int key, char *buffer, int size);

#endif
