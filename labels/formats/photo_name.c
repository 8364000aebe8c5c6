/* Names of photos. A path is first folded as text and compared with the root: so a symbolic link to
 * a folder of photos inside the project keeps its name. Only what does not lie below the root that
 * way is asked of the file system, which also finds a project that is reached through a link. */
#include "labels/formats/format.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"

/* Folds "//", "/./" and "/../" in place; path is absolute. */
static void fold(char *path)
{
    char *to = path;
    for (const char *at = path; *at;) {
        while (*at == '/')
            at++;
        size_t length = strcspn(at, "/");
        if (length == 2 && at[0] == '.' && at[1] == '.') {
            while (to > path && *--to != '/')
                ;
        } else if (length > 0 && !(length == 1 && at[0] == '.')) {
            *to++ = '/';
            memmove(to, at, length);
            to += length;
        }
        at += length;
    }
    if (to == path)
        *to++ = '/';
    *to = 0;
}

/* The part of path below root, or NULL. */
static const char *below(const char *root, const char *path)
{
    size_t length = strlen(root);
    if (strcmp(root, "/") == 0)
        return path[1] ? path + 1 : NULL;
    return strncmp(path, root, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static char *absolute(const char *folder, const char *name)
{
    char *joined = file_join(folder, name);
    if (!joined || joined[0] == '/')
        return joined;
    char *here = realpath(".", NULL);
    char *path = file_join(here ? here : "/", joined);
    free(here);
    free(joined);
    return path;
}

/* With the folder's links followed; NULL when the folder is not there. */
static char *followed(char *path)
{
    char real[PATH_MAX];
    char *slash = strrchr(path, '/');
    *slash = 0;
    const char *found = realpath(slash == path ? "/" : path, real);
    *slash = '/';
    return found ? file_join(real, slash + 1) : NULL;
}

char *format_photo_name(const char *root, const char *folder, const char *name)
{
    char *path = absolute(folder, name);
    if (!path)
        return NULL;
    fold(path);
    const char *rest = below(root, path);
    if (!rest) {
        char *real = followed(path);
        if (real) {
            free(path);
            path = real;
            rest = below(root, path);
        }
    }
    char *result = strdup(rest ? rest : path);
    free(path);
    return result;
}

char *format_relative_name(const char *root, const char *photo)
{
    size_t same = 0, up = 0;
    if (photo[0] != '/')
        return strdup(photo);
    for (size_t i = 0; root[i] == photo[i] || (!root[i] && photo[i] == '/'); i++) {
        if (!root[i] || root[i] == '/')
            same = i + 1; /* past a '/' both have, or where root ends and photo goes on below it */
        if (!root[i])
            return strdup(photo[i] ? photo + same : "."); /* the root itself is no photo */
    }
    for (const char *rest = root + same; *rest; rest += strcspn(rest, "/"), rest += *rest == '/')
        up++;
    char *name = malloc(3 * up + strlen(photo + same) + 1);
    for (size_t i = 0; name && i < up; i++)
        memcpy(name + 3 * i, "../", 3);
    if (name)
        strcpy(name + 3 * up, photo + same);
    return name;
}
