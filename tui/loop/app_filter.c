/* The order and the filter of a project, kept for the next sitting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

static const char order_setting[] = "review.order", filter_setting[] = "review.filter",
                  past_setting[] = "review.filters"; /* a line each */

static void add_notice(struct app *a, const char *text)
{
    size_t used = strlen(a->notice);
    snprintf(a->notice + used, sizeof a->notice - used, "%s%s", used ? "; " : "", text);
}

/* One that is not understood any more would hide photos in a way that nobody can read: everything
 * open is shown. */
static void recall_filter(struct app *a)
{
    char text[FILTER_TEXT], notice[FILTER_TEXT + 100];
    struct status st = {0};
    store_setting(a->project.store, filter_setting, "", text, sizeof text);
    if (!text[0])
        return;
    if (filter_read(&a->filter, text, store_taxonomy(a->project.store), &st) == 0) {
        filter_write(&a->filter, store_taxonomy(a->project.store), text, sizeof text);
        snprintf(notice, sizeof notice, "as last time, only: %s (F changes it)", text);
    } else {
        snprintf(notice, sizeof notice, "the filter of last time is dropped: %s", st.text);
        store_set_setting(a->project.store, filter_setting, "", NULL);
    }
    add_notice(a, notice);
}

int app_recall(struct app *a, const struct app_options *options, struct status *st)
{
    char text[40];
    store_setting(a->project.store, order_setting, "", text, sizeof text);
    int order = queue_order_from_name(text);
    if (!options->order_given && order >= 0 && order != QUEUE_SIMILAR)
        a->order = (enum queue_order)order;
    for (int i = 0; i < options->filter_count; i++)
        if (filter_read(&a->filter, options->filters[i], store_taxonomy(a->project.store), st) != 0)
            return -1;
    if (options->filter_count == 0)
        recall_filter(a);
    return 0;
}

int app_remember_order(struct app *a, struct status *st)
{
    return a->order == QUEUE_SIMILAR
               ? 0
               : store_set_setting(a->project.store, order_setting, queue_order_name(a->order), st);
}

int app_past_filters(struct app *a, char texts[][FILTER_TEXT], int max)
{
    char *kept = malloc(APP_FILTERS * FILTER_TEXT);
    int n = 0;
    if (!kept)
        return 0;
    store_setting(a->project.store, past_setting, "", kept, APP_FILTERS * FILTER_TEXT);
    for (char *line = kept; *line && n < max && n < APP_FILTERS;) {
        size_t size = strcspn(line, "\n");
        if (size > 0 && size < FILTER_TEXT)
            snprintf(texts[n++], FILTER_TEXT, "%.*s", (int)size, line);
        line += size + (line[size] == '\n');
    }
    free(kept);
    return n;
}

/* The newest one first, each once. */
static int remember_past(struct app *a, const char *text, struct status *st)
{
    char(*past)[FILTER_TEXT] = malloc(sizeof(char[APP_FILTERS][FILTER_TEXT]));
    char *all = malloc(APP_FILTERS * FILTER_TEXT);
    int failed = past && all ? 0 : status_out_of_memory(st);
    if (!failed) {
        int n = app_past_filters(a, past, APP_FILTERS);
        size_t used = (size_t)snprintf(all, FILTER_TEXT, "%s", text);
        for (int i = 0, kept = 1; i < n && kept < APP_FILTERS; i++) {
            if (strcmp(past[i], text) == 0)
                continue;
            used += (size_t)snprintf(all + used, FILTER_TEXT, "\n%s", past[i]);
            kept++;
        }
        failed = store_set_setting(a->project.store, past_setting, all, st);
    }
    free(past);
    free(all);
    return failed;
}

int app_remember_filter(struct app *a, struct status *st)
{
    char text[FILTER_TEXT];
    filter_write(&a->filter, store_taxonomy(a->project.store), text, sizeof text);
    if (text[0] && remember_past(a, text, st) != 0)
        return -1;
    return store_set_setting(a->project.store, filter_setting, text, st);
}
