/* What a person may set in a project: one table. Settings are texts in the store, by a dotted name;
 * whoever needs one reads it when it is needed (settings_get, settings_number). */
#ifndef TUI_LOOP_SETTINGS_H
#define TUI_LOOP_SETTINGS_H

#include <stddef.h>

#include "labels/store.h"

struct status;

/* X(name, kind, default, least, most, choices or "", help): COUNT is a whole number in [least,
 * most], SHARE a number in it, CHOICE one of the words in `choices` (separated by blanks), TEXT
 * anything in one line. */
#define SETTINGS(X)                                                                                \
    X("mouse", CHOICE, "on", 0, 0, "on off",                                                       \
      "the mouse selects candidates and zooms; Shift and drag selects text all the same")          \
    X("picture.bytes", COUNT, "500000", 20000, 10000000, "",                                       \
      "a picture takes at most so many bytes to the terminal: fewer on a slow line")               \
    X("blind.percent", COUNT, "0", 0, 50, "",                                                      \
      "on so many percent of the photos the prediction is hidden until you have decided")

enum setting_kind { SETTING_COUNT, SETTING_SHARE, SETTING_CHOICE, SETTING_TEXT };

struct setting {
    const char *name;
    enum setting_kind kind;
    const char *usual; /* the default */
    double least, most;
    const char *choices, *help;
};
extern const struct setting settings[];
int settings_count(void);

enum { SETTING_SIZE = 200 };

/* NULL, and st says so, when there is none of that name. */
const struct setting *settings_find(const char *name, struct status *st);
/* Its value in this project: what was set, while that is something it may be, else the default.
 * Fills the buffer and returns it. */
const char *settings_get(struct store *s, const struct setting *setting, char *buffer, size_t size);
/* The same of a COUNT or SHARE of the table, by name. */
double settings_number(struct store *s, const char *name);
/* value NULL: the default. Errors: not what the setting may be; the store's. */
int settings_set(struct store *s, const struct setting *setting, const char *value,
                 struct status *st);
/* "a whole number from 0 to 50", "on or off". */
const char *settings_allowed(const struct setting *setting, char *buffer, size_t size);

#endif
