#include "labels/turned.h"

#include <stdio.h>
#include <string.h>

#include "labels/text.h"

struct turned {
    int64_t first; /* photo */
    long photos;
    int flags_only;
    enum review_kind kind;
    int node, same; /* all had the same kind and node */
};

static int note(void *arg, const struct event *e)
{
    struct turned *t = arg;
    if (e->kind != EVENT_UNDO && e->kind != EVENT_REDO)
        return 0; /* somebody else's, meanwhile */
    const struct review_state *said = e->kind == EVENT_UNDO ? &e->before : &e->after;
    int flags = e->before.flagged != e->after.flagged && e->before.kind == e->after.kind &&
                e->before.node == e->after.node; /* no flag: the same label, said again */
    if (t->photos++ == 0)
        *t = (struct turned){e->photo, 1, flags, said->kind, said->node, 1};
    t->flags_only &= flags;
    t->same &= said->kind == t->kind && said->node == t->node;
    return 0;
}

static const char *what(struct store *s, const struct turned *t)
{
    if (t->flags_only)
        return "flag";
    if (!t->same)
        return "";
    if (t->kind == REVIEW_REJECTED || t->kind == REVIEW_SKIPPED)
        return review_kind_name(t->kind);
    return t->node >= 0 ? taxonomy_name(store_taxonomy(s), t->node) : "";
}

/* The name without its folders. */
static void file_name(struct store *s, int64_t id, char *buffer, size_t size)
{
    struct photo photo;
    snprintf(buffer, size, "1 photo");
    if (store_photo(s, id, &photo, NULL) != 0)
        return;
    const char *slash = strrchr(photo.path, '/');
    snprintf(buffer, size, "%s", slash ? slash + 1 : photo.path);
    photo_clear(&photo);
}

char *turned_text(struct store *s, int64_t since, char *buffer, size_t size)
{
    struct turned t = {0};
    char who[300], count[24];
    const char *tree = store_tree_turned(s);
    snprintf(buffer, size, "%s", tree);
    if (tree[0] || store_each_event_since(s, since, note, &t, NULL) < 0 || t.photos == 0)
        return buffer;
    if (t.photos == 1)
        file_name(s, t.first, who, sizeof who);
    else
        snprintf(who, sizeof who, "%s photos", text_count(t.photos, count, sizeof count));
    const char *said = what(s, &t);
    snprintf(buffer, size, "%s%s%s", who, said[0] ? ", " : "", said);
    return buffer;
}
