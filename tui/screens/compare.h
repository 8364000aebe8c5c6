/* Argument of screen_compare: two models of the project. */
#ifndef TUI_SCREENS_COMPARE_H
#define TUI_SCREENS_COMPARE_H

struct compare_request {
    int before, after;
};

#endif
