/* Lines that move beside a picture: curses likes to scroll then, and a picture would be torn. */
#include "data/status.h"
#include "tests/tui/tty_fixture.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

/* A photo on the left, lines on the right (`from` 0: all of the width) that every key moves. */
static void draw_lines(const struct picture *p, int from, int first)
{
    const struct terminal_info *i = terminal_info();
    terminal_clear();
    if (from > 0)
        terminal_put_picture(0, 1, 0, p);
    for (int row = 0; row < i->rows; row++)
        terminal_printf(row, from, i->cols - from, STYLE_NORMAL, "%d: line %d of them all",
                        (first + row) * 7919 % 10007, first + row);
    terminal_flush();
}

/* As the review's panel: a path of three levels or of one, and what is below it higher up by two
 * rows. */
static void draw_panel(const struct picture *p, int levels)
{
    const struct terminal_info *i = terminal_info();
    int row = 1;
    terminal_clear();
    terminal_put_picture(0, 1, 1, p);
    terminal_text(row, 30, 20, STYLE_TITLE, "Prediction");
    for (int l = 0; l < levels; l++)
        terminal_printf(++row, 30, 20, STYLE_NORMAL, "%*slevel %d", 2 * l, "", l);
    terminal_text(row += 2, 30, 20, STYLE_NORMAL, levels > 1 ? "label from import" : "another one");
    row++;
    for (int c = 0; c < 8; c++)
        terminal_printf(++row, 30, i->cols - 31, STYLE_NORMAL, "%d food > drink > %s", c,
                        c + 3 * levels == 4 ? "tea" : "coffee");
    terminal_text(row += 2, 30, 20, STYLE_NORMAL, "1: the best");
    terminal_flush();
}

static void moving_child(void)
{
    struct terminal_options o = {0};
    struct picture p = {0};
    struct image image;
    int from = 25, first = 100, key = TERMINAL_NONE;
    noise(&image);
    if (terminal_start(&o, NULL) ||
        picture_make(&image, 17, 24, 1, terminal_info(), PICTURE_MAX_BYTES, &p, NULL))
        exit(1);
    while (key != 'q') {
        if (from > 25)
            draw_panel(&p, from == 26 ? 3 : 1);
        else
            draw_lines(&p, from, first);
        while (!terminal_pictures())
            terminal_key(30, -1);
        tell("drawn\n");
        key = terminal_key(-1, -1);
        first += key == 'j' ? 1 : key == 'k' ? -1 : key == 'd' ? 5 : key == 'e' ? 2 : 0;
        from = key == 'w' ? 0 : key == 'p' ? 26 + (from == 26) : from;
    }
    terminal_end();
    picture_clear(&p);
    image_clear(&image);
    exit(0);
}

/* What would move rows of a terminal of so many rows, and with them pixels, in what was written to
 * it; NULL: nothing. Scrolling by a newline at the bottom is found by following the cursor's row.
 */
static const char *find_scroll(const char *seen, int rows)
{
    int row = 0, saved = 0;
    while (*seen) {
        const char *at = seen;
        if (strncmp(at, "\033P", 2) == 0) { /* a picture */
            seen = strstr(at, "\033\\");
            if (!seen)
                return NULL;
            seen += 2;
        } else if (strncmp(at, "\033[", 2) == 0) {
            const char *end = at + 2 + strspn(at + 2, "0123456789;?>");
            int number = atoi(at + 2) > 0 ? atoi(at + 2) : 1;
            seen = end + (*end != '\0');
            if (*end && (strchr("LMST", *end) || (*end == 'r' && end > at + 2)))
                return at;
            row = *end == 'H' || *end == 'd' ? number - 1
                  : *end == 'A'              ? row - number
                  : *end == 'B'              ? row + number
                                             : row;
        } else if (*at == '\033') {
            if (at[1] && strchr("DEM", at[1]))
                return at;
            saved = at[1] == '7' ? row : saved;
            row = at[1] == '8' ? saved : row;
            seen += at[1] ? 2 : 1;
        } else {
            if (*at == '\n' && ++row >= rows)
                return at;
            seen++;
        }
    }
    return NULL;
}

/* Curses likes to scroll when lines have moved: a picture would be torn into shifted bands. */
TEST(moved_lines_scroll_no_picture)
{
    static const char moves[] = "jjkkdeejppppwjjkkd"; /* from w on all of the screen moves */
    struct fake f;
    CHECK(find_scroll("\033[2;5r", 20) && find_scroll("a\033[Lb", 20));
    CHECK(find_scroll("\033[20d\n", 20) && find_scroll("\033M", 20));
    CHECK(!find_scroll("\033[r\0337\033[20H\0338\n\033Pq\n\033\\\033[1;31m", 20));
    if (!begin(&f, sixel_answers, moving_child))
        return;
    told(&f, 0, "drawn\n");
    CHECK_CONTAINS(f.seen, "\033P");
    size_t seen = f.seen_size;
    for (const char *move = moves; *move; move++) {
        size_t said = f.said_size;
        type(&f, (const char[]){*move, '\0'});
        if (!told(&f, said, "drawn\n"))
            break;
    }
    const char *scroll = find_scroll(f.seen + seen, 20);
    if (scroll)
        test_fail(__FILE__, __LINE__, "rows are moved at byte %ld: %.12s", (long)(scroll - f.seen),
                  scroll + 1);
    CHECK(f.seen_size - seen > 13 * 17 * 2); /* every move did write all lines */
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
