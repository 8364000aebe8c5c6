/* `tend score --truth FILE --pred FILE --taxonomy FILE`: the three files in one, apart by a line
 * "---"; what is printed of them is JSON with numbers. */
#include "tui/commands/score_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

/* Writes the bytes up to the next "---" line; what comes after it. */
static const unsigned char *cut(const char *path, const unsigned char *at, const unsigned char *end)
{
    const unsigned char *line = at < end ? memmem(at, (size_t)(end - at), "---\n", 4) : NULL;
    folder_write(path, at, (size_t)((line ? line : end) - at));
    return line ? line + 4 : end;
}

static void check(const struct evaluation *e, const struct taxonomy *t, long extra)
{
    if (!t || e->score.photos < 1 || extra < 0 || e->unanswered > e->score.photos)
        abort();
    if (!isfinite(score_mean(&e->score)) || score_mean(&e->score) < 0 || score_mean(&e->score) > 1)
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct evaluation e = {0};
    struct taxonomy *t = NULL;
    struct status st = {0};
    long extra = 0;
    const unsigned char *end = bytes + size;
    if (!folder[0])
        folder_enter();
    const unsigned char *rest = cut("truth", bytes, end);
    rest = cut("pred", rest, end);
    int with_tree = rest < end;
    cut("tree", rest, end);
    if (score_files("truth", "pred", with_tree ? "tree" : NULL, &e, &t, &extra, &st) == 0) {
        check(&e, t, extra);
        FILE *out = fopen("/dev/null", "w");
        if (!out)
            abort();
        evaluation_print(&e, t, out);
        fclose(out);
    } else if (!st.text[0]) {
        abort();
    }
    evaluation_clear(&e);
    taxonomy_free(t);
}

FUZZ_SEED_TEXTS("photo,label1,label2\na,food,tea\nb,tools,\n---\n"
                "photo,label1,label2,p1,p2\na,food,bread,0.9,0.5\nb,tools,,1,\n",
                "photo,label1,label2\na,1,2\n---\nphoto,label1,label2\na,food,tea\nc,food,\n---\n"
                "id,name,parent\n1,food,\n2,tea,1\n")
