/* Filters: what holds for a photo, and how a filter is written. */
#include "labels/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "labels/taxonomy.h"
#include "labels/text.h"

#define X(word, value, help) {word, value, help},
const struct filter_word filter_words[] = {FILTER_WORDS(X){NULL, NULL, NULL}};
#undef X

static const unsigned decided_states =
    1u << REVIEW_ACCEPTED | 1u << REVIEW_CORRECTED | 1u << REVIEW_GIVEN | 1u << REVIEW_REJECTED;

static unsigned facts_of(enum filter_kind kind)
{
    switch (kind) {
    case FILTER_FILE: return FILTER_PATH;
    case FILTER_CONFIDENCE: return FILTER_PROBABILITIES;
    case FILTER_WHO:
    case FILTER_MODEL:
    case FILTER_SINCE:
    case FILTER_BEFORE:
    case FILTER_AGE: return FILTER_DECISION;
    case FILTER_BY:
    case FILTER_DISPUTED: return FILTER_OPINIONS;
    case FILTER_CONFLICT: return FILTER_CLAIM;
    default: return FILTER_CHEAP;
    }
}

unsigned filter_needs(const struct filter *f)
{
    unsigned needs = 0;
    for (int i = 0; i < f->count; i++)
        needs |= facts_of(f->term[i].kind);
    return needs;
}

int filter_takes_decided(const struct filter *f)
{
    for (int i = 0; i < f->count; i++) {
        const struct filter_term *m = &f->term[i];
        if (m->negated)
            continue;
        if ((m->kind == FILTER_STATE && (m->mask & decided_states)) || m->kind == FILTER_FLAGGED ||
            m->kind == FILTER_LABEL || m->kind == FILTER_DISAGREE ||
            (facts_of(m->kind) & (FILTER_DECISION | FILTER_OPINIONS | FILTER_CLAIM)))
            return 1;
    }
    return 0;
}

int filter_asks_predictions(const struct filter *f)
{
    for (int i = 0; i < f->count; i++) {
        enum filter_kind k = f->term[i].kind;
        if (k == FILTER_BELOW || k == FILTER_PREDICTED || k == FILTER_EXPECTED ||
            k == FILTER_DISAGREE || k == FILTER_CONFIDENCE)
            return 1;
    }
    return 0;
}

/* ---- holding -------------------------------------------------------------------------------- */

static int compares(double value, const char *op, double limit)
{
    if (op[0] == '<')
        return op[1] ? value <= limit : value < limit;
    return op[1] ? value >= limit : value > limit;
}

/* 0 stands for today, so that a filter that is kept means the day it is used on. */
static int64_t day(int64_t given, int64_t now)
{
    if (given)
        return given;
    time_t seconds = (time_t)(now / 1000);
    struct tm local;
    localtime_r(&seconds, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return (int64_t)mktime(&local) * 1000;
}

static int path_has(const char *path, const char *text)
{
    char folded[4096], wanted[2 * FILTER_VALUE];
    if (!path)
        return 0;
    if (text_is_ascii(text))
        return strcasestr(path, text) != NULL;
    text_fold(path, folded, sizeof folded);
    text_fold(text, wanted, sizeof wanted);
    return strstr(folded, wanted) != NULL;
}

static int disagrees(const struct taxonomy *t, const struct filter_facts *p)
{
    return p->label >= 0 && p->untaught >= 0 && !taxonomy_is_above(t, p->label, p->untaught);
}

static int is_below(const struct taxonomy *t, int above, int node)
{
    above = taxonomy_now(t, above); /* nothing is below a label that was removed */
    return above >= 0 && node >= 0 && taxonomy_is_above(t, above, node);
}

static int is_by(const char *name, const struct filter_facts *p)
{
    if (strcmp(name, "me") == 0 && p->me)
        name = p->me;
    return p->who && p->who[0] && strcmp(p->who, name) == 0;
}

static int has_opinion(const char *name, const struct filter_facts *p)
{
    if (strcmp(name, "me") == 0 && p->me)
        name = p->me;
    for (int i = 0; i < p->opinion_count; i++)
        if (strcmp(p->opinions[i].who, name) == 0)
            return 1;
    return 0;
}

static int is_disputed(const struct filter_facts *p)
{
    for (int i = 1; i < p->opinion_count; i++)
        if (p->opinions[i].node != p->opinions[0].node)
            return 1;
    return 0;
}

static int holds(const struct filter_term *m, const struct taxonomy *t,
                 const struct filter_facts *p)
{
    switch (m->kind) {
    case FILTER_STATE: return m->mask >> p->kind & 1;
    case FILTER_SPLIT: return m->mask >> p->split & 1;
    case FILTER_FLAGGED: return p->flagged != 0;
    case FILTER_FILE: return path_has(p->path, m->text);
    case FILTER_BELOW: return is_below(t, m->node, p->predicted);
    case FILTER_PREDICTED: return p->predicted >= 0 && taxonomy_now(t, m->node) == p->predicted;
    case FILTER_LABEL: return is_below(t, m->node, p->label);
    case FILTER_EXPECTED:
        return p->expected >= 0 && compares((double)p->expected, m->op, (double)m->share);
    case FILTER_DISAGREE: return disagrees(t, p);
    case FILTER_CONFIDENCE:
        return p->confidence >= 0 && compares((double)p->confidence, m->op, (double)m->share);
    case FILTER_WHO: return is_by(m->text, p);
    case FILTER_BY: return has_opinion(m->text, p);
    case FILTER_DISPUTED: return is_disputed(p);
    case FILTER_CONFLICT: return p->claimed >= 0;
    case FILTER_MODEL: return p->time > 0 && p->model == m->number;
    case FILTER_SINCE: return p->time > 0 && p->time >= day(m->number, p->now);
    case FILTER_BEFORE: return p->time > 0 && p->time < day(m->number, p->now);
    case FILTER_AGE:
        return p->time > 0 && compares((double)(p->now - p->time), m->op, (double)m->number);
    }
    return 0;
}

int filter_holds(const struct filter *f, const struct taxonomy *t, unsigned facts,
                 const struct filter_facts *photo)
{
    for (int i = 0; i < f->count; i++)
        if ((facts_of(f->term[i].kind) & facts) &&
            holds(&f->term[i], t, photo) == f->term[i].negated)
            return 0;
    return 1;
}

/* ---- writing -------------------------------------------------------------------------------- */

struct writer {
    char *out;
    size_t size, used;
};

static void put(struct writer *w, const char *text)
{
    for (; *text && w->used + 1 < w->size; text++)
        w->out[w->used++] = *text;
    w->out[w->used] = '\0';
}

static void put_quoted(struct writer *w, const char *value)
{
    if (*value && !strpbrk(value, " \t\n'")) {
        put(w, value);
        return;
    }
    put(w, "'");
    for (; *value; value++)
        put(w, (const char[]){*value, *value == '\'' ? '\'' : '\0', '\0'});
    put(w, "'");
}

char *filter_quote(const char *value, char *buffer, size_t size)
{
    struct writer w = {buffer, size, 0};
    put(&w, "");
    put_quoted(&w, value);
    return buffer;
}

static void put_states(struct writer *w, unsigned mask)
{
    const unsigned open = 1u << REVIEW_NONE | 1u << REVIEW_IMPORTED | 1u << REVIEW_SKIPPED;
    if (mask == open || mask == decided_states || mask == (open | decided_states)) {
        put(w, mask == open ? "open" : mask == decided_states ? "decided" : "all");
        return;
    }
    for (int kind = 0, some = 0; kind <= REVIEW_GIVEN; kind++)
        if (mask >> kind & 1) {
            put(w, some++ ? "," : "");
            put(w, review_kind_name((enum review_kind)kind));
        }
}

static void put_splits(struct writer *w, unsigned mask)
{
    put(w, "split=");
    for (int split = 0, some = 0; split <= SPLIT_TEST; split++)
        if (mask >> split & 1) {
            put(w, some++ ? "," : "");
            put(w, split == SPLIT_NONE ? "none" : split_name((enum split)split));
        }
}

static void put_value(struct writer *w, const char *word, const char *op, const char *value)
{
    put(w, word);
    put(w, op);
    put_quoted(w, value);
}

static void put_term(struct writer *w, const struct filter_term *m, const struct taxonomy *t)
{
    char path[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 4)];
    put(w, m->negated ? "!" : "");
    if (m->kind == FILTER_BELOW || m->kind == FILTER_PREDICTED || m->kind == FILTER_LABEL) {
        int now = taxonomy_now(t, m->node);
        taxonomy_format(t, now >= 0 ? now : m->node, " > ", path, sizeof path);
    }
    switch (m->kind) {
    case FILTER_STATE: put_states(w, m->mask); break;
    case FILTER_SPLIT: put_splits(w, m->mask); break;
    case FILTER_FLAGGED: put(w, "flagged"); break;
    case FILTER_FILE: put_value(w, "file", "=", m->text); break;
    case FILTER_BELOW: put_value(w, "below", "=", path); break;
    case FILTER_PREDICTED: put_value(w, "predicted", "=", path); break;
    case FILTER_LABEL: put_value(w, "label", "=", path); break;
    case FILTER_EXPECTED: put_value(w, "expected", m->op, m->text); break;
    case FILTER_DISAGREE: put(w, "disagree"); break;
    case FILTER_CONFLICT: put(w, "conflict"); break;
    case FILTER_CONFIDENCE: put_value(w, "conf", m->op, m->text); break;
    case FILTER_WHO: put_value(w, "who", "=", m->text); break;
    case FILTER_BY: put_value(w, "by", "=", m->text); break;
    case FILTER_DISPUTED: put(w, "disputed"); break;
    case FILTER_MODEL: put_value(w, "model", "=", m->text); break;
    case FILTER_SINCE:
        if (m->number)
            put_value(w, "since", "=", m->text);
        else
            put(w, "today");
        break;
    case FILTER_BEFORE: put_value(w, "before", "=", m->text); break;
    case FILTER_AGE: put_value(w, "age", m->op, m->text); break;
    }
}

char *filter_write(const struct filter *f, const struct taxonomy *t, char *buffer, size_t size)
{
    struct writer w = {buffer, size, 0};
    put(&w, "");
    for (int i = 0; i < f->count; i++) {
        put(&w, i ? " " : "");
        put_term(&w, &f->term[i], t);
    }
    return buffer;
}
