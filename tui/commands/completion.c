#include "tui/commands/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "labels/filter.h"
#include "labels/formats/format.h"
#include "labels/queue.h"
#include "labels/store.h"
#include "nn/network.h"
#include "tui/commands/command.h"
#include "tui/commands/manual.h"
#include "tui/commands/options.h"
#include "tui/loop/settings.h"
#include "tui/terminal/terminal.h"

static int is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static int is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static void put_row(const char *command, const char *word, const char *takes, const char *choices,
                    const char *help)
{
    printf("%s\t%s\t%s\t%s\t%s\n", command, word, takes, *choices ? choices : "-",
           *help ? help : "-");
}

/* ---- what the tables know of values --------------------------------------------------------- */

struct words {
    char text[600];
};

static void add(struct words *w, const char *word)
{
    size_t used = strlen(w->text);
    if (used + strlen(word) + 2 <= sizeof w->text)
        sprintf(w->text + used, "%s%s", used > 0 ? " " : "", word);
}

static void add_formats(struct words *w, const struct command *c)
{
    int imports = strcmp(c->name, "import") == 0;
    for (const struct format *const *f = formats; *f; f++)
        if (imports ? (*f)->import != NULL : (*f)->export || (*f)->export_folder)
            add(w, (*f)->name);
}

/* Not every order makes sense everywhere; the command's help names those that do. */
static void add_orders(struct words *w, const struct command *c)
{
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++)
        if (strstr(c->details, queue_order_name((enum queue_order)i)))
            add(w, queue_order_name((enum queue_order)i));
}

static void add_splits(struct words *w, const struct command *c)
{
    (void)c;
    for (int i = SPLIT_TRAIN; i <= SPLIT_TEST; i++)
        add(w, split_name((enum split)i));
}

static void add_graphics(struct words *w, const struct command *c)
{
    (void)c;
    for (int i = GRAPHICS_AUTO; i <= GRAPHICS_NONE; i++)
        add(w, graphics_name((enum graphics)i));
}

static void add_depths(struct words *w, const struct command *c)
{
    (void)c;
    for (int i = DEPTH_HEAD; i <= DEPTH_FULL; i++)
        add(w, depth_name((enum depth)i));
}

static void add_conflict_rules(struct words *w, const struct command *c)
{
    (void)c;
    for (int i = CONFLICT_MINE; i <= CONFLICT_REVIEW; i++)
        add(w, conflict_rule_name((enum conflict_rule)i));
}

/* Without those that a shell would want quoted, conf< and the like. */
static void add_filter_words(struct words *w, const struct command *c)
{
    (void)c;
    for (const struct filter_word *f = filter_words; f->word; f++)
        if (!strpbrk(f->word, "<>"))
            add(w, f->word);
}

static const struct {
    const char *option;
    void (*add)(struct words *w, const struct command *c);
} choosers[] = {
    {"conflicts", add_conflict_rules},
    {"format", add_formats},
    {"order", add_orders},
    {"split", add_splits},
    {"graphics", add_graphics},
    {"depth", add_depths},
    {"filter", add_filter_words},
};

/* ---- what the help knows of options --------------------------------------------------------- */

/* Behind "--name" in a text, where no longer name begins with it; NULL. */
static const char *find_option(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; (at = strstr(at, "--")); at += 2) {
        char after = at[2 + (strncmp(at + 2, name, length) == 0 ? length : 0)];
        if (strncmp(at + 2, name, length) == 0 && !isalnum((unsigned char)after) && after != '-' &&
            after != '_')
            return at + 2 + length;
    }
    return NULL;
}

/* The word for its value: "FILE|folders" of "--labels FILE|folders"; "" when there is none. */
static void value_name(const struct command *c, const char *option, char *name, size_t size)
{
    const char *const texts[] = {c->usage, c->details};
    *name = 0;
    for (int i = 0; i < 2 && !*name; i++) {
        const char *at = find_option(texts[i], option);
        if (!at || *at != ' ' || (!is_upper(at[1]) && i == 1))
            continue;
        snprintf(name, size, "%.*s", (int)strcspn(at + 1, " ]\n,;"), at + 1);
    }
}

/* The first line of its help in the details. */
static void option_help(const struct command *c, const char *option, char *help, size_t size)
{
    *help = 0;
    for (const char *line = c->details; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "  --", 4) != 0)
            continue;
        size_t length = strcspn(line, "\n");
        const char *at = find_option(line, option), *text = strstr(line + 2, "  ");
        if (!at || !text || text >= line + length || at > text)
            continue;
        text += strspn(text, " ");
        snprintf(help, size, "%.*s", (int)strcspn(text, "\n"), text);
        return;
    }
}

static const char *takes_path(const char *name)
{
    if (strstr(name, "FILE"))
        return "file";
    return strstr(name, "DIR") || strstr(name, "PHOTOS") || strstr(name, "MODEL") ? "folder"
                                                                                  : "text";
}

/* The lower-case words of "head|blocks|full" or "FILE|folders". */
static void add_alternatives(struct words *w, char *name)
{
    if (!strchr(name, '|'))
        return;
    for (char *word = strtok(name, "|"); word; word = strtok(NULL, "|"))
        if (is_lower(*word))
            add(w, word);
}

void completion_print_option(const struct command *c, const struct option_spec *s)
{
    struct words choices = {""};
    char option[80], name[100], help[300];
    const char *takes = "-";
    snprintf(option, sizeof option, "--%s", s->name);
    option_help(c, s->name, help, sizeof help);
    if (s->kind != OPTION_FLAG) {
        value_name(c, s->name, name, sizeof name);
        takes = takes_path(name);
        for (size_t i = 0; i < sizeof choosers / sizeof *choosers; i++)
            if (strcmp(choosers[i].option, s->name) == 0)
                choosers[i].add(&choices, c);
        if (!choices.text[0])
            add_alternatives(&choices, name);
        if (choices.text[0] && strcmp(takes, "text") == 0)
            takes = "words";
    }
    put_row(c->name, option, takes, choices.text, help);
}

/* ---- the table ------------------------------------------------------------------------------ */

/* What a command does, of its usage: use, show, ... of "models [use N | show N | ...]"; what it
 * takes itself: a file or folder. */
static void put_usage(const struct command *c)
{
    const char *at = strchr(c->usage, ' ');
    if (at && (is_upper(at[1]) || (at[1] == '[' && is_upper(at[2])))) {
        char name[100];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, " "), at + 1);
        if (strcmp(takes_path(name), "text") != 0)
            put_row(c->name, "-", takes_path(name), "", "");
    }
    for (at = c->usage; (at = strpbrk(at, "[|")); at++) {
        const char *word = at + 1 + (*at == '|' && at[1] == ' ');
        size_t length = strlen(c->name);
        char verb[40], name[100];
        if (*at == '|' && word == at + 1)
            continue;
        if (strncmp(word, c->name, length) == 0 && word[length] == ' ')
            word += length + 1; /* the usage begins again: "tree [--json] | tree add PATH" */
        length = strspn(word, "abcdefghijklmnopqrstuvwxyz");
        if (!length || word[length] != ' ')
            continue;
        snprintf(verb, sizeof verb, "%.*s", (int)length, word);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(word + length + 1, " ]"),
                 word + length + 1);
        put_row(c->name, verb, takes_path(name), "", "");
    }
}

static void put_options(const struct command *c)
{
    char name[40], list[] = OPTIONS_LIST;
    snprintf(name, sizeof name, "%s", c->name);
    c->run(2, (char *[]){name, list, NULL});
}

static void put_table(void)
{
    for (const struct command *const *c = commands; *c; c++) {
        put_row("-", (*c)->name, "-", "", (*c)->help);
        put_row("help", (*c)->name, "-", "", (*c)->help);
        put_usage(*c);
        put_options(*c);
        put_row((*c)->name, "--help", "-", "", "what it does, and its options");
    }
    put_row("-", "help", "-", "", "says more");
    put_row("-", "--help", "-", "", "the commands");
    put_row("-", "--version", "-", "", "prints the version");
    for (const struct manual_page *p = manual_pages; p->name; p++)
        put_row("help", p->name, "-", "", p->help);
    for (int i = 0; i < settings_count(); i++)
        put_row("set", settings[i].name, settings[i].choices[0] ? "words" : "text",
                settings[i].choices, settings[i].help);
}

/* ---- the scripts ---------------------------------------------------------------------------- */

void completion_print_bash(void)
{
    fputs("# bash completion of tend; printed by `tend help bash`\n"
          "_tend() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1))\n"
          "    if [[ $cur == = ]]; then cur=\n"
          "    elif [[ ${COMP_WORDS[at]} == = ]]; then ((at--)); fi # --name=value is three words\n"
          "    local command=${COMP_WORDS[1]} before=${COMP_WORDS[at]}\n"
          "    if ((COMP_CWORD == 1)); then command=- before=; fi\n"
          "    if ((at < 2)); then before=; fi\n"
          "    local IFS=$' \\t\\n' of word takes choices help\n"
          "    local options= words= values= after= self=\n"
          "    while IFS=$'\\t' read -r of word takes choices help; do\n"
          "        [[ $of == \"$command\" ]] || continue\n"
          "        if [[ $word == \"$before\" && $takes != - ]]; then\n"
          "            after=$takes\n"
          "            if [[ $choices != - ]]; then values=$choices; fi\n"
          "        elif [[ $word == - ]]; then self=$takes\n"
          "        elif [[ $word == -* ]]; then options+=\" $word\"\n"
          "        else words+=\" $word\"; fi\n"
          "    done <<'TABLE'\n",
          stdout);
    put_table();
    fputs(
        "TABLE\n"
        "    if [[ ! $after ]]; then\n"
        "        if [[ $cur == -* ]]; then values=$options\n"
        "        elif ((COMP_CWORD <= 2)) && [[ $words ]]; then values=$words after=$self\n"
        "        elif [[ $self ]]; then after=$self\n"
        "        else values=$options; fi\n"
        "    fi\n"
        "    mapfile -t COMPREPLY < <(\n"
        "        compgen -W \"$values\" -- \"$cur\"\n"
        "        case $after in\n"
        "        file) compgen -f -- \"$cur\" ;;\n"
        "        folder) compgen -d -- \"$cur\" ;;\n"
        "        esac)\n"
        "    if [[ $after == file || $after == folder ]]; then compopt -o filenames 2>/dev/null; fi\n"
        "    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace "
        "2>/dev/null; fi\n"
        "    return 0\n"
        "}\n"
        "complete -F _tend tend\n",
        stdout);
}

void completion_print_zsh(void)
{
    fputs("#compdef tend\n"
          "# zsh completion of tend; printed by `tend help zsh`\n"
          "_tend() {\n"
          "    local command=${words[2]} before=${words[CURRENT-1]} place=$CURRENT\n"
          "    if [[ $PREFIX == --*=* ]]; then before=${PREFIX%%=*}; compset -P '*='; fi\n"
          "    if ((place == 2)); then command=- before=; fi\n"
          "    if ((place == 3)) && [[ $before != --* ]]; then before=; fi\n"
          "    local of word takes choices help values after self\n"
          "    local -a options offered\n"
          "    while IFS=$'\\t' read -r of word takes choices help; do\n"
          "        [[ $of == \"$command\" ]] || continue\n"
          "        if [[ $word == \"$before\" && $takes != - ]]; then\n"
          "            after=$takes\n"
          "            if [[ $choices != - ]]; then values=$choices; fi\n"
          "        elif [[ $word == - ]]; then self=$takes\n"
          "        elif [[ $word == -* ]]; then options+=(\"$word:${help#-}\")\n"
          "        else offered+=(\"$word:${help#-}\"); fi\n"
          "    done <<'TABLE'\n",
          stdout);
    put_table();
    fputs(
        "TABLE\n"
        "    if [[ -z $after ]]; then\n"
        "        if [[ $PREFIX == -* ]]; then _describe option options; return; fi\n"
        "        if ((place <= 3 && $#offered)); then _describe word offered; fi\n"
        "        after=$self\n"
        "        if [[ -z $after ]] && ((place > 3 || ! $#offered)); then _describe option options; "
        "fi\n"
        "    fi\n"
        "    local -a choice\n"
        "    choice=(${=values})\n"
        "    if (($#choice)); then\n"
        "        compadd -S '' -- ${(M)choice:#*=}\n"
        "        compadd -- ${choice:#*=}\n"
        "    fi\n"
        "    case $after in\n"
        "    file) _files ;;\n"
        "    folder) _files -/ ;;\n"
        "    esac\n"
        "}\n"
        "if [[ ${funcstack[1]} == _tend ]]; then _tend \"$@\"; else compdef _tend tend; fi\n",
        stdout);
}
