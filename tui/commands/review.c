#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/review_text.h"
#include "tui/loop/app.h"
#include "tui/loop/project.h"
#include "tui/screens/screen.h"
#include "tui/terminal/terminal.h"

extern const struct command command_review;

struct review_command {
    const char *order, *graphics, *size;
    struct option_list filters;
    long threads, picture_bytes;
    struct app_options app;
    struct terminal_options terminal;
};

/* ---- options -------------------------------------------------------------------------------- */

static int read_size(struct review_command *c)
{
    char extra;
    if (sscanf(c->size, "%dx%d%c", &c->terminal.cols, &c->terminal.rows, &extra) == 2 &&
        c->terminal.cols >= 10 && c->terminal.cols <= 1000 && c->terminal.rows >= 4 &&
        c->terminal.rows <= 1000)
        return 0;
    return options_wrong(&command_review, "--size is COLUMNSxROWS (100x30), not '%s'", c->size);
}

static int check(struct review_command *c)
{
    int order = c->order ? queue_order_from_name(c->order) : QUEUE_DOUBT;
    int graphics = c->graphics ? graphics_from_name(c->graphics) : GRAPHICS_AUTO;
    if (order < 0)
        return options_wrong(&command_review,
                             "there is no order '%s'; `tend help review` lists them", c->order);
    if (graphics < 0)
        return options_wrong(&command_review,
                             "--graphics is auto, sixel, kitty, blocks or none, not '%s'",
                             c->graphics);
    if (!c->terminal.script && (c->terminal.dump || c->size))
        return options_wrong(&command_review, "--dump and --size go with --script");
    c->app.order = (enum queue_order)order;
    c->app.order_given = c->order != NULL;
    c->app.filters = c->filters.items;
    c->app.filter_count = c->filters.count;
    c->app.threads = (int)c->threads;
    c->terminal.graphics = (enum graphics)graphics;
    c->terminal.picture_bytes = (size_t)c->picture_bytes;
    for (int i = 0; i < c->filters.count; i++) {
        struct filter unused = {0};
        struct status st = {0};
        if (filter_read(&unused, c->filters.items[i], NULL, &st) != 0)
            return options_wrong(&command_review, "--filter: %s", st.text);
    }
    return c->size ? read_size(c) : 0;
}

/* ---- the review ----------------------------------------------------------------------------- */

static int review(struct review_command *c, struct status *st)
{
    struct app *a;
    c->app.background = 1;
    if (app_open(&c->app, &a, st) != 0)
        return -1;
    int result = terminal_start(&c->terminal, st);
    if (result == 0) {
        result = ui_run(a, st);
        terminal_end();
    }
    app_close(a);
    return result;
}

static int run(int argc, char **argv)
{
    struct review_command c = {0};
    struct status st = {0};
    struct arguments args;
    const struct option_spec specs[] = {
        {"order", OPTION_TEXT, &c.order, 0, 0},
        {"filter", OPTION_LIST, &c.filters, 0, 0},
        {"graphics", OPTION_TEXT, &c.graphics, 0, 0},
        {"picture-bytes", OPTION_WHOLE, &c.picture_bytes, 20000, 10000000},
        {"user", OPTION_TEXT, &c.app.who, 0, 0},
        {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {"script", OPTION_TEXT, &c.terminal.script, 0, 0},
        {"dump", OPTION_TEXT, &c.terminal.dump, 0, 0},
        {"size", OPTION_TEXT, &c.size, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_review, argc, argv, specs, 0, &args) != 0)
        return args.status;
    int wrong = check(&c);
    if (wrong)
        return wrong;
    if (!c.terminal.script && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return review_text(&c.app);
    return review(&c, &st) == 0 ? 0 : output_fail(&st);
}

const struct command command_review = {
    "review",
    "review [--order O] [--filter F]... [--graphics G] [--picture-bytes N] [--user NAME] [--threads N] "
    "[--script FILE [--dump FILE] [--size COLSxROWS]]",
    "opens the review of the project around the current folder; ? in it lists the keys",
    "Every decision is on disk before the next photo is drawn. Without a terminal the command tells what\n"
    "it would show.\n\n"
    "  --order O             doubt (default): where a look gains most; sure: most certain first; path: one\n"
    "                        predicted path together; file: as the files are sorted; random; oldest:\n"
    "                        longest since the last review; suspect: labels that all others\n"
    "                        speak against; similar: like the photo shown (by o in the review)\n"
    "  --filter TERMS        only photos for which all terms hold; may be given several times. Terms:\n"
    "                        all flagged below='food > drink' label=PATH predicted=PATH conf<0.5 expected<0.5\n"
    "                        disagree file=TEXT split=val who=NAME (me) by=NAME disputed model=3 today since=2026-11-30\n"
    "                        before=DAY age<7d, and states: open decided none imported skipped accepted\n"
    "                        corrected given rejected. ! before a term: not. Values with blanks in '...'.\n"
    "                        Photos decided on come where a term asks about decisions, labels or flags.\n"
    "  Without these two, order and filter are those last chosen in the review (o, F); --filter open is none.\n"
    "  --graphics G          auto (default), sixel, kitty, blocks or none\n"
    "  --picture-bytes N     a picture takes at most N bytes to the terminal: fewer on a slow line (default: what\n"
    "                        `tend set picture.bytes` says)\n"
    "  --user NAME           who reviews (default: the system's user name)\n"
    "  --threads N           threads of the network (default: all cores)\n"
    "  --script FILE         play keys from a file, no terminal needed: for tests and demonstrations\n"
    "  --dump FILE           where the script's screens go (default: standard output)\n"
    "  --size COLSxROWS      the script's screen (default 100x30)\n",
    run,
};
