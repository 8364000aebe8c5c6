/* Bytes of any kind as names of a tree and as what is searched for in it: it must end, and the name
 * that is searched for whole must be found. */
#include "labels/search.h"

#include <stdlib.h>
#include <string.h>

#include "labels/fold.h"
#include "tests/fuzz/fuzz.h"

static void check_found(const struct search *s, const struct taxonomy *t, const char *query)
{
    int nodes[64];
    struct search_marks marks;
    int n = search_find(s, query, NULL, nodes, 64);
    for (int i = 0; i < n; i++) {
        int path[TAXONOMY_DEPTH], depth = taxonomy_path(t, nodes[i], path);
        if (taxonomy_now(t, nodes[i]) != nodes[i])
            abort();
        search_mark(t, query, nodes[i], &marks);
        for (int d = 0; d < depth; d++)
            if (marks.at[d][strlen(taxonomy_name(t, path[d]))])
                abort(); /* beyond the name */
    }
}

/* Names as they stand are found by themselves, but for those made of separators and accents alone.
 */
static void check_names(const struct search *s, const struct taxonomy *t)
{
    int nodes[64];
    for (int v = 0; v < taxonomy_count(t); v++) {
        int found = 0, n = search_find(s, taxonomy_name(t, v), NULL, nodes, 64);
        for (int i = 0; i < n; i++)
            found |= nodes[i] == v;
        if (!found && n < 64)
            abort();
    }
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    char *text = malloc(size + 1), *rest = text, *line;
    struct taxonomy *t = taxonomy_new(4);
    struct search *s = NULL;
    uint32_t values[7];
    uint16_t from[7];
    if (!text || !t)
        abort();
    memcpy(text, bytes, size);
    text[size] = 0;
    for (size_t i = 0, n = fold(text, values, from, 7); i < n; i++)
        if (from[i] >= strlen(text))
            abort();
    const char *query = strtok_r(rest, "\n", &rest);
    int node = TAXONOMY_ROOT;
    for (int i = 0; i < 20 && query && (line = strtok_r(rest, "\n", &rest)); i++) {
        int added = taxonomy_add(t, i % 4 ? node : TAXONOMY_ROOT, line,
                                 i % 3 ? NULL : line + strlen(line) / 2, NULL);
        node = added >= 0 ? added : node;
    }
    if (search_make(t, &s, NULL) != 0)
        abort();
    check_found(s, t, query ? query : "");
    check_names(s, t);
    search_free(s);
    taxonomy_free(t);
    free(text);
}

FUZZ_SEED_TEXTS(
    "cof dri\nfood\ndrink\ncoffee\nBlack Coffee\ntool\nGranny-Smith\n",
    "ㅋㅍ\n음식\n음료\n커피\n커피 우유\n닭\n\xe1\x84\x8f\xe1\x85\xa5\xe1\x84\x91\xe1\x85\xb5\n",
    "컾\ncaf\xc3\xa9\ncafe\xcc\x81\n\xef\xb7\xba\nStra\xc3\x9f"
    "e\n",
    "gss\na > b\nGolden-Super-Star\n / \n")
