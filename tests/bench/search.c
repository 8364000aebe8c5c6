/* How long the picker's search takes over a large tree: CPU time, the best of many, in
 * milliseconds.
 *
 *     build/tests/bench/search [NODES]    (50,000)
 */
#include "labels/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 30, ROWS = 300 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Names of two or three made-up words, a fifth of them Korean; 20 top labels, 40 below each, the
 * rest leaves. */
static struct taxonomy *make_tree(int nodes)
{
    static const char *const parts[] = {"cof", "fee",  "dri", "nk",  "gran", "ny",
                                        "smi", "th",   "ap",  "ple", "to",   "ma",
                                        "oat", "milk", "ta",  "ri",  "no",   "be"};
    static const char *const korean[] = {"커", "피", "음", "료", "사",
                                         "과", "우", "유", "녹", "차"};
    struct taxonomy *t = taxonomy_new(3);
    unsigned seed = 1;
    for (int i = 0; t && taxonomy_count(t) < nodes; i++) {
        char name[100], id[20];
        int used = 0, words = 2 + i % 2;
        for (int w = 0; w < 3 * words; w++) {
            seed = seed * 1103515245u + 12345u;
            used += sprintf(name + used, "%s%s", w > 0 && w % 3 == 0 ? " " : "",
                            i % 5 ? parts[(seed >> 16) % 18] : korean[(seed >> 16) % 10]);
        }
        sprintf(name + used, " %d", i);
        sprintf(id, "n%d", i);
        int parent = i < 20 ? TAXONOMY_ROOT : i < 820 ? i % 20 : 20 + i % 800;
        taxonomy_add(t, parent, name, id, NULL);
    }
    return t;
}

int main(int argc, char **argv)
{
    static const char *const queries[] = {"",    "c",   "co", "cof",  "cof dri", "gran smi mil",
                                          "fdc", "gsm", "커", "ㅋㅍ", "n4711",   "zebra"};
    int rows[ROWS];
    struct search *s = NULL;
    struct taxonomy *t = make_tree(argc > 1 ? atoi(argv[1]) : 50000);
    double began = now();
    if (!t || search_make(t, &s, NULL) != 0)
        return 1;
    printf("%d nodes, folded once in %.1f ms\n", taxonomy_count(t), now() - began);
    float *weight = calloc((size_t)taxonomy_count(t), sizeof *weight);
    for (int i = 0; weight && i < taxonomy_count(t); i++)
        weight[i] = (float)(i * 7919 % 1000);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        double best = 1e9;
        int found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            began = now();
            found = search_find(s, queries[i], weight, rows, ROWS);
            best = now() - began < best ? now() - began : best;
        }
        printf("%5.1f ms  %3d rows  '%s'\n", best, found, queries[i]);
    }
    free(weight);
    search_free(s);
    taxonomy_free(t);
    return 0;
}
