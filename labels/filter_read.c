/* Filters as a person writes them, read word by word. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/filter.h"
#include "labels/taxonomy.h"
#include "labels/text.h"

enum { WORD = 2 * TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 4) };

/* A word without its quotes. */
struct word {
    char text[WORD];
    size_t op;     /* where = < or > stands in it; its length when nowhere */
    int quoted;    /* anything in it was */
    size_t begins; /* in the whole text */
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* 1: a word; 0: the end; -1: too long, or a quote that does not end. *at moves behind it. */
static int next_word(const char *text, size_t *at, struct word *w)
{
    size_t used = 0;
    int in_quotes = 0;
    while (is_blank(text[*at]))
        ++*at;
    *w = (struct word){.op = WORD, .begins = *at};
    if (!text[*at])
        return 0;
    for (; text[*at] && (in_quotes || !is_blank(text[*at])); ++*at) {
        char c = text[*at];
        if (c == '\'' && in_quotes && text[*at + 1] == '\'') {
            ++*at; /* '' in quotes is one quote */
        } else if (c == '\'' && (in_quotes || used == 0 || strchr("=<>", w->text[used - 1]))) {
            in_quotes = !in_quotes; /* an apostrophe within a word begins nothing */
            w->quoted = 1;
            continue;
        }
        if (!in_quotes && w->op == WORD && strchr("=<>", c))
            w->op = used;
        if (used + 1 == WORD)
            return -1;
        w->text[used++] = c;
        w->text[used] = '\0';
    }
    if (w->op == WORD)
        w->op = used;
    return in_quotes ? -1 : 1;
}

/* ---- words ---------------------------------------------------------------------------------- */

static unsigned state_mask(const char *name)
{
    const unsigned open = 1u << REVIEW_NONE | 1u << REVIEW_IMPORTED | 1u << REVIEW_SKIPPED;
    const unsigned every = (1u << (REVIEW_GIVEN + 1)) - 1;
    if (strcmp(name, "all") == 0)
        return every;
    if (strcmp(name, "open") == 0)
        return open;
    if (strcmp(name, "decided") == 0 || strcmp(name, "reviewed") == 0)
        return every & ~open;
    for (int kind = 0; kind <= REVIEW_GIVEN; kind++)
        if (strcmp(name, review_kind_name((enum review_kind)kind)) == 0)
            return 1u << kind;
    return 0;
}

static unsigned split_mask(const char *name)
{
    int split = strcmp(name, "none") == 0 ? SPLIT_NONE : *name ? split_from_name(name) : -1;
    return split < 0 ? 0 : 1u << split;
}

/* Names with commas between; 0 when one is unknown. */
static unsigned masks(const char *names, unsigned (*mask_of)(const char *name))
{
    unsigned all = 0;
    for (const char *from = names;; from++) {
        char name[32];
        size_t size = strcspn(from, ",");
        if (size >= sizeof name)
            return 0;
        memcpy(name, from, size);
        name[size] = '\0';
        unsigned mask = mask_of(name);
        if (!mask)
            return 0;
        all |= mask;
        from += size;
        if (!*from)
            return all;
    }
}

static const struct {
    const char *name, *ops;
    enum filter_kind kind;
} valued[] = {
    {"below", "=", FILTER_BELOW},
    {"predicted", "=", FILTER_PREDICTED},
    {"label", "=", FILTER_LABEL},
    {"conf", "<>", FILTER_CONFIDENCE},
    {"expected", "<>", FILTER_EXPECTED},
    {"file", "=", FILTER_FILE},
    {"split", "=", FILTER_SPLIT},
    {"who", "=", FILTER_WHO},
    {"since", "=", FILTER_SINCE},
    {"before", "=", FILTER_BEFORE},
    {"age", "<>", FILTER_AGE},
    {"model", "=", FILTER_MODEL},
    {"by", "=", FILTER_BY},
};

/* The row of the table above that a word begins with, or -1. */
static int find_valued(const struct word *w, size_t from)
{
    for (int i = 0; i < (int)(sizeof valued / sizeof *valued); i++)
        if (w->op >= from && strlen(valued[i].name) == w->op - from &&
            strncmp(w->text + from, valued[i].name, w->op - from) == 0)
            return i;
    return -1;
}

static int is_plain(const char *word)
{
    return strcmp(word, "flagged") == 0 || strcmp(word, "disagree") == 0 ||
           strcmp(word, "conflict") == 0 || strcmp(word, "disputed") == 0 ||
           strcmp(word, "today") == 0 || masks(word, state_mask) != 0;
}

/* Would this word begin a term? Where a path ends that is written without quotes. */
static int begins_term(const struct word *w)
{
    if (w->text[0] == '!' || strcmp(w->text, "not") == 0)
        return 1;
    return w->text[w->op] ? find_valued(w, 0) >= 0 : is_plain(w->text);
}

/* ---- values --------------------------------------------------------------------------------- */

static int wrong(struct status *st, const char *word, const char *format)
{
    char shown[TEXT_SHOWN];
    return status_fail(st, STATUS_INVALID, format, text_show(word, shown, sizeof shown));
}

/* Blanks within a path written without quotes: words are added as long as they begin no term. */
static void read_on(const char *text, size_t *at, char *value, size_t size)
{
    struct word *w = malloc(sizeof *w);
    size_t next = *at;
    while (w && next_word(text, &next, w) == 1 && !w->quoted) {
        size_t used = strlen(value);
        int goes_on = (used > 0 && value[used - 1] == '>') || w->text[0] == '>' || !begins_term(w);
        if (!goes_on || used + strlen(w->text) + 2 > size)
            break;
        value[used] = ' ';
        strcpy(value + used + 1, w->text);
        *at = next;
    }
    free(w);
}

static int read_share(const char *word, const char *value, struct filter_term *m, struct status *st)
{
    char *end;
    m->share = strtof(value, &end);
    if (end == value || *end || !(m->share >= 0 && m->share <= 1))
        return wrong(st, word, "'%s': a number from 0 to 1 is needed, as in conf<0.5");
    return 0;
}

static int read_day(const char *word, const char *value, struct filter_term *m, struct status *st)
{
    struct tm given = {.tm_isdst = -1};
    char extra;
    if (strcmp(value, "today") == 0)
        return 0;
    int read =
        sscanf(value, "%4d-%2d-%2d%c", &given.tm_year, &given.tm_mon, &given.tm_mday, &extra);
    given.tm_year -= 1900;
    given.tm_mon -= 1;
    struct tm same = given;
    time_t seconds = read == 3 && given.tm_year >= 70 ? mktime(&same) : -1;
    if (seconds <= 0 || same.tm_mday != given.tm_mday || same.tm_mon != given.tm_mon)
        return wrong(st, word, "'%s': a day is written 2026-11-30, or today");
    m->number = (int64_t)seconds * 1000;
    return 0;
}

static int read_age(const char *word, const char *value, struct filter_term *m, struct status *st)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"min", 60}, {"h", 3600}, {"d", 86400}, {"", 86400}, {"w", 7 * 86400}};
    char *end;
    double n = strtod(value, &end);
    for (size_t i = 0; end != value && n > 0 && n < 1e6 && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0) {
            m->number = (int64_t)(1000 * n * units[i].seconds);
            return 0;
        }
    return wrong(st, word, "'%s': an age is written 30min, 5h, 7d or 2w");
}

static int read_model(const char *word, const char *value, struct filter_term *m, struct status *st)
{
    char *end;
    m->number = strtol(value, &end, 10);
    return end == value || *end || m->number < 0 ? wrong(st, word, "'%s': a model is a number") : 0;
}

static int read_mask(const char *word, const char *value, struct filter_term *m, struct status *st)
{
    m->mask = masks(value, split_mask);
    return m->mask ? 0 : wrong(st, word, "'%s': a split is train, val, test or none");
}

static int read_value(const char *word, const char *value, const struct taxonomy *t,
                      struct filter_term *m, struct status *st)
{
    switch (m->kind) {
    case FILTER_BELOW:
    case FILTER_PREDICTED:
    case FILTER_LABEL:
        m->node = t ? taxonomy_resolve_text(t, value, st) : -1;
        return t && m->node < 0 ? -1 : 0;
    case FILTER_CONFIDENCE:
    case FILTER_EXPECTED: return read_share(word, value, m, st);
    case FILTER_SINCE:
    case FILTER_BEFORE: return read_day(word, value, m, st);
    case FILTER_AGE: return read_age(word, value, m, st);
    case FILTER_MODEL: return read_model(word, value, m, st);
    case FILTER_SPLIT: return read_mask(word, value, m, st);
    default: return 0;
    }
}

static int is_path(enum filter_kind kind)
{
    return kind == FILTER_BELOW || kind == FILTER_PREDICTED || kind == FILTER_LABEL;
}

/* ---- terms ---------------------------------------------------------------------------------- */

static int read_valued(const char *text, size_t *at, struct word *w, size_t from, int row,
                       const struct taxonomy *t, struct filter_term *m, struct status *st)
{
    char *value = w->text + w->op, op = *value;
    if (!op || !strchr(valued[row].ops, op))
        return wrong(st, w->text,
                     valued[row].ops[0] == '='
                         ? "'%s': = and a value are needed, without blanks"
                         : "'%s': < or > and a value are needed, without blanks");
    m->kind = valued[row].kind;
    m->op[0] = op;
    value++;
    if (op != '=' && *value == '=') {
        m->op[1] = '=';
        value++;
    }
    if (is_path(m->kind) && !w->quoted)
        read_on(text, at, value, WORD - (size_t)(value - w->text));
    if (!*value)
        return wrong(st, w->text + from, "'%s': a value is needed, without blanks before it");
    if (!is_path(m->kind) && strlen(value) >= FILTER_VALUE)
        return wrong(st, w->text + from, "'%s': the value is too long");
    snprintf(m->text, sizeof m->text, "%s", is_path(m->kind) ? "" : value);
    return read_value(w->text + from, value, t, m, st);
}

static int read_term(const char *text, size_t *at, struct word *w, const struct taxonomy *t,
                     struct filter_term *m, struct status *st)
{
    size_t from = 0;
    while (w->text[from] == '!' && from < w->op) {
        m->negated = !m->negated;
        from++;
    }
    int row = find_valued(w, from);
    if (row >= 0)
        return read_valued(text, at, w, from, row, t, m, st);
    const char *word = w->text + from;
    if (strcmp(word, "flagged") == 0)
        m->kind = FILTER_FLAGGED;
    else if (strcmp(word, "disagree") == 0)
        m->kind = FILTER_DISAGREE;
    else if (strcmp(word, "disputed") == 0)
        m->kind = FILTER_DISPUTED;
    else if (strcmp(word, "conflict") == 0)
        m->kind = FILTER_CONFLICT;
    else if (strcmp(word, "today") == 0)
        m->kind = FILTER_SINCE;
    else if ((m->mask = masks(word, state_mask)) != 0)
        m->kind = FILTER_STATE;
    else
        return wrong(st, w->text, "'%s' is no term of a filter");
    return 0;
}

static int read_all(struct filter *f, const char *text, const struct taxonomy *t, struct word *w,
                    struct status *st)
{
    size_t at = 0;
    int negated = 0, got;
    while ((got = next_word(text, &at, w)) == 1) {
        if (strcmp(w->text, "not") == 0 && !w->quoted) {
            negated = !negated;
            continue;
        }
        if (f->count == FILTER_TERMS)
            return status_fail(st, STATUS_LIMIT, "a filter has at most %d terms", FILTER_TERMS);
        struct filter_term m = {.negated = negated, .node = -1};
        if (read_term(text, &at, w, t, &m, st) != 0)
            return -1;
        f->term[f->count++] = m;
        negated = 0;
    }
    if (got < 0)
        return wrong(st, text + w->begins, "'%s': a quote does not end, or the word is too long");
    return negated ? status_fail(st, STATUS_INVALID, "'not': a term is needed after it") : 0;
}

int filter_read(struct filter *f, const char *text, const struct taxonomy *t, struct status *st)
{
    struct filter grown = *f;
    struct word *w = malloc(sizeof *w);
    if (!w)
        return status_out_of_memory(st);
    int failed = read_all(&grown, text, t, w, st);
    free(w);
    if (failed)
        return -1;
    *f = grown;
    return 0;
}

size_t filter_last_word(const char *text)
{
    struct word *w = malloc(sizeof *w);
    size_t at = 0, last = 0;
    int path = 0, got = 0;
    while (w && (got = next_word(text, &at, w)) != 0) {
        if (!path || (begins_term(w) && w->text[0] != '>')) {
            int row = find_valued(w, w->text[0] == '!');
            path = row >= 0 && is_path(valued[row].kind) && !(w->quoted && got == 1);
            last = w->begins;
        }
        if (got < 0)
            break;
    }
    free(w);
    size_t size = strlen(text);
    return !path && size > 0 && is_blank(text[size - 1]) && got == 0 ? size : last;
}
