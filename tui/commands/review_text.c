#include "tui/commands/review_text.h"

#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "labels/score.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/output.h"
#include "tui/commands/predictions.h"
#include "tui/loop/answers.h"
#include "tui/loop/app.h"
#include "tui/loop/project.h"

enum { SHOWN = 8 };

static void print_project(struct app *a)
{
    const struct store_counts *n = &app_standing(a)->counts;
    char photos[OUTPUT_NOUN], labelled[OUTPUT_COUNT], reviewed[OUTPUT_COUNT], safe[1200];
    printf("project  %s\n", output_safe(app_root(a), safe, sizeof safe));
    printf("photos   %s, %s with a label, %s reviewed, %d labels in the tree\n",
           output_noun(n->photos, "photo", "photos", photos), output_count(n->labelled, labelled),
           output_count(n->reviewed, reviewed), taxonomy_count(app_taxonomy(a)));
}

static void print_model(struct app *a)
{
    struct model_record m;
    char score[SCORE_SHOWN];
    if (app_model(a) == 0 || store_model(app_store(a), app_model(a), &m, NULL) != 0) {
        puts("model    none");
        return;
    }
    printf("model    %d, %s, %s", m.number, m.depth, m.architecture);
    if (m.score_after >= 0)
        printf(", score %s on %d held-out photos", score_show(m.score_after, m.held_out, score),
               m.held_out);
    if (m.parent > 0 && m.held_out < TRAINING_CALIBRATES)
        printf("\n         not calibrated: too few held-out photos (%d are needed)",
               TRAINING_CALIBRATES);
    putchar('\n');
}

static int predict_first(struct app *a, struct project *p, int threads, struct status *st)
{
    int64_t photos[SHOWN];
    size_t count = 0;
    /* A queue of predicted paths is empty as long as nothing is predicted that labels teach
     * already. */
    if (answers_update(p, app_model(a), interrupt_catch(), NULL, st) != 0 ||
        app_queue_set(a, app_queue_order(a), app_queue_filter(a), st) != 0)
        return -1;
    while (count < SHOWN && (photos[count] = app_queue_photo(a, (long)count)) != 0)
        count++;
    return count == 0 ? 0
                      : predictions_make(p, app_model(a), photos, count, threads, interrupt_catch(),
                                         NULL, st);
}

/* Predicts the photos that will be shown; what stands in the way is told as a remark. */
static int predict_shown(struct app *a, int threads, struct status *st)
{
    struct project project;
    if (app_queue_count(a) == 0 && !filter_asks_predictions(app_queue_filter(a)))
        return 0;
    if (app_model(a) == 0)
        return 0;
    if (project_open(app_root(a), &project, st) != 0)
        return -1;
    int result = predict_first(a, &project, threads, st);
    project_close(&project);
    if (result != 0 && st->code == STATUS_MISSING) {
        printf("no predictions yet: %s\n", st->text);
        *st = (struct status){0};
        return 0;
    }
    return result != 0 ? -1 : app_queue_set(a, app_queue_order(a), app_queue_filter(a), st);
}

static void print_answer(const struct taxonomy *t, const struct answer *answer)
{
    char safe[800];
    printf("      predicted: ");
    for (int l = 0; l < answer->depth; l++)
        printf("%s%s %.2f", l ? " > " : "",
               output_safe(taxonomy_name(t, answer->path[l]), safe, sizeof safe),
               (double)answer->confidence[l]);
    putchar('\n');
}

static void print_photo(struct app *a, int number)
{
    const struct app_photo *c = app_current(a);
    char safe[1200], label[800];
    printf("  %d   %s\n", number, output_safe(c->photo.path, safe, sizeof safe));
    if (c->photo.state.node >= 0)
        printf("      %s: %s\n", review_kind_name(c->photo.state.kind),
               output_safe(taxonomy_format(app_taxonomy(a), c->photo.state.node, " > ", label,
                                           sizeof label),
                           safe, sizeof safe));
    if (c->problem[0])
        printf("      %s\n", output_safe(c->problem, safe, sizeof safe));
    else if (c->candidates > 0)
        print_answer(app_taxonomy(a), &c->candidate[0]);
}

static void print_filter(struct app *a)
{
    char text[FILTER_TEXT], safe[2 * FILTER_TEXT];
    filter_write(app_queue_filter(a), app_taxonomy(a), text, sizeof text);
    if (text[0])
        printf("         only %s\n", output_safe(text, safe, sizeof safe));
    if (app_notice(a)[0])
        printf("         %s\n", output_safe(app_notice(a), safe, sizeof safe));
}

/* Photos without a prediction are in no queue of a predicted path. */
static void print_waiting(struct app *a)
{
    char photos[OUTPUT_NOUN];
    int64_t waiting = filter_asks_predictions(app_queue_filter(a)) && app_model(a) > 0
                          ? store_count_unpredicted(app_store(a), app_model(a), NULL)
                          : 0;
    if (waiting > 0)
        printf(
            "         no predictions yet of %s by this model: `tend predict` makes them, and so does the review\n",
            output_noun(waiting, "photo", "photos", photos));
    putchar('\n');
}

static int show(struct app *a, int threads, struct status *st)
{
    print_project(a);
    print_model(a);
    if (predict_shown(a, threads, st) != 0)
        return -1;
    char photos[OUTPUT_NOUN];
    printf("queue    %s, order: %s (%s)\n",
           output_noun((int64_t)app_queue_count(a), "photo", "photos", photos),
           queue_order_name(app_queue_order(a)), queue_order_help(app_queue_order(a)));
    print_filter(a);
    print_waiting(a);
    for (int i = 1; i <= SHOWN && app_current(a)->photo.id; i++) {
        print_photo(a, i);
        if (!app_queue_move(a, 1))
            break;
    }
    char safe[1200];
    printf("\nThe review wants a terminal: cd %s && tend\n",
           output_safe(app_root(a), safe, sizeof safe));
    return 0;
}

int review_text(const struct app_options *options)
{
    struct status st = {0};
    struct app *a;
    struct app_options quiet = *options;
    quiet.background = 0;
    if (app_open(&quiet, &a, &st) != 0)
        return output_fail(&st);
    int failed = show(a, options->threads, &st);
    app_close(a);
    return failed ? output_fail(&st) : 0;
}
