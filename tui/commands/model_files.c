#include "tui/commands/model_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

static double macs(const struct network *n)
{
    return (double)network_macs(n, n->input.height, n->input.width);
}

int model_files_load(const struct model_source *source, struct network **network,
                     struct model_card *card, struct status *st)
{
    const char *name = source->path ? source->path : "default network";
    *card = (struct model_card){0};
    int failed = source->path ? model_load(source->path, source->arch, network, card, st)
                              : model_load_default(network, card, st);
    if (failed)
        return -1;
    struct preprocess *input = &(*network)->input;
    if (source->size > 0)
        *input = preprocess_at(input, (int)source->size);
    if (network_check_macs(*network, input->height, input->width, st) == 0)
        return 0;
    network_free(*network);
    *network = NULL;
    model_card_clear(card);
    return status_prefix(st, "%s", name);
}

/* Short side of the resized picture, before the crop. */
static int resized(const struct preprocess *in)
{
    int side = in->width < in->height ? in->width : in->height;
    return (int)(side / (double)in->crop + 1e-4);
}

void model_files_describe(const struct network *n)
{
    char count[OUTPUT_COUNT], features[OUTPUT_COUNT], classes[OUTPUT_COUNT], safe[160];
    const struct preprocess *in = &n->input;
    printf("network     %s%s%s\n", output_safe(n->architecture, safe, sizeof safe),
           n->torchvision ? ", tensors named as torchvision's" : "",
           n->guessed ? "; guessed from its tensors, --arch NAME if it is another" : "");
    printf("size        %s parameters, %s features, %s classes\n",
           output_count((int64_t)params_trained_count(&n->params), count),
           output_count(n->features, features), output_count(n->classes, classes));
    printf("cost        %.2f GMac for a picture of %d x %d\n", macs(n) / 1e9, in->width,
           in->height);
    printf("sees        the middle %d x %d of the picture with its short side at %d (%s), minus "
           "%.3g %.3g %.3g, by %.3g %.3g %.3g\n",
           in->width, in->height, resized(in), resample_filter_name(in->filter),
           (double)in->mean[0], (double)in->mean[1], (double)in->mean[2], (double)in->std[0],
           (double)in->std[1], (double)in->std[2]);
}

/* The project's node of every class, by names: what another project or program numbered is not
 * ours. */
static int place_by_names(struct project *p, struct model_card *card, struct status *st)
{
    size_t classes = card->classes > 0 ? (size_t)card->classes : 1;
    int *nodes = realloc(card->nodes, classes * sizeof *nodes);
    if (!nodes)
        return status_out_of_memory(st);
    card->nodes = nodes;
    for (int k = 0; k < card->classes; k++) {
        const char *name = card->label_names ? card->label_names[k] : NULL;
        nodes[k] = name && *name ? taxonomy_resolve_text(store_taxonomy(p->store), name, NULL) : -1;
    }
    return 0;
}

int model_files_add(struct project *p, const struct network *network, struct model_card *card,
                    const char *note, int use, struct model_record *record, struct status *st)
{
    if (place_by_names(p, card, st) != 0)
        return -1;
    *record = (struct model_record){
        .created = (int64_t)time(NULL) * 1000,
        .score_before = -1,
        .score_after = -1,
        .gmac = macs(network) / 1e9,
        .parameters = (int64_t)params_trained_count(&network->params),
        .depth = "pretrained",
    };
    snprintf(record->architecture, sizeof record->architecture, "%s", network->architecture);
    snprintf(record->note, sizeof record->note, "%s", note);
    return project_add_model(p, network, card, record, use, st);
}
