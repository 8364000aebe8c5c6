#include "labels/formats/spelling.h"

#include <stdio.h>
#include <string.h>

#include "labels/text.h"

static int is_blank(const char *separator)
{
    return separator[strspn(separator, " \t")] == '\0';
}

static int split_blanks(char *text, const char **labels)
{
    int count = 0;
    for (char *at = text + strspn(text, " \t"); *at && count < SPELLING_MOST;) {
        size_t size = strcspn(at, " \t");
        labels[count++] = at;
        at += size;
        if (*at)
            *at++ = '\0';
        at += strspn(at, " \t");
    }
    return count;
}

/* " > " separates as ">" does: blanks around labels are left out anyway. */
static const char *core(const char *separator, size_t *size)
{
    *size = strlen(separator);
    return text_trim(separator, size);
}

int spelling_split(char *text, const char *separator, const char **labels)
{
    size_t size, rest = strlen(text);
    const char *mark = core(separator, &size);
    int count = 0;
    text_trim(text, &rest);
    if (rest == 0)
        return 0;
    if (is_blank(separator))
        return split_blanks(text, labels);
    for (char *at = text, *found;; at = found + size) {
        labels[count++] = at;
        found = count < SPELLING_MOST ? memmem(at, strlen(at), mark, size) : NULL;
        if (!found)
            return count;
        *found = '\0';
    }
}

/* ---- which separator ------------------------------------------------------------------------- */

static const char *const signs[SPELLING_SIGNS] = {">", "|", "/"};
enum { SLASH = 2, LOOKED_UP = 1000 };

void spelling_look(struct spelling_survey *v, const struct taxonomy *t, const char *text, int line)
{
    int has[SPELLING_SIGNS], kinds = 0;
    size_t size;
    text_trim(text, &size);
    if (size == 0)
        return;
    v->paths++;
    for (int i = 0; i < SPELLING_SIGNS; i++)
        kinds += has[i] = strstr(text, signs[i]) != NULL;
    if (kinds == 0 || taxonomy_find_label(t, TAXONOMY_ROOT, text) >= 0)
        return;
    for (int i = 0; i < SPELLING_SIGNS; i++) {
        v->alone[i] += has[i] && kinds == 1;
        if (!has[i] || v->with[i]++ > 0)
            continue;
        v->line[i] = line;
        snprintf(v->first[i], sizeof v->first[i], "%s", text);
    }
    if (!has[SLASH])
        return;
    v->several |= strncmp(text, v->first[SLASH], sizeof v->first[SLASH] - 1) != 0;
    if (!v->known && kinds == 1 && v->with[SLASH] <= LOOKED_UP)
        v->known = taxonomy_resolve_text(t, text, NULL) >= 0;
}

const char *spelling_choose(struct spelling_survey *v)
{
    int slash = v->known || (v->several && 2 * v->with[SLASH] >= v->paths);
    v->chosen = -1;
    for (int i = 0; i < SPELLING_SIGNS; i++) {
        size_t most = v->chosen < 0 ? 0 : v->with[v->chosen];
        int earlier = v->with[i] == most && most > 0 && v->line[i] < v->line[v->chosen];
        if ((v->with[i] > most || earlier) && (i != SLASH || slash))
            v->chosen = i;
    }
    return v->chosen < 0 ? NULL : signs[v->chosen];
}

int spelling_doubt(const struct spelling_survey *v, int i, char *text, size_t size)
{
    char shown[TEXT_SHOWN];
    text_show(v->first[i], shown, sizeof shown);
    if (i == v->chosen && i == SLASH)
        return snprintf(text, size,
                        "labels are taken apart at '/', as '%s'; --separator \" > \" leaves it in "
                        "them",
                        shown) > 0;
    if (i == v->chosen || v->alone[i] == 0)
        return 0;
    return snprintf(text, size,
                    "'%s' is read as a part of the label, as in '%s': --separator says otherwise",
                    signs[i], shown) > 0;
}

int spelling_unclear(const struct taxonomy *t, const char *separator)
{
    size_t size;
    const char *mark = is_blank(separator) ? " " : core(separator, &size);
    size = is_blank(separator) ? 1 : size;
    for (int node = 0; node < taxonomy_count(t); node++) {
        const char *name = taxonomy_name(t, node);
        if (taxonomy_now(t, node) == node && memmem(name, strlen(name), mark, size))
            return node;
    }
    return -1;
}

int spelling_without_id(const struct taxonomy *t)
{
    for (int node = 0; node < taxonomy_count(t); node++) {
        const char *id = taxonomy_id(t, node);
        if (taxonomy_now(t, node) == node && (!*id || strpbrk(id, " \t")))
            return node;
    }
    return -1;
}

char *spelling_ids(const struct taxonomy *t, const int *path, int depth, char *buffer)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (int l = 0; l < depth && used < SPELLING_IDS; l++)
        used += (size_t)snprintf(buffer + used, SPELLING_IDS - used, "%s%s", l ? " " : "",
                                 taxonomy_id(t, path[l]));
    return buffer;
}
