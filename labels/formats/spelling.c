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

const char *spelling_guess(const struct taxonomy *t, const char *text)
{
    static const char *const known[] = {">", "|", "/"};
    if (taxonomy_find_label(t, TAXONOMY_ROOT, text) >= 0)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(text, known[i]))
            return known[i];
    return NULL;
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
