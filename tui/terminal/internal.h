/* What the files of the terminal share; nobody else includes this. There is one terminal a process
 * and one thread that uses it: its state is the one variable below. */
#ifndef TUI_TERMINAL_INTERNAL_H
#define TUI_TERMINAL_INTERNAL_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

#include "tui/terminal/input.h"
#include "tui/terminal/probe.h"
#include "tui/terminal/terminal.h"

enum { PICTURE_SLOTS = 64, KEY_QUEUE = 256 };

/* A picture on its cells, or one that shall be. */
struct place {
    const struct picture *picture; /* of what stands: only to compare with, it may be gone */
    unsigned long id;
    int row, col, rows, cols;
    long long of; /* its photo */
    int partial;  /* broken off: something of it is there */
};

struct terminal {
    int started, scripted;
    enum graphics wanted_graphics;
    size_t wanted_bytes; /* of a picture, by terminal_options; 0: none wanted */
    struct terminal_info info;
    struct answers answers;
    int terminfo_colors;

    /* signals.c, terminal.c */
    struct termios before;
    int has_before;
    int wake[2]; /* the signal handlers' pipe */
    FILE *script_in, *script_out;

    /* ask.c */
    struct input input;
    int64_t last_byte, last_key, key_before;
    int keys[KEY_QUEUE];
    int keys_first, keys_count;
    int ended; /* the input */

    /* Questions under way, each answered by one DA1, in order. */
    unsigned long asked, answered;
    unsigned long sizes_asked; /* the last question about sizes */
    int64_t asked_at;
    int silent;       /* questions in a row without an answer */
    int answered_now; /* an answer came that somebody waits for */
    int changed;      /* capabilities changed: TERMINAL_RESIZE is due */

    /* pictures */
    struct place wanted[PICTURE_SLOTS], standing[PICTURE_SLOTS];
    unsigned long picture_asked; /* the question behind the last picture */
    size_t in_flight;            /* bytes of pictures sent before it */
    int picture_fd;              /* the terminal again, not blocking; -1: none */

    int mouse; /* is asked for */
    int (*busy)(void *arg);
    void *busy_arg;
    int cursor_row, cursor_col; /* wanted; row negative: hidden */
    int at_row, at_col;         /* where curses has left it */
};

extern struct terminal terminal;

/* ---- terminal.c ---- */
void terminal_modes(struct termios *mode);
int terminal_resized(int rows, int cols); /* TERMINAL_RESIZE */

/* ---- signals.c ---- */
enum { SIGNALLED_RESIZE = 1, SIGNALLED_SUSPEND = 2, SIGNALLED_CONTINUE = 4, SIGNALLED_HANGUP = 8 };
int signals_install(struct status *st);
void signals_remove(void);
/* What came since the last call. */
unsigned signals_take(void);
int signals_waiting(void);
/* Bytes that put the terminal back after a crash. */
void signals_set_restore(const char *bytes);
/* Stops the program as Ctrl-Z does; returns when it goes on. */
void signals_stop(void);

/* ---- ask.c ---- */
int ask_environment(enum graphics wanted, struct probe_environment *e);
/* Asks everything and waits at most a second; typed keys go to the queue. */
void ask_all(void);
/* Sends a question; its answer comes in later. 0: this terminal is not asked. */
int ask(enum probe_question q);
/* Waits for all answers that are due, at most so long. */
void ask_settle(int milliseconds);
int ask_under_way(unsigned long number);
/* Gives up on questions that were not answered in time. */
void ask_expire(void);
int ask_patience(void); /* milliseconds until then; -1: nothing was asked */
/* Capabilities from the answers that are there; 1 if anything changed. */
int ask_conclude(void);
/* Blocking, all of it; write errors are ignored (the end of the terminal is seen when reading). */
void ask_write(const char *bytes, size_t size);
/* Reads what is there and sorts it into keys and answers. */
void ask_pump(void);

int keyboard_take(void); /* the next key that was read; TERMINAL_NONE */

/* ---- curses.c ---- */
/* Is this terminal in terminfo? 0, and how many colours it has; -1. */
int draw_terminfo(const char *term, int *colors);
int draw_start(const char *term, FILE *in, FILE *out, struct status *st);
void draw_end(void);
void draw_size(int rows, int cols);
void draw_suspend(void);
void draw_resume(void);
void draw_all_again(void); /* at the next flush */
int draw_knows_mouse(void);
const char *draw_restore_bytes(void);
/* Does anybody's text stand in these cells? */
int draw_has_text(const struct place *p);
/* Would the next refresh write blanks into these cells, or anything into their rows? */
int draw_will_blank(const struct place *p);
int draw_will_touch_rows(const struct place *p);
/* Its cells become blank, ready for a picture. */
void draw_blank(const struct place *p);
/* The next refresh writes blanks over all of these cells that hold no text. */
void draw_erase(const struct place *p);
/* Takes text off the cells until draw_uncover puts it back; 0 or -1 (out of memory). Both refresh.
 */
int draw_cover(const struct place *p);
void draw_uncover(void);
void draw_refresh(void);
int draw_dump(FILE *out, int number);

/* ---- place.c: pictures on the screen ---- */
void place_before_refresh(void);
void place_forget_standing(void);

/* ---- script.c ---- */
int script_open(const char *path, const char *dump, struct status *st);
void script_close(void);
int script_key(int milliseconds, int fd);

#endif
