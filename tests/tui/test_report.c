/* The report of a project that is small enough to be checked by hand. */
#include "tui/loop/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store.h"
#include "tests/check.h"
#include "tui/commands/report_html.h"
#include "tui/loop/project.h"
#include "tui/loop/report_lines.h"

enum { FOOD, COFFEE, TEA, TOOLS, NODES };

static const char *const hostile[NODES] = {"food<script>alert(1)</script>", "\"coffee\" & 'milk'",
                                           "</details>tea", "tools --><svg onload=x>"};
static struct status st;

/* Six photos: 1 to 4 of split val (held out) with labels; 5 and 6 open. Names as given. */
static int make(struct project *p, const char *const names[NODES])
{
    if (!CHECK_INT(project_create(test_folder(), 3, p, &st), 0))
        return 0;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(p->store));
    taxonomy_add(t, TAXONOMY_ROOT, names[FOOD], NULL, NULL);
    taxonomy_add(t, FOOD, names[COFFEE], NULL, NULL);
    taxonomy_add(t, FOOD, names[TEA], NULL, NULL);
    taxonomy_add(t, TAXONOMY_ROOT, names[TOOLS], NULL, NULL);
    CHECK_INT(store_save_taxonomy(p->store, t, &st), 0);
    taxonomy_free(t);
    static const int label[] = {COFFEE, COFFEE, TEA, TOOLS, -1, -1};
    for (int i = 0; i < 6; i++) {
        char name[24];
        snprintf(name, sizeof name, "%d.jpg", i + 1);
        struct photo_new photo = {
            .path = name, .hash = 5, .node = label[i], .split = i < 4 ? SPLIT_VAL : SPLIT_TRAIN};
        CHECK_INT(store_add_photos(p->store, &photo, 1, "test", NULL, &st), 0);
    }
    struct model_record model = {
        .created = 1, .score_before = .5, .score_after = .75, .held_out = 4, .depth = "head"};
    return CHECK_INT(store_add_model(p->store, &model, 1, &st), 0);
}

static void predict(struct project *p, int64_t photo, int node)
{
    float one = .9f;
    struct prediction prediction = {.photo = photo,
                                    .model = 1,
                                    .node = node,
                                    .expected = .9f,
                                    .count = 1,
                                    .terminal = &node,
                                    .probability = &one};
    CHECK_INT(store_put_predictions(p->store, &prediction, 1, &st), 0);
}

static void review(struct project *p, int64_t photo, enum event_kind kind, int node, int predicted)
{
    struct review r = {.photo = photo,
                       .kind = kind,
                       .node = node,
                       .model = 1,
                       .milliseconds = 1000,
                       .has_predicted = predicted >= 0,
                       .predicted = predicted};
    CHECK_INT(store_review(p->store, "me", &r, 1, &st), 0);
}

TEST(numbers_by_hand)
{
    static const char *const names[] = {"food", "coffee", "tea", "tools"};
    struct project p;
    struct report r;
    double difference, error;
    size_t count;
    if (!make(&p, names))
        return;
    predict(&p, 1, COFFEE); /* right; 2 half right; 3 wrong; 4 not predicted */
    predict(&p, 2, TEA);
    predict(&p, 3, TOOLS);
    predict(&p, 5, TEA);
    review(&p, 5, EVENT_CORRECT, COFFEE,
           -1); /* by an older program: its prediction is still there */
    review(&p, 6, EVENT_GIVE, TOOLS, COFFEE); /* blind: wrong */
    review(&p, 1, EVENT_ACCEPT, COFFEE, -1);
    if (!CHECK_INT(report_make(&p, &r, NULL, NULL, NULL, &st), 0))
        return;
    CHECK_INT(r.held.score.photos, 3);
    CHECK_INT(r.unpredicted, 1);
    CHECK_NEAR(score_mean(&r.held.score), (1 + .5 + 0) / 3, 1e-12);
    CHECK_INT(r.nodes[FOOD].labelled, 4);
    CHECK_INT(r.nodes[FOOD].truths, 3);
    CHECK_NEAR(node_score_recall(&r.nodes[FOOD]), 2. / 3, 1e-12);
    CHECK_INT((long long)r.missed.pairs.count, 2);
    CHECK_INT(r.missed.pairs.pairs[0].truth, TEA); /* costs 1, the other one half */
    CHECK_INT(r.missed.pairs.pairs[0].answer, TOOLS);
    int64_t *photos = report_photos(&r.missed, &r.missed.pairs.pairs[1], &count);
    CHECK_INT((long long)count, 1);
    CHECK_INT(photos[0], 2);
    free(photos);
    CHECK_INT((long long)r.right_count, 3);
    CHECK_NEAR(r.right[0], .5, 1e-6);
    CHECK_NEAR(r.right[1], 0, 1e-6);
    CHECK_NEAR(r.right[2], 1, 1e-6);
    CHECK_INT(r.seen.photos, 2);
    CHECK_NEAR(score_mean(&r.seen), .75, 1e-12);
    CHECK_INT(r.blind.photos, 1);
    CHECK_NEAR(score_mean(&r.blind), 0, 0);
    CHECK_INT(r.guessed, 0);
    CHECK_INT(report_nodding(&r, &difference, &error), 1);
    CHECK_NEAR(difference, .75, 1e-12);
    CHECK_NEAR(error, hypot(score_error(.75, 2), score_error(0, 1)), 1e-12);
    CHECK_INT(r.today, 3);
    CHECK_INT(r.all.count, 3);
    CHECK_NEAR(r.all.median, 1, 1e-9);
    report_clear(&r);
    project_close(&p);
}

TEST(a_correction_whose_prediction_is_gone_counts_as_wrong)
{
    static const char *const names[] = {"food", "coffee", "tea", "tools"};
    struct project p;
    struct report r;
    if (!make(&p, names))
        return;
    review(&p, 5, EVENT_CORRECT, COFFEE, -1);
    CHECK_INT(report_make(&p, &r, NULL, NULL, NULL, &st), 0);
    CHECK_INT(r.guessed, 1);
    CHECK_INT((long long)r.right_count, 1);
    CHECK_NEAR(r.right[0], 0, 0);
    CHECK_INT((long long)r.corrected.pairs.count, 0);
    report_clear(&r);
    project_close(&p);
}

TEST(cancelled)
{
    static const char *const names[] = {"food", "coffee", "tea", "tools"};
    struct project p;
    struct report r;
    atomic_int cancel = 1;
    if (!make(&p, names))
        return;
    CHECK_INT(report_make(&p, &r, &cancel, NULL, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    project_close(&p);
}

static char *html_of(const struct report *r, const struct taxonomy *t, const char *name)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    report_html(r, t, name, out);
    fclose(out);
    return text;
}

static int count_of(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* No name can end what it stands in, and nothing is loaded from anywhere. */
TEST(html_of_hostile_names)
{
    struct project p;
    struct report r;
    if (!make(&p, hostile))
        return;
    predict(&p, 2, TEA);
    predict(&p, 3, TOOLS);
    CHECK_INT(report_make(&p, &r, NULL, NULL, NULL, &st), 0);
    char *html = html_of(&r, store_taxonomy(p.store), "</title><img src=x onerror=\"alert(1)\">");
    CHECK_CONTAINS(html, "food&lt;script&gt;alert(1)&lt;/script&gt;");
    CHECK_CONTAINS(html, "&quot;coffee&quot; &amp; &#39;milk&#39;");
    CHECK_CONTAINS(html, "&lt;/details&gt;tea");
    CHECK_CONTAINS(html, "tools --&gt;&lt;svg onload=x&gt;");
    CHECK_CONTAINS(html, "&lt;/title&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    CHECK_INT(count_of(html, "<script"), 0);
    CHECK_INT(count_of(html, "<img"), 0);
    CHECK_INT(count_of(html, "http://") + count_of(html, "https://") + count_of(html, "url("), 0);
    CHECK_INT(count_of(html, ".jpg"), 0);
    for (const unsigned char *c = (const unsigned char *)html; *c; c++)
        if (*c < 0x20 && *c != '\n')
            CHECK_INT(*c, '\n');
    free(html);
    report_clear(&r);
    project_close(&p);
}

/* What a tree refuses to hold may still come as the name of a folder or a person. */
TEST(html_of_bytes_that_no_browser_shows)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    report_html_text("a\x1b[31m\n\xe2\x80\xae"
                     "b\xff\xed\xa0\x80",
                     out);
    fclose(out);
    CHECK_TEXT(text, "a\\x1b[31m\\x0a\\u202eb\\xff\\xed\\xa0\\x80");
    free(text);
}

TEST(bars_and_plots)
{
    static const float values[] = {0, .5f, 1, .25f};
    char text[64];
    CHECK_TEXT(report_bar(.5f, 3, text, sizeof text), "█▌ ");
    CHECK_TEXT(report_bar(2, 2, text, sizeof text), "██");
    CHECK_TEXT(report_bar(NAN, 2, text, sizeof text), "  ");
    CHECK_TEXT(report_plot_row(values, 4, 2, 0, text, sizeof text), "  █ ");
    CHECK_TEXT(report_plot_row(values, 4, 2, 1, text, sizeof text), " ██▄");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
