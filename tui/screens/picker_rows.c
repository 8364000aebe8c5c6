/* Which rows the picker shows: pure but for what it asks the app. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labels/search.h"
#include "tui/screens/picker.h"

enum {
    FIRST_CANDIDATES = 5
}; /* before the last picks, so that those are in sight on a small screen, too */

static int is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

int picker_is_empty(const struct picker *p)
{
    return is_blank(p->line.text);
}

int picker_has_none(const struct picker *p)
{
    return p->request.title && !p->chosen && !p->walking && picker_is_empty(p);
}

void picker_offer(const struct picker *p, const struct taxonomy *t, struct offer *o)
{
    char both[OFFER_TEXT];
    if (!p->name[0]) {
        offer_make(t, p->line.text, o);
        return;
    }
    snprintf(both, sizeof both, "%s > %s", p->line.text, p->name);
    offer_make(t, picker_is_empty(p) ? "" : both, o);
}

int picker_picks(struct screen *s, int *nodes)
{
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    const struct picker *p = s->state;
    const struct usual *picks = ui_picks(s->ui);
    if (p->request.title)
        return 0;
    for (int i = 0; i < picks->count; i++) {
        nodes[i] = taxonomy_now(t, picks->node[i]);
        for (int k = 0; k < i; k++) /* merged meanwhile */
            if (nodes[k] == nodes[i])
                nodes[i] = -1;
    }
    return picks->count;
}

int picker_takes_digits(struct screen *s)
{
    const struct picker *p = s->state;
    const struct search *search = app_search(ui_app(s->ui));
    if (p->request.title || p->name[0])
        return 0;
    return p->walking || (!p->line.text[0] && search && !search_has_digits(search));
}

/* ---- rows ---- */

static void add(struct picker *p, int node)
{
    if (p->count == p->room) {
        int room = 2 * p->room + 64;
        int *rows = realloc(p->rows, (size_t)room * sizeof *rows);
        if (!rows)
            return;
        p->rows = rows;
        p->room = room;
    }
    p->rows[p->count++] = node;
}

static void add_once(struct picker *p, int node)
{
    for (int i = 0; i < p->count; i++)
        if (p->rows[i] == node)
            return;
    if (p->count < PICKER_MOST)
        add(p, node);
}

static void begin(struct picker *p)
{
    p->count = p->list.selected = p->list.top = p->chosen = 0;
}

static void end(struct picker *p)
{
    p->list.count = p->count;
    list_settle(&p->list);
}

static void add_probable(struct picker *p, struct screen *s)
{
    const struct app_photo *current = app_current(ui_app(s->ui));
    int picks[USUAL_PLACES], n = picker_picks(s, picks);
    for (int i = 0; i < current->candidates && i < FIRST_CANDIDATES; i++)
        add_once(p, current->candidate[i].node);
    for (int i = 0; i < n; i++)
        if (picks[i] >= 0)
            add_once(p, picks[i]);
    for (int i = FIRST_CANDIDATES; i < current->candidates; i++)
        add_once(p, current->candidate[i].node);
}

/* What speaks for a label: its probability on this photo, how much it is used, and that it was
 * picked lately. NULL: out of memory, or the tree itself is looked at. */
static float *weigh(struct screen *s)
{
    const float picked = 0.2f;
    const struct picker *p = s->state;
    struct app *a = ui_app(s->ui);
    int picks[USUAL_PLACES], n = picker_picks(s, picks);
    float *weight = p->request.title
                        ? NULL
                        : malloc(((size_t)taxonomy_count(app_taxonomy(a)) + 1) * sizeof *weight);
    if (!weight)
        return NULL;
    app_weigh_labels(a, weight);
    for (int i = 0; i < n; i++)
        if (picks[i] >= 0)
            weight[picks[i]] += picked;
    return weight;
}

static int fits(const struct picker *p, const struct taxonomy *t, int node)
{
    int other = p->request.other - 1;
    return other < 0 || !taxonomy_is_above(t, other, node);
}

static void add_found(struct picker *p, struct screen *s)
{
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    const struct search *search = app_search(ui_app(s->ui));
    int found[PICKER_MOST];
    float *weight = weigh(s);
    int n = search ? search_find(search, p->line.text, weight, found, PICKER_MOST) : 0;
    for (int i = 0; i < n; i++)
        if ((!p->name[0] || taxonomy_depth(t, found[i]) < taxonomy_max_depth(t)) &&
            fits(p, t, found[i]))
            add_once(p, found[i]);
    free(weight);
}

void picker_search(struct screen *s)
{
    struct picker *p = s->state;
    struct offer offer;
    int asks_parent = p->name[0] != '\0';
    begin(p);
    p->walking = 0;
    if ((asks_parent || p->request.top) && picker_is_empty(p))
        add(p, PICKER_TOP);
    if (picker_is_empty(p) && !asks_parent && !p->request.title)
        add_probable(p, s);
    add_found(p, s);
    picker_offer(p, app_taxonomy(ui_app(s->ui)), &offer);
    if (offer.count > 0 && !p->request.title && (!asks_parent || p->count == 0))
        add(p, PICKER_NEW);
    end(p);
}

void picker_walk(struct screen *s, int at, int selected)
{
    struct picker *p = s->state;
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    begin(p);
    p->walking = p->chosen = 1;
    p->at = at;
    if (at == TAXONOMY_ROOT && (p->request.top || p->name[0]))
        add(p, PICKER_TOP);
    for (int v = taxonomy_first_child(t, at); v >= 0; v = taxonomy_next_sibling(t, v)) {
        if (v == selected)
            p->list.selected = p->count;
        add(p, v);
    }
    end(p);
}
