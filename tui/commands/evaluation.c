#include "tui/commands/evaluation.h"

#include "tui/commands/output.h"

enum { SHOWN = 10 };

static void print_confusions(struct evaluation *e, const struct taxonomy *t, FILE *out)
{
    char truth[400], answer[400], safe[2][800];
    size_t shown = e->confusion.count < SHOWN ? e->confusion.count : SHOWN;
    confusion_sort(&e->confusion);
    if (shown > 0)
        fprintf(out, "\nmost costly confusions\n   lost  photos  truth | answer\n");
    for (size_t i = 0; i < shown; i++) {
        const struct confusion_pair *pair = &e->confusion.pairs[i];
        taxonomy_format(t, pair->truth, " > ", truth, sizeof truth);
        taxonomy_format(t, pair->answer, " > ", answer, sizeof answer);
        fprintf(out, "  %5.1f  %6ld  %s | %s\n", pair->lost, pair->photos,
                output_safe(truth, safe[0], sizeof safe[0]),
                output_safe(answer, safe[1], sizeof safe[1]));
    }
}

void evaluation_print(struct evaluation *e, const struct taxonomy *t, FILE *out)
{
    const struct score *s = &e->score;
    fprintf(out, "score     %.4f", score_mean(s));
    if (s->photos < SCORE_FEW)
        fprintf(out, " ± %.2f (standard error: few photos)", score_error(score_mean(s), s->photos));
    fprintf(out, "\nexact     %.4f\n", score_exact(s));
    for (int l = 0; l < evaluation_levels(e); l++) {
        fprintf(out, "level %d   %.4f", l + 1, score_level(s, l));
        if (e->has_confidence)
            fprintf(out, "   ECE %.4f (by chance %.4f)", calibration_error(&e->calibration[l]),
                    calibration_chance(&e->calibration[l]));
        fprintf(out, "   of %ld photos\n", s->level_photos[l]);
    }
    fprintf(out, "hP hR hF  %.4f %.4f %.4f\n", score_hp(s), score_hr(s), score_hf(s));
    if (e->unanswered > 0)
        fprintf(out, "%ld without an answer (score 0)\n", e->unanswered);
    print_confusions(e, t, out);
}

void evaluation_json(const struct evaluation *e, struct json *j)
{
    const struct score *s = &e->score;
    int levels = evaluation_levels(e);
    json_number(j, NULL, "photos", (double)s->photos);
    json_number(j, NULL, "unanswered", (double)e->unanswered);
    json_number(j, NULL, "score", score_mean(s));
    json_number(j, NULL, "standard_error", score_error(score_mean(s), s->photos));
    json_number(j, NULL, "exact", score_exact(s));
    struct cJSON *list = json_array(j, NULL, "levels");
    for (int l = 0; list && l < levels; l++)
        json_number(j, list, NULL, score_level(s, l));
    json_number(j, NULL, "hp", score_hp(s));
    json_number(j, NULL, "hr", score_hr(s));
    json_number(j, NULL, "hf", score_hf(s));
    list = json_array(j, NULL, "ece");
    for (int l = 0; list && e->has_confidence && l < levels; l++)
        json_number(j, list, NULL, calibration_error(&e->calibration[l]));
    list = json_array(j, NULL, "ece_by_chance");
    for (int l = 0; list && e->has_confidence && l < levels; l++)
        json_number(j, list, NULL, calibration_chance(&e->calibration[l]));
}
