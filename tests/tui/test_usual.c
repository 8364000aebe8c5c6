/* The paths that digits take while there is no model. */
#include "tui/loop/usual.h"

#include "tests/check.h"

TEST(a_path_keeps_its_place)
{
    struct usual u = {0};
    usual_note(&u, 40);
    usual_note(&u, 7);
    usual_note(&u, 40);
    usual_note(&u, 7);
    CHECK_INT(u.count, 2);
    CHECK_INT(u.node[0], 40);
    CHECK_INT(u.node[1], 7);
}

TEST(the_one_not_given_for_longest_goes)
{
    struct usual u = {0};
    for (int i = 0; i < USUAL_PLACES; i++)
        usual_note(&u, 100 + i);
    usual_note(&u, 100);
    usual_note(&u, 102);
    usual_note(&u, 50); /* for 101 */
    usual_note(&u, 51); /* for 103 */
    CHECK_INT(u.count, USUAL_PLACES);
    static const int want[USUAL_PLACES] = {100, 50, 102, 51, 104, 105, 106, 107, 108};
    for (int i = 0; i < USUAL_PLACES; i++)
        CHECK_INT(u.node[i], want[i]);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
