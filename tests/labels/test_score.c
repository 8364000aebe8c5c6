/* Scores by hand. */
#include "labels/score.h"

#include <stdlib.h>

#include "data/status.h"
#include "tests/check.h"

enum { A = 1, B, C, D };

static double score(int n, const int *truth, int m, const int *answer)
{
    return score_path(truth, n, answer, m);
}
#define LIST(...)                                                                                  \
    (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (int[])                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

TEST(score_of_a_photo)
{
    CHECK_NEAR(score(LIST(A, B, C), LIST(A, B, C)), 1, 0);
    CHECK_NEAR(score(LIST(A, B, C), LIST(A, B)), 2.0 / 3, 1e-15);
    CHECK_NEAR(score(LIST(A, B, C), LIST(A)), 1.0 / 3, 1e-15);
    CHECK_NEAR(score(LIST(A, B, C), LIST(B, A, C)), 0, 0);
    CHECK_NEAR(score(LIST(A, B, C), LIST(A, C, B)), 1.0 / 3, 1e-15);
    CHECK_NEAR(score(LIST(A, B), LIST(A, B, C)), 1, 0);
    CHECK_NEAR(score(LIST(A), LIST(B)), 0, 0);
    CHECK_NEAR(score_path((int[]){A}, 1, NULL, 0), 0, 0);
}

/* 8 photos of mean 3/4: (6 + 2) / 12 = 2/3, sqrt(2/3 * 1/3 / 12) = 0.13608; 4 of 4: 6/8, sqrt(3/16
 * / 8) = 0.15309. */
TEST(few_photos_say_how_little_the_score_rests_on)
{
    char text[SCORE_SHOWN];
    CHECK_NEAR(score_error(0.75, 8), 0.1360828, 1e-6);
    CHECK_NEAR(score_error(1, 4), 0.1530931, 1e-6);
    CHECK_TEXT(score_show(0.75, 8, text), "0.750 ± 0.14");
    CHECK_TEXT(score_show(1, 99, text), "1.000 ± 0.01");
    CHECK_TEXT(score_show(0.8754, 100, text), "0.875");
    CHECK_TEXT(score_show(-1, 0, text), "-");
}

/* Three photos:
 *   truth A B C   answer A B C   1      common 3  answered 3  known 3
 *   truth A B     answer A B C   1      common 2  answered 3  known 2
 *   truth A B D   answer A C     1/3    common 1  answered 2  known 3
 * score 7/9, exact 1/3; hP 6/8, hR 6/8, hF 3/4; levels 3/3, 2/3, 1/2. */
TEST(score_of_a_set)
{
    struct score s = {0};
    CHECK_NEAR(score_mean(&s), 0, 0);
    CHECK_NEAR(score_hf(&s), 0, 0);
    score_add(&s, (int[]){A, B, C}, 3, (int[]){A, B, C}, 3);
    score_add(&s, (int[]){A, B}, 2, (int[]){A, B, C}, 3);
    score_add(&s, (int[]){A, B, D}, 3, (int[]){A, C}, 2);
    CHECK_INT(s.photos, 3);
    CHECK_NEAR(score_mean(&s), 7.0 / 9, 1e-15);
    CHECK_NEAR(score_exact(&s), 1.0 / 3, 1e-15);
    CHECK_NEAR(score_hp(&s), 6.0 / 8, 1e-15);
    CHECK_NEAR(score_hr(&s), 6.0 / 8, 1e-15);
    CHECK_NEAR(score_hf(&s), .75, 1e-15);
    CHECK_NEAR(score_level(&s, 0), 1, 0);
    CHECK_NEAR(score_level(&s, 1), 2.0 / 3, 1e-15);
    CHECK_NEAR(score_level(&s, 2), 1.0 / 2, 1e-15);
    CHECK_NEAR(score_level(&s, 3), 0, 0);
    /* truth A B C, answer B A: no score, but two labels in common: hP 8/10, hR 8/11 */
    score_add(&s, (int[]){A, B, C}, 3, (int[]){B, A}, 2);
    CHECK_NEAR(score_mean(&s), 7.0 / 12, 1e-15);
    CHECK_NEAR(score_hp(&s), 8.0 / 10, 1e-15);
    CHECK_NEAR(score_hr(&s), 8.0 / 11, 1e-15);
    CHECK_NEAR(score_hf(&s), 2 * .8 * (8.0 / 11) / (.8 + 8.0 / 11), 1e-15);
    /* no answer at all */
    score_add(&s, (int[]){A}, 1, NULL, 0);
    CHECK_NEAR(score_hp(&s), 8.0 / 10, 1e-15);
    CHECK_NEAR(score_hr(&s), 8.0 / 12, 1e-15);
}

static struct taxonomy *tree(void)
{
    struct taxonomy *t = taxonomy_new(3);
    taxonomy_add(t, -1, "a", NULL, NULL); /* 0 */
    taxonomy_add(t, 0, "b", NULL, NULL);  /* 1 */
    taxonomy_add(t, 1, "c", NULL, NULL);  /* 2 */
    taxonomy_add(t, -1, "d", NULL, NULL); /* 3 */
    return t;
}

TEST(score_of_nodes)
{
    struct taxonomy *t = tree();
    struct score s = {0};
    score_add_nodes(&s, t, 2, 1);
    score_add_nodes(&s, t, 2, 3);
    score_add_nodes(&s, t, 1, 2);
    score_add_nodes(&s, t, 1, -1);
    CHECK_NEAR(score_mean(&s), (2.0 / 3 + 0 + 1 + 0) / 4, 1e-15);
    CHECK_INT(s.exact, 0);
    CHECK_INT(s.common, 4);
    CHECK_INT(s.answered, 6);
    CHECK_INT(s.known, 10);
    taxonomy_free(t);
}

/* Four answers: .95 right, .95 wrong (bin 15), .5 right (bin 8: (7/15, 8/15]), 0 wrong (bin 1).
 * Error: 2/4 * |.5 - .95| + 1/4 * |1 - .5| + 1/4 * 0 = .35 */
TEST(calibration)
{
    struct calibration c = {0};
    CHECK_NEAR(calibration_error(&c), 0, 0);
    calibration_add(&c, .95f, 1);
    calibration_add(&c, .95f, 0);
    calibration_add(&c, .5f, 1);
    calibration_add(&c, 0, 0);
    CHECK_INT(c.count[14], 2);
    CHECK_INT(c.count[7], 1);
    CHECK_INT(c.count[0], 1);
    CHECK_NEAR(calibration_error(&c), .35, 1e-6);
    /* p (1 - p) in the bins: .095, .25, 0; (sqrt(.19 / pi) + sqrt(.5 / pi)) / 4 */
    CHECK_NEAR(calibration_chance(&c), 0.161217, 1e-6);
    calibration_add(&c, 1.0000002f, 1); /* rounding above one stays in the last bin */
    CHECK_INT(c.count[14], 3);
}

TEST(confusion)
{
    struct taxonomy *t = tree();
    struct confusion c = {0};
    struct status st;
    confusion_sort(&c);
    for (int i = 0; i < 3000; i++) {
        CHECK_INT(confusion_add(&c, t, 2, 1, &st), 0); /* loses 1/3 */
        CHECK_INT(confusion_add(&c, t, 1, 2, &st), 0); /* nothing */
    }
    for (int i = 0; i < 1001; i++)
        CHECK_INT(confusion_add(&c, t, 2, 3, &st), 0); /* loses 1 */
    CHECK_INT(confusion_add(&c, t, 1, -1, &st), 0);
    CHECK(c.capacity < 1000); /* pairs, not photos */
    confusion_sort(&c);
    CHECK_INT(c.count, 4);
    CHECK_INT(c.pairs[0].answer, 3);
    CHECK_INT(c.pairs[0].photos, 1001);
    CHECK_NEAR(c.pairs[0].lost, 1001, 1e-9);
    CHECK_INT(c.pairs[1].truth, 2);
    CHECK_INT(c.pairs[1].answer, 1);
    CHECK_INT(c.pairs[1].photos, 3000);
    CHECK_NEAR(c.pairs[1].lost, 1000, 1e-9);
    CHECK_INT(c.pairs[2].answer, -1);
    CHECK_INT(c.pairs[3].answer, 2);
    CHECK_INT(confusion_add(&c, t, 2, 3, &st), 0); /* going on after sorting */
    confusion_sort(&c);
    CHECK_INT(c.count, 4);
    CHECK_INT(c.pairs[0].photos, 1002);
    confusion_clear(&c);
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
