#include "tui/commands/model_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "tui/loop/project.h"

static double macs(const struct network *n)
{
    return (double)network_macs(n, n->input.height, n->input.width);
}

int model_files_load(const char *path, const char *arch, struct network **network,
                     struct model_card *card, struct status *st)
{
    *card = (struct model_card){0};
    int failed = path ? model_load(path, arch, network, card, st)
                      : model_load_default(network, card, st);
    if (failed)
        return -1;
    double cost = macs(*network);
    if (cost <= (double)NETWORK_MAX_MACS)
        return 0;
    status_fail(st, STATUS_LIMIT,
                "%s: %s needs %.2f GMac a picture at %d x %d; at most %.0f are allowed",
                path ? path : "default network", (*network)->architecture, cost / 1e9,
                (*network)->input.width, (*network)->input.height, (double)NETWORK_MAX_MACS / 1e9);
    network_free(*network);
    *network = NULL;
    model_card_clear(card);
    return -1;
}

/* The project's node of every class, by names: what another project or program numbered is not ours. */
static int place_by_names(struct project *p, struct model_card *card, struct status *st)
{
    size_t classes = card->classes > 0 ? (size_t)card->classes : 1;
    int *nodes = realloc(card->nodes, classes * sizeof *nodes);
    if (!nodes)
        return status_out_of_memory(st);
    card->nodes = nodes;
    for (int k = 0; k < card->classes; k++) {
        const char *name = card->label_names ? card->label_names[k] : NULL;
        nodes[k] =
            name && *name ? taxonomy_resolve_text(store_taxonomy(p->store), name, NULL) : -1;
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
