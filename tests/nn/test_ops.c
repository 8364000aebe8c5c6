/* Convolutions, sums, the mean and the classifier, forward and backward, against the definitions in
 * double precision. */
#include "nn/graph.h"
#include "tests/check.h"
#include "tests/nn/reference.h"

static struct fixture f;

TEST(pointwise_with_bias_and_relu)
{
    start(&f, 5, 4, 3, 2);
    int x = convolution(&f, 0, 19, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
    if (finish(&f, x))
        check_all(&f);
    end(&f);
}

TEST(pointwise_with_norm_and_residual)
{
    start(&f, 3, 4, 5, 4);
    int x = convolution(&f, 0, 7, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    int y = convolution(&f, x, 40, 1, 1, 1, PAD_ZERO, 1, ACT_RELU);
    y = convolution(&f, y, 7, 1, 1, 1, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_RELU, NULL);
    CHECK_INT(f.network.graph->count, 4); /* the sum is part of the convolution */
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

/* Every number of rows of a tile with a panel of one and a half vectors or less than that, in one
 * matrix and in sums of several, with and without a residual. */
TEST(half_panels)
{
    static const int channels[] = {17, 24, 56};
    for (int i = 0; i < 3; i++)
        for (int rows = 1; rows <= 13; rows++) {
            start(&f, 1, 1, rows, 5);
            int x = convolution(&f, 0, channels[i], 1, 1, 1, PAD_ZERO, rows % 2, ACT_RELU6);
            int y = convolution(&f, x, channels[i], 1, 1, 1, PAD_ZERO, 1, ACT_NONE);
            y = graph_add(f.network.graph, y, x, ACT_RELU, NULL);
            y = convolution(&f, y, channels[i], 3, 2, 1, PAD_ZERO, rows % 2, ACT_RELU);
            if (finish(&f, y))
                check_all(&f);
            end(&f);
        }
}

TEST(sum_of_its_own)
{
    start(&f, 3, 4, 4, 4);
    int a = convolution(&f, 0, 6, 1, 1, 1, PAD_ZERO, 1, ACT_RELU);
    int b = convolution(&f, a, 6, 3, 1, 6, PAD_ZERO, 1, ACT_RELU6);
    int y = graph_add(f.network.graph, b, a, ACT_RELU6, NULL);
    CHECK_INT(y, 3);
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

TEST(dense_windows)
{
    static const struct {
        int size, stride, height, width;
        enum padding padding;
    } cases[] = {{3, 1, 5, 4, PAD_ZERO}, {3, 2, 7, 6, PAD_ZERO}, {3, 2, 6, 7, PAD_SAME},
                 {2, 1, 4, 5, PAD_SAME}, {1, 2, 5, 4, PAD_ZERO}, {5, 2, 6, 6, PAD_SAME}};
    for (int i = 0; i < 6; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 4);
        int x = convolution(&f, 0, 6, cases[i].size, cases[i].stride, 1, cases[i].padding, i % 2,
                            ACT_RELU6);
        x = convolution(&f, x, 4, cases[i].size, cases[i].stride, 1, cases[i].padding, 1, ACT_NONE);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

/* Strides that leave pixels no window reaches, windows larger than the picture, groups, several
 * pictures in a block of rows. */
TEST(windows_at_the_edges)
{
    static const struct {
        int channels, outputs, size, stride, groups, height, width;
        enum padding padding;
    } cases[] = {{4, 6, 3, 1, 1, 1, 1, PAD_ZERO},   {4, 18, 7, 2, 1, 6, 5, PAD_ZERO},
                 {4, 6, 1, 3, 1, 5, 7, PAD_ZERO},   {4, 6, 2, 3, 1, 7, 5, PAD_SAME},
                 {6, 4, 3, 2, 2, 6, 5, PAD_ZERO},   {6, 9, 3, 1, 3, 5, 4, PAD_ZERO},
                 {32, 32, 3, 2, 2, 5, 5, PAD_ZERO}, {24, 48, 3, 1, 3, 3, 5, PAD_ZERO},
                 {6, 8, 1, 1, 2, 3, 4, PAD_ZERO},   {9, 34, 5, 1, 1, 3, 14, PAD_ZERO}};
    for (int i = 0; i < 10; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 5);
        int x = convolution(&f, 0, cases[i].channels, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
        x = convolution(&f, x, cases[i].outputs, cases[i].size, cases[i].stride, cases[i].groups,
                        cases[i].padding, i % 2, ACT_RELU);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

/* dx that is added to another gradient, and a residual. */
TEST(windows_with_a_residual)
{
    start(&f, 3, 6, 5, 4);
    int x = convolution(&f, 0, 18, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
    int y = convolution(&f, x, 18, 3, 1, 1, PAD_ZERO, 1, ACT_RELU);
    y = convolution(&f, y, 18, 3, 1, 2, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_RELU, NULL);
    int z = convolution(&f, y, 12, 3, 2, 1, PAD_ZERO, 1, ACT_NONE);
    int shortcut = convolution(&f, y, 12, 1, 2, 1, PAD_ZERO, 1, ACT_NONE);
    z = graph_add(f.network.graph, z, shortcut, ACT_RELU, NULL);
    if (finish(&f, z))
        check_all(&f);
    end(&f);
}

/* Wide enough for Winograd's method: parts of tiles, several pictures in a block of tiles, channels
 * that are not whole vectors. */
TEST(tiles)
{
    static const struct {
        int channels, outputs, height, width, pictures;
    } cases[] = {{33, 37, 5, 9, 2}, {32, 48, 1, 1, 4}, {40, 32, 8, 4, 2}, {32, 35, 3, 2, 5}};
    for (int i = 0; i < 4; i++) {
        start(&f, 3, cases[i].height, cases[i].width, cases[i].pictures);
        int x = convolution(&f, 0, cases[i].channels, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
        x = convolution(&f, x, cases[i].outputs, 3, 1, 1, PAD_ZERO, i != 0, ACT_RELU6);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

/* Groups wide enough for it in inference: as wide as a vector, half of one, one and a half, with a
 * group left over where two are transformed together; more outputs than inputs. */
TEST(tiles_of_groups)
{
    static const struct {
        int groups, inputs, outputs, height, width, pictures;
    } cases[] = {{2, 16, 16, 5, 9, 2}, {3, 8, 8, 6, 3, 4},  {3, 24, 24, 3, 5, 2},
                 {5, 8, 12, 4, 7, 2},  {2, 9, 33, 2, 5, 3}, {2, 16, 16, 7, 37, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&f, 3, cases[i].height, cases[i].width, cases[i].pictures);
        int groups = cases[i].groups;
        int x = convolution(&f, 0, groups * cases[i].inputs, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
        x = convolution(&f, x, groups * cases[i].outputs, 3, 1, groups, PAD_ZERO, i != 0,
                        i % 2 ? ACT_SILU : ACT_RELU);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

TEST(tiles_with_a_residual)
{
    start(&f, 3, 6, 7, 2);
    int x = convolution(&f, 0, 34, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
    int y = convolution(&f, x, 34, 3, 1, 1, PAD_ZERO, 1, ACT_SILU);
    y = convolution(&f, y, 34, 3, 1, 1, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_RELU, NULL);
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

TEST(depthwise_windows)
{
    static const struct {
        int size, stride, height, width;
        enum padding padding;
    } cases[] = {{3, 1, 6, 9, PAD_ZERO}, {3, 2, 9, 12, PAD_ZERO}, {3, 2, 8, 11, PAD_SAME},
                 {5, 1, 7, 8, PAD_ZERO}, {5, 2, 9, 11, PAD_SAME}, {5, 2, 3, 2, PAD_ZERO},
                 {7, 1, 5, 9, PAD_ZERO}, {3, 3, 7, 8, PAD_ZERO},  {3, 1, 1, 1, PAD_ZERO}};
    for (int i = 0; i < 9; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 4);
        int channels = i % 2 ? 18 : 4;
        int x = convolution(&f, 0, channels, 1, 1, 1, PAD_ZERO, 0, ACT_RELU6);
        x = convolution(&f, x, channels, cases[i].size, cases[i].stride, channels, cases[i].padding,
                        1, ACT_RELU6);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

/* Wider than a block of columns but no multiple of one, and than the rows computed together; the
 * input has another user, so its gradient is added to. */
TEST(depthwise_of_many_columns)
{
    static const int widths[] = {7, 9, 13, 14, 20};
    for (int i = 0; i < 5; i++)
        for (int stride = 1; stride <= 2; stride++) {
            start(&f, 3, 10, widths[i], 2);
            int x = convolution(&f, 0, 5, 1, 1, 1, PAD_ZERO, 0, ACT_RELU6);
            int y = convolution(&f, x, 5, i % 2 ? 5 : 3, stride, 5, PAD_ZERO, 1, ACT_HARD_SWISH);
            int z = convolution(&f, x, 5, 3, stride, 5, PAD_ZERO, 0, ACT_RELU6);
            if (finish(&f, graph_add(f.network.graph, y, z, ACT_NONE, NULL)))
                check_all(&f);
            end(&f);
        }
}

TEST(network_in_one_piece)
{
    start(&f, 3, 11, 8, 4);
    int x = convolution(&f, 0, 8, 3, 2, 1, PAD_ZERO, 1, ACT_RELU6);
    int y = convolution(&f, x, 34, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    y = convolution(&f, y, 34, 3, 1, 34, PAD_ZERO, 1, ACT_RELU6);
    y = convolution(&f, y, 8, 1, 1, 1, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_NONE, NULL);
    y = convolution(&f, y, 24, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
