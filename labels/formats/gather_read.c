/* What a file says of a photo beside its label: where it is, its split, when it was said. */
#include "labels/formats/gather.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/file.h"
#include "data/image.h"
#include "data/status.h"
#include "labels/text.h"

char *gather_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup("");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* ---- the file -------------------------------------------------------------------------------- */

/* By its name, as folders are scanned; else by its first bytes. */
static int is_picture(const char *file)
{
    unsigned char head[512];
    struct image_info info;
    struct status unreadable = {0};
    if (image_has_photo_name(file))
        return 1;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0)
        close(fd);
    return size > 0 && image_probe(head, (size_t)size, file, &info, &unreadable) == 0;
}

static int is_own(const char *path)
{
    return strncmp(path, ".tend/", 6) == 0 || strstr(path, "/.tend/") != NULL;
}

/* A photo called just so in that folder: its path, malloc'd, or NULL; *lost: memory is out. */
static char *find_in(struct gather *g, const char *folder, const char *name,
                     struct photo_new *photo, struct status *problem, int *lost)
{
    struct stat info;
    char shown[TEXT_SHOWN], *path = NULL, *file = file_join(folder, name);
    int found = file && stat(file, &info) == 0 && S_ISREG(info.st_mode);
    if (found)
        path = format_photo_name(g->options->root, folder, name);
    *lost = !file || (found && !path);
    if (path && (is_own(path) || !is_picture(file))) {
        status_fail(problem, STATUS_UNSUPPORTED, "'%s' is no picture",
                    text_show(name, shown, sizeof shown));
        free(path);
        path = NULL;
    }
    free(file);
    if (path) {
        photo->size = info.st_size;
        photo->modified = info.st_mtime;
    }
    return path;
}

/* The same in `folder`, else in the project. */
static char *find_called(struct gather *g, const char *folder, const char *name,
                         struct photo_new *photo, struct status *problem, int *lost)
{
    char *path = find_in(g, folder, name, photo, problem, lost);
    return path || *lost ? path : find_in(g, g->options->root, name, photo, problem, lost);
}

/* As people and other systems write it: without the blanks around, "\\" for "/". */
static void spell_plainly(char *name)
{
    size_t size = strlen(name);
    const char *kept = text_trim(name, &size);
    memmove(name, kept, size);
    name[size] = '\0';
    for (char *at = name; (at = strchr(at, '\\'));)
        *at = '/';
}

char *gather_find(struct gather *g, const char *folder, const char *name, struct photo_new *photo,
                  struct status *problem, struct status *st)
{
    char shown[TEXT_SHOWN], *plain = NULL;
    int lost = 0;
    struct status why = {0};
    char *path = find_called(g, folder, name, photo, &why, &lost);
    if (!path && !lost && !(plain = strdup(name)))
        lost = 1;
    if (plain) {
        spell_plainly(plain);
        if (*plain && strcmp(plain, name) != 0)
            path = find_called(g, folder, plain, photo, &why, &lost);
        free(plain);
    }
    if (lost)
        status_out_of_memory(st);
    else if (!path && why.code != STATUS_OK)
        status_fail(problem, why.code, "%s", why.text);
    else if (!path)
        status_fail(problem, STATUS_MISSING, "there is no photo '%s'%s",
                    text_show(name, shown, sizeof shown),
                    text_check(name, strlen(name)) == TEXT_NOT_UTF8
                        ? " (not UTF-8: save the file as UTF-8, Excel's 'CSV UTF-8')"
                        : "");
    return path;
}

/* ---- its split and its time ------------------------------------------------------------------ */

int gather_split(const char *text, struct photo_new *photo, struct status *problem)
{
    char name[16] = "", shown[TEXT_SHOWN];
    size_t size = strlen(text);
    const char *kept = text_trim(text, &size);
    snprintf(name, sizeof name, "%.*s", (int)(size < 15 ? size : 15), kept);
    int split = split_from_name(name);
    if (split < 0)
        return status_fail(problem, STATUS_INVALID, "a split is train, val or test, not '%s'",
                           text_show(text, shown, sizeof shown));
    photo->split = (enum split)split;
    return 0;
}

/* "Z", "+02:00", "-0530" or nothing: seconds ahead of UTC; *rest goes behind it. */
static int64_t read_zone(char **rest)
{
    int hours = 0, minutes = 0, used = 0, sign = **rest == '-' ? -1 : 1;
    if (**rest == 'Z')
        ++*rest;
    else if ((**rest == '+' || **rest == '-') &&
             (sscanf(*rest + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 ||
              sscanf(*rest + 1, "%2d%2d%n", &hours, &minutes, &used) == 2))
        *rest += 1 + used;
    return sign * 60 * (int64_t)(hours * 60 + minutes);
}

int gather_time(const char *text, int64_t *time, struct status *problem)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
                                        "%Y:%m:%d %H:%M:%S", /* as EXIF has it */
                                        "%Y-%m-%d"};
    static const double first_milliseconds = 1e11; /* as seconds: the year 5138 */
    char shown[TEXT_SHOWN], *end = NULL;
    size_t size = strlen(text);
    const char *kept = text_trim(text, &size);
    *time = 0;
    if (size == 0)
        return 0;
    double number = kept[strspn(kept, "0123456789.")] ? 0 : strtod(kept, &end);
    if (number > 0 && end == kept + size && number < 1e15) {
        *time = (int64_t)(number < first_milliseconds ? number * 1000 : number);
        return 0;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        char *rest = strptime(kept, forms[i], &tm);
        int thousandths = 0;
        if (rest && *rest == '.')
            for (int unit = 100; *++rest >= '0' && *rest <= '9'; unit /= 10)
                thousandths += unit * (*rest - '0');
        int64_t ahead = rest ? read_zone(&rest) : 0;
        if (rest == kept + size) {
            *time = ((int64_t)timegm(&tm) - ahead) * 1000 + thousandths;
            return 0;
        }
    }
    return status_fail(problem, STATUS_INVALID, "a time is like 2026-11-30T12:34:56Z, not '%s'",
                       text_show(text, shown, sizeof shown));
}
