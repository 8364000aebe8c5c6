/* Cuts the power at moments of a trace that faults.c wrote, and runs a check on each state of the
 * disk that may be left.
 *
 *     cut [-n CUTS] [-s SEED] TRACE BEFORE FOLDER OUT CHECK
 *
 * BEFORE is a copy of FOLDER from before the trace. At each of CUTS moments, spread over the trace,
 * what fsync had not yet put on the disk is lost in part: of each file's writes and cuts since its
 * last fsync none, all, some or some sectors are there, in no order; of the folders' changes since
 * their own fsync the first few, in their order, as journals of file systems keep them. The state
 * goes to OUT, and `CHECK OUT LINE` is run through the shell, LINE being the last mark before the
 * cut with its blanks, or nothing. Exit status: how many checks failed, at most 100. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/rng.h"
#include "data/status.h"

enum { PATH = 4096, SECTOR = 512 };

struct bytes {
    unsigned char *at;
    size_t size;
};

struct write { /* data NULL: the file is cut to `offset` */
    size_t offset, size;
    unsigned char *data;
};

struct entry {
    char *name;
    int node;
};

/* What changes a folder: `node` appears as name (-1: the name goes); a rename is two of these that
 * happen together. */
struct change {
    int folder, node, with_next;
    char *name;
};

struct node {
    int folder;
    struct bytes live, disk;
    struct write *writes;
    int write_count;
    struct entry *entries, *disk_entries;
    int entry_count, disk_count;
};

static struct disk {
    struct node *nodes;
    int count;
    struct change *changes; /* not yet on the disk */
    int change_count;
} d;

static void *grow(void *array, int count, size_t size)
{
    void *larger =
        (count & (count - 1)) ? array : realloc(array, (count ? 2 * (size_t)count : 1) * size);
    if (!larger)
        abort();
    return larger;
}

static int node_new(int folder)
{
    d.nodes = grow(d.nodes, d.count, sizeof *d.nodes);
    d.nodes[d.count] = (struct node){.folder = folder};
    return d.count++;
}

static int entry_find(const struct entry *e, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(e[i].name, name) == 0)
            return i;
    return -1;
}

static void entry_set(struct entry **e, int *count, const char *name, int node)
{
    int i = entry_find(*e, *count, name);
    if (i >= 0 && node >= 0) {
        (*e)[i].node = node;
    } else if (i >= 0) {
        free((*e)[i].name);
        (*e)[i] = (*e)[--*count];
    } else if (node >= 0) {
        *e = grow(*e, *count, sizeof **e);
        (*e)[(*count)++] = (struct entry){strdup(name), node};
    }
}

static void bytes_write(struct bytes *b, const struct write *w)
{
    size_t end = w->data ? w->offset + w->size : w->offset;
    if (end > b->size || !w->data) {
        unsigned char *at = realloc(b->at, end + 1);
        if (!at)
            abort();
        if (end > b->size)
            memset(at + b->size, 0, end - b->size);
        b->at = at;
        b->size = end;
    }
    if (w->data)
        memcpy(b->at + w->offset, w->data, w->size);
}

/* The folder of a path below the root and its last name; -1 if there is none. */
static int resolve(const char *path, char name[PATH])
{
    int at = 0;
    char text[PATH], *save = NULL;
    snprintf(text, sizeof text, "%s", path);
    char *part = strtok_r(text, "/", &save);
    name[0] = 0;
    for (char *next; part; part = next) {
        next = strtok_r(NULL, "/", &save);
        if (!next) {
            snprintf(name, PATH, "%s", part);
            break;
        }
        int i = entry_find(d.nodes[at].entries, d.nodes[at].entry_count, part);
        if (i < 0)
            return -1;
        at = d.nodes[at].entries[i].node;
    }
    return at;
}

static int node_at(const char *path)
{
    char name[PATH];
    int folder = resolve(path, name);
    if (folder < 0 || !name[0])
        return folder;
    int i = entry_find(d.nodes[folder].entries, d.nodes[folder].entry_count, name);
    return i < 0 ? -1 : d.nodes[folder].entries[i].node;
}

static void change(int folder, const char *name, int node, int with_next)
{
    struct node *f = &d.nodes[folder];
    entry_set(&f->entries, &f->entry_count, name, node);
    d.changes = grow(d.changes, d.change_count, sizeof *d.changes);
    d.changes[d.change_count++] = (struct change){folder, node, with_next, strdup(name)};
}

static void change_apply(const struct change *c)
{
    struct node *f = &d.nodes[c->folder];
    entry_set(&f->disk_entries, &f->disk_count, c->name, c->node);
}

/* fsync: of a folder, all changes up to its last one (a journal keeps their order). */
static void sync_node(int node)
{
    struct node *n = &d.nodes[node];
    for (int i = 0; i < n->write_count; i++) {
        bytes_write(&n->disk, &n->writes[i]);
        free(n->writes[i].data);
    }
    n->write_count = 0;
    int last = -1;
    for (int i = 0; i < d.change_count && n->folder; i++)
        if (d.changes[i].folder == node)
            last = i;
    while (last >= 0 && d.changes[last].with_next)
        last++;
    for (int i = 0; i <= last; i++) {
        change_apply(&d.changes[i]);
        free(d.changes[i].name);
    }
    d.change_count -= last + 1;
    memmove(d.changes, d.changes + last + 1, (size_t)d.change_count * sizeof *d.changes);
}

static void write_node(int node, size_t offset, const unsigned char *data, size_t size)
{
    struct node *n = &d.nodes[node];
    struct write w = {offset, size, data ? malloc(size + 1) : NULL};
    if (data)
        memcpy(w.data, data, size);
    n->writes = grow(n->writes, n->write_count, sizeof *n->writes);
    n->writes[n->write_count++] = w;
    bytes_write(&n->live, &w);
}

static void rename_node(const char *from, const char *to)
{
    char a[PATH], b[PATH];
    int node = node_at(from), f = resolve(from, a), t = resolve(to, b);
    if (node < 0 || f < 0 || t < 0)
        return;
    change(f, a, -1, 1);
    change(t, b, node, 0);
}

/* Files that are there before. */
static void load(int folder, const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char below[PATH];
        struct stat info;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            snprintf(below, sizeof below, "%s/%s", path, e->d_name) >= PATH ||
            lstat(below, &info) != 0)
            continue;
        int node = node_new(S_ISDIR(info.st_mode));
        change(folder, e->d_name, node, 0);
        if (S_ISDIR(info.st_mode)) {
            load(node, below);
        } else if (S_ISREG(info.st_mode)) {
            char *bytes;
            size_t size;
            struct status st;
            if (file_read(below, 1 << 28, &bytes, &size, &st) != 0)
                abort();
            write_node(node, 0, (unsigned char *)bytes, size);
            free(bytes);
        }
        sync_node(node);
    }
    if (dir)
        closedir(dir);
    sync_node(folder);
}

/* ---- what is left ---------------------------------------------------------------------------- */

/* A write of which some sectors came to the disk. */
static void write_torn(struct bytes *b, const struct write *w, struct rng *r)
{
    for (size_t at = 0; w->data && at < w->size;) {
        size_t end = (w->offset + at) / SECTOR * SECTOR + SECTOR - w->offset;
        if (end > w->size)
            end = w->size;
        struct write part = {w->offset + at, end - at, w->data + at};
        if (rng_below(r, 2))
            bytes_write(b, &part);
        at = end;
    }
}

static void put_file(const struct node *n, const char *path, struct rng *r)
{
    enum { NONE, ALL, SOME, TORN, MODES };
    struct bytes b = {malloc(n->disk.size + 1), n->disk.size};
    int mode = (int)rng_below(r, MODES);
    if (n->disk.size)
        memcpy(b.at, n->disk.at, n->disk.size);
    for (int i = 0; i < n->write_count; i++) {
        int kept = mode == ALL || (mode != NONE && rng_below(r, 2));
        if (kept)
            bytes_write(&b, &n->writes[i]);
        else if (mode == TORN)
            write_torn(&b, &n->writes[i], r);
    }
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b.at, 1, b.size, f) != b.size || fclose(f) != 0)
        abort();
    free(b.at);
}

static void put(int folder, const char *path, struct rng *r)
{
    const struct node *f = &d.nodes[folder];
    mkdir(path, 0777);
    for (int i = 0; i < f->disk_count; i++) {
        char below[PATH];
        int node = f->disk_entries[i].node;
        snprintf(below, sizeof below, "%s/%s", path, f->disk_entries[i].name);
        if (d.nodes[node].folder)
            put(node, below, r);
        else
            put_file(&d.nodes[node], below, r);
    }
}

struct kept {
    struct entry *entries;
    int count;
};

/* The first few changes of folders come to the disk; afterwards all is as it was. */
static void put_cut(const char *out, struct rng *r)
{
    struct kept *kept = calloc((size_t)d.count, sizeof *kept);
    for (int i = 0; i < d.count; i++) {
        struct node *n = &d.nodes[i];
        for (int k = 0; k < n->disk_count; k++)
            entry_set(&kept[i].entries, &kept[i].count, n->disk_entries[k].name,
                      n->disk_entries[k].node);
    }
    int first = (int)rng_below(r, (uint32_t)d.change_count + 1);
    while (first > 0 && d.changes[first - 1].with_next)
        first--;
    for (int i = 0; i < first; i++)
        change_apply(&d.changes[i]);
    struct status st;
    if (file_remove_tree(out, &st) != 0)
        abort();
    put(0, out, r);
    for (int i = 0; i < d.count; i++) {
        struct node *n = &d.nodes[i];
        for (int k = 0; k < n->disk_count; k++)
            free(n->disk_entries[k].name);
        free(n->disk_entries);
        n->disk_entries = kept[i].entries;
        n->disk_count = kept[i].count;
    }
    free(kept);
}

/* ---- the trace ------------------------------------------------------------------------------- */

struct call {
    char kind, path[PATH], to[PATH];
    long long offset;
    size_t size;
    unsigned char *data;
};

static int read_call(FILE *f, struct call *c)
{
    char *line = NULL, *tab;
    size_t room = 0;
    int used = 0, ok = getline(&line, &room, f) > 0 &&
                       sscanf(line, "%c %lld %zu %n", &c->kind, &c->offset, &c->size, &used) == 3;
    if (ok && (tab = strchr(line, '\t'))) {
        snprintf(c->path, PATH, "%.*s", (int)(tab - line) - used, line + used);
        snprintf(c->to, PATH, "%.*s", (int)strcspn(tab + 1, "\n"), tab + 1);
        c->data = malloc(c->size + 1);
        ok = c->data && fread(c->data, 1, c->size, f) == c->size;
        c->data[ok ? c->size : 0] = 0;
    }
    free(line);
    return ok;
}

static void replay(const struct call *c, size_t root)
{
    char name[PATH];
    const char *path = c->path + root;
    int node = node_at(path), folder = resolve(path, name);
    switch (c->kind) {
    case 'O':
        if (node < 0 && folder >= 0)
            change(folder, name, node_new(0), 0);
        else if (node >= 0 && c->offset == 0)
            write_node(node, 0, NULL, 0);
        break;
    case 'M':
        if (node < 0 && folder >= 0)
            change(folder, name, node_new(1), 0);
        break;
    case 'U':
        if (node >= 0)
            change(folder, name, -1, 0);
        break;
    case 'W':
        if (node >= 0)
            write_node(node, c->offset < 0 ? d.nodes[node].live.size : (size_t)c->offset, c->data,
                       c->size);
        break;
    case 'T':
        if (node >= 0)
            write_node(node, (size_t)c->offset, NULL, 0);
        break;
    case 'S':
        if (node >= 0)
            sync_node(node);
        break;
    case 'R': rename_node(path, c->to + root); break;
    default: break;
    }
}

/* Of a screen: the number in front of "reviewed today"; "" when it says none. */
static void take_mark(const unsigned char *text, char mark[32])
{
    const char *found = strstr((const char *)text, " reviewed today"), *start = found;
    while (start && start > (const char *)text && start[-1] >= '0' && start[-1] <= '9')
        start--;
    if (found && found > start)
        snprintf(mark, 32, "%.*s", (int)(found - start), start);
}

static long count_calls(FILE *f)
{
    struct call c = {0};
    long count = 0;
    while (read_call(f, &c)) {
        free(c.data);
        count++;
    }
    rewind(f);
    return count;
}

int main(int argc, char **argv)
{
    long cuts = 100, done = 0, seed = 1;
    int failed = 0, option;
    while ((option = getopt(argc, argv, "n:s:")) != -1)
        *(option == 'n' ? &cuts : &seed) = atol(optarg);
    FILE *trace = argc - optind == 5 ? fopen(argv[optind], "rb") : NULL;
    if (!trace)
        return 125;
    const char *folder = argv[optind + 2], *out = argv[optind + 3], *check = argv[optind + 4];
    struct call c = {0};
    struct rng r;
    char mark[32] = "", command[2 * PATH];
    long calls = count_calls(trace), at = 0;
    rng_seed(&r, (uint64_t)seed, 0);
    load(node_new(1), argv[optind + 1]);
    for (; read_call(trace, &c); at++) {
        if (c.kind == 'A')
            take_mark(c.data, mark);
        else
            replay(&c, strlen(folder));
        free(c.data);
        if (rng_below(&r, (uint32_t)(calls - at)) >= (uint32_t)(cuts - done))
            continue; /* each set of so many moments is as likely */
        done++;
        put_cut(out, &r);
        snprintf(command, sizeof command, "%s '%s' '%s'", check, out, mark);
        if (system(command) != 0) {
            printf("FAIL cut after call %ld of %ld (%c %s), seed %ld, mark '%s'\n", at + 1, calls,
                   c.kind, c.path, seed, mark);
            failed++;
        }
    }
    printf("%ld cuts in %ld calls, %d failed\n", done, calls, failed);
    return failed > 100 ? 100 : failed;
}
