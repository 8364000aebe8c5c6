/* tend doctor: what can be found out about terminal, machine, build and project; and, for
 * --privacy, every file that tend keeps and what it holds. */
#include <dlfcn.h>
#include <fnmatch.h>
#include <fts.h>
#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/decoder.h"
#include "data/file.h"
#include "data/status.h"
#include "nn/engine.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"
#include "tui/terminal/keymap.h"
#include "tui/terminal/terminal.h"

extern const struct command command_doctor;

/* ---- terminal ------------------------------------------------------------------------------- */

static void print_terminal(enum graphics wanted)
{
    struct terminal_info info;
    struct status st = {0};
    char safe[600];
    const char *term = getenv("TERM");
    puts("terminal");
    printf("  TERM        %s\n", term ? output_safe(term, safe, sizeof safe) : "not set");
    if (terminal_probe(wanted, &info, &st) != 0) {
        printf("  not asked   %s\n", output_safe(st.text, safe, sizeof safe));
        return;
    }
    printf("  name        %s\n",
           info.name[0] ? output_safe(info.name, safe, sizeof safe) : "(does not say)");
    printf("  size        %d columns, %d rows; a cell is %d x %d pixels (%s)\n", info.cols,
           info.rows, info.cell_width, info.cell_height,
           info.cell_source ? info.cell_source : "assumed");
    printf("  pictures    %s: %s\n", graphics_name(info.graphics),
           output_safe(info.why, safe, sizeof safe));
    if (info.graphics == GRAPHICS_SIXEL)
        printf("  registers   %d\n", info.registers);
    printf("  colours     %d, background #%06x\n", info.colors, info.background);
    printf("  updates     %s\n", info.synchronized ? "synchronized (mode 2026)" : "plain");
}

/* ---- machine and build ---------------------------------------------------------------------- */

static void print_cpu(void)
{
    char line[400], safe[600];
    FILE *info = fopen("/proc/cpuinfo", "re");
    puts("processor");
    while (info && fgets(line, sizeof line, info)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        colon[strcspn(colon, "\n")] = 0;
        printf("  name        %s\n", output_safe(colon + 1 + (colon[1] == ' '), safe, sizeof safe));
        break;
    }
    if (info)
        fclose(info);
    cpu_set_t set;
    long usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
    printf("  cores       %ld, of which this process may use %ld\n", sysconf(_SC_NPROCESSORS_ONLN),
           usable);
    printf("  kernels     %s (TEND_CPU=avx512, avx2 or plain forces one)\n", engine_kernels());
}

/* The libraries' own words: their headers belong to other modules. */
static void print_version(const char *name, const char *function)
{
    const char *(*version)(void);
    char safe[400];
    *(void **)&version = dlsym(RTLD_DEFAULT, function);
    if (!version)
        return;
    const char *text = version();
    if (strncmp(text, name, strlen(name)) == 0) /* ncurses says its name, too */
        text += strlen(name) + strspn(text + strlen(name), " ");
    printf("  %-10s  %s\n", name, output_safe(text, safe, sizeof safe));
}

static int print_sixel(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    if (!strstr(info->dlpi_name, "libsixel"))
        return 0;
    char *real = realpath(info->dlpi_name, NULL), safe[1200];
    printf("  libsixel    %s\n", output_safe(real ? real : info->dlpi_name, safe, sizeof safe));
    free(real);
    return 1;
}

static void print_build(void)
{
    printf("build\n  tend        %s, compiled by %s %s\n", TEND_VERSION,
#ifdef __clang__
           "clang",
#else
           "gcc",
#endif
           __VERSION__);
    print_version("SQLite", "sqlite3_libversion");
    print_version("OpenBLAS", "openblas_get_config");
    print_version("ncurses", "curses_version");
    print_version("cJSON", "cJSON_Version");
    dl_iterate_phdr(print_sixel, NULL);
}

/* How far a photo is kept from doing harm. */
static void print_photos(void)
{
    struct status st = {0};
    struct decoders *d = decoders_new(&st);
    char safe[600];
    int filtered = d ? decoders_filtered(d, &st) : -1;
    if (filtered < 0)
        printf("photos\n  decoding    %s\n", output_safe(st.text, safe, sizeof safe));
    else
        printf(
            "photos\n  decoding    in a process of its own, at most %d s of work and %d MB of memory; %s\n",
            DECODER_SECONDS, DECODER_MEMORY,
            filtered ? "it can open nothing (seccomp)"
                     : "it can open no file, but this kernel has no seccomp to forbid the rest");
    decoders_free(d);
}

/* ---- project -------------------------------------------------------------------------------- */

static int count_model(void *arg, const struct model_record *m)
{
    *(int *)arg += !m->removed;
    return 0;
}

static int print_project(struct project *p, struct status *st)
{
    struct store_counts n;
    int models = 0;
    char a[OUTPUT_COUNT], b[OUTPUT_COUNT], c[OUTPUT_COUNT], d[OUTPUT_COUNT], safe[1200];
    if (store_count(p->store, &n, st) != 0 ||
        store_each_model(p->store, count_model, &models, st) != 0)
        return -1;
    printf("project\n  folder      %s\n", output_safe(p->root, safe, sizeof safe));
    if (store_check(p->store, st) != 0)
        return -1;
    puts("  database    whole");
    printf("  photos      %s, %s with a label, %s reviewed, %s of split test\n",
           output_count(n.photos, a), output_count(n.labelled, b), output_count(n.reviewed, c),
           output_count(n.test, d));
    printf("  labels      %d in the tree, at most %d levels\n",
           taxonomy_count(store_taxonomy(p->store)), taxonomy_max_depth(store_taxonomy(p->store)));
    printf("  models      %d, in use: %d; it has predicted %s photos\n", models,
           store_current_model(p->store), output_count(n.predicted, a));
    return 0;
}

/* What a file below .tend holds, by its place; the first pattern that fits. They are the names that
 * tend gives, whole: of anything else nothing is promised. */
static const char *contents(const char *path)
{
#define NUMBER  "+([0-9])"
#define WRITING ".tend-" NUMBER "-" NUMBER ".tmp"
#define SQLITE  "?(-journal|-wal|-shm)"
    static const char writing[] = "a file that is being written, or was when the machine stopped; "
                                  "may be deleted when no tend runs",
                      weights[] = "weights and settings of a network. No picture";
    static const struct {
        const char *pattern, *text;
    } known[] = {
        {WRITING, writing},
        {"cache/" WRITING, writing},
        {"models/?(.)" NUMBER "?(.tmp)/" WRITING, writing},
        {"project.db" SQLITE, "names, sizes and hashes of photos; labels; who decided what and "
                              "when; predictions. No picture"},
        {"copy.db?(.new)" SQLITE,
         "a copy of that without predictions, made every hour of review, for when it is damaged"},
        {"leases.db" SQLITE, "which photo is on whose screen now: numbers of photos, names of "
                             "people. No picture; may be deleted"},
        {"models/" NUMBER "/@(config.json|model.safetensors)", weights},
        {"models/." NUMBER ".tmp/@(config.json|model.safetensors)", weights},
        {"cache/features-" NUMBER,
         "features: one vector of numbers a photo. No picture; may be deleted"},
        {"cache/training-+([a-z]).safetensors", "weights of a training that was broken off, to go "
                                                "on with. No picture; may be deleted"},
        {"truth-" NUMBER "/truth.db" SQLITE, "labels of a file that `tend simulate` reads, for as "
                                             "long as it runs. No picture; may be deleted"},
        {"tend.log", "what went wrong, with names of photos"},
        {"keys", "which key does what, as you wrote it"},
        {"history", "what was typed on the command line of the review"},
    };
#undef NUMBER
#undef WRITING
#undef SQLITE
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (fnmatch(known[i].pattern, path, FNM_PATHNAME | FNM_PERIOD | FNM_EXTMATCH) == 0)
            return known[i].text;
    return "not made by tend";
}

static int compare_names(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* A link is not gone after, and what it leads to is not known. */
static void print_file(const FTSENT *e, const char *name)
{
    char safe[1200], size[OUTPUT_COUNT];
    const char *what = e->fts_info == FTS_F ? contents(name)
                       : e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE
                           ? "a link, not made by tend; what it leads to is not listed"
                       : e->fts_info == FTS_DNR ? "a folder that cannot be read"
                                                : "not made by tend";
    printf("  %14s  %s\n                  %s\n",
           output_count(e->fts_statp ? (int64_t)e->fts_statp->st_size : 0, size),
           output_safe(name, safe, sizeof safe), what);
}

static int print_folder(char *folder, const char *note, struct status *st)
{
    char *const roots[] = {folder, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
    size_t skip = strlen(folder) + 1;
    char safe[1200];
    if (!walk)
        return status_fail_errno(st, "%s", folder);
    printf("files in %s%s\n", output_safe(folder, safe, sizeof safe), note);
    for (FTSENT *e; (e = fts_read(walk));)
        if (e->fts_info != FTS_D && e->fts_info != FTS_DP && strlen(e->fts_path) >= skip)
            print_file(e, e->fts_path + skip);
    fts_close(walk);
    return 0;
}

static int print_files(struct project *p, struct status *st)
{
    struct stat info;
    char *left = file_join(p->root, ".tend.new");
    int failed = left ? print_folder(p->folder, "", st) : status_out_of_memory(st);
    if (!failed && lstat(left, &info) == 0)
        failed =
            print_folder(left, ": a `tend init` that did not come to its end; may be deleted", st);
    free(left);
    if (!failed)
        puts("Photos are read where they are; nothing is copied, and nothing is sent anywhere.");
    return failed;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void print_problem(void *arg, const char *text)
{
    char safe[1200];
    ++*(int *)arg;
    printf("  left out    %s\n", output_safe(text, safe, sizeof safe));
}

/* folder: of the project, or NULL. Returns how many lines of the key files are wrong. */
static int print_keys(const char *folder)
{
    struct keymap map;
    int problems = 0;
    char user[1024], safe[1200];
    puts("keys");
    printf("  your file   %s\n",
           output_safe(keymap_user_file(user, sizeof user), safe, sizeof safe));
    int files = keymap_load(&map, folder, print_problem, &problems);
    if (problems == 0)
        printf("  files       %d read, nothing wrong\n", files);
    return problems;
}

static int run(int argc, char **argv)
{
    int privacy = 0, status = 0;
    const char *graphics = "auto";
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"privacy", OPTION_FLAG, &privacy, 0, 0},
        {"graphics", OPTION_TEXT, &graphics, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_doctor, argc, argv, specs, 0, &args) != 0)
        return args.status;
    int wanted = graphics_from_name(graphics);
    if (wanted < 0)
        return options_wrong(&command_doctor,
                             "--graphics is auto, sixel, kitty, blocks or none, not '%s'",
                             graphics);
    if (!privacy) {
        print_terminal((enum graphics)wanted);
        print_cpu();
        print_build();
        print_photos();
    }
    if (project_open(NULL, &project, &st) == 0) {
        if ((privacy ? print_files(&project, &st) : print_project(&project, &st)) != 0)
            status = output_fail(&st);
        if (!privacy && print_keys(project.folder) > 0)
            status = 1;
        project_close(&project);
    } else if (privacy || st.code != STATUS_MISSING) {
        status = output_fail(&st);
    } else {
        puts("project\n  none around the current folder");
        status = print_keys(NULL) > 0;
    }
    return status;
}

const struct command command_doctor = {
    "doctor",
    "doctor [--privacy] [--graphics G]",
    "tells what this terminal, processor and build can do, and how the project stands",
    "  --privacy       list every file tend keeps for this project and what it holds\n"
    "  --graphics G    as if the review were started with it\n",
    run,
};
