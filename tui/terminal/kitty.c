/* The PNG is not compressed: deflate would want a library (zlib), and brings photos of 256 colours
 * down by a quarter only. With one byte a pixel, its base64 is about as long as the same picture as
 * sixels. */
#include "tui/terminal/kitty.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/terminal/sixel.h"

enum {
    COLORS = 256,
    PIECE = 3072 /* bytes a chunk, 4096 of base64 */,
    STORED = 65535,
    HEAD = 128,
    CHUNK_HEAD = 24
};

const char kitty_break[] = "\033\\\033_Gm=0,q=2;\033\\";

const char *kitty_delete(unsigned id, char text[KITTY_COMMAND])
{
    if (id)
        snprintf(text, KITTY_COMMAND, "\033_Ga=d,d=I,i=%u,q=2;\033\\", id);
    else
        snprintf(text, KITTY_COMMAND, "\033_Ga=d,d=A,q=2;\033\\");
    return text;
}

/* ---- PNG ---- */

struct writer {
    unsigned char *at;
};

static void put32(struct writer *w, uint32_t v)
{
    for (int i = 3; i >= 0; i--)
        *w->at++ = (unsigned char)(v >> (8 * i));
}

static uint32_t crc(const unsigned char *bytes, size_t size)
{
    uint32_t table[16], c = 0xffffffff;
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int k = 0; k < 4; k++)
            table[i] = table[i] & 1 ? 0xedb88320 ^ table[i] >> 1 : table[i] >> 1;
    }
    for (size_t i = 0; i < size; i++) {
        c = table[(c ^ bytes[i]) & 15] ^ c >> 4;
        c = table[(c ^ bytes[i] >> 4) & 15] ^ c >> 4;
    }
    return ~c;
}

static uint32_t adler(const unsigned char *bytes, size_t size)
{
    uint32_t a = 1, b = 0;
    while (size > 0) {
        size_t some = size < 5552 ? size : 5552; /* the sums stay below 2^32 */
        for (size_t i = 0; i < some; i++)
            b += a += bytes[i];
        a %= 65521;
        b %= 65521;
        bytes += some;
        size -= some;
    }
    return b << 16 | a;
}

/* Type and data stand behind `length` already. */
static void end_chunk(struct writer *w, unsigned char *length)
{
    struct writer head = {length};
    size_t size = (size_t)(w->at - length) - 8;
    put32(&head, (uint32_t)size);
    put32(w, crc(length + 4, size + 4));
}

static unsigned char *begin_chunk(struct writer *w, const char *type)
{
    unsigned char *length = w->at;
    memcpy(w->at + 4, type, 4);
    w->at += 8;
    return length;
}

/* zlib's frame around blocks that are stored as they are. */
static void put_stored(struct writer *w, const unsigned char *bytes, size_t size)
{
    uint32_t sum = adler(bytes, size);
    *w->at++ = 0x78;
    *w->at++ = 0x01;
    while (size > 0) {
        size_t some = size < STORED ? size : STORED;
        *w->at++ = some == size;
        *w->at++ = (unsigned char)some;
        *w->at++ = (unsigned char)(some >> 8);
        *w->at++ = (unsigned char)~some;
        *w->at++ = (unsigned char)(~some >> 8);
        memcpy(w->at, bytes, some);
        w->at += some;
        bytes += some;
        size -= some;
    }
    put32(w, sum);
}

static size_t png_most(size_t pixels, int height)
{
    size_t raw = pixels + (size_t)height;
    return raw + 5 * (raw / STORED + 1) + 3 * COLORS + HEAD;
}

/* rows [height, 1 + width]: a zero before each row of registers. */
static size_t write_png(const unsigned char *rows, int width, int height,
                        const unsigned char *palette, int count, unsigned char *out)
{
    struct writer w = {out};
    memcpy(w.at, "\x89PNG\r\n\x1a\n", 8);
    w.at += 8;
    unsigned char *chunk = begin_chunk(&w, "IHDR");
    put32(&w, (uint32_t)width);
    put32(&w, (uint32_t)height);
    memcpy(w.at, "\x08\x03\0\0\0", 5); /* 8 bits, palette */
    w.at += 5;
    end_chunk(&w, chunk);
    chunk = begin_chunk(&w, "PLTE");
    memcpy(w.at, palette, (size_t)count * 3);
    w.at += count * 3;
    end_chunk(&w, chunk);
    chunk = begin_chunk(&w, "IDAT");
    put_stored(&w, rows, (size_t)height * ((size_t)width + 1));
    end_chunk(&w, chunk);
    chunk = begin_chunk(&w, "IEND");
    end_chunk(&w, chunk);
    return (size_t)(w.at - out);
}

/* ---- chunks of base64 ---- */

static char *put_base64(char *out, const unsigned char *b, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; size > 0; b += 3, size -= size < 3 ? size : 3) {
        unsigned v =
            (unsigned)b[0] << 16 | (size > 1 ? (unsigned)b[1] << 8 : 0) | (size > 2 ? b[2] : 0);
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = size > 1 ? digits[v >> 6 & 63] : '=';
        *out++ = size > 2 ? digits[v & 63] : '=';
    }
    return out;
}

static size_t chunks_most(size_t png)
{
    return png / 3 * 4 + 4 + (png / PIECE + 1) * CHUNK_HEAD + HEAD;
}

size_t kitty_size(size_t pixels, int height)
{
    return chunks_most(png_most(pixels, height));
}

static size_t write_chunks(const unsigned char *png, size_t size, int rows, int cols, unsigned id,
                           char *out)
{
    char *at = out + sprintf(out, "\033_Ga=T,q=2,f=100,C=1,i=%u,c=%d,r=%d,m=%d;", id, cols, rows,
                             size > PIECE);
    for (size_t done = 0; done < size; done += PIECE) {
        size_t some = size - done < PIECE ? size - done : PIECE;
        if (done > 0)
            at += sprintf(at, "\033_Gm=%d;", done + some < size);
        at = put_base64(at, png + done, some);
        at = stpcpy(at, "\033\\");
    }
    return (size_t)(at - out);
}

int kitty_from_rgb(const unsigned char *rgb, int width, int height, int rows, int cols, unsigned id,
                   unsigned background, char **bytes, size_t *size, struct status *st)
{
    size_t pixels = (size_t)width * (size_t)height;
    unsigned char palette[3 * COLORS];
    unsigned char *lines = malloc(pixels + (size_t)height), *png = malloc(png_most(pixels, height));
    unsigned char *registers = malloc(pixels);
    *bytes = malloc(kitty_size(pixels, height));
    int count = 0, failed = !lines || !png || !registers || !*bytes ? status_out_of_memory(st) : 0;
    if (!failed)
        failed =
            sixel_registers(rgb, width, height, COLORS, background, registers, palette, &count, st);
    for (int y = 0; !failed && y < height; y++) {
        lines[(size_t)y * ((size_t)width + 1)] = 0;
        memcpy(lines + (size_t)y * ((size_t)width + 1) + 1, registers + (size_t)y * (size_t)width,
               (size_t)width);
    }
    if (!failed)
        *size = write_chunks(png, write_png(lines, width, height, palette, count, png), rows, cols,
                             id, *bytes);
    free(lines);
    free(png);
    free(registers);
    if (failed) {
        free(*bytes);
        *bytes = NULL;
    }
    return failed ? -1 : 0;
}
