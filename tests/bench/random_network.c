/* A network with the weights it would begin to learn with, as a model folder: to compare others
 * with.
 *
 *     build/tests/bench/random_network ARCHITECTURE SIZE OUT
 */
#include <stdio.h>
#include <stdlib.h>

#include "data/preprocess.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/hub.h"

int main(int argc, char **argv)
{
    struct status st = {0};
    const struct model_card card = {.classes = 1, .trained = "not at all"};
    if (argc != 4) {
        fprintf(stderr, "usage: random_network ARCHITECTURE SIZE OUT\n");
        return 2;
    }
    int size = atoi(argv[2]);
    struct network *n = network_from_scratch(argv[1], 1, size, 1, &st);
    if (n)
        n->input = preprocess_at(&n->input, size);
    int failed = !n || model_save(argv[3], n, &card, &st) != 0;
    if (failed)
        fprintf(stderr, "random_network: %s\n", st.text);
    network_free(n);
    return failed;
}
