#include "tui/loop/project.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "nn/network.h"

static char *tend_folder(const char *root)
{
    return file_join(root, ".tend");
}

static int read_id(struct project *p, struct status *st)
{
    char text[32];
    store_setting(p->store, "project", "", text, sizeof text);
    if (text[0]) {
        p->id = strtoull(text, NULL, 16);
        return 0;
    }
    if (getrandom(&p->id, sizeof p->id, 0) != (ssize_t)sizeof p->id)
        p->id = (uint64_t)time(NULL) * 0x9E3779B97F4A7C15u + (uint64_t)getpid();
    snprintf(text, sizeof text, "%016llx", (unsigned long long)p->id);
    return store_set_setting(p->store, "project", text, st);
}

static int check_free(const char *root, struct status *st)
{
    struct stat info;
    char *folder = tend_folder(root);
    int taken = folder && lstat(folder, &info) == 0;
    free(folder);
    if (!folder)
        return status_out_of_memory(st);
    if (!taken)
        return 0;
    return status_fail(
        st, STATUS_CONFLICT,
        "%s/.tend is there already: this folder is a project; open it with `tend`, or "
        "remove .tend to begin again (that forgets every review)",
        root);
}

/* Two at once would remove, and then name their own, what the other writes. Where the file system
 * has no locks it is as if nobody else were there. The system drops the lock with the process. */
static int lock_root(struct project *p, struct status *st)
{
    p->lock = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->lock < 0) {
        p->lock = 0;
        return status_fail_errno(st, "%s", p->root);
    }
    if (flock(p->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return status_fail(st, STATUS_BUSY, "%s: another `tend init` is at work in this folder",
                           p->root);
    return 0;
}

static void unlock_root(struct project *p)
{
    if (p->lock > 0)
        close(p->lock);
    p->lock = 0;
}

int project_begin(const char *root, int max_depth, struct project *out, struct status *st)
{
    *out = (struct project){0};
    char *database = NULL, *models = NULL, *cache = NULL;
    int result = -1;
    out->root = realpath(root, NULL);
    if (!out->root)
        return status_fail_errno(st, "%s", root);
    if (lock_root(out, st) != 0) {
        project_close(out); /* what is there is the other's */
        return -1;
    }
    out->folder = file_join(out->root, ".tend.new");
    if (!out->folder || !(database = file_join(out->folder, "project.db")) ||
        !(models = file_join(out->folder, "models")) || !(cache = file_join(out->folder, "cache")))
        status_out_of_memory(st);
    else if (check_free(out->root, st) == 0 && file_remove_tree(out->folder, st) == 0 &&
             file_make_folder(out->folder, st) == 0 && file_make_folder(models, st) == 0 &&
             file_make_folder(cache, st) == 0 &&
             store_create(database, max_depth, &out->store, st) == 0 && read_id(out, st) == 0)
        result = 0;
    free(database);
    free(models);
    free(cache);
    if (result != 0)
        project_abandon(out);
    return result;
}

void project_abandon(struct project *p)
{
    if (p->store)
        store_close(p->store);
    p->store = NULL;
    if (p->folder)
        file_remove_tree(p->folder, NULL);
    project_close(p);
}

int project_commit(struct project *p, struct status *st)
{
    char *folder = tend_folder(p->root),
         *database = folder ? file_join(folder, "project.db") : NULL;
    int result = -1;
    if (!database) {
        status_out_of_memory(st);
        goto out;
    }
    store_close(p->store); /* its files move */
    p->store = NULL;
    if (check_free(p->root, st) != 0)
        goto out;
    if (rename(p->folder, folder) != 0) {
        status_fail_errno(st, "%s", folder);
        goto out;
    }
    free(p->folder);
    p->folder = folder;
    folder = NULL;
    if (file_sync_folder(p->root, st) == 0 && store_open(database, &p->store, st) == 0) {
        result = 0;
        unlock_root(p);
    }
out:
    free(folder);
    free(database);
    return result;
}

int project_create(const char *root, int max_depth, struct project *out, struct status *st)
{
    if (project_begin(root, max_depth, out, st) != 0)
        return -1;
    if (project_commit(out, st) == 0)
        return 0;
    project_abandon(out);
    return -1;
}

/* The nearest folder at or above `from` that holds .tend; malloc'd, or NULL. */
static char *find_root(const char *from, struct status *st)
{
    char *root = realpath(from, NULL);
    if (!root) {
        status_fail_errno(st, "%s", from);
        return NULL;
    }
    char start[PATH_MAX];
    snprintf(start, sizeof start, "%s", root);
    for (;;) {
        struct stat info;
        char *folder = tend_folder(root);
        if (!folder) {
            status_out_of_memory(st);
            free(root);
            return NULL;
        }
        int found = stat(folder, &info) == 0 && S_ISDIR(info.st_mode);
        free(folder);
        if (found)
            return root;
        char *slash = strrchr(root, '/');
        if (!slash || strcmp(root, "/") == 0)
            break;
        slash[slash == root ? 1 : 0] = 0;
    }
    free(root);
    status_fail(st, STATUS_MISSING,
                "no project in %s or above it: make one with `tend init PHOTO_FOLDER`", start);
    return NULL;
}

int project_open(const char *from, struct project *out, struct status *st)
{
    *out = (struct project){0};
    char *database = NULL;
    out->root = find_root(from ? from : ".", st);
    if (!out->root)
        return -1;
    out->folder = tend_folder(out->root);
    database = out->folder ? file_join(out->folder, "project.db") : NULL;
    int result = -1;
    if (!database)
        status_out_of_memory(st);
    else if (store_open(database, &out->store, st) == 0 && read_id(out, st) == 0)
        result = 0;
    free(database);
    if (result != 0)
        project_close(out);
    return result;
}

void project_close(struct project *p)
{
    if (p->store)
        store_close(p->store);
    unlock_root(p);
    free(p->root);
    free(p->folder);
    *p = (struct project){0};
}

char *project_photo_file(const struct project *p, const char *photo_path)
{
    return file_join(p->root, photo_path);
}

char *project_model_folder(const struct project *p, int number)
{
    char name[64];
    snprintf(name, sizeof name, "models/%04d", number);
    return file_join(p->folder, name);
}

/* Fills card->nodes by number when the card speaks of this project, else by names. */
static int place_classes(struct project *p, struct model_card *card, struct status *st)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    int ours = card->nodes && card->project == p->id;
    if (!card->nodes) {
        card->nodes = malloc((size_t)(card->classes > 0 ? card->classes : 1) * sizeof *card->nodes);
        if (!card->nodes)
            return status_out_of_memory(st);
    }
    for (int k = 0; k < card->classes; k++) {
        const char *name = card->label_names ? card->label_names[k] : NULL;
        if (!ours)
            card->nodes[k] = name && *name ? taxonomy_resolve_text(t, name, NULL) : -1;
        else
            card->nodes[k] = taxonomy_now(t, card->nodes[k]);
    }
    return 0;
}

int project_load_model(struct project *p, int number, struct network **network,
                       struct model_card *card, struct status *st)
{
    if (number == 0)
        number = store_current_model(p->store);
    if (number == 0) {
        if (model_load_default(network, card, st) != 0)
            return -1;
    } else {
        char *folder = project_model_folder(p, number);
        if (!folder)
            return status_out_of_memory(st);
        int failed = model_load(folder, NULL, network, card, st);
        free(folder);
        if (failed)
            return status_prefix(st, "model %d cannot be loaded; `tend models` lists the others",
                                 number);
    }
    if (place_classes(p, card, st) == 0)
        return 0;
    network_free(*network);
    *network = NULL;
    model_card_clear(card);
    return -1;
}

static int name_classes(struct project *p, struct model_card *card, struct status *st)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    char text[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 4)];
    for (int k = 0; k < card->classes; k++) {
        if (card->nodes[k] < 0)
            continue;
        char *name = strdup(taxonomy_format(t, card->nodes[k], " > ", text, sizeof text));
        if (!name)
            return status_out_of_memory(st);
        free(card->label_names[k]);
        card->label_names[k] = name;
    }
    card->project = p->id;
    return 0;
}

int project_add_model(struct project *p, const struct network *network, struct model_card *card,
                      struct model_record *record, int use, struct status *st)
{
    if (name_classes(p, card, st) != 0)
        return -1;
    for (int attempt = 0;; attempt++) {
        int number = store_next_model(p->store, st);
        if (number < 0)
            return -1;
        number += attempt; /* a folder that a crash or another process left keeps its number */
        char *folder = project_model_folder(p, number);
        struct stat info;
        if (!folder)
            return status_out_of_memory(st);
        if (lstat(folder, &info) == 0 && attempt < 100) {
            free(folder);
            continue;
        }
        record->number = number;
        struct status problem = {0};
        int failed = model_save(folder, network, card, &problem) != 0;
        int taken =
            failed && problem.code == STATUS_BUSY; /* being saved under this number by another */
        if (!failed && store_add_model(p->store, record, use, &problem) != 0) {
            file_remove_tree(folder, NULL);
            failed = 1;
        }
        free(folder);
        taken |= failed && problem.code == STATUS_CONFLICT; /* has just been saved, or registered */
        if (taken && attempt < 100)
            continue;
        if (failed)
            status_fail(st, problem.code, "%s", problem.text);
        return failed ? -1 : 0;
    }
}

int project_untaught_model(struct project *p, int model)
{
    struct model_record record;
    int at = model;
    while (at > 0 && store_model(p->store, at, &record, NULL) == 0) {
        if (strcmp(record.depth, depth_name(DEPTH_BLOCKS)) != 0 &&
            strcmp(record.depth, depth_name(DEPTH_FULL)) != 0)
            return record.removed ? model : at;
        at = record.parent;
    }
    return model;
}

char *project_user(const char *given)
{
    if (given && *given)
        return strdup(given);
    const struct passwd *user = getpwuid(geteuid());
    return strdup(user && user->pw_name && *user->pw_name ? user->pw_name : "somebody");
}

static const char *settled_name(int model, char name[40])
{
    snprintf(name, 40, "settled_%d", model);
    return name;
}

int64_t project_settled(struct project *p, int model)
{
    char name[40], value[40];
    store_setting(p->store, settled_name(model, name), "0", value, sizeof value);
    return strtoll(value, NULL, 10);
}

int project_set_settled(struct project *p, int model, int64_t event, struct status *st)
{
    char name[40], value[40];
    snprintf(value, sizeof value, "%lld", (long long)event);
    return store_set_setting(p->store, settled_name(model, name), value, st);
}

void project_log(const struct project *p, const char *format, ...)
{
    char *path = file_join(p->folder, "tend.log");
    FILE *log = path ? fopen(path, "ae") : NULL;
    free(path);
    if (!log)
        return;
    char when[32];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    va_list args;
    va_start(args, format);
    fprintf(log, "%s ", when);
    vfprintf(log, format, args);
    fputc('\n', log);
    va_end(args);
    fclose(log);
}
