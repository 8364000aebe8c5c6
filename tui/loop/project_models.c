/* What a model takes on disk, and taking it away. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/loop/features.h"
#include "tui/loop/project.h"

int project_remove_model(struct project *p, int number, struct status *st)
{
    struct model_record m;
    if (store_model(p->store, number, &m, st) != 0)
        return -1;
    if (m.removed)
        return status_fail(st, STATUS_INVALID, "model %d was removed already", number);
    if (number == store_current_model(p->store))
        return status_fail(st, STATUS_INVALID, "model %d is in use; go to another one first",
                           number);
    /* Marked first: files of a removed model that a crash leaves are harmless, a model without
     * files is not. */
    char *folder = project_model_folder(p, number);
    m.removed = 1;
    int failed = folder ? store_update_model(p->store, &m, st) : status_out_of_memory(st);
    if (!failed)
        failed = file_remove_tree(folder, st);
    free(folder);
    if (!failed)
        features_remove(p, number);
    return failed ? -1 : 0;
}

int64_t project_model_bytes(const struct project *p, int number)
{
    char *folder = project_model_folder(p, number);
    DIR *dir = folder ? opendir(folder) : NULL;
    int64_t bytes = 0;
    struct stat info;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (fstatat(dirfd(dir), e->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            bytes += info.st_size;
    if (dir)
        closedir(dir);
    free(folder);
    return bytes;
}
