/* config.json, read and written.
 *
 * timm has two layouts: {"architecture", "num_classes", "pretrained_cfg": {"input_size", "mean",
 * ...}} and, older, all fields side by side. What tend adds stands in an object of its own, "tend",
 * which timm passes over: the project's node numbers of the classes, the temperature, how it was
 * trained.
 */
#include "nn/weights/config.h"

#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/json.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX_VALUES = 500000 };

/* What the fields of one file are looked up in and complained about with. */
struct reader {
    const cJSON *root, *input; /* input: pretrained_cfg, or root */
    const char *name;
    struct status *st;
};

int model_card_init(struct model_card *card, int classes, struct status *st)
{
    *card = (struct model_card){.classes = classes};
    card->label_names = calloc((size_t)classes + 1, sizeof *card->label_names);
    card->nodes = malloc(((size_t)classes + 1) * sizeof *card->nodes);
    if (!card->label_names || !card->nodes) {
        model_card_clear(card);
        return status_out_of_memory(st);
    }
    for (int i = 0; i < classes; i++)
        card->nodes[i] = -1;
    return 0;
}

void model_card_clear(struct model_card *card)
{
    for (int i = 0; card->label_names && i < card->classes; i++)
        free(card->label_names[i]);
    free(card->label_names);
    free(card->nodes);
    *card = (struct model_card){0};
}

/* ---- reading ---- */

static const cJSON *find(const cJSON *object, const char *field)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

static const cJSON *find_input(const struct reader *r, const char *field)
{
    const cJSON *item = find(r->input, field);
    return item ? item : find(r->root, field);
}

static int wrong(const struct reader *r, const char *field, const char *should_be)
{
    return status_fail(r->st, STATUS_FORMAT, "%s: \"%s\" should be %s", r->name, field, should_be);
}

/* Leaves *out alone when the field is missing. */
static int read_integer(const struct reader *r, const cJSON *item, const char *field, double low,
                        double high, int *out)
{
    double value;
    char range[80];
    if (!item)
        return 0;
    if (!json_integer(item, low, high, &value)) {
        snprintf(range, sizeof range, "a whole number from %.0f to %.0f", low, high);
        return wrong(r, field, range);
    }
    *out = (int)value;
    return 0;
}

static int read_float(const struct reader *r, const cJSON *item, const char *field, double low,
                      double high, float *out)
{
    char range[80];
    if (!item)
        return 0;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high)) {
        snprintf(range, sizeof range, "a number from %g to %g", low, high);
        return wrong(r, field, range);
    }
    *out = (float)item->valuedouble;
    return 0;
}

static int read_colours(const struct reader *r, const char *field, double low, float out[3])
{
    const cJSON *list = find_input(r, field), *item;
    int i = 0;
    if (!list)
        return 0;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != 3)
        return wrong(r, field, "three numbers, of red, green and blue");
    cJSON_ArrayForEach(item, list)
    {
        if (read_float(r, item, field, low, 1000, &out[i++]) != 0)
            return -1;
    }
    return 0;
}

static int read_size(const struct reader *r, struct preprocess *input)
{
    const cJSON *list = find_input(r, "input_size");
    if (!list)
        return 0;
    int channels = 3;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != 3)
        return wrong(r, "input_size", "[3, height, width]");
    const cJSON *height = list->child->next;
    if (read_integer(r, list->child, "input_size", 3, 3, &channels) != 0 ||
        read_integer(r, height, "input_size", 1, CONFIG_MAX_SIDE, &input->height) != 0 ||
        read_integer(r, height->next, "input_size", 1, CONFIG_MAX_SIDE, &input->width) != 0)
        return -1;
    return 0;
}

static int read_input(const struct reader *r, struct preprocess *input)
{
    *input = preprocess_default;
    if (read_size(r, input) != 0 || read_colours(r, "mean", -1000, input->mean) != 0 ||
        read_colours(r, "std", 1e-6, input->std) != 0 ||
        read_float(r, find_input(r, "crop_pct"), "crop_pct", 0.01, 1, &input->crop) != 0)
        return -1;
    const cJSON *filter = find_input(r, "interpolation");
    if (!filter)
        return 0;
    int value = cJSON_IsString(filter) ? resample_filter_from_name(filter->valuestring) : -1;
    if (value < 0)
        return wrong(r, "interpolation", "\"bilinear\" or \"bicubic\"");
    input->filter = (enum resample_filter)value;
    return 0;
}

/* An empty list is none: where the number of classes is not told either, an array without entries
 * would pass for one that has an entry for each class of the weights. */
static int says_nothing(const cJSON *list)
{
    return cJSON_IsArray(list) && cJSON_GetArraySize(list) == 0;
}

/* The card's arrays have one size, whichever field comes first. */
static int need_classes(const struct reader *r, const char *field, const cJSON *list,
                        struct config *c)
{
    if (!cJSON_IsArray(list))
        return wrong(r, field, "a list with an entry for each class");
    int count = cJSON_GetArraySize(list);
    if (count > CONFIG_MAX_CLASSES || (c->classes > 0 && count != c->classes) ||
        (c->card.classes > 0 && count != c->card.classes))
        return status_fail(r->st, STATUS_FORMAT, "%s: \"%s\" has %d entries for %d classes",
                           r->name, field, count, c->classes > 0 ? c->classes : c->card.classes);
    c->card.classes = count;
    return 0;
}

static int read_labels(const struct reader *r, struct config *c)
{
    const cJSON *list = find_input(r, "label_names"), *item;
    int i = 0;
    if (!list || says_nothing(list))
        return 0;
    if (need_classes(r, "label_names", list, c) != 0)
        return -1;
    c->card.label_names = calloc((size_t)c->card.classes + 1, sizeof *c->card.label_names);
    if (!c->card.label_names)
        return status_out_of_memory(r->st);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) || strlen(item->valuestring) > CONFIG_MAX_LABEL)
            return wrong(r, "label_names", "a list of names");
        c->card.label_names[i] = strdup(item->valuestring);
        if (!c->card.label_names[i++])
            return status_out_of_memory(r->st);
    }
    return 0;
}

static int read_nodes(const struct reader *r, const cJSON *list, struct config *c)
{
    const cJSON *item;
    int i = 0;
    if (!list || says_nothing(list))
        return 0;
    if (need_classes(r, "nodes", list, c) != 0)
        return -1;
    c->card.nodes = malloc(((size_t)c->card.classes + 1) * sizeof *c->card.nodes);
    if (!c->card.nodes)
        return status_out_of_memory(r->st);
    cJSON_ArrayForEach(item, list)
    {
        if (read_integer(r, item ? item : list, "nodes", -1, INT_MAX, &c->card.nodes[i++]) != 0)
            return -1;
    }
    return 0;
}

static int read_project(const struct reader *r, const cJSON *item, uint64_t *project)
{
    if (!item)
        return 0;
    const char *digits = cJSON_IsString(item) ? item->valuestring : "";
    if (digits[0] == 0 || strlen(digits) > 16 ||
        strspn(digits, "0123456789abcdef") != strlen(digits))
        return wrong(r, "project", "up to 16 hexadecimal digits");
    *project = strtoull(digits, NULL, 16);
    return 0;
}

static int read_tend(const struct reader *r, struct config *c)
{
    const cJSON *tend = find(r->root, "tend");
    if (!tend)
        return 0;
    if (!cJSON_IsObject(tend))
        return wrong(r, "tend", "an object");
    if (read_nodes(r, find(tend, "nodes"), c) != 0 ||
        read_project(r, find(tend, "project"), &c->card.project) != 0 ||
        read_float(r, find(tend, "temperature"), "temperature", 0, 100, &c->card.temperature) != 0)
        return -1;
    const cJSON *trained = find(tend, "trained");
    if (trained && !cJSON_IsString(trained))
        return wrong(r, "trained", "text");
    if (trained) /* printf's precision would cut inside a character: status_fail does not */
        snprintf(c->card.trained, sizeof c->card.trained, "%s", trained->valuestring);
    return 0;
}

static int read_architecture(const struct reader *r, struct config *c)
{
    const cJSON *item = find(r->root, "architecture");
    if (!item)
        item = find(r->input, "architecture");
    if (!item)
        return 0;
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= sizeof c->architecture)
        return wrong(r, "architecture", "a name");
    /* a tag of timm's, "mobilenetv2_100.ra_in1k", says which weights, not which network */
    size_t length = strcspn(item->valuestring, ".");
    memcpy(c->architecture, item->valuestring, length);
    c->architecture[length] = 0;
    return 0;
}

static int read_all(const struct reader *r, struct config *out)
{
    const cJSON *classes = find(r->root, "num_classes");
    if (!classes)
        classes = find(r->input, "num_classes");
    if (read_architecture(r, out) != 0 || read_input(r, &out->input) != 0 ||
        read_integer(r, classes, "num_classes", 0, CONFIG_MAX_CLASSES, &out->classes) != 0 ||
        read_labels(r, out) != 0)
        return -1;
    return read_tend(r, out);
}

int config_parse(const char *bytes, size_t size, const char *name, struct config *out,
                 struct status *st)
{
    *out = (struct config){0};
    cJSON *root = json_parse(bytes, size, name, CONFIG_MAX_VALUES, st);
    if (!root)
        return -1;
    const cJSON *nested = find(root, "pretrained_cfg");
    struct reader r = {root, cJSON_IsObject(nested) ? nested : root, name, st};
    int result = cJSON_IsObject(root)
                     ? read_all(&r, out)
                     : status_fail(st, STATUS_FORMAT, "%s: is not a JSON object", name);
    if (result != 0)
        config_clear(out);
    cJSON_Delete(root);
    return result;
}

void config_clear(struct config *c)
{
    model_card_clear(&c->card);
}

/* ---- writing ---- */

/* The shortest number that reads back as the same float: 0.485, not 0.48500001430511475. */
static cJSON *number(float value)
{
    char text[32] = "0";
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return cJSON_CreateNumber(strtod(text, NULL));
}

static int add(cJSON *object, const char *field, cJSON *item)
{
    if (item && cJSON_AddItemToObject(object, field, item))
        return 0;
    cJSON_Delete(item);
    return -1;
}

static cJSON *numbers(const float *values, int count)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; list && i < count; i++) {
        if (!cJSON_AddItemToArray(list, number(values[i]))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

/* timm wants to know which layer to exchange. */
static int add_classifier(cJSON *object, const struct params *p)
{
    char name[sizeof p->list->name] = "classifier";
    for (int i = p->count - 1; i >= 0; i--) {
        size_t length = strlen(p->list[i].name);
        if (p->list[i].kind != PARAM_WEIGHT || length < 7)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(length - strlen(".weight")), p->list[i].name);
        break;
    }
    return add(object, "classifier", cJSON_CreateString(name));
}

static cJSON *print_input(const struct network *n)
{
    const struct preprocess *in = &n->input;
    int sizes[3] = {3, in->height, in->width};
    cJSON *o = cJSON_CreateObject();
    if (o && add(o, "input_size", cJSON_CreateIntArray(sizes, 3)) == 0 &&
        add(o, "interpolation", cJSON_CreateString(resample_filter_name(in->filter))) == 0 &&
        add(o, "crop_pct", number(in->crop)) == 0 && add(o, "mean", numbers(in->mean, 3)) == 0 &&
        add(o, "std", numbers(in->std, 3)) == 0 &&
        add(o, "num_classes", cJSON_CreateNumber(n->classes)) == 0 &&
        add_classifier(o, &n->params) == 0)
        return o;
    cJSON_Delete(o);
    return NULL;
}

static cJSON *print_labels(const struct model_card *card)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; list && i < card->classes; i++) {
        const char *label = card->label_names[i];
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(label ? label : ""))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static cJSON *print_tend(const struct model_card *card)
{
    char project[24];
    snprintf(project, sizeof project, "%llx", (unsigned long long)card->project);
    cJSON *o = cJSON_CreateObject();
    if (o &&
        (!card->nodes || add(o, "nodes", cJSON_CreateIntArray(card->nodes, card->classes)) == 0) &&
        (!card->project || add(o, "project", cJSON_CreateString(project)) == 0) &&
        (card->temperature == 0 || add(o, "temperature", number(card->temperature)) == 0) &&
        (!card->trained[0] || add(o, "trained", cJSON_CreateString(card->trained)) == 0))
        return o;
    cJSON_Delete(o);
    return NULL;
}

char *config_print(const struct network *n, const struct model_card *card)
{
    char *text = NULL;
    cJSON *root = cJSON_CreateObject();
    if (root && add(root, "architecture", cJSON_CreateString(n->architecture)) == 0 &&
        add(root, "num_classes", cJSON_CreateNumber(n->classes)) == 0 &&
        add(root, "num_features", cJSON_CreateNumber(n->features)) == 0 &&
        (!card || !card->label_names || add(root, "label_names", print_labels(card)) == 0) &&
        add(root, "pretrained_cfg", print_input(n)) == 0 &&
        (!card || add(root, "tend", print_tend(card)) == 0))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
