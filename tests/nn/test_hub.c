#include "nn/weights/hub.h"

#include "data/file.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/config.h"
#include "nn/weights/weights.h"
#include "tests/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct network *make_network(void)
{
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_010", 3, 64, 5, &st);
    if (!n)
        test_fail(__FILE__, __LINE__, "%s", st.text);
    return n;
}

static void make_card(struct model_card *card)
{
    static const char *const names[] = {"food > drink", "food > \"caf\xC3\xA9\"\\", ""};
    model_card_init(card, 3, NULL);
    for (int i = 0; i < 3; i++) {
        card->label_names[i] = strdup(names[i]);
        card->nodes[i] = i == 2 ? -1 : 2147483647 - i;
    }
    card->project = 0xFEDCBA9876543210u;
    card->temperature = 1.2345678f;
    snprintf(card->trained, sizeof card->trained, "head, 12 reviews, \xED\x95\x9C");
}

static int entries(const char *folder)
{
    DIR *d = opendir(folder);
    int count = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return count;
}

TEST(a_saved_model_comes_back_the_same)
{
    struct network *n = make_network(), *back = NULL;
    struct model_card card, read;
    struct status st = {0};
    const char *folder = test_path("0001");
    make_card(&card);
    n->input.mean[0] = 0.485f;
    n->input.std[2] = 0.225f;
    n->input.crop = 0.95f;
    n->input.height = 96;
    n->input.filter = RESAMPLE_BILINEAR;
    if (!CHECK_INT(model_save(folder, n, &card, &st), 0) ||
        !CHECK_INT(model_load(folder, NULL, &back, &read, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK_INT(entries(folder), 2);
    CHECK_INT(entries(test_folder()), 1);
    CHECK_TEXT(back->architecture, "mobilenetv2_010");
    CHECK(memcmp(&back->input, &n->input, sizeof n->input) == 0);
    CHECK(back->params.total == n->params.total &&
          memcmp(back->params.values, n->params.values, n->params.total * sizeof(float)) == 0);
    CHECK_INT(read.classes, 3);
    CHECK(read.project == card.project && read.temperature == card.temperature);
    CHECK_TEXT(read.trained, card.trained);
    for (int i = 0; i < 3; i++) {
        CHECK_TEXT(read.label_names[i], card.label_names[i]);
        CHECK_INT(read.nodes[i], card.nodes[i]);
    }
    model_card_clear(&card);
    model_card_clear(&read);
    network_free(back);
    network_free(n);
}

TEST(a_model_is_never_overwritten)
{
    struct network *n = make_network();
    struct status st = {0};
    const char *folder = test_path("0001");
    mkdir(folder, 0777); /* rename alone would take the place of an empty folder */
    CHECK_INT(model_save(folder, n, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(entries(folder), 0);
    CHECK_INT(entries(test_folder()), 1);
    CHECK_INT(model_save(test_path("no/such/0002"), n, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    network_free(n);
}

TEST(what_a_killed_process_left_is_replaced)
{
    struct network *n = make_network();
    struct status st = {0};
    const char *folder = test_path("0003");
    char left[512];
    snprintf(left, sizeof left, "%s", test_path(".0003.tmp"));
    mkdir(left, 0777);
    snprintf(left, sizeof left, "%s", test_path(".0003.tmp/.tend-12-0.tmp"));
    close(open(left, O_CREAT | O_WRONLY, 0666));
    CHECK_INT(model_save(folder, n, NULL, &st), 0);
    CHECK_INT(entries(folder), 2);
    CHECK_INT(entries(test_folder()), 1);
    network_free(n);
}

TEST(two_processes_do_not_save_one_model)
{
    struct network *n = make_network();
    struct status st = {0};
    char held[512];
    snprintf(held, sizeof held, "%s", test_path(".0004.tmp"));
    mkdir(held, 0777);
    int fd = open(held, O_RDONLY | O_DIRECTORY);
    CHECK_INT(flock(fd, LOCK_EX), 0);
    CHECK_INT(model_save(test_path("0004"), n, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_BUSY);
    close(fd);
    CHECK_INT(model_save(test_path("0004"), n, NULL, &st), 0);
    network_free(n);
}

TEST(folders_that_are_no_models_are_told)
{
    struct network *n = NULL;
    struct status st = {0};
    CHECK_INT(model_load(test_path("none"), NULL, &n, NULL, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(model_load(test_folder(), NULL, &n, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "model.safetensors and no pytorch_model.bin");
    test_write("model.safetensors", "xxxxxxxxxxxxxxxx", 16);
    CHECK_INT(model_load(test_folder(), NULL, &n, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "config.json");
    test_write("config.json", "{}", 2);
    CHECK_INT(model_load(test_folder(), NULL, &n, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "not a safetensors file");
    CHECK(!n);
}

/* The weights file itself may be named; its config.json says how to pad and scale. */
TEST(a_bare_weight_file_uses_the_config_beside_it)
{
    struct network *n = make_network(), *back = NULL;
    struct status st = {0};
    n->input.height = n->input.width = 80;
    CHECK_INT(model_save(test_path("m"), n, NULL, &st), 0);
    CHECK_INT(model_load(test_path("m/model.safetensors"), NULL, &back, NULL, &st), 0);
    CHECK(back && back->input.width == 80 && strcmp(back->architecture, n->architecture) == 0);
    network_free(back);
    CHECK_INT(rename(test_path("m/model.safetensors"), test_path("other.safetensors")), 0);
    CHECK_INT(model_load(test_path("other.safetensors"), NULL, &back, NULL, &st), 0);
    CHECK(back && back->input.width == 224);
    network_free(back);
    network_free(n);
}

TEST(classes_must_agree_with_the_weights)
{
    struct network *n = make_network(), *back = NULL;
    struct status st = {0};
    CHECK_INT(model_save(test_path("m"), n, NULL, &st), 0);
    test_write("m/config.json", "{\"num_classes\": 7}", 18);
    CHECK_INT(model_load(test_path("m"), NULL, &back, NULL, &st), -1);
    CHECK_CONTAINS(st.text, "7 classes, the weights have 3");
    CHECK(!back);
    network_free(n);
}

TEST(empty_lists_of_classes_are_no_lists)
{
    static const char config[] =
        "{\"num_classes\": 0, \"label_names\": [], \"tend\": {\"nodes\": []}}";
    struct network *n = make_network(), *back = NULL;
    struct model_card card;
    struct status st = {0};
    CHECK_INT(model_save(test_path("m"), n, NULL, &st), 0);
    test_write("m/config.json", config, sizeof config - 1);
    if (CHECK_INT(model_load(test_path("m"), NULL, &back, &card, &st), 0)) {
        CHECK_INT(card.classes, 3);
        CHECK(!card.label_names && !card.nodes);
        model_card_clear(&card);
    }
    network_free(back);
    network_free(n);
}

TEST(both_layouts_of_timm_are_read)
{
    static const char *const layouts[] = {
        "{\"architecture\": \"resnet18.a1_in1k\", \"num_classes\": 2, \"label_names\": [\"a\", \"b\"], "
        "\"pretrained_cfg\": {\"input_size\": [3, 160, 192], \"mean\": [0.5, 0.25, 0.125], \"std\": [1, 2, "
        "4], \"crop_pct\": 0.95, \"interpolation\": \"bicubic\", \"tag\": \"a1\"}}",
        "{\"architecture\": \"resnet18\", \"num_classes\": 2, \"label_names\": [\"a\", \"b\"], \"input_size\": "
        "[3, 160, 192], \"mean\": [0.5, 0.25, 0.125], \"std\": [1, 2, 4], \"crop_pct\": 0.95, "
        "\"interpolation\": \"bicubic\", \"url\": null, \"crop_mode\": null}",
    };
    for (int i = 0; i < 2; i++) {
        struct config c;
        struct status st = {0};
        if (!CHECK_INT(config_parse(layouts[i], strlen(layouts[i]), "c", &c, &st), 0))
            continue;
        CHECK_TEXT(c.architecture, "resnet18");
        CHECK_INT(c.classes, 2);
        CHECK(c.input.height == 160 && c.input.width == 192 && c.input.filter == RESAMPLE_BICUBIC);
        CHECK(c.input.mean[1] == 0.25f && c.input.std[2] == 4 && c.input.crop == 0.95f);
        CHECK(c.card.classes == 2 && strcmp(c.card.label_names[1], "b") == 0 && !c.card.nodes);
        config_clear(&c);
    }
}

TEST(a_config_that_says_nothing_means_timms_defaults)
{
    struct config c;
    CHECK_INT(config_parse("{}", 2, "c", &c, NULL), 0);
    CHECK(memcmp(&c.input, &preprocess_default, sizeof c.input) == 0);
    CHECK(c.architecture[0] == 0 && c.classes == 0 && c.card.temperature == 0);
}

TEST(fields_that_cannot_be_are_named)
{
    static const char *const cases[][2] = {
        {"[]", "not a JSON object"},
        {"{\"architecture\": 3}", "\"architecture\""},
        {"{\"num_classes\": -1}", "\"num_classes\""},
        {"{\"num_classes\": 1.5}", "\"num_classes\""},
        {"{\"input_size\": [1, 28, 28]}", "\"input_size\""},
        {"{\"input_size\": [3, 0, 28]}", "\"input_size\""},
        {"{\"input_size\": [3, 100000, 28]}", "\"input_size\""},
        {"{\"input_size\": [3, 28]}", "\"input_size\""},
        {"{\"input_size\": 224}", "\"input_size\""},
        {"{\"mean\": [0.5, 0.5]}", "\"mean\""},
        {"{\"std\": [0.5, 0, 0.5]}", "\"std\""},
        {"{\"std\": [0.5, \"x\", 0.5]}", "\"std\""},
        {"{\"crop_pct\": 0}", "\"crop_pct\""},
        {"{\"crop_pct\": 7}", "\"crop_pct\""},
        {"{\"interpolation\": \"magic\"}", "\"interpolation\""},
        {"{\"num_classes\": 3, \"label_names\": [\"a\"]}", "1 entries for 3 classes"},
        {"{\"label_names\": [\"a\", 2]}", "\"label_names\""},
        {"{\"label_names\": {\"a\": 1}}", "\"label_names\""},
        {"{\"tend\": 1}", "\"tend\""},
        {"{\"tend\": {\"nodes\": [1.5]}}", "\"nodes\""},
        {"{\"tend\": {\"nodes\": [-2]}}", "\"nodes\""},
        {"{\"tend\": {\"nodes\": [1, 2]}, \"num_classes\": 3}", "2 entries for 3 classes"},
        {"{\"tend\": {\"project\": \"xyz\"}}", "\"project\""},
        {"{\"tend\": {\"project\": 12}}", "\"project\""},
        {"{\"tend\": {\"temperature\": -1}}", "\"temperature\""},
        {"{\"tend\": {\"trained\": []}}", "\"trained\""},
        {"{\"num_classes\": 3} x", "after its JSON"},
        {"{\"num_classes\": }", "not valid JSON"},
        {"", "not valid JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config c;
        struct status st = {0};
        CHECK_INT(config_parse(cases[i][0], strlen(cases[i][0]), "c.json", &c, &st), -1);
        CHECK_CONTAINS(st.text, cases[i][1]);
        CHECK_CONTAINS(st.text, "c.json");
    }
}

TEST(the_default_network_is_small_and_whole)
{
    struct network *n = NULL;
    struct model_card card;
    struct status st = {0};
    if (!CHECK_INT(model_load_default(&n, &card, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK(n->params.total * sizeof(float) <= 4000000);
    CHECK(network_macs(n, n->input.height, n->input.width) <= 150000000);
    CHECK(n->features >= 256);
    model_card_clear(&card);
    network_free(n);
}

TEST(a_published_model_is_loaded)
{
    const char *path = test_data("models/tf_mobilenetv2_100");
    if (!path)
        SKIP("models/tf_mobilenetv2_100 is not there");
    struct network *n = NULL;
    struct model_card card;
    struct status st = {0};
    if (!CHECK_INT(model_load(path, NULL, &n, &card, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return;
    }
    CHECK_TEXT(n->architecture, "tf_mobilenetv2_100");
    CHECK(n->classes == 1000 && n->features == 1280 && n->input.mean[0] == 0.5f);
    CHECK(n->input.filter == RESAMPLE_BILINEAR && card.classes == 1000 && !card.label_names);
    model_card_clear(&card);
    network_free(n);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
