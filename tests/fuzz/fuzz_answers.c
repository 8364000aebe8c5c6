/* What a terminal may send: keys, answers, and anything else. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "tui/terminal/input.h"
#include "tui/terminal/probe.h"

/* In pieces of a size that the bytes themselves decide. */
void fuzz_one(const unsigned char *bytes, size_t size)
{
    static struct input in;
    struct answers answers = {0};
    struct probe_environment e = {
        .rows = 24, .cols = 80, .xpixel = 800, .ypixel = 480, .colors = 256};
    struct terminal_info info;
    size_t at = 0, piece = size ? 1 + bytes[0] : 1;
    memset(&in, 0, sizeof in);
    if (size > 1 << 14)
        size = 1 << 14;
    for (int rounds = 0; at < size || in.used > 0 || in.skipping; rounds++) {
        struct input_event event;
        int waited = at < size ? rounds % 7 * 20 : INPUT_SEQUENCE_WAIT;
        at += input_feed(&in, bytes + at, piece < size - at ? piece : size - at);
        do {
            size_t used = in.used;
            input_next(&in, waited, &event);
            assert(event.kind == INPUT_NOTHING || in.used < used); /* always goes on */
            assert(event.kind != INPUT_KEY || event.key > 0);
            if (event.kind == INPUT_ANSWER)
                answers_note(&answers, &event.answer);
        } while (event.kind != INPUT_NOTHING);
        assert(in.used == 0 || input_patience(&in) >= 0);
        assert(rounds < 1 << 16); /* time always ends what is unfinished */
    }
    probe_decide(&answers, &e, &info);
    assert(info.cell_width > 0 && info.cell_height > 0 && info.graphics != GRAPHICS_AUTO);
}

FUZZ_SEED_TEXTS(
    "\033P>|XTerm(379)\033\\\033[?1;0;256S\033[?2;0;1350;760S\033[6;19;9t\033[4;760;1350t"
    "\033[?2026;0$y\033]11;rgb:ffff/ffff/ffff\033\\\033[?63;1;2;4;6;9;15;16;22;28c",
    "jk\033[A\033OB\033[1;5C\033[3~\033[[A\033[7$"
    "a\r\t\177\033\033j\303\251\355\225\234\360\237\230\200",
    "\033]11;#102030\007\033_Gi=1;OK\033\\\033P1$r0m\033\\\033[24;80R\033[0n\033[<0;1;1M",
    "\033[<0;12;34M\033[<0;13;34m\033[<64;1;1M\033[<65;999;999M\033[M !!\033[M\377\377\377\033[32;5;7M")
