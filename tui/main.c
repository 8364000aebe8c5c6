/* tend: reviews, corrects and retrains hierarchical image labels in a terminal. Here are only the
 * options of the program itself; every command is a file in tui/commands. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "data/memory.h"
#include "tui/commands/command.h"
#include "tui/commands/manual.h"
#include "tui/commands/output.h"

/* Photos are private: no copy of memory is left on disk, whatever happens. A limit of 1 also keeps
 * a core from programs that the kernel would pipe it to, which 0 does not. */
static void forbid_core_dumps(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    if (limit.rlim_max > 1)
        limit.rlim_max = 1;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
}

static int print_overview(FILE *out)
{
    fputs("tend reviews, corrects and retrains hierarchical image labels in a terminal.\n\n"
          "usage: tend [COMMAND] [OPTION...]\n\n",
          out);
    for (const struct command *const *c = commands; *c; c++)
        fprintf(out, "  %-9s %s\n", (*c)->name, (*c)->help);
    fputs(
        "\n`tend` alone opens the review of the project around the current folder.\n"
        "`tend help COMMAND` says more, `tend help keys` lists the keys; `tend --version` prints the version.\n",
        out);
    return 0;
}

static int unknown_command(const char *name)
{
    output_warn("there is no command '%s'; `tend help` lists them", name);
    fputs("usage: tend [COMMAND] [OPTION...]\n", stderr);
    return 2;
}

static int help(int argc, char **argv)
{
    if (argc < 3)
        return print_overview(stdout);
    const struct command *c = command_find(argv[2]);
    if (!c && manual_print(argv[2]) == 0)
        return 0;
    return c ? command_help(c) : unknown_command(argv[2]);
}

static int run(int argc, char **argv)
{
    static char review[] = "review";
    char *alone[] = {review, NULL};
    if (argc < 2)
        return command_find(review)->run(1, alone);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        puts("tend " TEND_VERSION);
        return 0;
    }
    const struct command *c = command_find(argv[1]);
    return c ? c->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    /* Only the character set: numbers in files are written the same everywhere. */
    setlocale(LC_CTYPE, "");
    forbid_core_dumps();
    memory_give_back();
    int status = run(argc, argv);
    return output_finish(status);
}
