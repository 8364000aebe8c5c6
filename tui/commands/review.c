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
    const char *below; /* path of a filter, resolved once the project is open */
    struct option_list filters;
    long threads;
    struct app_options app;
    struct terminal_options terminal;
};

/* ---- options -------------------------------------------------------------------------------- */

/* 0, or the exit status 2. */
static int read_filter(struct review_command *c, const char *text)
{
    struct queue_filter *f = &c->app.filter;
    if (strcmp(text, "all") == 0)
        f->include_reviewed = 1;
    else if (strcmp(text, "flagged") == 0)
        f->only_flagged = f->include_reviewed = 1;
    else if (strncmp(text, "below=", 6) == 0 && text[6])
        c->below = text + 6;
    else if (strncmp(text, "file=", 5) == 0 && text[5])
        f->path_contains = text + 5;
    else if (strncmp(text, "split=", 6) == 0 && split_from_name(text + 6) > 0)
        f->split = (enum split)split_from_name(text + 6);
    else
        return options_wrong(&command_review,
                             "--filter is all, flagged, below=PATH, file=TEXT or split=NAME, not '%s'",
                             text);
    return 0;
}

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
        return options_wrong(&command_review, "there is no order '%s'; `tend help review` lists them",
                             c->order);
    if (graphics < 0)
        return options_wrong(&command_review, "--graphics is auto, sixel, blocks or none, not '%s'",
                             c->graphics);
    if (!c->terminal.script && (c->terminal.dump || c->size))
        return options_wrong(&command_review, "--dump and --size go with --script");
    c->app.order = (enum queue_order)order;
    c->app.filter.below = -1;
    c->app.threads = (int)c->threads;
    c->terminal.graphics = (enum graphics)graphics;
    for (int i = 0; i < c->filters.count; i++) {
        int wrong = read_filter(c, c->filters.items[i]);
        if (wrong)
            return wrong;
    }
    return c->size ? read_size(c) : 0;
}

/* The node of --filter below=PATH. */
static int find_below(struct review_command *c, struct status *st)
{
    struct project project;
    if (!c->below)
        return 0;
    if (project_open(NULL, &project, st) != 0)
        return -1;
    c->app.filter.below = taxonomy_resolve_text(store_taxonomy(project.store), c->below, st);
    project_close(&project);
    return c->app.filter.below >= 0 ? 0 : -1;
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
    if (find_below(&c, &st) != 0)
        return output_fail(&st);
    if (!c.terminal.script && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return review_text(&c.app);
    return review(&c, &st) == 0 ? 0 : output_fail(&st);
}

const struct command command_review = {
    "review",
    "review [--order O] [--filter F]... [--graphics G] [--user NAME] [--threads N] "
    "[--script FILE [--dump FILE] [--size COLSxROWS]]",
    "opens the review of the project around the current folder; ? in it lists the keys",
    "Every decision is on disk before the next photo is drawn. Without a terminal the command tells what\n"
    "it would show.\n\n"
    "  --order O             doubt (default): where a look gains most; sure: most certain first; path: one\n"
    "                        predicted path together; file: as the files are sorted; random; oldest:\n"
    "                        longest since the last review; suspect: labels that all others\n"
    "                        speak against; similar: like the photo shown (by o in the review)\n"
    "  --filter all          reviewed photos too\n"
    "  --filter flagged      flagged photos only\n"
    "  --filter below=PATH   predicted at or below this label, e.g. 'food > drink'\n"
    "  --filter file=TEXT    photos whose name holds the text\n"
    "  --filter split=NAME   train or val (test is never queued)\n"
    "  --graphics G          auto (default), sixel, blocks or none\n"
    "  --user NAME           who reviews (default: the system's user name)\n"
    "  --threads N           threads of the network (default: all cores)\n"
    "  --script FILE         play keys from a file, no terminal needed: for tests and demonstrations\n"
    "  --dump FILE           where the script's screens go (default: standard output)\n"
    "  --size COLSxROWS      the script's screen (default 100x30)\n",
    run,
};
