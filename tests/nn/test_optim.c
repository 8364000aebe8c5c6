#include "nn/optim.h"

#include "data/status.h"
#include "tests/check.h"

#include <string.h>

/* A block of three tensors without nn/params.c: what the update does depends on these fields alone.
 */
static struct param list[3] = {
    {.name = "w", .kind = PARAM_WEIGHT, .rank = 1, .dims = {3}, .offset = 0, .count = 3},
    {.name = "b", .kind = PARAM_BIAS, .rank = 1, .dims = {2}, .offset = 16, .count = 2},
    {.name = "m", .kind = PARAM_BN_MEAN, .rank = 1, .dims = {1}, .offset = 32, .count = 1},
};

static const float gw[4][3] = {{0.5f, -1, 2}, {0.25f, 0.5f, -1}, {-1, 2, 0.125f}, {0.75f, 0, 0}};
static const float gb[4][2] = {{1, -1}, {0.5f, 0.5f}, {0, 2}, {-1, 0.25f}};

/* Four steps at rate 0.1 (of b 0.2), decay 0.01 (of w): against what PyTorch's made of w and b. */
static void four_steps(enum optim_kind kind, const double w[4][3], const double b[4][2])
{
    float values[48] = {1, -2, 0.5f}, gradients[48] = {0};
    struct params p = {.list = list, .count = 3, .values = values, .total = 48};
    struct optim o;
    if (!CHECK_INT(optim_init(&o, &p, kind, 0.9f, 0.01f, NULL), 0))
        return;
    values[16] = 0.25f;
    values[17] = -0.75f;
    values[32] = 5;
    o.factor[1] = 2;
    for (int step = 0; step < 4; step++) {
        memcpy(gradients, gw[step], sizeof gw[step]);
        memcpy(gradients + 16, gb[step], sizeof gb[step]);
        gradients[32] = 1;
        optim_step(&o, &p, gradients, 0.1f);
        for (int i = 0; i < 3; i++)
            CHECK_NEAR(values[i], w[step][i], 1e-6);
        for (int i = 0; i < 2; i++)
            CHECK_NEAR(values[16 + i], b[step][i], 1e-6);
        CHECK(values[32] == 5);
    }
    CHECK_INT(o.steps, 4);
    o.factor[0] = 0; /* not trained any more */
    float kept = values[0];
    optim_step(&o, &p, gradients, 0.1f);
    CHECK(values[0] == kept);
    optim_clear(&o);
}

/* torch.optim.SGD([{w, weight_decay 0.01}, {b, lr 0.2}], lr=0.1, momentum=0.9, nesterov=True) */
TEST(four_steps_of_sgd_are_those_of_pytorch)
{
    static const double w[4][3] = {{0.9031, -1.8062, 0.11905},
                                   {0.81257411, -1.81514822, 0.146418805},
                                   {0.942869708191, -2.156378416382, 0.05712967877},
                                   {0.8265756108163, -2.281022107533, -0.011957304301}};
    static const double b[4][2] = {
        {-0.13, -0.37}, {-0.482, -0.398}, {-0.7088, -1.0932}, {-0.53292, -1.45388}};
    four_steps(OPTIM_SGD, w, b);
}

/* torch.optim.AdamW([{w, weight_decay 0.01}, {b, lr 0.2, weight_decay 0}], lr=0.1,
 * betas=(0.9, 0.99)) */
TEST(four_steps_of_adam_are_those_of_pytorch)
{
    static const double w[4][3] = {{0.899000002, -1.898000001, 0.399500001},
                                   {0.804756204, -1.869432058, 0.372430558},
                                   {0.824533884, -1.913177756, 0.347846463},
                                   {0.806043024, -1.948714896, 0.327620683}};
    static const double b[4][2] = {{0.050000002, -0.550000002},
                                   {-0.136689596, -0.496660117},
                                   {-0.281329571, -0.587890376},
                                   {-0.291722886, -0.674953302}};
    four_steps(OPTIM_ADAM, w, b);
}

TEST(the_rate_warms_up_and_falls_to_zero)
{
    CHECK_NEAR(optim_schedule(0, 100, 0.1f), 0.05, 1e-6);
    CHECK_NEAR(optim_schedule(9, 100, 0.1f), 0.95, 1e-6);
    CHECK_NEAR(optim_schedule(54, 100, 0.1f), 0.5087265, 1e-5); /* (1 + cos(pi * 44.5 / 90)) / 2 */
    CHECK_NEAR(optim_schedule(99, 100, 0.1f), 7.615e-5, 1e-6);
    CHECK_NEAR(optim_schedule(0, 1, 0.05f), 0.53920, 1e-2);
    for (long i = 11; i < 100; i++)
        CHECK(optim_schedule(i, 100, 0.1f) < optim_schedule(i - 1, 100, 0.1f));
    CHECK_NEAR(optim_schedule(0, 2, 0), 0.8535534, 1e-6);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
