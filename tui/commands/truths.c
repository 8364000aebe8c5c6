#include "tui/commands/truths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/loop/project.h"
#include "tui/loop/training.h"

void truths_clear(struct truths *t)
{
    taxonomy_free(t->taxonomy);
    free(t->pool);
    free(t->held_out);
    *t = (struct truths){0};
}

static int is_held_out(const struct photo_entry *e, int has_val, int has_test)
{
    if (has_val || has_test)
        return e->split == (has_val ? SPLIT_VAL : SPLIT_TEST);
    return training_is_held_out(e->hash);
}

static int divide(struct truths *t, const struct photo_list *list, struct status *st)
{
    int has_val = 0, has_test = 0;
    t->pool = malloc((list->count + 1) * sizeof *t->pool);
    t->held_out = malloc((list->count + 1) * sizeof *t->held_out);
    if (!t->pool || !t->held_out)
        return status_out_of_memory(st);
    for (size_t i = 0; i < list->count; i++) {
        has_val |= list->entries[i].node >= 0 && list->entries[i].split == SPLIT_VAL;
        has_test |= list->entries[i].node >= 0 && list->entries[i].split == SPLIT_TEST;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct photo_entry *e = &list->entries[i];
        struct truth truth = {e->id, e->node};
        if (e->node < 0)
            continue;
        if (is_held_out(e, has_val, has_test))
            t->held_out[t->held_out_count++] = truth;
        else if (e->split == SPLIT_NONE || e->split == SPLIT_TRAIN)
            t->pool[t->pool_count++] = truth;
    }
    if (t->pool_count > 1 && t->held_out_count > 0)
        return 0;
    return status_fail(
        st, STATUS_MISSING,
        "there are labels of %zu photos to learn from and of %zu to score on: two and one are needed "
        "(split val is scored on, else test, else about every eighth photo)",
        t->pool_count, t->held_out_count);
}

/* The file's photos as the project numbers them; others are dropped. */
static int match(struct project *p, struct photo_list *list, size_t *unknown, struct status *st)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct photo_entry e = list->entries[i];
        struct status none = {0};
        struct photo photo;
        if (store_find_photo(p->store, e.path, &photo, &none) == 0) {
            e.id = photo.id;
            e.hash = photo.hash;
            photo_clear(&photo);
            list->entries[i] = list->entries[kept]; /* the list still owns its path */
            list->entries[kept++] = e;
        } else if (none.code != STATUS_MISSING) {
            return status_fail(st, none.code, "%s", none.text);
        }
    }
    *unknown = list->count - kept;
    for (size_t i = kept; i < list->count; i++)
        free(list->entries[i].path);
    list->count = kept;
    return 0;
}

static void on_problem(void *arg, const char *text)
{
    (void)arg;
    output_warn("%s", text);
}

/* Through a store of its own, since that is what formats are read into. */
static int read_into(struct store *s, struct project *p, const char *file, struct truths *out,
                     struct photo_list *list, struct status *st)
{
    const struct format *format = format_guess(file);
    struct import_options options = {.root = p->root, .who = "truth", .add_nodes = 1};
    struct import_report report = {.problem = on_problem};
    struct taxonomy *tree = taxonomy_copy(store_taxonomy(p->store));
    if (!format || !format->import) {
        taxonomy_free(tree);
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s: which format is this? CSV files and folders are read", file);
    }
    int result = tree ? store_save_taxonomy(s, tree, st) : status_out_of_memory(st);
    taxonomy_free(tree);
    if (result == 0)
        result = format->import(s, file, &options, &report, st);
    if (result == 0 && !(out->taxonomy = taxonomy_copy(store_taxonomy(s))))
        result = status_out_of_memory(st);
    return result == 0 ? photos_list(s, -1, list, st) : -1;
}

static int read_file(struct project *p, const char *file, struct truths *out,
                     struct photo_list *list, struct status *st)
{
    char name[64];
    struct store *s = NULL;
    snprintf(name, sizeof name, "truth-%ld", (long)getpid());
    char *folder = file_join(p->folder, name),
         *path = folder ? file_join(folder, "truth.db") : NULL;
    int result = path ? file_make_folder(folder, st) : status_out_of_memory(st);
    if (result == 0)
        result = store_create(path, taxonomy_max_depth(store_taxonomy(p->store)), &s, st);
    if (result == 0)
        result = read_into(s, p, file, out, list, st);
    store_close(s);
    if (folder && file_remove_tree(folder, result == 0 ? st : NULL) != 0)
        result = -1;
    free(folder);
    free(path);
    return result == 0 ? match(p, list, &out->unknown, st) : -1;
}

int truths_read(struct project *p, const char *file, struct truths *out, struct status *st)
{
    struct photo_list list = {0};
    int result = 0;
    *out = (struct truths){0};
    if (file) {
        result = read_file(p, file, out, &list, st);
    } else {
        result = photos_list(p->store, -1, &list, st);
        if (result == 0 && !(out->taxonomy = taxonomy_copy(store_taxonomy(p->store))))
            result = status_out_of_memory(st);
    }
    if (result == 0)
        result = divide(out, &list, st);
    photos_clear(&list);
    if (result != 0)
        truths_clear(out);
    return result;
}
