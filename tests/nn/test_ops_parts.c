/* Activations, affines, grouped convolutions, pools, gates, concatenations and slices, forward and
 * backward, against the definitions in double precision. */
#include "nn/graph.h"
#include "tests/check.h"
#include "tests/nn/reference.h"

static struct fixture f;

/* Values on both sides of zero, an affine's scale and bias in them: no op may take them for
 * activated. */
static int signed_values(int input, int channels)
{
    return layer(&f, input, (struct conv){.channels = channels, .act = ACT_RELU}, NORM | AFFINE);
}

static void finish_and_check(int x)
{
    if (finish(&f, x))
        check_all(&f);
    end(&f);
}

/* After dense, depthwise, pointwise convolutions and after the mean; with norm, with bias, without
 * both. 19 channels: whole vectors and a rest. */
static void check_activation(enum activation act, int with)
{
    start(&f, 3, 3, 4, 4);
    int x =
        layer(&f, 0, (struct conv){.channels = 19, .size = 3, .pad = 1, .act = act}, with | NORM);
    x = layer(&f, x, (struct conv){.channels = 19, .size = 3, .pad = 1, .groups = 19, .act = act},
              with);
    x = layer(&f, x, (struct conv){.channels = 20, .act = act}, with | NORM);
    x = graph_mean(f.network.graph, x, NULL);
    x = layer(&f, x, (struct conv){.channels = 7, .act = act}, with | NO_BIAS);
    x = layer(&f, x, (struct conv){.channels = 6, .act = act}, LINEAR);
    finish_and_check(x);
}

TEST(activations)
{
    for (int act = ACT_NONE; act <= ACT_SILU; act++)
        check_activation((enum activation)act, 0);
}

TEST(affines_after_activations)
{
    check_activation(ACT_RELU, AFFINE);
    check_activation(ACT_SILU, AFFINE);
}

/* Joined to a convolution, and nodes of their own: after a depthwise convolution, and where the
 * convolution's input is what is added. */
TEST(activations_after_sums)
{
    for (int act = ACT_RELU; act <= ACT_SILU; act++) {
        struct conv c = {.channels = 18, .act = (enum activation)act};
        const struct conv plain = {.channels = 18}, apart = {.channels = 18, .groups = 18};
        start(&f, 3, 3, 4, 4);
        struct graph *g = f.network.graph;
        int x = layer(&f, 0, c, NORM), y = layer(&f, layer(&f, x, c, NORM), plain, NORM);
        CHECK_INT(graph_add(g, y, x, c.act, NULL), y);
        int z = layer(&f, y, apart, NORM);
        CHECK(graph_add(g, z, y, c.act, NULL) != z);
        x = g->count - 1;
        y = layer(&f, x, plain, NORM);
        finish_and_check(graph_add(g, y, x, c.act, NULL));
    }
}

TEST(grouped_windows)
{
    static const struct {
        int in, out, groups, size, stride, height, width;
        enum padding padding;
    } cases[] = {{6, 12, 3, 3, 1, 5, 4, PAD_ZERO},  {16, 16, 2, 3, 2, 7, 6, PAD_ZERO},
                 {32, 32, 2, 3, 1, 4, 5, PAD_ZERO}, {24, 24, 3, 1, 1, 4, 3, PAD_ZERO},
                 {10, 15, 5, 5, 2, 6, 7, PAD_SAME}, {9, 18, 9, 3, 1, 4, 4, PAD_ZERO},
                 {48, 96, 3, 3, 2, 5, 5, PAD_ZERO}, {8, 8, 4, 2, 1, 4, 4, PAD_SAME}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 4);
        int x = signed_values(0, cases[i].in);
        x = convolution(&f, x, cases[i].out, cases[i].size, cases[i].stride, cases[i].groups,
                        cases[i].padding, i % 2, i % 3 ? ACT_RELU : ACT_SILU);
        CHECK_INT(f.network.params.list[f.network.graph->nodes[x].weight].dims[1],
                  cases[i].in / cases[i].groups);
        finish_and_check(x);
    }
}

/* Dense and depthwise 2 x 2 windows that hang over the end. */
TEST(zeros_after_the_end)
{
    start(&f, 3, 5, 4, 4);
    int x = layer(
        &f, 0,
        (struct conv){.channels = 9, .size = 2, .padding = PAD_AFTER, .pad = 1, .act = ACT_RELU},
        NORM | AFFINE);
    x = layer(&f, x,
              (struct conv){.channels = 9,
                            .size = 2,
                            .padding = PAD_AFTER,
                            .pad = 1,
                            .groups = 9,
                            .act = ACT_RELU6},
              NORM);
    CHECK_INT(conv_out(&f.network.graph->nodes[x], 5), 5);
    finish_and_check(x);
}

TEST(pools)
{
    static const struct {
        int size, stride, pad, height, width;
        enum padding padding;
    } cases[] = {{3, 2, 1, 7, 6, PAD_ZERO},  {2, 2, 0, 5, 6, PAD_ZERO}, {2, 2, 0, 5, 7, PAD_SAME},
                 {2, 1, 1, 4, 5, PAD_AFTER}, {3, 1, 1, 4, 4, PAD_ZERO}, {3, 2, 2, 5, 4, PAD_AFTER},
                 {3, 3, 0, 7, 8, PAD_SAME},  {2, 1, 0, 4, 3, PAD_SAME}, {5, 2, 2, 3, 2, PAD_ZERO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int mean = 0; mean < 2; mean++) {
            const struct pool_window w = {mean ? POOL_MEAN : POOL_MAX, cases[i].size,
                                          cases[i].stride, cases[i].padding, cases[i].pad};
            start(&f, 3, cases[i].height, cases[i].width, 4);
            int x = signed_values(0, i % 2 ? 5 : 19);
            finish_and_check(graph_pool(f.network.graph, x, &w, NULL));
        }
}

/* Where a window holds nothing but zeros of a ReLU, none of them gets a gradient. */
TEST(pool_of_activated_values)
{
    const struct pool_window w = {POOL_MAX, 3, 2, PAD_ZERO, 1};
    start(&f, 3, 7, 6, 4);
    int x = layer(&f, 0, (struct conv){.channels = 19, .act = ACT_RELU}, NORM);
    x = graph_pool(f.network.graph, x, &w, NULL);
    x = graph_pool(f.network.graph, x, &w, NULL); /* a pool's user is a pool */
    finish_and_check(x);
}

/* Squeeze and excitation; the gate's own input is used twice. Gates that are activated by something
 * that keeps its output (sigmoid) and its input (SiLU). */
TEST(gates)
{
    static const enum activation acts[] = {ACT_SIGMOID, ACT_HARD_SIGMOID, ACT_SILU, ACT_NONE};
    for (int i = 0; i < 4; i++) {
        struct graph *g;
        start(&f, 3, 4, 5, 4);
        g = f.network.graph;
        int x = layer(&f, 0, (struct conv){.channels = 19, .act = ACT_RELU}, NORM);
        if (i % 2)
            x = layer(
                &f, x,
                (struct conv){.channels = 19, .size = 3, .pad = 1, .groups = 19, .act = ACT_SILU},
                NORM);
        int gate = graph_mean(g, x, NULL);
        gate = layer(&f, gate, (struct conv){.channels = 3, .act = ACT_RELU}, 0);
        gate = layer(&f, gate, (struct conv){.channels = 19, .act = acts[i]}, 0);
        x = graph_scale(g, x, gate, NULL);
        x = layer(&f, x, (struct conv){.channels = 8}, NORM);
        finish_and_check(x);
    }
}

/* Inputs of different widths, one of them used elsewhere too, one twice. */
TEST(concatenations)
{
    start(&f, 3, 4, 5, 4);
    int a = signed_values(0, 5);
    int b = layer(&f, a, (struct conv){.channels = 18, .size = 3, .pad = 1, .act = ACT_RELU}, NORM);
    int c = layer(&f, b, (struct conv){.channels = 7, .act = ACT_SILU}, NORM);
    int x = graph_concat(f.network.graph, (const int[]){a, b, c, a}, 4, 0, NULL);
    CHECK_INT(f.network.graph->nodes[x].channels, 35);
    x = layer(&f, x, (struct conv){.channels = 6, .act = ACT_RELU}, NORM);
    finish_and_check(x);
}

TEST(shuffles)
{
    for (int count = 2; count <= 3; count++) {
        start(&f, 3, 4, 3, 4);
        int x[3] = {signed_values(0, 9)};
        x[1] = layer(&f, x[0], (struct conv){.channels = 9, .act = ACT_RELU}, NORM);
        x[2] = layer(&f, 0, (struct conv){.channels = 9, .act = ACT_RELU6}, 0);
        if (count == 2)
            x[0] = graph_add(f.network.graph, x[0], x[2], ACT_NONE, NULL);
        int y = graph_concat(f.network.graph, x, count, 1, NULL);
        y = layer(&f, y, (struct conv){.channels = 4 * y, .act = ACT_RELU}, NORM);
        finish_and_check(y);
    }
}

/* Slices that overlap, leave out and cover: a channel's gradients add up. */
TEST(slices)
{
    start(&f, 3, 4, 3, 4);
    struct graph *g = f.network.graph;
    int x = layer(&f, 0, (struct conv){.channels = 20, .act = ACT_RELU}, NORM);
    int a = graph_slice(g, x, 0, 10, NULL), b = graph_slice(g, x, 4, 10, NULL);
    int y = graph_add(g, a, b, ACT_SILU, NULL);
    int all = graph_slice(g, y, 0, 10, NULL);
    y = graph_concat(g, (const int[]){all, graph_slice(g, y, 9, 1, NULL)}, 2, 0, NULL);
    finish_and_check(y);
    CHECK_INT(graph_slice(g = graph_new(3, NULL), 0, 2, 2, NULL), -1);
    graph_free(g);
}

/* A block of HGNetV2 (light, with residual) behind its stem, one of ShuffleNetV2, one of RegNetY,
 * in a row. */
TEST(blocks_of_every_kind)
{
    const struct pool_window after = {POOL_MAX, 2, 1, PAD_AFTER, 1};
    start(&f, 3, 6, 4, 4);
    struct graph *g = f.network.graph;
    struct conv small = {.channels = 8, .size = 2, .padding = PAD_AFTER, .pad = 1, .act = ACT_RELU};
    struct conv three = {.channels = 8, .size = 3, .pad = 1, .groups = 8, .act = ACT_RELU};
    int x = layer(&f, 0, (struct conv){.channels = 8, .size = 3, .pad = 1, .act = ACT_RELU},
                  NORM | AFFINE);
    int y = layer(&f, x, small, NORM | AFFINE);
    x = graph_concat(g, (const int[]){graph_pool(g, x, &after, NULL), y}, 2, 0, NULL);
    y = layer(&f, x, (struct conv){.channels = 8}, NORM);
    y = layer(&f, y, three, NORM | AFFINE);
    y = graph_concat(g, (const int[]){x, y}, 2, 0, NULL);
    y = layer(&f, y, (struct conv){.channels = 16, .act = ACT_RELU}, NORM | AFFINE);
    x = graph_add(g, y, x, ACT_NONE, NULL);
    y = layer(&f, graph_slice(g, x, 8, 8, NULL), three, NORM);
    x = graph_concat(g, (const int[]){graph_slice(g, x, 0, 8, NULL), y}, 2, 1, NULL);
    int added = layer(&f, x, (struct conv){.channels = 12, .stride = 2}, NORM);
    y = layer(&f, x,
              (struct conv){
                  .channels = 12, .size = 3, .pad = 1, .stride = 2, .groups = 2, .act = ACT_RELU},
              NORM);
    int gate = layer(&f, graph_mean(g, y, NULL), (struct conv){.channels = 4, .act = ACT_RELU}, 0);
    gate = layer(&f, gate, (struct conv){.channels = 12, .act = ACT_SIGMOID}, 0);
    y = layer(&f, graph_scale(g, y, gate, NULL), (struct conv){.channels = 12}, NORM);
    finish_and_check(graph_add(g, y, added, ACT_RELU, NULL));
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
