#include "tui/commands/import_labels.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/commands/progress.h"
#include "tui/loop/project.h"

enum { SAID = 20 }; /* problems told one by one; the log has all */

struct importing {
    struct project *project;
    const struct import_request *request;
    struct progress progress;
    atomic_int *cancel;
    size_t problems;
};

static void on_problem(void *arg, const char *text)
{
    struct importing *im = arg;
    if (im->problems++ < SAID) {
        progress_end(&im->progress);
        output_warn("%s", text);
    }
    project_log(im->project, "import: %s", text);
}

static void on_conflict(void *arg, const struct import_conflict *conflict)
{
    struct importing *im = arg;
    if (im->request->conflict) {
        progress_end(&im->progress);
        im->request->conflict(im->request->arg, conflict);
    }
}

static const struct format *choose(const struct import_request *r, struct status *st)
{
    char names[200] = "";
    const struct format *f = r->format ? format_find(r->format) : format_guess(r->path);
    if (f && f->import)
        return f;
    for (const struct format *const *g = formats; *g; g++) {
        size_t used = strlen(names);
        if ((*g)->import)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", (*g)->name);
    }
    if (r->format)
        status_fail(st, STATUS_UNSUPPORTED, "no format '%s' to import; there are: %s", r->format,
                    names);
    else if (access(r->path, F_OK) != 0)
        status_fail_errno(st, "%s", r->path);
    else
        status_fail(st, STATUS_UNSUPPORTED, "%s: which format is this? Say --format, one of: %s",
                    r->path, names);
    return NULL;
}

/* The formats pass the report's arg. */
static int on_progress(void *arg, size_t done, size_t total)
{
    struct importing *im = arg;
    progress_show(&im->progress, &(struct progress_state){.phase = "importing",
                                                          .done = (long)done,
                                                          .total = (long)total,
                                                          .seconds_left = -1});
    return atomic_load(im->cancel);
}

/* Which photos a model saw is not kept, so it is said of all that it may have seen. */
static void say_known(struct importing *im, size_t known)
{
    char text[300];
    snprintf(
        text, sizeof text,
        "%zu of the photos now of split val or test had labels when models were trained: those models may "
        "know them, and score too well; `tend train --from 1` makes one that does not",
        known);
    output_warn("%s", text);
    project_log(im->project, "import: %s", text);
}

static int nothing_taken(const char *path, size_t left_out, struct status *st)
{
    char lines[OUTPUT_NOUN];
    if (left_out == 0)
        return status_fail(st, STATUS_MISSING, "%s: nothing was taken: there is no photo in it",
                           path);
    return status_fail(st, STATUS_INVALID, "%s: nothing was taken: %s left out", path,
                       output_noun((int64_t)left_out, "line was", "lines were", lines));
}

int import_labels(struct project *p, const struct import_request *request, atomic_int *cancel,
                  struct import_result *out, struct status *st)
{
    /* Not the person's own name: undo in the review takes back decisions, not whole imports. */
    const char *who = request->who ? request->who : "import";
    struct importing im = {.project = p, .request = request, .cancel = cancel};
    const struct format *format = choose(request, st);
    *out = (struct import_result){0};
    if (!format)
        return -1;
    struct import_options options = {.root = p->root,
                                     .split = request->split,
                                     .who = who,
                                     .strict = request->strict,
                                     .add_nodes = request->add_nodes,
                                     .separator = request->separator,
                                     .conflicts = (enum conflict_rule)request->conflicts,
                                     .progress = on_progress};
    struct import_report report = {.problem = on_problem, .conflict = on_conflict, .arg = &im};
    progress_start(&im.progress, "photos");
    int result = format->import(p->store, request->path, &options, &report, st);
    progress_end(&im.progress);
    if (im.problems > SAID)
        output_warn("... and %zu more; %s/.tend/tend.log has all of them", im.problems - SAID,
                    p->root);
    if (result == 0 && report.known > 0)
        say_known(&im, report.known);
    *out = (struct import_result){.photos = report.photos,
                                  .added = report.added,
                                  .labelled = report.labelled,
                                  .skipped = report.skipped,
                                  .rejected = report.rejected,
                                  .left_out = report.left_out,
                                  .reviewed = report.reviewed,
                                  .conflicts = report.conflicts,
                                  .settled = report.settled,
                                  .put_to_review = report.put_to_review,
                                  .untimed = report.untimed,
                                  .format = format->name};
    if (result == 0 && report.photos == 0)
        result = nothing_taken(request->path, report.left_out, st);
    if (result == 0 && photos_hash_missing(p, cancel, st) != 0)
        result = st->code == STATUS_CANCELLED
                     ? status_fail(st, STATUS_CANCELLED, "interrupted; the labels are imported")
                     : -1;
    return result;
}
