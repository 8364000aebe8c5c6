#include "tui/screens/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "labels/search.h"

#define SEPARATOR " > "

int text_clock_stopped(void)
{
    return getenv("TEND_TEST_CLOCK") != NULL;
}

char *text_percent(float share, char *buffer, size_t size)
{
    if (share > 0 && share < 0.005f)
        snprintf(buffer, size, "<1 %%");
    else
        snprintf(buffer, size, "%.0f %%", 100 * (double)share);
    return buffer;
}

char *text_duration(double seconds, char *buffer, size_t size)
{
    if (!(seconds >= 0) || seconds > 1e7) {
        snprintf(buffer, size, "%s", "");
        return buffer;
    }
    long s = text_clock_stopped() ? 0 : (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(buffer, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buffer, size, "%ld:%02ld", s / 60, s % 60);
    return buffer;
}

char *text_rate(double rate, char *buffer, size_t size)
{
    if (text_clock_stopped())
        snprintf(buffer, size, "-");
    else
        snprintf(buffer, size, "%.*f", rate < 10 ? 1 : 0, rate);
    return buffer;
}

char *text_date(int64_t milliseconds, char *buffer, size_t size)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm tm;
    if (text_clock_stopped())
        snprintf(buffer, size, "2026-01-02 03:04");
    else if (!localtime_r(&seconds, &tm) || !strftime(buffer, size, "%Y-%m-%d %H:%M", &tm))
        snprintf(buffer, size, "?");
    return buffer;
}

char *text_cut(const char *text, int width, char *buffer, size_t size)
{
    snprintf(buffer, size, "%s", text);
    size_t n = strlen(buffer);
    if (terminal_width(buffer) <= width)
        return buffer;
    while (n > 0 && (n + sizeof "…" > size || terminal_width(buffer) + 1 > width)) {
        do
            n--;
        while (n > 0 &&
               ((unsigned char)buffer[n] & 0xC0) == 0x80); /* not into the middle of a character */
        buffer[n] = '\0';
    }
    return strcat(buffer, "…");
}

/* The next character's first byte. */
static const char *next_character(const char *p)
{
    do
        p++;
    while (((unsigned char)*p & 0xC0) == 0x80);
    return p;
}

char *text_file(const char *path, int width, char *buffer, size_t size)
{
    if (terminal_width(path) <= width) {
        snprintf(buffer, size, "%s", path);
        return buffer;
    }
    /* The longest end that begins after a '/' and fits, else the end of the name itself. */
    for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
        if (terminal_width(p) + 1 <= width) {
            snprintf(buffer, size, "…%s", p);
            return buffer;
        }
    }
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    while (*name && terminal_width(name) + 1 > width)
        name = next_character(name);
    snprintf(buffer, size, "…%s", name);
    return buffer;
}

char *text_middle(const char *name, int width, char *buffer, size_t size)
{
    snprintf(buffer, size, "%s", name);
    if (terminal_width(name) <= width || width < 3)
        return buffer;
    /* The longest end in half of it: what tells names apart often stands there. */
    const char *end = name;
    while (*end && terminal_width(end) > width / 2)
        end = next_character(end);
    size_t begin = 0;
    for (const char *p = name; p < end; p = next_character(p)) {
        snprintf(buffer, size, "%.*s…%s", (int)(p - name), name, end);
        if (terminal_width(buffer) > width)
            break;
        begin = (size_t)(p - name);
    }
    snprintf(buffer, size, "%.*s…%s", (int)begin, name, end);
    return buffer;
}

const char *text_break(const char *name, int width, char *buffer, size_t size)
{
    const char *fits = name, *at = name;
    for (const char *p = name; *p;) {
        int breaks = *p == ' ' || *p == '-';
        p = next_character(p);
        snprintf(buffer, size, "%.*s", (int)(p - name), name);
        if (terminal_width(buffer) > width)
            break;
        fits = p;
        if (breaks || !*p)
            at = p;
    }
    if (at == name)
        at = fits;
    snprintf(buffer, size, "%.*s", (int)(at - name), name);
    return at;
}

enum {
    SEPARATOR_CELLS = sizeof SEPARATOR - 1,
    READABLE = 6,   /* cells of a name before the last; left out where there are fewer */
    MIDDLE_FROM = 8 /* cells in which a name is cut in the middle, not at its end */
};

/* How many cells each name from `first` to the one before the last may take beside the whole of the
 * last one; too few to know them by: 0. The last name tells rows apart, those before it are often
 * the same. */
static int cells_beside(const struct taxonomy *t, const int *path, int first, int depth, int width)
{
    int last = terminal_width(taxonomy_name(t, path[depth - 1]));
    for (int cells = width; cells >= READABLE; cells--) {
        int used = last + (first > 0 ? 1 + SEPARATOR_CELLS : 0);
        for (int i = first; i < depth - 1; i++) {
            int own = terminal_width(taxonomy_name(t, path[i]));
            used += (own < cells ? own : cells) + SEPARATOR_CELLS;
        }
        if (used <= width)
            return cells;
    }
    return 0;
}

char *text_path_name(const struct taxonomy *t, int node, int whole, char *buffer, size_t size)
{
    if (!whole && node >= 0 && taxonomy_parent(t, node) != TAXONOMY_ROOT)
        snprintf(buffer, size, "…" SEPARATOR "%s", taxonomy_name(t, node));
    else
        taxonomy_format(t, node, SEPARATOR, buffer, size);
    return buffer;
}

/* A name in at most `cells`, the last one cut in the middle; marks [bytes of it], NULL: none.
 * Returns the cells it takes. */
static int draw_name(int row, int col, int cells, enum style style, const char *name, int is_last,
                     const unsigned char *marks)
{
    char part[TAXONOMY_MAX_NAME + 1];
    int own = terminal_width(name);
    if (is_last && !marks && own > cells && cells >= MIDDLE_FROM)
        name = text_middle(name, cells, part, sizeof part);
    int used = terminal_text(row, col, own < cells ? own : cells, style, name);
    int whole = own > cells ? cells - 1 : own; /* without the ellipsis */
    for (size_t i = 0, end; marks && name[i]; i = end) {
        for (end = i + 1; name[end] && marks[end] == marks[i];)
            end++;
        if (!marks[i])
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, name);
        int from = terminal_width(part);
        snprintf(part, sizeof part, "%.*s", (int)(end - i), name + i);
        for (size_t last = end - i; last > 0 && terminal_width(part) > whole - from;
             part[last] = '\0')
            while (--last > 0 && ((unsigned char)part[last] & 0xC0) == 0x80)
                ;
        terminal_text(row, col + from, terminal_width(part),
                      style == STYLE_SELECTED ? STYLE_SELECTED_MATCH : STYLE_MATCH, part);
    }
    return used;
}

void text_path_marked(int row, int col, int width, enum style style, const struct taxonomy *t,
                      int node, const struct search_marks *marks)
{
    int path[TAXONOMY_DEPTH];
    int depth = node >= 0 ? taxonomy_path(t, node, path) : 0;
    if (width <= 0)
        return;
    if (depth == 0) {
        terminal_text(row, col, width, style == STYLE_SELECTED ? style : STYLE_DIM,
                      node == TAXONOMY_ROOT ? "(top level)" : "");
        return;
    }
    int first = 0, cells = 0, end = col + width;
    while (first < depth - 1 && !(cells = cells_beside(t, path, first, depth, width)))
        first++; /* fewer of the upper levels */
    enum style leading = style == STYLE_SELECTED ? style : STYLE_DIM;
    terminal_text(row, col, width, style, "");
    if (first > 0)
        col += terminal_text(row, col, end - col, leading, "…" SEPARATOR);
    for (int i = first; i < depth - 1; i++) {
        col += draw_name(row, col, cells, leading, taxonomy_name(t, path[i]), 0,
                         marks ? marks->at[i] : NULL);
        col += terminal_text(row, col, SEPARATOR_CELLS, leading, SEPARATOR);
    }
    draw_name(row, col, end - col, style, taxonomy_name(t, path[depth - 1]), 1,
              marks ? marks->at[depth - 1] : NULL);
}

void text_path(int row, int col, int width, enum style style, const struct taxonomy *t, int node)
{
    text_path_marked(row, col, width, style, t, node, NULL);
}

/* The end of the line that begins at text: at a blank, or anywhere in a word that is wider than a
 * line. */
static const char *line_end(const char *text, int width)
{
    char buffer[1024];
    const char *blank = NULL, *p = text;
    while (*p) {
        const char *next = p + 1;
        while (((unsigned char)*next & 0xC0) == 0x80)
            next++;
        if ((size_t)(next - text) >= sizeof buffer)
            return p;
        memcpy(buffer, text, (size_t)(next - text));
        buffer[next - text] = '\0';
        if (*p == ' ')
            blank = p;
        if (terminal_width(buffer) > width)
            return blank ? blank : p > text ? p : next;
        p = next;
    }
    return p;
}

static int wrap(int row, int col, int width, int rows, enum style style, const char *text, int draw)
{
    char line[1024];
    int used = 0;
    while (*text && used < rows && width > 0) {
        const char *end = used == rows - 1 ? text + strlen(text) : line_end(text, width);
        size_t size = (size_t)(end - text);
        if (size >= sizeof line)
            size = sizeof line - 1;
        memcpy(line, text, size);
        line[size] = '\0';
        if (draw)
            terminal_text(row + used, col, width, style, line);
        used++;
        text = end;
        while (*text == ' ')
            text++;
    }
    return used;
}

int text_wrap(int row, int col, int width, int rows, enum style style, const char *text)
{
    return wrap(row, col, width, rows, style, text, 1);
}

int text_wrap_lines(int width, int rows, const char *text)
{
    return wrap(0, 0, width, rows, STYLE_NORMAL, text, 0);
}

void text_meter(int row, int col, int width, float share, enum style style)
{
    enum { MOST = 100 };
    static const char whole[] = "━", half[] = "╸", rest[] = "─";
    char line[MOST * sizeof whole + 1] = "";
    width = width > MOST ? MOST : width;
    int halves = (int)(2 * (float)width * (share < 0 ? 0 : share > 1 ? 1 : share) + 0.5f);
    if (terminal_info()->colors == 0) {
        terminal_bar(row, col, width, share, style);
        return;
    }
    for (int i = 0; i < halves / 2; i++)
        strcat(line, whole);
    if (halves % 2)
        strcat(line, half);
    int used = (halves + 1) / 2;
    terminal_text(row, col, used, style, line);
    for (line[0] = '\0'; used + (int)(strlen(line) / strlen(rest)) < width;)
        strcat(line, rest);
    terminal_text(row, col + used, width - used, STYLE_DIM, line);
}

/* With the blanks between it and the next one. */
static int hint_cells(const struct hint *h)
{
    return terminal_width(h->key) + 1 + terminal_width(h->word) + 2;
}

/* Which ones fit into a row (bit i: hints[i]): one after the other by rank, if there is room left.
 */
static unsigned choose_hints(const struct hint *hints, int cols)
{
    unsigned tried = 0, chosen = 0;
    int used = 1 - 2; /* a blank before the first, none after the last */
    for (;;) {
        int best = -1;
        for (int i = 0; hints[i].key; i++)
            if (!(tried >> i & 1) && (best < 0 || hints[i].rank < hints[best].rank))
                best = i;
        if (best < 0)
            return chosen;
        tried |= 1u << best;
        if (used + hint_cells(&hints[best]) > cols)
            continue;
        used += hint_cells(&hints[best]);
        chosen |= 1u << best;
    }
}

int text_hints_cells(const struct hint *hints)
{
    int cells = 1 - 2; /* as in choose_hints */
    for (int i = 0; hints[i].key; i++)
        cells += hint_cells(&hints[i]);
    return cells;
}

void text_hints(int row, const struct hint *hints)
{
    int cols = terminal_info()->cols, col = 1;
    unsigned shown = choose_hints(hints, cols);
    terminal_fill(row, 0, 1, cols, STYLE_NORMAL);
    for (int i = 0; hints[i].key; i++) {
        int key = terminal_width(hints[i].key), word = terminal_width(hints[i].word);
        if (!(shown >> i & 1))
            continue;
        terminal_text(row, col, key, STYLE_KEY, hints[i].key);
        terminal_text(row, col + key + 1, word, STYLE_DIM, hints[i].word);
        col += hint_cells(&hints[i]);
    }
}
