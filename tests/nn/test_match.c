#include "nn/match.h"

#include "data/status.h"
#include "tests/check.h"

/* Teacher's features of three pictures. Variances of channels by hand: 1 2 3 -> 2/3; 0 0 6 -> 8;
 * their mean 13/3; a tenth of it is added: 1.1, 8.4333. */
static const float features[] = {1, 0, 2, 0, 3, 6};

static int start(struct match *m)
{
    struct status st = {0};
    if (!CHECK(match_init(m, 2, 4, &st) == 0))
        return 0;
    match_measure(m, features, 3);
    return 1;
}

TEST(scales_are_one_over_variance)
{
    struct match m;
    if (start(&m)) {
        CHECK_NEAR(m.scale[0], 1 / 1.1, 1e-6);
        CHECK_NEAR(m.scale[1], 1 / 8.4333333, 1e-6);
    }
    match_clear(&m);
}

/* Pictures 2 and 3 of a batch: weight / channels * sum of scale * d^2 with d = (2, -1) and (0, 4);
 * gradients are added. */
TEST(the_loss_by_hand)
{
    struct match m;
    const float y[] = {5, 1, 7, 12};
    float dy[] = {0, 0, 0, 1};
    if (start(&m)) {
        m.weight = 3;
        m.share = 0.25f;
        m.teacher[4] = 3, m.teacher[5] = 2, m.teacher[6] = 7, m.teacher[7] = 8;
        CHECK_NEAR(match_loss(&m, 2, 2, y, dy),
                   1.5 * (4 / 1.1 + 1 / 8.4333333) + 1.5 * 16 / 8.4333333, 1e-5);
        CHECK_NEAR(dy[0], 2 * 0.25 * 1.5 * 2 / 1.1, 1e-6);
        CHECK_NEAR(dy[1], -2 * 0.25 * 1.5 / 8.4333333, 1e-6);
        CHECK_NEAR(dy[2], 0, 1e-9);
        CHECK_NEAR(dy[3], 1 + 2 * 0.25 * 1.5 * 4 / 8.4333333, 1e-6);
    }
    match_clear(&m);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
