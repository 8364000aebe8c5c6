/* Taxonomy files of any bytes; what parses must be a sound tree, and resolving text in it must end.
 */
#include "labels/taxonomy.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tests/fuzz/fuzz.h"

static void check_tree(const struct taxonomy *t)
{
    int path[TAXONOMY_DEPTH];
    char text[64];
    for (int v = 0; v < taxonomy_count(t); v++) {
        int depth = taxonomy_path(t, v, path);
        if (taxonomy_parent(t, v) >= v || depth < 1 || depth > taxonomy_max_depth(t) ||
            path[depth - 1] != v || taxonomy_find_id(t, taxonomy_id(t, v)) != v ||
            taxonomy_find_child(t, taxonomy_parent(t, v), taxonomy_name(t, v)) != v)
            abort();
        taxonomy_format(t, v, " > ", text, sizeof text);
        if (strlen(text) >= sizeof text)
            abort();
    }
    struct terminals terms;
    if (terminals_make(t, &terms, NULL) != 0)
        abort();
    for (int v = 0; v < terms.nodes; v++)
        if (terms.first[v] >= terms.last[v]) /* something ends below every node */
            abort();
    terminals_clear(&terms);
    taxonomy_inspect(t, NULL, NULL);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct status st = {0};
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = 0;
    struct taxonomy *t = taxonomy_parse(text, size, "labels.csv", 3, &st);
    if (!t && !st.text[0])
        abort(); /* it must say why */
    if (t) {
        check_tree(t);
        taxonomy_resolve_text(t, text, &st);
    }
    taxonomy_free(t);
    /* The same bytes as labels of a small tree. */
    t = taxonomy_new(8);
    char *word, *rest = text;
    const char *labels[8];
    int count = 0;
    if (!t)
        abort();
    while (count < 8 && (word = strtok_r(rest, ",\n", &rest)))
        labels[count++] = word;
    int node = taxonomy_resolve(t, labels, count, 1, &st);
    if (node < 0 && taxonomy_count(t) != 0)
        abort(); /* what fails adds nothing */
    if (node >= 0 && taxonomy_resolve(t, labels, count, 0, &st) != node)
        abort();
    if (count > 0)
        taxonomy_resolve_text(t, labels[0], &st);
    taxonomy_free(t);
    free(text);
}

FUZZ_SEED_TEXTS("id,name,parent\n1,food,\n2,drink,1\n3,coffee,2\n4,tea,2\n5,tools,\n",
                "\xef\xbb\xbfname;parent;id\r\n\"a \"\"b\"\"\";;x\r\nc;x;y\r\n\xea\xb9\x80;y;z\r\n",
                "id,name,parent\nc,c,b\nb,b,a\na,a,\n")
