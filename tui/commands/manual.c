#include "tui/commands/manual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/command.h"
#include "tui/commands/completion.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"
#include "tui/loop/settings.h"
#include "tui/screens/line_commands.h"
#include "tui/terminal/keymap.h"

static const char key_files[] =
    "bind Ctrl-A accept     # this key does that, whatever it did before\n"
    "unbind x               # this key does nothing\n";
static const char key_files_about[] =
    "Lines in .tend/keys of a project, or in ~/.config/tend/keys for all projects, bind other keys; those of the "
    "project go over yours. A key is one character or Ctrl-A, Enter, Tab, Backtab, Space, Escape, Backspace, Delete, "
    "Insert, Home, End, PageUp, PageDown, Up, Down, Left, Right, F1 to F24. 1 to 9 always take candidates. A line that "
    "is wrong is left out and said when the review opens; `tend doctor` lists them.";
static const char mouse_about[] =
    "A click shows a candidate, a second one takes it; the wheel zooms the photo and scrolls lists. Shift and drag selects "
    "text as ever (Option in some terminals); `tend set mouse off` leaves the mouse to the terminal.";

static char section_name(const char *section)
{
    return (char)(section[0] - 'a' + 'A');
}

/* ---- text ---- */

/* Words in lines of at most 78 characters. */
static void print_wrapped(const char *text)
{
    size_t used = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (used > 0 && used + 1 + length > 76) {
            putchar('\n');
            used = 0;
        }
        printf("%s%.*s", used > 0 ? " " : "  ", (int)length, text);
        used += length + (used > 0);
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static void print_settings(void)
{
    char allowed[300];
    for (int i = 0; i < settings_count(); i++)
        printf("  %-26s %s (%s; default %s)\n", settings[i].name, settings[i].help,
               settings_allowed(&settings[i], allowed, sizeof allowed), settings[i].usual);
}

static void print_text(const struct keymap *map)
{
    const char *section = "";
    char keys[100], left[100];
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        if (strcmp(section, b->section) != 0)
            printf("%s%c%s\n", i > 0 ? "\n" : "", section_name(b->section), b->section + 1);
        section = b->section;
        printf("  %-13s :%-12s %s\n", keymap_names(map, b->command, keys, sizeof keys), b->name,
               b->help);
    }
    puts("\nOn the command line, with words after it");
    for (const struct line_command *c = line_commands; c->name; c++) {
        snprintf(left, sizeof left, ":%s %s", c->name, c->usage);
        printf("  %-26s %s\n", left, c->help);
    }
    puts("\nSettings (:set NAME VALUE, tend set)");
    print_settings();
    puts("\nMouse");
    print_wrapped(mouse_about);
    puts("\nKey files");
    printf("  %.*s\n  %s", (int)strcspn(key_files, "\n"), key_files, strchr(key_files, '\n') + 1);
    print_wrapped(key_files_about);
}

static void ignore_problem(void *arg, const char *text)
{
    (void)arg;
    output_warn("%s", text);
}

/* With the key files that count here. */
static void print_keys(void)
{
    struct keymap map;
    struct project project;
    struct status st = {0};
    int is_project = project_open(NULL, &project, &st) == 0;
    keymap_load(&map, is_project ? project.folder : NULL, ignore_problem, NULL);
    if (is_project)
        project_close(&project);
    print_text(&map);
}

static void print_formats(void)
{
    puts("Of labels, for tend import and tend export --format");
    for (const struct format *const *f = formats; *f; f++)
        printf("  %-13s %s\n", (*f)->name, (*f)->help);
    for (const struct format *const *f = formats; *f; f++)
        if ((*f)->about)
            printf("\n%s\n\n%s", (*f)->name, (*f)->about);
}

/* ---- the README's table ---- */

static void print_markdown(void)
{
    struct keymap map;
    char keys[100];
    keymap_init(&map);
    puts("| key | name | does |\n|---|---|---|");
    for (int i = 0; i < KEY_COMMANDS - 1; i++)
        printf("| `%s` | %s | %s |\n",
               keymap_names(&map, key_bindings[i].command, keys, sizeof keys), key_bindings[i].name,
               key_bindings[i].help);
}

/* ---- the man page ---- */

/* Text of man(7): nothing in it is a request. */
static void put_man(const char *text)
{
    for (int at_start = 1; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        at_start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void put_man_line(const char *text)
{
    put_man(text);
    putchar('\n');
}

/* A term, in bold, and what it is. */
static void put_item(const char *term, const char *text)
{
    fputs(".TP\n.B ", stdout);
    put_man_line(term);
    put_man_line(text);
}

/* As it stands, lines and all. */
static void put_block(const char *text)
{
    puts(".nf");
    put_man(text);
    puts(".fi");
}

static void put_commands(void)
{
    char term[300];
    puts(".SH COMMANDS");
    for (const struct command *const *c = commands; *c; c++) {
        snprintf(term, sizeof term, "tend %s", (*c)->usage);
        put_item(term, (*c)->help);
        if ((*c)->details && (*c)->details[0])
            put_block((*c)->details);
    }
}

static void put_keys(void)
{
    const char *section = "";
    char keys[100], term[160];
    struct keymap map;
    keymap_init(&map);
    puts(".SH KEYS OF THE REVIEW");
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        if (strcmp(section, b->section) != 0)
            printf(".SS %c%s\n", section_name(b->section), b->section + 1);
        section = b->section;
        snprintf(term, sizeof term, "%s   :%s", keymap_names(&map, b->command, keys, sizeof keys),
                 b->name);
        put_item(term, b->help);
    }
    puts(".SS Mouse");
    put_man_line(mouse_about);
}

static void put_command_line(void)
{
    char term[160], text[600], allowed[300];
    puts(
        ".SH COMMAND LINE\nEvery key of the review has a name, which runs on the command line as well; Tab completes. These "
        "take words:");
    for (const struct line_command *c = line_commands; c->name; c++) {
        snprintf(term, sizeof term, ":%s %s", c->name, c->usage);
        put_item(term, c->help);
    }
    puts(".SH SETTINGS");
    for (int i = 0; i < settings_count(); i++) {
        snprintf(text, sizeof text, "%s (%s; default %s)", settings[i].help,
                 settings_allowed(&settings[i], allowed, sizeof allowed), settings[i].usual);
        put_item(settings[i].name, text);
    }
}

static void put_formats(void)
{
    puts(".SH FORMATS");
    for (const struct format *const *f = formats; *f; f++) {
        put_item((*f)->name, (*f)->help);
        if ((*f)->about)
            put_block((*f)->about);
    }
}

static void print_man(void)
{
    puts(
        ".TH TEND 1 \"\" \"tend " TEND_VERSION
        "\"\n.SH NAME\ntend \\- reviews, corrects and retrains hierarchical image "
        "labels in a terminal\n.SH SYNOPSIS\n.B tend\n[COMMAND] [OPTION...]\n.SH DESCRIPTION\nAlone, it opens the review of "
        "the project around the current folder.");
    put_commands();
    put_formats();
    put_keys();
    put_command_line();
    puts(".SH KEY FILES");
    put_block(key_files);
    puts(".PP");
    put_man_line(key_files_about);
    puts(".SH FILES");
    put_item(
        ".tend/",
        "the project: labels, models, features; `tend doctor --privacy` lists what each file holds");
    put_item("~/.config/tend/keys", "your keys (or below $XDG_CONFIG_HOME)");
    puts(".SH SHELLS");
    put_man_line("Completion of commands, options and values is installed beside this page. "
                 "Without an installation:");
    put_block("eval \"$(tend help bash)\"     # in ~/.bashrc\n"
              "eval \"$(tend help zsh)\"      # in ~/.zshrc, after compinit\n");
    puts(
        ".SH EXIT STATUS\n0; 1 after an error, which is said on the standard error; 2 after wrong usage.");
}

const struct manual_page manual_pages[] = {
    {"keys", "the keys of the review, with the key files that count here", print_keys},
    {"formats", "the formats of label files, an example of each", print_formats},
    {"keys.md", "the keys as a table of Markdown", print_markdown},
    {"man", "the man page, in man(7)", print_man},
    {"bash", "completion for bash: eval \"$(tend help bash)\"", completion_print_bash},
    {"zsh", "completion for zsh: eval \"$(tend help zsh)\"", completion_print_zsh},
    {NULL, NULL, NULL},
};

int manual_print(const char *page)
{
    for (const struct manual_page *p = manual_pages; p->name; p++)
        if (strcmp(page, p->name) == 0) {
            p->print();
            return 0;
        }
    return -1;
}
