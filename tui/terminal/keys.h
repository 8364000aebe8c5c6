/* Keys and what they do: one list. Help, the man page, the README's table and the key file come
 * from it. */
#ifndef TUI_TERMINAL_KEYS_H
#define TUI_TERMINAL_KEYS_H

/* X(command, its name for people, key, second key or "", section, help) */
#define KEYS(X)                                                                                    \
    X(ACCEPT, "accept", "a", "", "decide", "accept the path shown, next photo")                    \
    X(CANDIDATE, "candidate", "1", "", "decide", "1 to 9: take that candidate, next photo")        \
    X(SHORTEN, "shorten", "h", "", "decide", "shorten the path by a level")                        \
    X(LENGTHEN, "lengthen", "l", "", "decide", "add the most probable child")                      \
    X(CANDIDATE_DOWN, "down", "j", "", "decide", "next candidate")                                 \
    X(CANDIDATE_UP, "up", "k", "", "decide", "previous candidate")                                 \
    X(PICK, "pick", "Enter", "c", "decide", "pick any path by typing, or make a new one")          \
    X(REJECT, "reject", "x", "", "decide", "reject: fits no class")                                \
    X(SKIP, "skip", "s", "", "decide", "skip: comes back last")                                    \
    X(FLAG, "flag", "f", "", "decide", "flag, or take the flag off")                               \
    X(UNDO, "undo", "u", "Backspace", "decide", "undo: an answer, or a change to the labels")      \
    X(REDO, "redo", "Ctrl-R", "", "decide", "redo")                                                \
    X(COPY, "copy", "y", "", "decide", "copy the path")                                            \
    X(PASTE, "paste", "p", "", "decide", "put the copied path on this photo, next photo")          \
    X(REPEAT, "repeat", ".", "", "decide", "give the last path again, next photo")                 \
    X(MARK, "mark", "Space", "", "decide", "mark the photo, or take the mark off; next photo")     \
    X(RANGE, "mark-range", "V", "", "decide", "mark all photos gone past, until V again")          \
    X(APPLY, "apply", ";", "", "decide", "the next key is about the marked photos, together")      \
    X(LABEL, "label", "E", "", "decide", "the label shown itself: rename, move, merge, remove it") \
    X(NEXT, "next", "J", "Right", "move", "next photo, deciding nothing")                          \
    X(PREVIOUS, "previous", "K", "Left", "move", "previous photo, deciding nothing")               \
    X(NEXT_OPEN, "next-open", "Tab", "", "move", "next photo that nobody has decided on")          \
    X(GRID, "grid", "g", "", "move", "grid: many photos of one predicted path at once")            \
    X(SEARCH, "search", "/", "", "move", "search the queue: file names, labels, predicted paths")  \
    X(SEARCH_NEXT, "search-next", "n", "", "move", "next photo that is sought")                    \
    X(SEARCH_BACK, "search-back", "N", "", "move", "previous photo that is sought")                \
    X(FILTER, "filter", "F", "", "move", "filter: which photos are in the queue")                  \
    X(ORDER, "order", "o", "", "move", "order of the queue")                                       \
    X(TRAIN, "train", "t", "", "network", "train the last blocks, in the background")              \
    X(TRAIN_FULL, "train-full", "T", "", "network", "train the whole network, in the background")  \
    X(CANCEL, "cancel", "Ctrl-C", "", "network", "cancel the training; in other screens: back")    \
    X(MODELS, "models", "m", "", "network", "models: scores, use, go back")                        \
    X(REPORT, "report", "r", "", "network", "report: score, what is confused")                     \
    X(ZOOM_IN, "zoom-in", "+", "=", "screen", "enlarge the photo")                                 \
    X(ZOOM_OUT, "zoom-out", "-", "", "screen", "the whole photo again")                            \
    X(REDRAW, "redraw", "Ctrl-L", "", "screen", "draw everything again")                           \
    X(HELP, "help", "?", "F1", "screen", "this help")                                              \
    X(COMMAND, "command", ":", "", "screen",                                                       \
      "command line: all of this by name, settings, orders")                                       \
    X(BACK, "back", "q", "Escape", "screen", "back; q in the review: quit")                        \
    X(QUIT, "quit", "Q", "", "screen", "quit")

enum key_command {
    KEY_NOTHING,
#define X(command, name, key, second, section, help) KEY_##command,
    KEYS(X)
#undef X
        KEY_COMMANDS
};

/* What the table says: the keys without any key file. */
struct key_binding {
    enum key_command command;
    const char *name, *key, *second, *section, *help;
};
extern const struct key_binding key_bindings[]; /* KEY_COMMANDS - 1 of them */

const struct key_binding *key_binding_of(enum key_command command);
enum key_command key_command_named(const char *name); /* KEY_NOTHING when there is none */

/* "Ctrl-R" -> 18, "Enter" -> TERMINAL_ENTER, "a" -> 'a'; -1 for a name not known. And back. */
int key_from_name(const char *name);
const char *key_name(int key, char *buffer, int size);

#endif
