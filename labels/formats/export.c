#include "labels/formats/export.h"

#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"

struct exporting {
    const struct taxonomy *taxonomy;
    const struct export_options *options;
    FILE *out;
    size_t passed; /* of options->only */
    int (*write)(void *arg, const struct exported *e);
    void *arg;
    struct status why;
};

/* Photos come by rising id, as those of options->only stand. */
static int is_wanted(struct exporting *x, const struct photo *photo)
{
    const struct export_options *o = x->options;
    int person = review_is_decided(photo->state.kind);
    int said = photo->state.kind != REVIEW_NONE || photo->split != SPLIT_NONE;
    if (!o->only)
        return o->only_reviewed ? person : said;
    while (x->passed < o->only_count && o->only[x->passed] < photo->id)
        x->passed++;
    return x->passed < o->only_count && o->only[x->passed] == photo->id &&
           (person || !o->only_reviewed);
}

static int visit(void *arg, const struct photo *photo)
{
    struct exporting *x = arg;
    struct exported e = {.photo = photo, .name = photo->path};
    int path[TAXONOMY_DEPTH];
    char *file = NULL;
    if (!is_wanted(x, photo))
        return 0;
    if (photo->state.node >= 0)
        e.count = taxonomy_path(x->taxonomy, photo->state.node, path);
    for (int l = 0; l < e.count; l++)
        e.labels[l] = taxonomy_name(x->taxonomy, path[l]);
    if (!x->options->relative_to_root && x->options->root) {
        if (!(file = file_join(x->options->root, photo->path))) {
            status_out_of_memory(&x->why);
            return 1;
        }
        e.name = file;
    }
    int stop = x->write(x->arg, &e) || (x->out && ferror(x->out));
    free(file);
    return stop;
}

int export_each(struct store *s, FILE *out, const struct export_options *options,
                int (*write)(void *arg, const struct exported *e), void *arg, struct status *st)
{
    struct exporting x = {
        .taxonomy = store_taxonomy(s), .options = options, .out = out, .write = write, .arg = arg};
    if (store_each_photo(s, visit, &x, st) != 0)
        return -1;
    if (x.why.code != STATUS_OK)
        return status_fail(st, x.why.code, "%s", x.why.text);
    return out && ferror(out) ? status_fail_errno(st, "writing failed") : 0;
}

/* ---- decisions ------------------------------------------------------------------------------ */

struct deciding {
    const struct photo *photo;
    struct export_decision *out;
};

/* The last event after which the photo was as it is now and had not been before. */
static int look(void *arg, const struct event *e)
{
    struct deciding *d = arg;
    const struct review_state *now = &d->photo->state;
    if (e->after.kind != now->kind || e->after.node != now->node || e->kind == EVENT_UNDO ||
        e->kind == EVENT_REDO || e->kind == EVENT_CLAIM || e->kind == EVENT_FLAG ||
        e->kind == EVENT_UNFLAG)
        return 0;
    d->out->time = e->time;
    d->out->milliseconds = e->milliseconds;
    d->out->model = e->model;
    snprintf(d->out->who, sizeof d->out->who, "%s", e->who);
    return 0;
}

int export_decision(struct store *s, const struct photo *photo, struct export_decision *out,
                    struct status *st)
{
    struct deciding d = {photo, out};
    *out = (struct export_decision){0};
    if (photo->state.kind == REVIEW_NONE)
        return 0;
    return store_each_event(s, photo->id, look, &d, st);
}
