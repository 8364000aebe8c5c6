/* Everything is drawn from the numbers of tui/loop/report.h in SVG user units; colours are CSS
 * variables, so that light and dark are one file. Each plot has a title for those who do not see
 * it, and the table beside it says the same. */
#include "tui/commands/report_html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/commands/output.h"
#include "tui/loop/report_lines.h"

enum { WIDE = 720, HIGH = 200, LEFT = 40, PLOT_POINTS = 400, PAIRS = 50, NAME = 1200 };

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--ink:#1a1a1a;--dim:#666;--line:#ddd;--bar:#2a6f97;--soft:#e4eef4;"
    "--other:#b5541c}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#15181b;--ink:#e6e6e6;--dim:#9aa0a6;--line:#363b40;--bar:#6db3d8;"
    "--soft:#21313b;--other:#f0a070}}\n"
    "body{background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem "
    "auto;padding:0 1rem}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid var(--line);"
    "padding-bottom:.25rem}h3{font-size:1rem}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.15rem .7rem .15rem 0;text-align:left;vertical-align:top}th{color:var(--dim);font-weight:normal}\n"
    ".n{text-align:right}.scroll{overflow-x:auto}.dim,figcaption{color:var(--dim)}\n"
    "figure{margin:1rem 0}svg{max-width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:12px}\n"
    ".bar{fill:var(--bar)}.back{fill:var(--soft)}.curve{fill:none;stroke:var(--bar);stroke-width:2}"
    ".other{fill:var(--other)}.grid{stroke:var(--line)}\n"
    "details details{margin-left:1.2rem}summary,.leaf{padding:.1rem 0}.leaf{margin-left:1.2rem}"
    ".leaf>*,summary>*{vertical-align:middle}\n"
    "summary svg,.leaf svg,td svg{display:inline-block;margin-right:.6rem}";

void report_html_text(const char *text, FILE *out)
{
    size_t size = 8 * strlen(text) + 1; /* an escaped byte or character is at most so long */
    char *safe = malloc(size);
    if (!safe)
        return;
    for (const char *s = output_safe(text, safe, size); *s; s++) {
        switch (*s) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: putc(*s, out);
        }
    }
    free(safe);
}

static void path(const struct taxonomy *t, int node, FILE *out)
{
    char text[NAME];
    report_html_text(taxonomy_format(t, node, " > ", text, sizeof text), out);
}

static void bar(double share, int width, FILE *out)
{
    double clipped = share < 0 ? 0 : share > 1 ? 1 : share;
    fprintf(
        out,
        "<svg width=\"%d\" height=\"10\" aria-hidden=\"true\"><rect class=\"back\" width=\"%d\" height=\"10\"/>"
        "<rect class=\"bar\" width=\"%.1f\" height=\"10\"/></svg>",
        width, width, clipped * width);
}

static void number(double value, FILE *out)
{
    if (value < 0)
        fputs("<td class=\"n\">-</td>", out);
    else
        fprintf(out, "<td class=\"n\">%.3f</td>", value);
}

/* ---- plots ---- */

static void begin_plot(const char *title, FILE *out)
{
    fprintf(out,
            "<figure><svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\"><title>",
            LEFT + WIDE + 10, HIGH + 30, LEFT + WIDE + 10, HIGH + 30);
    report_html_text(title, out);
    fputs("</title>\n", out);
    for (int i = 0; i <= 4; i++)
        fprintf(
            out,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\" "
            "text-anchor=\"end\">%.2f</text>\n",
            LEFT, LEFT + WIDE, 10 + HIGH * i / 4, 10 + HIGH * i / 4, LEFT - 6, 14 + HIGH * i / 4,
            1 - i / 4.0);
}

static void end_plot(const char *caption, FILE *out)
{
    fputs("</svg><figcaption>", out);
    report_html_text(caption, out);
    fputs("</figcaption></figure>\n", out);
}

static double height_of(double value)
{
    return 10 + HIGH * (1 - value);
}

static void curve(const struct report *r, FILE *out)
{
    float points[PLOT_POINTS];
    char caption[200];
    size_t window = report_window(r);
    int n = worklog_moving(r->right, r->right_count, window, PLOT_POINTS, points);
    begin_plot("Score of the predictions over the decisions, oldest first", out);
    fputs("<polyline class=\"curve\" points=\"", out);
    for (int i = 0; i < n; i++)
        fprintf(out, "%.1f,%.1f ", LEFT + (double)WIDE * (i + 1) / n, height_of((double)points[i]));
    fputs("\"/>\n", out);
    snprintf(caption, sizeof caption,
             "First to last of %zu decisions; mean score of the last %zu predictions. The order "
             "of the queue shows in it, too: the least sure come first by default.",
             r->right_count, window);
    end_plot(caption, out);
}

static void model_plot(const struct report *r, FILE *out)
{
    double step = (double)WIDE / (double)r->model_count;
    double width = step * 0.7 > 48 ? 48 : step * 0.7;
    begin_plot("Score of every model when it was made, on the photos held out of training", out);
    for (size_t i = 0; i < r->model_count; i++) {
        const struct model_record *m = &r->models[i];
        double x = LEFT + step * ((double)i + 0.5);
        fprintf(out, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                x - width / 2, height_of(m->score_after), width, HIGH * m->score_after);
        if (m->score_before >= 0)
            fprintf(out,
                    "<rect class=\"other\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"3\"/>",
                    x - width / 2, height_of(m->score_before) - 1.5, width);
        if (r->model_count <= 40)
            fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x,
                    HIGH + 26, m->number);
    }
    end_plot("Bars: score after the training of each model, by number; lines: the score before it.",
             out);
}

static void calibration_plot(const struct calibration *c, FILE *out)
{
    begin_plot("Share right beside the confidence", out);
    fprintf(out, "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"10\"/>\n", LEFT,
            10 + HIGH, LEFT + WIDE);
    for (int b = 0; b < SCORE_BINS; b++) {
        if (c->count[b] == 0)
            continue;
        double right = (double)c->right[b] / (double)c->count[b], width = (double)WIDE / SCORE_BINS;
        fprintf(
            out,
            "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%ld photos, mean "
            "confidence %.2f, %.2f right</title></rect>\n",
            LEFT + width * b + 3, height_of(right), width - 6, HIGH * right, c->count[b],
            c->confidence[b] / (double)c->count[b], right);
    }
    end_plot(
        "Confidence from 0 (left) to 1 (right); height: share of those answers that were right. On the diagonal the "
        "confidences are as they should be.",
        out);
}

/* ---- parts ---- */

static void count_row(const char *name, int64_t n, int64_t of, FILE *out)
{
    char text[OUTPUT_COUNT];
    fprintf(out, "<tr><td>%s</td><td class=\"n\">%s</td><td>", name, output_count(n, text));
    if (of > 0)
        bar((double)n / (double)of, 160, out);
    fputs("</td></tr>\n", out);
}

static void agreement_row(const char *name, const struct score *s, FILE *out)
{
    fprintf(out, "<tr><td>%s</td><td class=\"n\">%ld</td>", name, s->photos);
    if (s->photos > 0)
        fprintf(out, "<td>%.3f &#177; %.3f</td><td>%.3f &#177; %.3f</td></tr>\n", score_mean(s),
                score_error(score_mean(s), s->photos), score_exact(s),
                score_error(score_exact(s), s->photos));
    else
        fputs("<td>-</td><td>-</td></tr>\n", out);
}

static void overview(const struct report *r, FILE *out)
{
    const struct store_counts *c = &r->counts;
    char text[300];
    fputs("<h2>Overview</h2>\n<table>", out);
    count_row("photos", c->photos, 0, out);
    count_row("with a label", c->labelled, c->photos, out);
    count_row("reviewed", c->reviewed, c->photos, out);
    count_row("accepted", c->accepted, c->photos, out);
    count_row("corrected", c->corrected, c->photos, out);
    count_row("given", c->given, c->photos, out);
    count_row("rejected", c->rejected, c->photos, out);
    count_row("skipped", c->skipped, c->photos, out);
    count_row("flagged", c->flagged, c->photos, out);
    count_row("predicted", c->predicted, c->photos, out);
    count_row("decisions today", r->today, 0, out);
    count_row("decisions in the last 7 days", r->week, 0, out);
    fputs("</table>\n", out);
    if (r->held.score.photos > 0)
        fprintf(
            out,
            "<p>Model %d has score <strong>%.3f</strong> &#177; %.3f; photos held out of training: %ld.</p>\n",
            r->model, score_mean(&r->held.score),
            score_error(score_mean(&r->held.score), r->held.score.photos), r->held.score.photos);
    if (r->unpredicted > 0)
        fprintf(out, "<p class=\"dim\">%ld more are not predicted yet.</p>\n", r->unpredicted);
    fputs(
        "<h3>Agreement of what was given with what had been predicted</h3>\n<table><tr><th>prediction was</th><th "
        "class=\"n\">photos</th><th>score</th><th>exact</th></tr>\n",
        out);
    agreement_row("seen", &r->seen, out);
    agreement_row("hidden (blind)", &r->blind, out);
    fputs("</table>\n<p class=\"dim\">", out);
    report_html_text(report_nodding_text(r, text, sizeof text), out);
    if (r->repeated > 0)
        fprintf(out, " %ld left out: a blind answer was taken back.", r->repeated);
    fputs("</p>\n", out);
}

static void over_time(const struct report *r, FILE *out)
{
    char date[24];
    fputs("<h2>Over time</h2>\n", out);
    if (r->right_count > 1)
        curve(r, out);
    if (r->guessed > 0)
        fprintf(
            out,
            "<p class=\"dim\">%ld corrections whose prediction is not kept count as wholly wrong.</p>\n",
            r->guessed);
    if (r->model_count == 0) {
        fputs("<p class=\"dim\">No model was measured yet.</p>\n", out);
        return;
    }
    model_plot(r, out);
    fputs(
        "<div class=\"scroll\"><table><tr><th class=\"n\">model</th><th>date</th><th>depth</th><th class=\"n\">labels</th>"
        "<th class=\"n\">photos</th><th class=\"n\">before</th><th class=\"n\">after</th><th></th></tr>\n",
        out);
    for (size_t i = 0; i < r->model_count; i++) {
        const struct model_record *m = &r->models[i];
        time_t t = (time_t)(m->created / 1000);
        struct tm tm;
        if (!localtime_r(&t, &tm) || !strftime(date, sizeof date, "%Y-%m-%d %H:%M", &tm))
            strcpy(date, "-");
        fprintf(out, "<tr><td class=\"n\">%d</td><td>%s</td><td>", m->number, date);
        report_html_text(m->depth, out);
        fprintf(out, "</td><td class=\"n\">%d</td><td class=\"n\">%d</td>", m->reviews,
                m->held_out);
        number(m->score_before, out);
        number(m->score_after, out);
        fprintf(out, "<td>%s%s</td></tr>\n", m->number == r->model ? "in use" : "",
                m->removed ? " removed" : "");
    }
    fputs("</table></div>\n", out);
}

static void node_line(const struct report *r, const struct taxonomy *t, int node, FILE *out)
{
    const struct node_score *s = &r->nodes[node];
    bar(s->truths > 0 ? node_score_mean(s) : 0, 120, out);
    fputs("<span><strong>", out);
    report_html_text(taxonomy_name(t, node), out);
    fprintf(out, "</strong> <span class=\"dim\">%ld labelled, %ld held out", s->labelled,
            s->truths);
    if (s->truths > 0)
        fprintf(out, ": score %.3f, recall %.3f", node_score_mean(s), node_score_recall(s));
    if (s->answers > 0)
        fprintf(out, ", precision %.3f", node_score_precision(s));
    fputs("</span></span>", out);
}

static void tree(const struct report *r, const struct taxonomy *t, int parent, FILE *out)
{
    for (int node = taxonomy_first_child(t, parent); node >= 0;
         node = taxonomy_next_sibling(t, node)) {
        int leaf = taxonomy_is_leaf(t, node);
        if (node >= r->node_count)
            continue;
        fputs(leaf ? "<div class=\"leaf\">" : "<details open><summary>", out);
        node_line(r, t, node, out);
        fputs(leaf ? "</div>\n" : "</summary>\n", out);
        if (!leaf) {
            tree(r, t, node, out);
            fputs("</details>\n", out);
        }
    }
}

static void pairs(const struct report_mistakes *m, const struct taxonomy *t, const char *truth,
                  FILE *out)
{
    if (m->pairs.count == 0) {
        fputs("<p class=\"dim\">None.</p>\n", out);
        return;
    }
    fprintf(
        out,
        "<div class=\"scroll\"><table><tr><th class=\"n\">lost</th><th class=\"n\">photos</th><th>%s</th>"
        "<th>predicted</th></tr>\n",
        truth);
    for (size_t i = 0; i < m->pairs.count && i < PAIRS; i++) {
        const struct confusion_pair *pair = &m->pairs.pairs[i];
        fprintf(out, "<tr><td class=\"n\">%.2f</td><td class=\"n\">%ld</td><td>", pair->lost,
                pair->photos);
        path(t, pair->truth, out);
        fputs("</td><td>", out);
        path(t, pair->answer, out);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
    if (m->pairs.count > PAIRS)
        fprintf(out, "<p class=\"dim\">And %zu more.</p>\n", m->pairs.count - PAIRS);
}

static void calibration(const struct report *r, FILE *out)
{
    fputs("<h2>Calibration</h2>\n", out);
    if (r->held.score.photos == 0)
        fputs(
            "<p class=\"dim\">Not measured yet: it needs predicted photos that are held out of training.</p>\n",
            out);
    for (int l = 0; l < evaluation_levels(&r->held); l++) {
        const struct calibration *c = &r->held.calibration[l];
        fprintf(
            out,
            "<h3>Level %d</h3>\n<p>Calibration error %.3f; perfect confidences would show %.3f by chance.</p>\n",
            l + 1, calibration_error(c), calibration_chance(c));
        calibration_plot(c, out);
        fputs(
            "<table><tr><th>confidence</th><th class=\"n\">photos</th><th class=\"n\">mean</th><th "
            "class=\"n\">right</th></tr>\n",
            out);
        for (int b = 0; b < SCORE_BINS; b++)
            if (c->count[b] > 0)
                fprintf(
                    out,
                    "<tr><td>%.2f-%.2f</td><td class=\"n\">%ld</td><td class=\"n\">%.3f</td><td class=\"n\">"
                    "%.3f</td></tr>\n",
                    (double)b / SCORE_BINS, (double)(b + 1) / SCORE_BINS, c->count[b],
                    c->confidence[b] / (double)c->count[b],
                    (double)c->right[b] / (double)c->count[b]);
        fputs("</table>\n", out);
    }
}

static void pace_row(const char *name, const struct pace *p, FILE *out)
{
    if (p->count == 0)
        return;
    fputs("<tr><td>", out);
    report_html_text(name, out);
    fprintf(
        out,
        "</td><td class=\"n\">%ld</td><td class=\"n\">%.1f</td><td class=\"n\">%.1f</td></tr>\n",
        p->count, p->median, p->per_minute);
}

static void speed(const struct report *r, FILE *out)
{
    long most = 1;
    char date[24];
    fputs(
        "<h2>Speed</h2>\n<table><tr><th></th><th class=\"n\">decisions</th><th class=\"n\">median seconds</th><th "
        "class=\"n\">a minute</th></tr>\n",
        out);
    pace_row("all but skips", &r->all, out);
    for (int k = 0; k < REPORT_KINDS; k++)
        pace_row(report_kind_text(report_kinds[k]), &r->kinds[k], out);
    pace_row("import confirmed", &r->confirmed, out);
    for (size_t i = 0; i < r->log.person_count; i++)
        pace_row(r->log.people[i], &r->people[i], out);
    fputs("</table>\n<h3>Decisions a day</h3>\n<table>", out);
    for (size_t i = 0; i < r->day_count; i++)
        most = r->days[i].decisions > most ? r->days[i].decisions : most;
    for (size_t i = r->day_count; i-- > 0;) {
        time_t t = (time_t)r->days[i].day * 86400;
        struct tm tm;
        if (!gmtime_r(&t, &tm) || !strftime(date, sizeof date, "%Y-%m-%d", &tm))
            strcpy(date, "-");
        fprintf(out, "<tr><td>%s</td><td class=\"n\">%ld</td><td>", date, r->days[i].decisions);
        bar((double)r->days[i].decisions / (double)most, 240, out);
        fprintf(out, "</td><td class=\"n\">%.0f a minute</td></tr>\n", r->days[i].per_minute);
    }
    fputs("</table>\n", out);
}

static void agreed_row(const char *name, const struct agreement_counts *c, FILE *out)
{
    fputs("<tr><td>", out);
    report_html_text(name, out);
    fprintf(out, "</td><td class=\"n\">%ld</td><td class=\"n\">%.1f%%</td><td class=\"n\">",
            c->photos, c->photos ? 100.0 * (double)c->same / (double)c->photos : 0);
    if (isnan(c->kappa))
        fputs("-", out);
    else
        fprintf(out, "%.3f", c->kappa);
    fputs("</td></tr>\n", out);
}

static void agreed_levels(const struct agreement_counts *level, int depth, FILE *out)
{
    char name[24];
    for (int l = 0; l < depth; l++) {
        snprintf(name, sizeof name, "level %d", l + 1);
        agreed_row(name, &level[l], out);
    }
}

static void agreement(const struct report *r, FILE *out)
{
    const struct agreement *a = &r->agreement;
    if (a->photos == 0)
        return;
    fprintf(out,
            "<h2>Agreement</h2>\n<p>On %ld of the %ld photos that two or more people have decided "
            "on, all say the same.</p>\n<table><tr><th></th><th class=\"n\">photos</th><th "
            "class=\"n\">same</th><th class=\"n\">Cohen's kappa</th></tr>\n",
            a->same, a->photos);
    agreed_row("whole path", &a->path, out);
    agreed_levels(a->level, a->depth, out);
    for (size_t i = 0; i < a->pair_count; i++) {
        const struct agreement_pair *p = &a->pairs[i];
        char name[300];
        snprintf(name, sizeof name, "%.120s and %.120s: whole path", r->log.people[p->one],
                 r->log.people[p->other]);
        agreed_row(name, &p->path, out);
        agreed_levels(p->level, a->depth, out);
    }
    fputs("</table>\n", out);
}

void report_html(const struct report *r, const struct taxonomy *t, const char *name, FILE *out)
{
    fputs(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>",
        out);
    report_html_text(name, out);
    fprintf(out, ": report</title>\n<style>\n%s\n</style></head>\n<body>\n<h1>", style);
    report_html_text(name, out);
    fputs("</h1>\n", out);
    overview(r, out);
    over_time(r, out);
    fputs("<h2>Labels</h2>\n<p class=\"dim\">Bars: score on the photos held out of training.</p>\n",
          out);
    tree(r, t, TAXONOMY_ROOT, out);
    fputs("<h2>Confused</h2>\n<h3>On the photos held out of training</h3>\n", out);
    pairs(&r->missed, t, "label", out);
    fputs("<h3>In the review</h3>\n", out);
    pairs(&r->corrected, t, "given", out);
    calibration(r, out);
    speed(r, out);
    agreement(r, out);
    fputs("</body></html>\n", out);
}
