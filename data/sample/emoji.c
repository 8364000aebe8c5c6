/* emoji OUT: a library of about 1,800 sample pictures with a published hierarchy of labels, made
 * from two Debian packages and without a network:
 *
 *     /usr/share/unicode/emoji/emoji-test.txt     groups and subgroups (Food & Drink > drink)
 *     NotoColorEmoji.ttf                          a picture of 136 x 128 pixels for each
 *
 *     OUT/pictures/1f600.png ...  named by code points, so that no name gives its label away
 *     OUT/labels.csv   photo,label1,label2,split: every label; 15 % are split val: kept aside
 *     OUT/start.csv    photo,label1,label2: two a subgroup, to start a review with
 *
 * Variants by skin colour are left out. The same packages give the same files. */
#include "data/file.h"
#include "data/rng.h"
#include "data/sample/ligatures.h"
#include "data/scan.h"
#include "data/status.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_TRUETYPE_TABLES_H
#include FT_TRUETYPE_TAGS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned char *compress_fast(const unsigned char *data, int size, int *out_size);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wshadow"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#define STBIW_ZLIB_COMPRESS(data, size, out_size, quality) compress_fast(data, size, out_size)
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

enum {
    SIDE =
        160, /* of the pictures: the glyph with a margin, so that a centre crop holds all of it */
    BACKGROUND = 232,
    MAX_CODES = 16,
    MAX_EMOJI = 8192,
    SEED = 1,
    KEPT_PERCENT = 15,
    START_PER_SUBGROUP = 2
};

static const char list_path[] = "/usr/share/unicode/emoji/emoji-test.txt";
static const char font_path[] = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";

struct emoji {
    char photo[160];              /* "pictures/1f600.png" */
    const char *group, *subgroup; /* in the text of the list */
    uint32_t codes[MAX_CODES];
    size_t count;
    int kept, start; /* aside: split val */
};

struct sample {
    char *text; /* of the list; group and subgroup names lie in it */
    struct emoji *emoji;
    size_t count, left_out;
    FT_Library library;
    FT_Face face;
    unsigned char *gsub;
    size_t gsub_size;
};

/* ---- the list ---- */

static int is_skin_colour(uint32_t code)
{
    return code >= 0x1F3FB && code <= 0x1F3FF;
}

/* "1F468 200D 1F33E ; fully-qualified # ...": 1 when it is an emoji to take. */
static int parse_line(const char *line, struct emoji *e)
{
    char *end;
    size_t length = 0;
    e->count = 0;
    for (; *line != ';'; line = end + strspn(end, " ")) {
        unsigned long code = strtoul(line, &end, 16);
        if (end == line || code == 0 || code > 0x10FFFF || e->count == MAX_CODES ||
            is_skin_colour((uint32_t)code))
            return 0;
        e->codes[e->count++] = (uint32_t)code;
    }
    if (e->count == 0 || strncmp(line, "; fully-qualified", 17) != 0)
        return 0;
    length = (size_t)snprintf(e->photo, sizeof e->photo, "pictures/");
    for (size_t i = 0; i < e->count; i++)
        length += (size_t)snprintf(e->photo + length, sizeof e->photo - length, "%s%lx",
                                   i ? "-" : "", (unsigned long)e->codes[i]);
    snprintf(e->photo + length, sizeof e->photo - length, ".png");
    return 1;
}

static int read_list(struct sample *s, struct status *st)
{
    static const char group[] = "# group: ", subgroup[] = "# subgroup: ";
    const char *in_group = "", *in_subgroup = "";
    size_t size;
    if (file_read(list_path, 16 << 20, &s->text, &size, st) != 0)
        return status_prefix(st, "package unicode-data");
    s->emoji = calloc(MAX_EMOJI, sizeof *s->emoji);
    if (!s->emoji)
        return status_out_of_memory(st);
    char *rest = s->text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        struct emoji e = {0};
        if (strncmp(line, group, sizeof group - 1) == 0)
            in_group = line + sizeof group - 1;
        else if (strncmp(line, subgroup, sizeof subgroup - 1) == 0)
            in_subgroup = line + sizeof subgroup - 1;
        else if (line[0] != '#' && parse_line(line, &e) && s->count < MAX_EMOJI) {
            e.group = in_group;
            e.subgroup = in_subgroup;
            s->emoji[s->count++] = e;
        }
    }
    if (s->count == 0)
        return status_fail(st, STATUS_FORMAT, "%s: lists no emoji", list_path);
    return 0;
}

/* ---- the font ---- */

static int open_font(struct sample *s, struct status *st)
{
    FT_ULong size = 0;
    if (FT_Init_FreeType(&s->library) != 0)
        return status_out_of_memory(st);
    if (FT_New_Face(s->library, font_path, 0, &s->face) != 0)
        return status_fail(st, STATUS_MISSING,
                           "package fonts-noto-color-emoji: %s cannot be opened", font_path);
    if (s->face->num_fixed_sizes < 1 || FT_Select_Size(s->face, 0) != 0)
        return status_fail(st, STATUS_FORMAT, "%s: has no pictures of a fixed size", font_path);
    if (FT_Load_Sfnt_Table(s->face, TTAG_GSUB, 0, NULL, &size) != 0 || size == 0 || size > 16 << 20)
        return 0; /* without ligatures: single emoji only */
    s->gsub = malloc(size);
    if (!s->gsub)
        return status_out_of_memory(st);
    if (FT_Load_Sfnt_Table(s->face, TTAG_GSUB, 0, s->gsub, &size) == 0)
        s->gsub_size = size;
    return 0;
}

/* The glyph of a sequence, or 0. The selector U+FE0F says "as a picture", which all of these are:
 * most ligatures of the font are without it. */
static uint32_t find_glyph(const struct sample *s, const struct emoji *e, int with_selectors)
{
    uint32_t glyphs[MAX_CODES];
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++) {
        if (e->codes[i] == 0xFE0F && !with_selectors)
            continue;
        glyphs[count] = FT_Get_Char_Index(s->face, e->codes[i]);
        if (glyphs[count++] == 0)
            return 0;
    }
    count = ligatures_apply(s->gsub, s->gsub_size, glyphs, count);
    return count == 1 ? glyphs[0] : 0;
}

/* Puts the glyph's picture into the middle of a plain one. FreeType gives blue, green, red, alpha,
 * the colours already multiplied by it. */
static int draw(const struct sample *s, uint32_t glyph, unsigned char rgb[SIDE * SIDE * 3])
{
    if (glyph == 0 || FT_Load_Glyph(s->face, glyph, FT_LOAD_COLOR) != 0)
        return -1;
    const FT_Bitmap *b = &s->face->glyph->bitmap;
    if (b->pixel_mode != FT_PIXEL_MODE_BGRA || b->width < 1 || b->rows < 1 || b->width > SIDE ||
        b->rows > SIDE)
        return -1;
    memset(rgb, BACKGROUND, (size_t)SIDE * SIDE * 3);
    size_t left = (SIDE - b->width) / 2, top = (SIDE - b->rows) / 2;
    for (size_t y = 0; y < b->rows; y++) {
        const unsigned char *from = b->buffer + (ptrdiff_t)y * b->pitch;
        unsigned char *to = rgb + 3 * ((top + y) * SIDE + left);
        for (size_t x = 0; x < b->width; x++, from += 4, to += 3)
            for (int c = 0; c < 3; c++) {
                int value = from[2 - c] + (BACKGROUND * (255 - from[3]) + 127) / 255;
                to[c] = (unsigned char)(value > 255 ? 255 : value);
            }
    }
    return 0;
}

/* ---- what is written ---- */

/* With zlib, which FreeType brings along: stb's own takes three quarters of all the time. */
static unsigned char *compress_fast(const unsigned char *data, int size, int *out_size)
{
    uLongf length = compressBound((uLong)size);
    unsigned char *out = malloc(length);
    if (out && compress2(out, &length, data, (uLong)size, Z_BEST_SPEED) != Z_OK) {
        free(out);
        return NULL;
    }
    *out_size = (int)length;
    return out;
}

/* Not with file_write: two thousand syncs take longer than all the rest, and the sample can be made
 * again. */
static int write_picture(const char *path, const unsigned char *rgb, struct status *st)
{
    int size = 0;
    unsigned char *png = stbi_write_png_to_mem(rgb, SIDE * 3, SIDE, SIDE, 3, &size);
    if (!png)
        return status_out_of_memory(st);
    FILE *f = fopen(path, "wb");
    int failed = !f || fwrite(png, 1, (size_t)size, f) != (size_t)size;
    if (f && fclose(f) != 0)
        failed = 1;
    free(png);
    return failed ? status_fail_errno(st, "%s", path) : 0;
}

/* Draws everything; what has no picture leaves the list. */
static int write_pictures(struct sample *s, const char *out, struct status *st)
{
    static unsigned char rgb[SIDE * SIDE * 3];
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct emoji *e = &s->emoji[i];
        if (draw(s, find_glyph(s, e, 0), rgb) != 0 && draw(s, find_glyph(s, e, 1), rgb) != 0)
            continue;
        char *path = file_join(out, e->photo);
        int failed = path ? write_picture(path, rgb, st) : status_out_of_memory(st);
        free(path);
        if (failed)
            return -1;
        s->emoji[kept++] = *e;
    }
    s->left_out = s->count - kept;
    s->count = kept;
    if (kept == 0)
        return status_fail(st, STATUS_FORMAT, "%s: has no picture of any emoji", font_path);
    return 0;
}

/* By name, so that another version of the packages moves few others. */
static void choose_kept(struct sample *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct emoji *e = &s->emoji[i];
        struct rng r;
        rng_seed(&r, SEED, scan_hash_bytes(e->photo, strlen(e->photo)));
        e->kept = rng_below(&r, 100) < KEPT_PERCENT;
    }
}

/* Subgroups stand together in the list. */
static void choose_start(struct sample *s)
{
    int order[MAX_EMOJI];
    struct rng r;
    rng_seed(&r, SEED, 0);
    for (size_t from = 0, to; from < s->count; from = to) {
        int n = 0;
        for (to = from; to < s->count && s->emoji[to].subgroup == s->emoji[from].subgroup; to++)
            if (!s->emoji[to].kept)
                order[n++] = (int)to;
        rng_shuffle(&r, order, (size_t)n);
        for (int i = 0; i < n && i < START_PER_SUBGROUP; i++)
            s->emoji[order[i]].start = 1;
    }
}

/* A field by RFC 4180. */
static void put_field(FILE *f, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

static int write_labels(const struct sample *s, const char *out, const char *name, int start_only,
                        struct status *st)
{
    struct file_writer w;
    char *path = file_join(out, name);
    int result = path ? file_writer_open(&w, path, st) : status_out_of_memory(st);
    if (result == 0) {
        fprintf(w.stream, "photo,label1,label2%s\n", start_only ? "" : ",split");
        for (size_t i = 0; i < s->count; i++) {
            const struct emoji *e = &s->emoji[i];
            if (start_only && !e->start)
                continue;
            put_field(w.stream, e->photo);
            fputc(',', w.stream);
            put_field(w.stream, e->group);
            fputc(',', w.stream);
            put_field(w.stream, e->subgroup);
            fprintf(w.stream, "%s\n", start_only ? "" : e->kept ? ",val" : ",");
        }
        result = file_writer_commit(&w, st);
    }
    free(path);
    return result;
}

static int make_folders(const char *out, struct status *st)
{
    char *pictures = file_join(out, "pictures");
    if (!pictures)
        return status_out_of_memory(st);
    int result = file_make_folder(out, st) != 0 || file_make_folder(pictures, st) != 0 ? -1 : 0;
    free(pictures);
    return result;
}

static int make_sample(struct sample *s, const char *out, struct status *st)
{
    if (read_list(s, st) != 0 || open_font(s, st) != 0 || make_folders(out, st) != 0 ||
        write_pictures(s, out, st) != 0)
        return -1;
    choose_kept(s);
    choose_start(s);
    if (write_labels(s, out, "start.csv", 1, st) != 0)
        return -1;
    return write_labels(s, out, "labels.csv", 0, st); /* the last: who finds it finds all */
}

int main(int argc, char **argv)
{
    struct sample s = {0};
    struct status st = {0};
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr,
                "usage: emoji OUT\nMakes a library of sample pictures in the folder OUT.\n");
        return 2;
    }
    stbi_write_force_png_filter = 0; /* flat colours: smallest, and half the time */
    int failed = make_sample(&s, argv[1], &st) != 0;
    if (failed)
        fprintf(stderr, "emoji: %s\n", st.text);
    else
        printf("%zu pictures in %s/pictures; %zu emoji have none in this font and were left out\n",
               s.count, argv[1], s.left_out);
    free(s.text);
    free(s.emoji);
    free(s.gsub);
    FT_Done_Face(s.face);
    FT_Done_FreeType(s.library);
    return failed;
}
