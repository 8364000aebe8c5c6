/* Files of MobileNet V1 to V4, LCNet, MNASNet, FBNet, EfficientNet: guesses, widths and depths that
 * nobody published, files that are not right. */
#include <string.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "tests/check.h"
#include "tests/nn/tensors.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static struct network *read_back(const char *made, const char *architecture)
{
    struct network *n = zeroed(made, 7), *again = NULL;
    struct status st = {0};
    if (!n)
        return NULL;
    struct weights w = tensors_of(n, 0);
    again = network_from_weights(&w, architecture, NULL, &st);
    if (!again)
        test_fail(__FILE__, __LINE__, "%s: %s", made, st.text);
    else if (CHECK_INT(again->graph->count, n->graph->count)) {
        CHECK_INT(again->classes, 7);
        CHECK_INT(again->torchvision, n->torchvision);
        if (memcmp(again->graph->nodes, n->graph->nodes,
                   (size_t)n->graph->count * sizeof *n->graph->nodes) != 0)
            test_fail(__FILE__, __LINE__, "%s, read back, is another network", made);
    }
    free(w.tensors);
    network_free(n);
    return again;
}

TEST(guessed_from_tensors)
{
    static const char *const names[] = {"mobilenetv1_100",
                                        "mobilenetv1_100h",
                                        "mobilenetv2_035",
                                        "mobilenetv2_120d",
                                        "torchvision/mobilenet_v2",
                                        "mobilenetv3_large_100",
                                        "mobilenetv3_small_050",
                                        "torchvision/mobilenet_v3_large",
                                        "torchvision/mobilenet_v3_small",
                                        "tf_mobilenetv3_small_minimal_100",
                                        "lcnet_075",
                                        "mobilenetv4_conv_small",
                                        "mobilenetv4_conv_small_050",
                                        "mobilenetv4_conv_medium",
                                        "mnasnet_050",
                                        "mnasnet_small",
                                        "semnasnet_075",
                                        "fbnetc_100",
                                        "spnasnet_100",
                                        "torchvision/mnasnet0_5",
                                        "torchvision/mnasnet1_3",
                                        "efficientnet_b0",
                                        "efficientnet_b1",
                                        "torchvision/efficientnet_b2",
                                        "tf_efficientnet_lite0",
                                        "tf_efficientnet_lite2",
                                        "tf_efficientnetv2_b0",
                                        "tf_efficientnetv2_b2",
                                        "efficientnetv2_rw_t"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        const char *slash = strchr(names[i], '/');
        struct network *n = read_back(names[i], NULL);
        if (n)
            CHECK_TEXT(n->architecture, slash ? slash + 1 : names[i]);
        network_free(n);
    }
}

/* Widths that nobody published: the tensors say them, whatever the name says. */
TEST(the_tensors_decide_not_the_name)
{
    network_free(read_back("mobilenetv2_130", "mobilenetv2_100"));
    network_free(read_back("mobilenetv2_130", NULL));
    network_free(read_back("mobilenetv3_large_050", "mobilenetv3_large_100"));
    network_free(read_back("lcnet_200", "lcnet_100"));
    network_free(read_back("mobilenetv4_conv_small_075", "mobilenetv4_conv_small"));
    network_free(read_back("efficientnet_b2", "efficientnet_b0"));
    network_free(read_back("tf_efficientnetv2_b3", "tf_efficientnetv2_b0"));
    network_free(read_back("mobilenetv1_100h", "mobilenetv1_100"));
}

/* The last block of a stage taken away: a depth that no table knows. */
TEST(depths_nobody_published)
{
    static const struct {
        const char *name, *block;
    } cases[] = {{"mobilenetv2_050", "blocks.3.3."},
                 {"efficientnet_b0", "blocks.5.3."},
                 {"mobilenetv4_conv_small", "blocks.3.5."},
                 {"tf_efficientnetv2_b0", "blocks.1.1."},
                 {"torchvision/mnasnet0_5", "layers.9.2."},
                 {"lcnet_050", "blocks.4.3."},
                 {"torchvision/efficientnet_b0", "features.6.3."}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct status st = {0};
        struct network *n = zeroed(cases[i].name, 7);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        CHECK(without(&w, cases[i].block) >= 10);
        struct network *again = network_from_weights(&w, n->architecture, NULL, &st);
        if (again)
            CHECK(again->graph->count < n->graph->count &&
                  network_macs(again, 64, 64) < network_macs(n, 64, 64));
        else
            test_fail(__FILE__, __LINE__, "%s: %s", cases[i].name, st.text);
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

TEST(names_of_no_network)
{
    static const char *const names[] = {"mobilenetv1",
                                        "mobilenetv1_100hh",
                                        "mobilenetv2_100d2",
                                        "mobilenetv3",
                                        "mobilenetv3_large",
                                        "mobilenet_v3_tiny",
                                        "tf_mobilenet_v2",
                                        "tf_mnasnet0_5",
                                        "lcnet_1000",
                                        "mobilenetv4_conv",
                                        "mobilenetv4_hybrid_medium",
                                        "mobilenetv4_conv_blur_medium",
                                        "efficientnet",
                                        "efficientnet_b9",
                                        "efficientnet_lite5",
                                        "tf_efficientnetv2_b4",
                                        "efficientnet_b0_gn",
                                        "efficientnet_b1_pruned",
                                        "mnasnet_10",
                                        "mnasnet0_6",
                                        "tf_",
                                        "",
                                        "fbnetc_200"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct status st = {0};
        struct network *n = network_from_scratch(names[i], 10, 64, 1, &st);
        if (n)
            test_fail(__FILE__, __LINE__, "%s is taken for a network", names[i]);
        CHECK_INT(st.code, STATUS_UNSUPPORTED);
        network_free(n);
    }
}

/* Each case breaks one tensor: by another side, or by taking away all that begin so. */
TEST(damaged_files_are_refused_by_name)
{
    static const struct {
        const char *network, *name;
        int side, value; /* side -1: removed */
        const char *message;
    } cases[] = {
        {"mobilenetv2_035", "blocks.2.1.bn2.weight", -1, 0, "'blocks.2.1.bn2.weight' is missing"},
        {"mobilenetv2_035", "blocks.2.1.conv_pwl.weight", -1, 0, "blocks.2.1.conv_pwl"},
        {"mobilenetv2_035", "blocks.2.1.conv_dw.weight", 2, 9, "9 x 9"},
        {"mobilenetv2_035", "blocks.2.1.conv_dw.weight", 0, 8, "blocks.2.1.conv_dw"},
        {"mobilenetv2_035", "conv_head.weight", -1, 0, "'conv_head.weight' is missing"},
        {"mobilenetv3_small_050", "blocks.0.0.se.conv_expand.", -1, 0, "blocks.0.0.se.conv_expand"},
        {"mobilenetv3_small_050", "blocks.0.0.se.conv_expand.weight", 0, 8, "gate"},
        {"mobilenetv3_small_050", "blocks.0.0.se.conv_reduce.weight", 1, 4, "se.conv_reduce"},
        {"mobilenetv3_small_050", "conv_head.bias", -1, 0, "'conv_head.bias' is missing"},
        {"mobilenetv4_conv_small_035", "norm_head.running_var", -1, 0, "norm_head.running_var"},
        {"mobilenetv4_conv_small_035", "blocks.2.0.dw_mid.bn.", -1, 0, "blocks.2.0.dw_mid.bn"},
        {"mobilenetv4_conv_small_035", "blocks.2.1.pw_proj.", -1, 0, "blocks.2.1.pw_proj"},
        {"mobilenetv4_conv_small_035", "blocks.2.", -1, 0, "blocks.3.0.dw_start"},
        {"torchvision/mobilenet_v3_small", "features.3.", -1, 0, "'features.3.block.0.0.weight'"},
        {"torchvision/mnasnet0_5", "layers.4.", -1, 0, "'layers.4.weight' is missing"},
        {"torchvision/efficientnet_b0", "features.3.0.block.2.fc2.", -1, 0, "fc2.weight"},
        {"efficientnet_b0", "classifier.bias", -1, 0, "'classifier.bias' is missing"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct status st = {0};
        struct network *n = zeroed(cases[i].network, 7);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        if (cases[i].side < 0)
            CHECK(without(&w, cases[i].name) > 0);
        else if (CHECK(tensor(&w, cases[i].name) != NULL))
            tensor(&w, cases[i].name)->dims[cases[i].side] = cases[i].value;
        struct network *again = network_from_weights(&w, n->architecture, NULL, &st);
        if (again)
            test_fail(__FILE__, __LINE__, "%s without %s is read", cases[i].network, cases[i].name);
        else
            CHECK_CONTAINS(st.text, cases[i].message);
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
