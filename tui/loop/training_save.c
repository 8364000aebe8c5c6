/* The verdict on a new model, its place on disk and in the store, and the sentence that says so. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/score.h"
#include "tui/loop/training_internal.h"

enum {
    SAVE_WAITS = 120000
}; /* milliseconds: an import of a million photos must not cost a training */

enum verdict { PASSED, FIRST, NOT_COMPARED, WORSE, OVERTAKEN };

/* Whether the new model takes over. It was compared with the one it was trained from, so it
 * replaces only that. One whose score has fallen is never put to use by itself, however few photos
 * say so: what is in use was good enough to review with, and the person can go over to the other
 * with one key. */
static enum verdict judge(const struct training *t)
{
    const struct train_progress *p = t->progress;
    if (p->score_before >= 0 && p->score_after >= 0 &&
        (p->score_after < p->score_before || t->worse_on >= 0))
        return WORSE;
    if (store_current_model(t->project.store) != t->base_number)
        return OVERTAKEN;
    return p->score_before >= 0 ? PASSED : t->base_knows ? NOT_COMPARED : FIRST;
}

static void note_verdict(const struct train_progress *p, enum verdict verdict, char *note,
                         size_t size)
{
    static const char *const notes[][2] = {
        [PASSED] = {"passed the gate", "passed the gate"},
        [FIRST] = {"the first that predicts these labels", "the first that predicts these labels"},
        [NOT_COMPARED] = {"not compared: no held-out photos", "not compared: no held-out photos"},
        [WORSE] = {"worse: kept, not used", "worse, used on request"},
        [OVERTAKEN] = {"another model was in use: kept, not used", "used on request"},
    };
    int few = (verdict == PASSED || verdict == WORSE) && p->held_out < TRAINING_SURE;
    snprintf(note, size, "%s%s", notes[verdict][p->used],
             few ? " (too few held-out photos to be sure)" : "");
}

/* " on Vegetables (0.912 -> 0.874 of 87 photos)" where the whole is not worse, but that is. */
static void say_part(const struct training *t, char *text, size_t size)
{
    int v = t->worse_on;
    text[0] = 0;
    if (v >= 0 && t->progress->score_after >= t->progress->score_before)
        snprintf(text, size, " on %.60s (%.3f -> %.3f of %ld photos)",
                 taxonomy_name(t->taxonomy, v), t->before.sum[v] / (double)t->before.photos[v],
                 t->after.sum[v] / (double)t->after.photos[v], t->after.photos[v]);
}

static void say_result(struct training *t, int number, enum verdict verdict)
{
    struct train_progress *p = t->progress;
    char after[SCORE_SHOWN], scores[100] = "no held-out photos yet to test it with",
                             use[200] = "is in use";
    char part[160];
    char left[60] = "";
    const char *few = p->held_out < TRAINING_SURE ? ", too few to be sure" : "";
    say_part(t, part, sizeof part);
    if (!p->used && verdict == WORSE)
        snprintf(use, sizeof use, "is worse%s: kept, but not used", part);
    else if (!p->used)
        snprintf(use, sizeof use, "is kept, but not used, since model %d is in use by now",
                 store_current_model(t->project.store));
    else if (verdict == WORSE)
        snprintf(use, sizeof use, "is worse%s, but in use on request", part);
    else if (t->share < 1)
        snprintf(use, sizeof use,
                 "is in use, as %.0f %% of the new weights and the rest of the old",
                 100 * (double)t->share);
    score_show(p->score_after, p->held_out, after);
    if (p->score_after >= 0 && p->score_before >= 0)
        snprintf(scores, sizeof scores, "score %.3f -> %s on %d held-out photos%s", p->score_before,
                 after, p->held_out, few);
    else if (p->score_after >= 0)
        snprintf(scores, sizeof scores, "score %s on %d held-out photos%s", after, p->held_out,
                 few);
    if (p->unreadable > 0)
        snprintf(left, sizeof left, "; %d labelled %s could not be read", p->unreadable,
                 p->unreadable == 1 ? "photo" : "photos");
    snprintf(p->message, sizeof p->message, "model %d %s: %s%s", number, use, scores, left);
}

int training_save(struct training *t, float temperature, struct status *st)
{
    const struct training_options *o = t->options;
    struct train_progress *p = t->progress;
    struct model_card card = {0};
    training_phase(t, TRAIN_SAVING, 1);
    if (t->report)
        t->report(t->arg, p);
    enum verdict verdict = judge(t);
    p->photos = training_readable(&t->train);
    p->used = (verdict != WORSE && verdict != OVERTAKEN) || o->use_worse;
    if (model_card_init(&card, t->terminals.count, st) != 0)
        return -1;
    memcpy(card.nodes, t->terminals.node, (size_t)card.classes * sizeof *card.nodes);
    card.temperature = temperature;
    snprintf(card.trained, sizeof card.trained,
             "%s, %d epochs at %d x %d, rate %g, seed %llu, on %d labels, from model %d",
             depth_name(o->depth), t->steps.epochs, t->steps.size, t->steps.size,
             (double)t->steps.rate, (unsigned long long)o->seed, p->photos, t->base_number);
    struct model_record record = {
        .created = (int64_t)time(NULL) * 1000,
        .parent = t->base_number,
        .reviews = p->photos,
        .score_before = p->score_before,
        .score_after = p->score_after,
        .held_out = p->held_out,
        .gmac = (double)network_macs(t->network, t->steps.size, t->steps.size) / 1e9,
        .parameters = (int64_t)params_trained_count(&t->network->params),
    };
    snprintf(record.depth, sizeof record.depth, "%s", depth_name(o->depth));
    snprintf(record.architecture, sizeof record.architecture, "%s", t->network->architecture);
    note_verdict(p, verdict, record.note, sizeof record.note);
    store_wait(t->project.store, SAVE_WAITS);
    int failed = samples_keep_rule(&t->project, &t->samples, st) ||
                 project_add_model(&t->project, t->network, &card, &record, p->used, st);
    if (!failed) {
        /* Not kept, the labels count as new ones: they are learned twice, which does no harm. */
        project_set_settled(&t->project, record.number, t->samples.last_event, NULL);
        p->model = record.number;
        training_forget_pause(t);
        say_result(t, record.number, verdict);
        project_log(&t->project, "%s", p->message);
    }
    model_card_clear(&card);
    return failed;
}
