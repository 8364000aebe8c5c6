/* Tasks for Label Studio, for this labelling configuration:
 *
 *     <View><Image name="img" value="$image"/><Taxonomy name="path"
 * toName="img">...</Taxonomy></View>
 *
 * Who decided is left out: completed_by is the number of a user of that server. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/decide.h"
#include "labels/formats/export.h"
#include "labels/formats/json_items.h"
#include "labels/formats/labelstudio.h"

struct writing {
    FILE *out;
    struct store *store;
    const struct taxonomy *taxonomy;
    struct terminals terminals;
    int model, written;
    float *by_node, *p; /* probabilities, by node and by terminal */
    struct status why;
};

static void write_url(FILE *out, const char *name)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    fputs("\"" LABELSTUDIO_LOCAL, out);
    for (; *name; name++)
        if (strchr(plain, *name))
            fputc(*name, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*name);
    fputc('"', out);
}

static void write_result(FILE *out, const char *kind, int64_t id, const char *const *labels,
                         int count)
{
    fputs("\"result\": [", out);
    if (count > 0) {
        fprintf(out,
                "{\"id\": \"%s%lld\", \"from_name\": \"path\", \"to_name\": \"img\", "
                "\"type\": \"taxonomy\", \"value\": {\"taxonomy\": [",
                kind, (long long)id);
        json_write_list(out, labels, count);
        fputs("]}}", out);
    }
    fputc(']', out);
}

static void write_time(FILE *out, const char *name, int64_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm tm;
    char text[40];
    if (milliseconds > 0 && gmtime_r(&seconds, &tm) &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm))
        fprintf(out, "\"%s\": \"%s.%06dZ\", ", name, text, (int)(milliseconds % 1000) * 1000);
}

static int write_annotation(struct writing *w, const struct exported *e)
{
    struct export_decision decision;
    if (export_decision(w->store, e->photo, &decision, &w->why) != 0)
        return -1;
    fprintf(w->out, "{\"id\": %lld, \"was_cancelled\": %s, \"ground_truth\": false, ",
            (long long)e->photo->id, e->photo->state.kind == REVIEW_SKIPPED ? "true" : "false");
    write_time(w->out, "created_at", decision.time);
    write_time(w->out, "updated_at", decision.time);
    if (decision.milliseconds > 0)
        fprintf(w->out, "\"lead_time\": %d.%03d, ", decision.milliseconds / 1000,
                decision.milliseconds % 1000);
    write_result(w->out, "a", e->photo->id, e->labels, e->count);
    fputc('}', w->out);
    return 0;
}

static int write_prediction(struct writing *w, const struct exported *e)
{
    struct answer answer;
    const char *labels[TAXONOMY_DEPTH];
    float sum = 0;
    int found = w->model > 0 && w->terminals.count > 0
                    ? store_prediction(w->store, e->photo->id, w->model, w->by_node,
                                       w->terminals.nodes, NULL, 0, &w->why)
                    : 1;
    if (found != 0)
        return found < 0 ? -1 : 0;
    for (int k = 0; k < w->terminals.count; k++)
        sum += w->p[k] = w->by_node[w->terminals.node[k]];
    if (!(sum > 0)) /* a photo that could not be read */
        return 0;
    for (int k = 0; k < w->terminals.count; k++)
        w->p[k] /= sum;
    decide_answer(w->taxonomy, &w->terminals, w->p, &answer);
    for (int l = 0; l < answer.depth; l++)
        labels[l] = taxonomy_name(w->taxonomy, answer.path[l]);
    fprintf(w->out, "{\"model_version\": \"model-%d\", \"score\": %.4f, ", w->model,
            answer.depth ? (double)answer.confidence[answer.depth - 1] : 0.0);
    write_result(w->out, "p", e->photo->id, labels, answer.depth);
    fputc('}', w->out);
    return 0;
}

static int write_task(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    fprintf(w->out, "%s{\"id\": %lld, \"data\": {\"image\": ", w->written++ ? ",\n " : "[",
            (long long)e->photo->id);
    write_url(w->out, e->name);
    if (e->photo->split != SPLIT_NONE)
        fprintf(w->out, ", \"split\": \"%s\"", split_name(e->photo->split));
    fputs("},\n  \"annotations\": [", w->out);
    if (e->photo->state.kind != REVIEW_NONE && write_annotation(w, e) != 0)
        return 1;
    fputs("],\n  \"predictions\": [", w->out);
    if (write_prediction(w, e) != 0)
        return 1;
    fputs("]}", w->out);
    return 0;
}

int labelstudio_export(struct store *s, FILE *out, const struct export_options *options,
                       struct status *st)
{
    struct writing w = {
        .out = out, .store = s, .taxonomy = store_taxonomy(s), .model = store_current_model(s)};
    int result = terminals_make(w.taxonomy, &w.terminals, st);
    if (result == 0) {
        w.by_node = malloc(((size_t)w.terminals.nodes + 1) * sizeof *w.by_node);
        w.p = malloc(((size_t)w.terminals.count + 1) * sizeof *w.p);
        result = w.by_node && w.p ? export_each(s, out, options, write_task, &w, st)
                                  : status_out_of_memory(st);
    }
    if (result == 0 && w.why.code != STATUS_OK)
        result = status_fail(st, w.why.code, "%s", w.why.text);
    if (result == 0)
        fputs(w.written ? "]\n" : "[]\n", out);
    terminals_clear(&w.terminals);
    free(w.by_node);
    free(w.p);
    return result;
}
