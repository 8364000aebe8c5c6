/* tend rescan: photos that were moved or changed since they became part of the project.
 *
 * A photo whose file is gone, or whose file is another one now, is looked for among the files that
 * the project does not know, and among those that have changed: it is where its content is. Only
 * files that may be one of these are read: a photo whose size and time are as they were is as it
 * was, and a new file is read only when one that is sought had its size. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/command.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/commands/progress.h"
#include "tui/commands/rescan_match.h"
#include "tui/loop/features.h"
#include "tui/loop/project.h"

extern const struct command command_rescan;

/* TOUCHED: other time, same content; or its content was not known yet. */
enum fate { SAME, TOUCHED, CHANGED, MOVED, MISSING };

struct photo_fate {
    enum fate fate;
    long file;   /* CHANGED, MOVED: which */
    int unsure;  /* MOVED: or another photo of the same content was */
    char *aside; /* MISSING, and another photo is where it was: what it is called from now on */
    int64_t size, modified;
    uint64_t hash; /* TOUCHED: to be stored */
};
struct rescan {
    struct project project;
    atomic_int *cancel;
    struct progress progress;
    struct photo_list photos;
    struct photo_fate *fates;           /* [photos.count] */
    const struct photo_entry **by_path; /* [photos.count] */
    struct rescan_file *files;
    size_t file_count, file_capacity;
    long counts[MISSING + 1], unknown, unsure;
    long by_ends;        /* as they were, as far as the hash of an earlier version tells */
    long unseen;         /* nobody knows whether they are as they were: counted as such */
    struct status blind; /* why the first of them could not be looked at */
    int all;             /* also photos of the same size and time are read */
};

static int stopped(struct rescan *r, const char *phase, size_t done, size_t total,
                   struct status *st)
{
    progress_show(&r->progress, &(struct progress_state){.phase = phase,
                                                         .done = (long)done,
                                                         .total = (long)total,
                                                         .seconds_left = -1});
    return atomic_load(r->cancel) ? status_fail(st, STATUS_CANCELLED, "interrupted") : 0;
}

/* ---- photos of the project ------------------------------------------------------------------ */

/* name becomes the candidate's; -1: out of memory, and it is freed. */
static long add_file(struct rescan *r, char *name, const struct rescan_file *file,
                     struct status *st)
{
    if (name && r->file_count == r->file_capacity) {
        size_t capacity = r->file_capacity ? 2 * r->file_capacity : 256;
        struct rescan_file *grown = realloc(r->files, capacity * sizeof *grown);
        if (grown) {
            r->files = grown;
            r->file_capacity = capacity;
        } else {
            free(name);
            name = NULL;
        }
    }
    if (!name)
        return status_out_of_memory(st);
    r->files[r->file_count] = *file;
    r->files[r->file_count].name = name;
    return (long)r->file_count++;
}

static int look_at_photo(struct rescan *r, size_t i, struct status *st)
{
    const struct photo_entry *e = &r->photos.entries[i];
    struct photo_fate *f = &r->fates[i];
    struct stat info;
    char *path = project_photo_file(&r->project, e->path);
    if (!path)
        return status_out_of_memory(st);
    struct status why = {0};
    int failed = 0, there = stat(path, &info) == 0;
    if (!there)
        status_fail_errno(&why, "%s", path);
    else if (!S_ISREG(info.st_mode)) /* a folder has come into its place */
        status_fail(&why, STATUS_MISSING, "%s: is not a file", path);
    uint64_t hash = 0, ends = 0;
    int other = r->all || e->hash == 0 ||
                (there && (info.st_size != e->size || info.st_mtime != e->modified));
    if (why.code == STATUS_OK && other && scan_hash_file_twice(path, &hash, &ends, &why) == 0) {
        f->size = info.st_size;
        f->modified = (int64_t)info.st_mtime;
        /* What is stored stays, also that of an earlier version: it decides what is held out. */
        f->hash = e->hash ? e->hash : hash;
        f->fate = hash == f->hash || ends == f->hash ? TOUCHED : CHANGED;
        r->by_ends += f->fate == TOUCHED && hash != f->hash;
        if (f->fate == CHANGED)
            f->file = add_file(r, strdup(e->path),
                               &(struct rescan_file){.size = f->size,
                                                     .modified = f->modified,
                                                     .hash = hash,
                                                     .ends = ends,
                                                     .at = (long)i},
                               st);
        failed = f->fate == CHANGED && f->file < 0;
    } else if (why.code == STATUS_MISSING) { /* perhaps only now, between looking and reading */
        f->fate = MISSING;
    } else if (why.code != STATUS_OK && r->unseen++ == 0) {
        r->blind = why;
    }
    free(path);
    return failed ? -1 : 0;
}

static int look_at_photos(struct rescan *r, struct status *st)
{
    r->fates = calloc(r->photos.count + 1, sizeof *r->fates);
    if (!r->fates)
        return status_out_of_memory(st);
    for (size_t i = 0; i < r->photos.count; i++)
        if (look_at_photo(r, i, st) != 0 || stopped(r, "photos", i + 1, r->photos.count, st) != 0)
            return -1;
    return 0;
}

/* ---- files that the project does not know --------------------------------------------------- */

static int by_path(const void *left, const void *right)
{
    return strcmp((*(const struct photo_entry *const *)left)->path,
                  (*(const struct photo_entry *const *)right)->path);
}

static int compare_path(const void *key, const void *entry)
{
    return strcmp(key, (*(const struct photo_entry *const *)entry)->path);
}

static int compare_sizes(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Sizes of the photos that are sought, ascending; malloc'd. */
static int64_t *sought_sizes(const struct rescan *r, size_t *count)
{
    int64_t *sizes = malloc((r->photos.count + 1) * sizeof *sizes);
    *count = 0;
    for (size_t i = 0; sizes && i < r->photos.count; i++)
        if (r->fates[i].fate >= CHANGED)
            sizes[(*count)++] = r->photos.entries[i].size;
    if (sizes)
        qsort(sizes, *count, sizeof *sizes, compare_sizes);
    return sizes;
}

/* A link to a photo of the project stands for that photo, as for `tend import`. */
static int is_link_to_known(const struct rescan *r, const char *path)
{
    struct stat info;
    char *end =
        path && lstat(path, &info) == 0 && S_ISLNK(info.st_mode) ? realpath(path, NULL) : NULL;
    char *name = end ? format_photo_name(r->project.root, "", end) : NULL;
    int known = name && bsearch(name, r->by_path, r->photos.count,
                                sizeof(const struct photo_entry *), compare_path) != NULL;
    free(name);
    free(end);
    return known;
}

static int add_unknown(struct rescan *r, const char *folder, const struct scan_photo *found,
                       const int64_t *sizes, size_t size_count, struct status *st)
{
    char *name = format_photo_name(r->project.root, folder, found->path);
    if (!name)
        return status_out_of_memory(st);
    if (bsearch(name, r->by_path, r->photos.count, sizeof(const struct photo_entry *),
                compare_path)) {
        free(name);
        return 0;
    }
    struct rescan_file file = {.size = found->size, .modified = found->modified, .at = -1};
    char *path = file_join(folder, found->path);
    if (is_link_to_known(r, path)) {
        free(path);
        free(name);
        return 0;
    }
    if (path && bsearch(&found->size, sizes, size_count, sizeof *sizes, compare_sizes))
        scan_hash_file_twice(path, &file.hash, &file.ends, NULL);
    free(path);
    return add_file(r, name, &file, st) < 0 ? -1 : 0;
}

static int on_scan(void *arg, size_t found)
{
    struct rescan *r = arg;
    return stopped(r, "scanning", found, 0, NULL) != 0;
}

static int look_at_files(struct rescan *r, const char *folder, struct status *st)
{
    struct scan_list list = {0};
    size_t size_count, unreadable = 0;
    struct status note = {0};
    r->by_path = malloc((r->photos.count + 1) * sizeof *r->by_path);
    int64_t *sizes = sought_sizes(r, &size_count);
    int failed = !r->by_path || !sizes ? status_out_of_memory(st) : 0;
    for (size_t i = 0; i < r->photos.count && !failed; i++)
        r->by_path[i] = &r->photos.entries[i];
    if (!failed)
        if (r->photos.count > 0)
            qsort(r->by_path, r->photos.count, sizeof *r->by_path, by_path);
    if (!failed && scan_photos(folder, on_scan, r, &list, &unreadable, &note) != 0)
        failed = status_fail(st, note.code, "%s", note.text);
    for (size_t i = 0; i < list.count && !failed; i++)
        failed = add_unknown(r, folder, &list.photos[i], sizes, size_count, st) ||
                 stopped(r, "files", i + 1, list.count, st);
    if (!failed && unreadable > 0)
        output_warn("%zu folder(s) could not be read; the first: %s", unreadable, note.text);
    scan_clear(&list);
    free(sizes);
    return failed ? -1 : 0;
}

/* ---- which is where ------------------------------------------------------------------------- */

static int match_sought(struct rescan *r, struct rescan_sought *sought, size_t *which,
                        struct status *st)
{
    size_t count = 0;
    for (size_t i = 0; i < r->photos.count; i++) {
        const struct photo_entry *e = &r->photos.entries[i];
        if (r->fates[i].fate < CHANGED || e->hash == 0)
            continue;
        which[count] = i;
        sought[count++] = (struct rescan_sought){.path = e->path, .size = e->size, .hash = e->hash};
    }
    if (rescan_match(sought, count, r->files, r->file_count, st) != 0)
        return -1;
    for (size_t k = 0; k < count; k++) {
        struct photo_fate *f = &r->fates[which[k]];
        if (sought[k].file < 0)
            continue;
        f->fate = MOVED;
        f->file = sought[k].file;
        f->unsure = sought[k].unsure;
        r->unsure += f->unsure;
    }
    return 0;
}

static int match(struct rescan *r, struct status *st)
{
    struct rescan_sought *sought = malloc((r->photos.count + 1) * sizeof *sought);
    size_t *which = malloc((r->photos.count + 1) * sizeof *which);
    int failed = !sought || !which ? status_out_of_memory(st) : match_sought(r, sought, which, st);
    free(sought);
    free(which);
    return failed;
}

/* What follows from that for places, and the sums. */
static int settle(struct rescan *r, struct status *st)
{
    for (size_t i = 0; i < r->photos.count; i++) { /* another photo has come into its place */
        struct photo_fate *f = &r->fates[i];
        if (f->fate == CHANGED && r->files[f->file].taken) {
            f->fate = MISSING;
            if (asprintf(&f->aside, "%s (missing photo %lld)", r->photos.entries[i].path,
                         (long long)r->photos.entries[i].id) < 0) {
                f->aside = NULL;
                return status_out_of_memory(st);
            }
        }
        r->counts[f->fate]++;
    }
    for (size_t i = 0; i < r->file_count; i++)
        r->unknown += !r->files[i].taken && r->files[i].at < 0;
    /* A changed photo's place was left by it, and taken by none: that file is unknown now. */
    for (size_t i = 0; i < r->file_count; i++)
        r->unknown +=
            !r->files[i].taken && r->files[i].at >= 0 && r->fates[r->files[i].at].fate == MOVED;
    return 0;
}

/* ---- the store follows ---------------------------------------------------------------------- */

/* First: without them a photo is looked at anew, whatever happens now; with those of another
 * picture it would be taken for that. */
static int forget_features(struct rescan *r, const struct photo_place *places, size_t count,
                           struct status *st)
{
    int64_t *photos = malloc((count + 1) * sizeof *photos);
    size_t changed = 0;
    if (!photos)
        return status_out_of_memory(st);
    for (size_t i = 0; i < count; i++)
        if (places[i].changed)
            photos[changed++] = places[i].photo;
    int failed = features_forget_all(&r->project, photos, changed, st);
    free(photos);
    return failed;
}

static int write_places(struct rescan *r, struct status *st)
{
    struct photo_place *places = malloc((r->photos.count + 1) * sizeof *places);
    size_t count = 0;
    if (!places)
        return status_out_of_memory(st);
    for (size_t i = 0; i < r->photos.count; i++) {
        const struct photo_entry *e = &r->photos.entries[i];
        const struct photo_fate *f = &r->fates[i];
        const struct rescan_file *c =
            f->fate == MOVED || f->fate == CHANGED ? &r->files[f->file] : NULL;
        if (f->fate == SAME || (f->fate == MISSING && !f->aside))
            continue;
        if (f->fate == MISSING) {
            places[count++] = (struct photo_place){.photo = e->id,
                                                   .path = f->aside,
                                                   .size = e->size,
                                                   .modified = e->modified,
                                                   .hash = e->hash};
            continue;
        }
        places[count++] = (struct photo_place){.photo = e->id,
                                               .path = f->fate == MOVED ? c->name : NULL,
                                               .size = c ? c->size : f->size,
                                               .modified = c ? c->modified : f->modified,
                                               .hash = f->fate == CHANGED   ? c->hash
                                                       : f->fate == TOUCHED ? f->hash
                                                                            : e->hash,
                                               .changed = f->fate == CHANGED};
    }
    int failed = forget_features(r, places, count, st) != 0 ||
                 store_place_photos(r->project.store, places, count, st) != 0;
    free(places);
    return failed ? -1 : 0;
}

static int is_unknown(const struct rescan *r, const struct rescan_file *c)
{
    return !c->taken && (c->at < 0 || r->fates[c->at].fate == MOVED);
}

/* By its content it will be found when it has moved. Of one that has gone in the meantime, or
 * cannot be read, the next rescan reads it. */
static int hash_new(struct rescan *r, struct rescan_file *c, struct status *st)
{
    char *path = c->hash ? NULL : project_photo_file(&r->project, c->name);
    if (!path)
        return c->hash ? 0 : status_out_of_memory(st);
    scan_hash_file(path, &c->hash, NULL);
    free(path);
    return atomic_load(r->cancel) ? status_fail(st, STATUS_CANCELLED, "interrupted") : 0;
}

static int add_photos(struct rescan *r, struct status *st)
{
    struct photo_new *photos = malloc((r->file_count + 1) * sizeof *photos);
    size_t count = 0;
    if (!photos)
        return status_out_of_memory(st);
    int failed = 0;
    for (size_t i = 0; i < r->file_count && !failed; i++)
        if (is_unknown(r, &r->files[i]) && (failed = hash_new(r, &r->files[i], st)) == 0)
            photos[count++] = (struct photo_new){.path = r->files[i].name,
                                                 .size = r->files[i].size,
                                                 .modified = r->files[i].modified,
                                                 .hash = r->files[i].hash,
                                                 .node = -1};
    failed = failed || store_add_photos(r->project.store, photos, count, "rescan", NULL, st);
    free(photos);
    return failed;
}

/* ---- what is said --------------------------------------------------------------------------- */

static void print_fates(const struct rescan *r, enum fate fate, const char *word)
{
    enum { MOST = 20 };
    char from[1200], to[1200];
    long shown = 0;
    for (size_t i = 0; i < r->photos.count && shown < MOST; i++) {
        if (r->fates[i].fate != fate)
            continue;
        shown++;
        output_safe(r->photos.entries[i].path, from, sizeof from);
        if (fate == MOVED)
            printf("%-8s %s -> %s%s\n", word, from,
                   output_safe(r->files[r->fates[i].file].name, to, sizeof to),
                   r->fates[i].unsure ? " (not sure)" : "");
        else
            printf("%-8s %s\n", word, from);
    }
    if (r->counts[fate] > shown)
        printf("%-8s ... and %ld more (--json names all)\n", word, r->counts[fate] - shown);
}

static void print_text(const struct rescan *r, int add)
{
    print_fates(r, MOVED, "moved");
    print_fates(r, CHANGED, "changed");
    print_fates(r, MISSING, "missing");
    printf("%ld as they were, %ld moved, %ld changed, %ld missing; %ld new%s\n",
           r->counts[SAME] + r->counts[TOUCHED], r->counts[MOVED], r->counts[CHANGED],
           r->counts[MISSING], r->unknown, r->unknown == 0 || add ? "" : " (--add takes them in)");
    if (r->unsure > 0)
        printf("%ld not sure: more photos than one had this content, and no name tells which of "
               "them it is; look at their labels\n",
               r->unsure);
}

static int print_json(const struct rescan *r)
{
    struct json j;
    json_start(&j);
    json_number(&j, NULL, "same", (double)(r->counts[SAME] + r->counts[TOUCHED]));
    json_number(&j, NULL, "new", (double)r->unknown);
    struct cJSON *moved = json_array(&j, NULL, "moved"), *changed = json_array(&j, NULL, "changed"),
                 *missing = json_array(&j, NULL, "missing"),
                 *unsure = json_array(&j, NULL, "unsure");
    for (size_t i = 0; i < r->photos.count; i++) {
        const char *path = r->photos.entries[i].path;
        if (r->fates[i].fate == CHANGED)
            json_text(&j, changed, NULL, path);
        if (r->fates[i].fate == MISSING)
            json_text(&j, missing, NULL, path);
        if (r->fates[i].fate != MOVED)
            continue;
        if (r->fates[i].unsure)
            json_text(&j, unsure, NULL, path);
        struct cJSON *o = json_object(&j, moved, NULL);
        json_text(&j, o, "from", path);
        json_text(&j, o, "to", r->files[r->fates[i].file].name);
    }
    return json_print(&j);
}

/* ---- the command ---------------------------------------------------------------------------- */

static void clear(struct rescan *r)
{
    for (size_t i = 0; i < r->file_count; i++)
        free(r->files[i].name);
    for (size_t i = 0; r->fates && i < r->photos.count; i++)
        free(r->fates[i].aside);
    free(r->files);
    free(r->fates);
    free(r->by_path);
    photos_clear(&r->photos);
    if (r->project.root)
        project_close(&r->project);
}

static int run(int argc, char **argv)
{
    struct rescan r = {0};
    int json = 0, add = 0, dry = 0;
    struct status st = {0};
    struct arguments args;
    const struct option_spec specs[] = {
        {"add", OPTION_FLAG, &add, 0, 0},     {"all", OPTION_FLAG, &r.all, 0, 0},
        {"dry-run", OPTION_FLAG, &dry, 0, 0}, {"json", OPTION_FLAG, &json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_rescan, argc, argv, specs, 1, &args) != 0)
        return args.status;
    r.cancel = interrupt_catch();
    if (project_open(NULL, &r.project, &st) != 0)
        return output_fail(&st);
    progress_start(&r.progress, "photos");
    int failed = photos_list(r.project.store, -1, &r.photos, &st) != 0 ||
                 look_at_photos(&r, &st) != 0 ||
                 look_at_files(&r, args.count > 0 ? args.at[0] : r.project.root, &st) != 0 ||
                 match(&r, &st) != 0 || settle(&r, &st) != 0;
    progress_end(&r.progress);
    if (!failed && r.unseen > 0)
        output_warn("%ld photo(s) could not be looked at and stay as they are; the first: %s",
                    r.unseen, r.blind.text);
    if (!failed && r.by_ends > 0)
        output_warn(
            "%ld photo(s) over 1 MiB came in with an earlier tend: only their first and last "
            "512 KiB were compared",
            r.by_ends);
    if (!failed && !dry)
        failed = write_places(&r, &st) != 0 || (add && add_photos(&r, &st) != 0);
    int status = failed ? output_fail(&st) : json ? print_json(&r) : 0;
    if (!failed && !json)
        print_text(&r, add);
    clear(&r);
    return status;
}

const struct command command_rescan = {
    "rescan",
    "rescan [DIR] [--add] [--all] [--dry-run] [--json]",
    "finds photos that were moved or changed since they came into the project",
    "A photo that is not where it was is looked for by its content in DIR (default: the project's folder) and\n"
    "below it; labels and reviews stay with it. Of a photo whose content is another one now the labels stay, and\n"
    "it is predicted anew: look at it again. A photo that is missing stays in the project. Of photos with the\n"
    "same content the name tells which is which; where it does not, \"not sure\" is said. Content is every byte\n"
    "of a file; of a JPEG, PNG or GIF over 4 MiB 2 MiB of it.\n\n"
    "  --add         takes in photos that the project does not know yet\n"
    "  --all         reads every photo, not only those of which size or time is another one\n"
    "  --dry-run     only tells\n"
    "  --json        one JSON object: same, new, moved[from, to], changed[], missing[], unsure[]\n",
    run,
};
