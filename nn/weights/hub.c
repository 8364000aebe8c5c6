/* Model folders.
 *
 * A folder is saved under a temporary name beside its own, made from it (".0004.tmp" for "0004"):
 * what a killed process left there is found and replaced by the next that saves the same model. A
 * lock on the temporary folder, which the system drops with the process, keeps two from saving at
 * once.
 */
#include "nn/weights/hub.h"

#include "data/default/default.h"
#include "data/file.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/config.h"
#include "nn/weights/weights.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- loading ---- */

/* Network and card out of what was read; takes the card over. config NULL: there is none. */
static int build(const struct weights *w, struct config *config, const char *architecture,
                 const char *name, struct network **network, struct model_card *card,
                 struct status *st)
{
    const char *asked = architecture;
    if (!asked && config && config->architecture[0])
        asked = config->architecture;
    *network = network_from_weights(w, asked, config ? &config->input : NULL, st);
    if (!*network)
        return status_prefix(st, "%s", name);
    int classes = (*network)->classes;
    int said = config ? (config->classes > 0 ? config->classes : config->card.classes) : 0;
    if (said > 0 && said != classes) {
        network_free(*network);
        *network = NULL;
        return status_fail(st, STATUS_CONFLICT,
                           "%s: config.json says %d classes, the weights have %d", name, said,
                           classes);
    }
    if (card && config) {
        *card = config->card;
        config->card = (struct model_card){0};
    }
    if (card)
        card->classes = classes;
    return 0;
}

static int load(const char *config_path, const char *weights_path, const char *architecture,
                const char *name, struct network **network, struct model_card *card,
                struct status *st)
{
    struct config config = {0};
    struct weights weights = {0};
    char *text = NULL;
    size_t size = 0;
    int result = -1;
    if (config_path) {
        if (file_read(config_path, CONFIG_MAX_BYTES, &text, &size, st) != 0 ||
            config_parse(text, size, config_path, &config, st) != 0)
            goto out;
    }
    if (weights_read(weights_path, &weights, st) != 0)
        goto out;
    result = build(&weights, config_path ? &config : NULL, architecture, name, network, card, st);
out:
    weights_clear(&weights);
    config_clear(&config);
    free(text);
    return result;
}

static int load_folder(const char *path, const char *architecture, struct network **network,
                       struct model_card *card, struct status *st)
{
    int result = -1;
    char *config = file_join(path, "config.json");
    char *weights = file_join(path, "model.safetensors");
    char *pickled = file_join(path, "pytorch_model.bin");
    if (!config || !weights || !pickled)
        status_out_of_memory(st);
    else if (access(weights, F_OK) != 0 && access(pickled, F_OK) != 0)
        status_fail(st, STATUS_MISSING,
                    "%s: has no model.safetensors and no pytorch_model.bin: it is not a model's "
                    "folder",
                    path);
    else
        result = load(config, access(weights, F_OK) == 0 ? weights : pickled, architecture, path,
                      network, card, st);
    free(config);
    free(weights);
    free(pickled);
    return result;
}

/* "x/config.json" for "x/model.safetensors" (or pytorch_model.bin) if it exists, malloc'd, or NULL.
 * The weights alone do not say what picture they want or, for tf_ networks, how to pad. */
static char *config_beside(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strcmp(name, "model.safetensors") != 0 && strcmp(name, "pytorch_model.bin") != 0)
        return NULL;
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
    char *config = folder ? file_join(folder, "config.json") : NULL;
    free(folder);
    if (config && access(config, F_OK) != 0) {
        free(config);
        config = NULL;
    }
    return config;
}

int model_load(const char *path, const char *architecture, struct network **network,
               struct model_card *card, struct status *st)
{
    struct stat info;
    *network = NULL;
    if (card)
        *card = (struct model_card){0};
    if (stat(path, &info) != 0)
        return status_fail_errno(st, "%s", path);
    if (S_ISDIR(info.st_mode))
        return load_folder(path, architecture, network, card, st);
    char *config = config_beside(path);
    int result = load(config, path, architecture, path, network, card, st);
    free(config);
    return result;
}

/* From memory: the embedded default network. */
static int load_memory(const void *config_bytes, size_t config_size, const void *weights_bytes,
                       size_t weights_size, const char *name, struct network **network,
                       struct model_card *card, struct status *st)
{
    struct config config = {0};
    struct weights weights = {0};
    int result = -1;
    *network = NULL;
    if (card)
        *card = (struct model_card){0};
    if (config_parse(config_bytes, config_size, name, &config, st) == 0 &&
        weights_read_memory(weights_bytes, weights_size, name, &weights, st) == 0)
        result = build(&weights, &config, NULL, name, network, card, st);
    weights_clear(&weights);
    config_clear(&config);
    return result;
}

int model_load_default(struct network **network, struct model_card *card, struct status *st)
{
    return load_memory(default_network_config, (size_t)default_network_config_size,
                       default_network_weights, (size_t)default_network_weights_size,
                       "the default network", network, card, st);
}

/* ---- saving ---- */

static int write_weights(const char *folder, const struct params *p, struct status *st)
{
    char *path = file_join(folder, "model.safetensors");
    struct weights_tensor *tensors = calloc((size_t)p->count + 1, sizeof *tensors);
    int result = -1;
    if (!path || !tensors) {
        status_out_of_memory(st);
        goto out;
    }
    for (int i = 0; i < p->count; i++) {
        const struct param *from = &p->list[i];
        tensors[i] = (struct weights_tensor){.name = from->name,
                                             .rank = from->rank,
                                             .count = from->count,
                                             .values = p->values + from->offset};
        for (int k = 0; k < from->rank; k++)
            tensors[i].dims[k] = from->dims[k];
    }
    result = weights_write_safetensors(path, tensors, (size_t)p->count, st);
out:
    free(tensors);
    free(path);
    return result;
}

static int write_config(const char *folder, const struct network *network,
                        const struct model_card *card, struct status *st)
{
    char *path = file_join(folder, "config.json"), *text = config_print(network, card);
    int result = path && text ? file_write(path, text, strlen(text), st) : status_out_of_memory(st);
    free(text);
    free(path);
    return result;
}

/* "a/b/.c.tmp" and "a/b" for "a/b/c"; malloc'd. */
static int temporary_names(const char *folder, char **temporary, char **parent, struct status *st)
{
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    *parent = start == 0 ? strdup(".") : strndup(folder, start);
    *temporary = malloc(end + 8);
    if (!*parent || !*temporary)
        return status_out_of_memory(st);
    snprintf(*temporary, end + 8, "%.*s.%.*s.tmp", (int)start, folder, (int)(end - start),
             folder + start);
    return 0;
}

/* What a killed process left of its saving; failures show when the folder is filled or renamed. */
static void empty_folder(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        closedir(d);
}

/* An empty folder of that name, locked; the caller closes the descriptor to unlock. */
static int make_locked(const char *path, struct status *st)
{
    if (file_make_folder(path, st) != 0)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_fail_errno(st, "%s", path);
    struct stat mine, there;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &mine) != 0 || stat(path, &there) != 0 ||
        mine.st_ino != there.st_ino) { /* another was faster, and may have renamed it by now */
        close(fd);
        return status_fail(st, STATUS_BUSY, "%s: the model is being saved by another process",
                           path);
    }
    empty_folder(path);
    return fd;
}

/* rename would silently take the place of an empty folder. */
static int rename_new(const char *from, const char *to, struct status *st)
{
    int failed = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (failed && (errno == EINVAL || errno == ENOSYS)) /* not every file system knows the flag */
        failed = access(to, F_OK) == 0 ? (errno = EEXIST, -1) : rename(from, to);
    return failed ? status_fail_errno(st, "%s: the model could not be saved", to) : 0;
}

int model_save(const char *folder, const struct network *network, const struct model_card *card,
               struct status *st)
{
    char *temporary = NULL, *parent = NULL;
    int result = -1, lock = -1;
    if (access(folder, F_OK) == 0)
        return status_fail(st, STATUS_CONFLICT,
                           "%s: is there already; models are never overwritten", folder);
    if (temporary_names(folder, &temporary, &parent, st) != 0)
        goto out;
    lock = make_locked(temporary, st);
    if (lock < 0)
        goto out;
    int renamed = write_weights(temporary, &network->params, st) == 0 &&
                  write_config(temporary, network, card, st) == 0 &&
                  file_sync_folder(temporary, st) == 0 && rename_new(temporary, folder, st) == 0;
    if (renamed)
        result = file_sync_folder(parent, st);
    if (result != 0)
        file_remove_tree(renamed ? folder : temporary, NULL);
out:
    if (lock >= 0)
        close(lock);
    free(temporary);
    free(parent);
    return result;
}
