#include "nn/loss.h"

#include "nn/train.h"
#include "tests/check.h"

#include <math.h>

enum { CLASSES = 6 };
static const float logits[CLASSES] = {1.5f, -0.5f, 0.25f, 2.0f, -1.0f, 0.0f};

static struct target levels(void)
{
    struct target t = {.weight = 2, .levels = 3};
    t.level[0].first = 0, t.level[0].last = 3, t.level[0].weight = 0.5f;
    t.level[1].first = 1, t.level[1].last = 3, t.level[1].weight = 0.5f;
    t.level[2].first = 2, t.level[2].last = 3, t.level[2].weight = 0.25f;
    return t;
}

/* PyTorch in double: 2 * (0.5 * -logsumexp(log_p[0:3]) + 0.5 * -logsumexp(log_p[1:3]) + 0.25 *
 * -log_p[2]) */
TEST(levels_as_pytorch_computes_them)
{
    static const double gradient[CLASSES] = {0.0372563766, -0.3157791985, -1.1685045686,
                                             1.2209940922, 0.0607897164,  0.1652435814};
    struct target t = levels();
    float d[CLASSES];
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 1, 1, d), 4.177740568, 1e-6);
    for (int k = 0; k < CLASSES; k++)
        CHECK_NEAR(d[k], gradient[k], 1e-6);
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 2.5f, 1, NULL), 3.059060275, 1e-6);
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 0, 0.25f, d), 4.177740568, 1e-6);
    for (int k = 0; k < CLASSES; k++)
        CHECK_NEAR(d[k], gradient[k] / 4, 1e-6);
}

/* Times T * T, as distillation wants it (Hinton et al. 2015); at T = 1 plain cross-entropy. */
TEST(soft_targets_as_pytorch_computes_them)
{
    static const float soft[CLASSES] = {0.1f, 0.2f, 0.3f, 0.25f, 0.15f, 0};
    static const double one[CLASSES] = {0.1962281410, -0.1599098806, -0.2151292166,
                                        0.2383976371, -0.1256841135, 0.0660974326};
    static const double two[CLASSES] = {0.0767093845, -0.0533862224, -0.0821773539,
                                        0.0376980702, -0.0386971535, 0.0598532752};
    struct target t = {.weight = 1, .soft = soft};
    float d[CLASSES];
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 1, 1, d), 2.241625375, 1e-6);
    for (int k = 0; k < CLASSES; k++)
        CHECK_NEAR(d[k], one[k], 1e-6);
    t.temperature = 2;
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 1, 1, d), 4 * 1.885211945, 1e-5);
    for (int k = 0; k < CLASSES; k++)
        CHECK_NEAR(d[k], 4 * two[k], 1e-6);
}

TEST(the_gradient_is_the_slope)
{
    struct target t = levels();
    float d[CLASSES], x[CLASSES];
    for (float temperature = 0.5f; temperature < 3; temperature *= 2) {
        loss_of(&t, logits, CLASSES, temperature, 1, d);
        for (int k = 0; k < CLASSES; k++) {
            const float h = 1e-2f;
            for (int i = 0; i < CLASSES; i++)
                x[i] = logits[i];
            x[k] = logits[k] + h;
            double up = loss_of(&t, x, CLASSES, temperature, 1, NULL);
            x[k] = logits[k] - h;
            double down = loss_of(&t, x, CLASSES, temperature, 1, NULL);
            CHECK_NEAR(d[k], (up - down) / (2 * h), 2e-3);
        }
    }
}

/* Truth known to the top level only: what lies below it keeps its proportions. */
TEST(a_truth_known_in_part_leaves_the_rest_open)
{
    struct target t = {.weight = 1, .levels = 1};
    t.level[0].first = 0, t.level[0].last = 3, t.level[0].weight = 1;
    float d[CLASSES];
    loss_of(&t, logits, CLASSES, 1, 1, d);
    CHECK(d[0] < 0 && d[1] < 0 && d[2] < 0 && d[3] > 0 && d[4] > 0 && d[5] > 0);
    CHECK_NEAR(d[0] / d[1], exp(2.0), 1e-4); /* in proportion to p */
    t.level[0].last = CLASSES;
    CHECK_NEAR(loss_of(&t, logits, CLASSES, 1, 1, d), 0, 1e-9);
    for (int k = 0; k < CLASSES; k++)
        CHECK_NEAR(d[k], 0, 1e-7);
}

TEST(far_off_truths_and_large_logits_stay_finite)
{
    const float far[4] = {3e4f, -3e4f, 0, 1e-3f};
    struct target t = {.weight = 1, .levels = 1};
    t.level[0].first = 1, t.level[0].last = 2, t.level[0].weight = 1;
    float d[4];
    CHECK_NEAR(loss_of(&t, far, 4, 1, 1, d), 6e4, 1e-2);
    CHECK(d[0] == 1 && d[1] == -1 && d[2] == 0 && d[3] == 0);
    t.level[0].first = 0, t.level[0].last = 1;
    CHECK(loss_of(&t, far, 4, 1, 1, d) == 0);
    CHECK(d[0] == 0 && d[1] == 0);
}

TEST(targets_that_say_nothing_cost_nothing)
{
    struct target t = {.weight = 1};
    float d[CLASSES] = {9, 9, 9, 9, 9, 9};
    CHECK(loss_of(&t, logits, CLASSES, 1, 1, d) == 0);
    for (int k = 0; k < CLASSES; k++)
        CHECK(d[k] == 0);
    t = levels();
    t.weight = 0;
    CHECK(loss_of(&t, logits, CLASSES, 1, 1, d) == 0 && d[2] == 0);
}

/* Two classes, logit difference 4, right 3 times of 4: the best p is 0.75, so T = 4 / log 3. */
TEST(the_fitted_temperature_makes_confidence_the_hit_rate)
{
    float z[8];
    struct target t[4];
    for (int i = 0; i < 4; i++) {
        z[2 * i] = 4;
        z[2 * i + 1] = 0;
        t[i] = (struct target){.weight = 1, .levels = 1};
        t[i].level[0].first = i == 3;
        t[i].level[0].last = t[i].level[0].first + 1;
        t[i].level[0].weight = 1;
    }
    CHECK_NEAR(target_fit_temperature(z, t, 4, 2), 4 / log(3), 0.01);
    CHECK_NEAR(target_loss(z, t, 4, 2, 1), 4 * log(1 + exp(-4)) + 4, 1e-6);
    CHECK(target_loss(z, t, 4, 2, 3.64f) < target_loss(z, t, 4, 2, 3) &&
          target_loss(z, t, 4, 2, 3.64f) < target_loss(z, t, 4, 2, 4.4f));
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
