/* Pictures on the screen.
 *
 * `wanted` is what the screens have put, `standing` what has been sent and, as far as anyone can
 * know, is to be seen. Curses knows of neither. Before every refresh the cells tell what it will do
 * to a picture: if it writes blanks where one stands (text over it goes away), the picture is lost
 * and sent again; if a picture has gone, its cells are made to be written. A picture that takes
 * another's exact place covers it: nothing is erased then, and nothing flickers.
 *
 * Sending stops as soon as a key waits: a picture may be half a megabyte, and the person comes
 * first. A string terminator ends what was sent of it. A question goes out behind each picture;
 * until it is answered, the picture has not arrived (there may be a slow line between), does not
 * count as standing, and no other is sent: pictures never queue up in front of the next key's text.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "data/clock.h"
#include "tui/terminal/blocks.h"
#include "tui/terminal/internal.h"
#include "tui/terminal/kitty.h"
#include "tui/terminal/picture.h"

enum { PIECE = 16 * 1024, KEY_REST = 40, KEY_BURST = 150, HEAD_BYTES = 96, IN_FLIGHT = 128 * 1024 };

static int same_place(const struct place *a, const struct place *b)
{
    return a->row == b->row && a->col == b->col && a->rows == b->rows && a->cols == b->cols;
}

static int same_picture(const struct place *a, const struct place *b)
{
    return a->picture == b->picture && a->id == b->id && !a->partial && same_place(a, b);
}

static int overlap(const struct place *a, const struct place *b)
{
    return a->row < b->row + b->rows && b->row < a->row + a->rows && a->col < b->col + b->cols &&
           b->col < a->col + a->cols;
}

/* Sixels may not touch the last row (some terminals scroll), and neither kind may stand out. */
static int fits(const struct place *p)
{
    const struct terminal_info *i = &terminal.info;
    int last = p->picture->graphics == GRAPHICS_SIXEL ? i->rows - 1 : i->rows;
    if (p->row < 0 || p->col < 0 || p->rows < 1 || p->cols < 1 || p->row + p->rows > last ||
        p->col + p->cols > i->cols || p->picture->graphics != i->graphics)
        return 0;
    return i->graphics != GRAPHICS_SIXEL || (p->picture->width <= p->cols * i->cell_width &&
                                             p->picture->height <= p->rows * i->cell_height);
}

void terminal_put_picture(int slot, int row, int col, const struct picture *picture)
{
    if (!terminal.started || slot < 0 || slot >= PICTURE_SLOTS)
        return;
    struct place *p = &terminal.wanted[slot];
    *p = (struct place){.picture = picture};
    if (!picture)
        return;
    *p = (struct place){picture,       picture->id,   row,         col,
                        picture->rows, picture->cols, picture->of, 0};
    draw_blank(p);
}

static int is_kitty(void)
{
    return terminal.info.graphics == GRAPHICS_KITTY && !terminal.scripted;
}

/* kitty's pictures are taken away by name (0: all); cells that are written over do nothing to them.
 */
static void take_away(unsigned long id)
{
    char text[KITTY_COMMAND];
    if (!is_kitty())
        return;
    kitty_delete((unsigned)id, text);
    ask_write(text, strlen(text));
}

void place_forget_standing(void)
{
    take_away(0);
    memset(terminal.standing, 0, sizeof terminal.standing);
}

/* ---- before a refresh ---- */

/* Is this place wanted: by the same picture, or (any) by some picture? */
static int is_wanted(const struct place *p, int any)
{
    for (int i = 0; i < PICTURE_SLOTS; i++) {
        const struct place *w = &terminal.wanted[i];
        if (w->picture && (any ? same_place(w, p) : same_picture(w, p)))
            return 1;
    }
    return 0;
}

/* Rewritten cells erase a picture in the terminals known to do so; elsewhere only a cleared screen
 * does. */
static int erases_by_cells(void)
{
    static const char *const names[] = {"XTerm", "foot",    "mlterm",
                                        "tmux",  "WezTerm", "Windows Term"};
    if (terminal.info.graphics != GRAPHICS_SIXEL)
        return 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncasecmp(terminal.info.name, names[i], strlen(names[i])) == 0)
            return 1;
    return 0;
}

/* tmux takes a whole picture away when anything in its rows is erased. */
static int loses_by_rows(void)
{
    return terminal.info.graphics == GRAPHICS_SIXEL &&
           strncasecmp(terminal.info.name, "tmux", 4) == 0;
}

void place_before_refresh(void)
{
    for (int i = 0; i < PICTURE_SLOTS; i++) {
        struct place *p = &terminal.standing[i];
        if (!p->picture)
            continue;
        if (is_kitty()) { /* they stand above text: while there is some, they go */
            if (!is_wanted(p, 1) || draw_has_text(p)) {
                take_away(p->id);
                p->picture = NULL;
            }
        } else if (is_wanted(p, 0)) {
            if (draw_will_blank(p) || (loses_by_rows() && draw_will_touch_rows(p)))
                p->picture = NULL;
        } else if (!is_wanted(p, 1)) {
            if (erases_by_cells())
                draw_erase(p);
            else
                terminal_redraw();
            p->picture = NULL;
        }
    }
}

/* ---- sending ---- */

/* 1: the terminal takes more; 0: a key waits; -1: it is gone. */
static int wait_for_room(void)
{
    for (;;) {
        if (terminal_key_waiting())
            return 0;
        struct pollfd p[] = {{terminal.picture_fd, POLLOUT, 0},
                             {STDIN_FILENO, POLLIN, 0},
                             {terminal.wake[0], POLLIN, 0}};
        if (poll(p, 3, 1000) < 0 && errno != EINTR)
            return -1;
        if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL))
            return -1;
        if (p[0].revents & POLLOUT)
            return 1;
    }
}

/* 1: all sent; 0: broken off. */
static int send_pieces(const char *bytes, size_t size)
{
    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        int room = terminal.picture_fd >= 0 ? wait_for_room() : !terminal_key_waiting();
        if (room <= 0)
            return 0;
        if (terminal.picture_fd >= 0) {
            ssize_t n = write(terminal.picture_fd, bytes, piece);
            if (n < 0 && errno != EAGAIN && errno != EINTR)
                return 0;
            piece = n > 0 ? (size_t)n : 0;
        } else {
            ask_write(bytes, piece);
        }
        bytes += piece;
        size -= piece;
    }
    return 1;
}

/* Text first put aside where the picture comes, then put back over it. */
static int send_bytes(const struct place *p, const char *bytes, size_t size)
{
    char head[HEAD_BYTES];
    int synchronized =
        terminal.info.synchronized && !is_kitty(); /* which shows frames that take long half done */
    int under = draw_has_text(p) && draw_cover(p) == 0;
    /* Margins are set back: a terminal that grew while curses started may scroll within old ones.
     */
    int n = snprintf(head, sizeof head, "%s\0337\033[r\033[m\033[%d;%dH",
                     synchronized ? "\033[?2026h" : "", p->row + 1, p->col + 1);
    ask_write(head, (size_t)n);
    int sent = send_pieces(bytes, size);
    /* Restoring the cursor is not enough: tmux and Windows' console lose it over a picture. */
    n = snprintf(head, sizeof head, "%s\0338\033[%d;%dH",
                 sent         ? ""
                 : is_kitty() ? kitty_break
                              : "\033\\\033[m",
                 terminal.at_row + 1, terminal.at_col + 1);
    ask_write(head, (size_t)n);
    if (under)
        draw_uncover();
    if (synchronized)
        ask_write("\033[?2026l", 8);
    return sent;
}

static int send_picture(const struct place *p)
{
    const struct picture *picture = p->picture;
    if (picture->graphics != GRAPHICS_BLOCKS)
        return send_bytes(p, picture->bytes, picture->size);
    char *bytes;
    size_t size;
    if (blocks_from_rgb(picture->rgb, picture->rows, picture->cols, p->row, p->col,
                        terminal.info.colors, &bytes, &size, NULL))
        return 0;
    int sent = send_bytes(p, bytes, size);
    free(bytes);
    return sent;
}

/* The next wanted picture that does not stand. */
static struct place *next_missing(void)
{
    for (int i = 0; i < PICTURE_SLOTS; i++) {
        struct place *w = &terminal.wanted[i];
        int found = !w->picture || (is_kitty() && draw_has_text(w));
        for (int k = 0; !found && k < PICTURE_SLOTS; k++)
            found = terminal.standing[k].picture && same_picture(&terminal.standing[k], w);
        if (!found)
            return w;
    }
    return NULL;
}

/* What the picture at a place has covered stands no longer. */
static void note_sent(const struct place *p, int whole)
{
    int slot = -1;
    for (int i = 0; i < PICTURE_SLOTS; i++) {
        struct place *s = &terminal.standing[i];
        if (s->picture && overlap(s, p)) { /* also the same place */
            if (s->id != p->id)
                take_away(s->id);
            s->picture = NULL;
        }
        if (!s->picture)
            slot = i;
    }
    if (slot < 0)
        return;
    terminal.standing[slot] = *p;
    terminal.standing[slot].partial = !whole;
}

/* May another picture go out, or are those before it still on their way? */
static int line_is_free(const struct picture *next)
{
    if (!ask_under_way(terminal.picture_asked))
        terminal.in_flight = 0;
    return terminal.in_flight == 0 || terminal.in_flight + next->size <= IN_FLIGHT;
}

/* In a burst of keys a picture would be broken off at once. */
static int keys_rest(void)
{
    int64_t now = clock_milliseconds();
    return terminal.last_key - terminal.key_before > KEY_BURST ||
           now - terminal.last_key >= KEY_REST;
}

int terminal_pictures(void)
{
    struct place *p;
    if (!terminal.started)
        return 1;
    while ((p = next_missing())) {
        if (terminal.scripted) {
            if (!fits(p))
                return 0;
            note_sent(p, 1);
            continue;
        }
        ask_expire();
        if (terminal_key_waiting() || !keys_rest() || !fits(p) ||
            ask_under_way(terminal.sizes_asked) || !line_is_free(p->picture))
            return 0;
        int sent = send_picture(p);
        note_sent(p, sent);
        if (!sent)
            return 0;
        terminal.in_flight += p->picture->size + 1;
        ask(PROBE_FENCE);
        terminal.picture_asked = terminal.asked;
    }
    return !ask_under_way(terminal.picture_asked);
}
