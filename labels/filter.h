/* Filters: which photos are looked at, as a person writes it.
 *
 *     below='food > drink' conf<0.5 !flagged
 *
 * Terms stand beside each other and must all hold; `!` or `not` before a term turns it round. A
 * value with blanks stands in '...' ('' is a quote in it); a path may do without: it goes on to the
 * next word that is a term. FILTER_WORDS lists the terms. Photos that a person has decided on pass
 * only where a term asks for them, see filter_takes_decided.
 *
 * What is unknown holds for no term: without a prediction neither conf<0.5 nor conf>0.5. Decided
 * (who, model, since, age) is what gave the photo its present state: an accept, correct, reject or
 * skip that was not undone, no import. */
#ifndef LABELS_FILTER_H
#define LABELS_FILTER_H

#include "labels/store.h"

struct status;
struct taxonomy;

/* X(word, value, help). Words that end in = or < take a value. */
#define FILTER_WORDS(X)                                                                            \
    X("open", "", "nobody has decided on it; what is meant without a word about decisions")        \
    X("all", "", "decided or not")                                                                 \
    X("decided", "", "a person has: accepted, corrected, given or rejected")                       \
    X("flagged", "", "flagged, decided or not")                                                    \
    X("below=", "PATH", "predicted at or below this label")                                        \
    X("predicted=", "PATH", "predicted to be just this")                                           \
    X("label=", "PATH", "its label is at or below this one")                                       \
    X("conf<", "0.5", "confidence of the predicted path; also > <= >=")                            \
    X("expected<", "0.5", "expected score of the prediction; also > <= >=")                        \
    X("disagree", "", "the prediction does not reach the label it has")                            \
    X("file=", "TEXT", "its file name or folder holds the text")                                   \
    X("split=", "train,val", "one of these splits; none: in no split")                             \
    X("who=", "NAME", "decided by this person; me: by you")                                        \
    X("by=", "NAME", "this person has decided on it, whoever has since; me: you")                  \
    X("disputed", "", "two people have decided on it, and not the same")                           \
    X("today", "", "decided today")                                                                \
    X("since=", "2026-11-30", "decided on this day or later")                                      \
    X("before=", "2026-11-30", "decided before this day")                                          \
    X("age<", "7d", "decided less long ago (min h d w); also >")                                   \
    X("model=", "3", "the model whose prediction was shown at the decision")                       \
    X("none", "", "nothing is known of its label")                                                 \
    X("imported", "", "has an imported label; states may be joined: none,imported")                \
    X("skipped", "", "was put off")                                                                \
    X("accepted", "", "the prediction was accepted")                                               \
    X("corrected", "", "another path than the predicted one was given")                            \
    X("given", "", "a path was given where none was predicted")                                    \
    X("rejected", "", "fits no label")                                                             \
    X("conflict", "", "an import says otherwise than the decision: a new one settles it")

struct filter_word {
    const char *word, *value, *help;
};
extern const struct filter_word filter_words[]; /* the last one's word is NULL */

enum {
    FILTER_TERMS = 16,
    FILTER_VALUE = 128,
    FILTER_TEXT = 2048 /* room for any filter as text */
};

enum filter_kind {
    FILTER_STATE,
    FILTER_SPLIT,
    FILTER_FLAGGED,
    FILTER_FILE, /* of the photo's row */
    FILTER_BELOW,
    FILTER_PREDICTED,
    FILTER_LABEL,
    FILTER_EXPECTED,
    FILTER_DISAGREE,
    FILTER_CONFIDENCE, /* of the probabilities */
    FILTER_WHO,
    FILTER_MODEL,
    FILTER_SINCE,
    FILTER_BEFORE,
    FILTER_AGE, /* of the events */
    FILTER_BY,
    FILTER_DISPUTED, /* of what each person has said */
    FILTER_CONFLICT
};

/* A plain value: copied by assignment, nothing to free, all zero: everything open. Nodes are those
 * of the tree it was read with, and hold for later ones of the same store. */
struct filter {
    int count;
    struct filter_term {
        enum filter_kind kind;
        int negated;
        char op[3];     /* of EXPECTED, CONFIDENCE, AGE: < > <= >= */
        unsigned mask;  /* STATE, SPLIT: a bit each */
        int node;       /* BELOW, PREDICTED, LABEL */
        int64_t number; /* MODEL; SINCE, BEFORE, AGE: milliseconds; midnight of today is 0 */
        float share;    /* EXPECTED, CONFIDENCE */
        char text[FILTER_VALUE]; /* FILE, WHO, BY; the value as written */
    } term[FILTER_TERMS];
};

/* Adds the terms of a text. -1: f is as it was; the message names the word that is wrong, or the
 * limit. t NULL: only what needs no tree is looked at; not to be used then. */
int filter_read(struct filter *f, const char *text, const struct taxonomy *t, struct status *st);
/* The terms as filter_read reads them, in the order of the terms; "" for none; cut when it does not
 * fit; returns buffer. */
char *filter_write(const struct filter *f, const struct taxonomy *t, char *buffer, size_t size);
/* The place in text where its last word begins, as far as it is typed: what completion replaces. A
 * path may have several words then. */
size_t filter_last_word(const char *text);
/* A path as a value, in quotes where it must be. */
char *filter_quote(const char *value, char *buffer, size_t size);

/* Do photos pass that a person has decided on? Where a term that is not negated asks about
 * decisions, flags or labels. */
int filter_takes_decided(const struct filter *f);
/* Does it ask about predictions: may photos come and go when these change? */
int filter_asks_predictions(const struct filter *f);

/* What is known of a photo. The cheap facts first; the others cost a look-up and are asked for only
 * where needed. */
enum {
    FILTER_CHEAP = 1,
    FILTER_PATH = 2,
    FILTER_PROBABILITIES = 4,
    FILTER_DECISION = 8,
    FILTER_OPINIONS = 16,
    FILTER_CLAIM = 32,
    FILTER_ALL = 63
};
/* What a person has said last of a photo, as far as it was not taken back: a label, or -1 (fits
 * none). */
struct filter_opinion {
    int node;
    char who[FILTER_VALUE];
};
enum { FILTER_PEOPLE = 16 }; /* opinions on one photo that are looked at */
struct filter_facts {
    enum review_kind kind;
    int flagged, label; /* node, or -1 */
    enum split split;
    int predicted; /* node, or -1 */
    float expected;
    int untaught;     /* what is predicted without having learned this photo's own label, or -1: for
                         `disagree` */
    const char *path; /* PATH */
    float confidence; /* PROBABILITIES; negative: not known */
    const char *who, *me; /* DECISION; "" where nobody has; me is always given (NULL: nobody) */
    int model;
    int64_t time, now;                     /* milliseconds since 1970; time 0: never */
    const struct filter_opinion *opinions; /* OPINIONS; of different people */
    int opinion_count;
    int claimed; /* CLAIM: what an import says instead, or -1 */
};
/* Facts that its terms need, FILTER_... */
unsigned filter_needs(const struct filter *f);
/* Do all terms hold that need one of these facts and no others? */
int filter_holds(const struct filter *f, const struct taxonomy *t, unsigned facts,
                 const struct filter_facts *photo);

#endif
