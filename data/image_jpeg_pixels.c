/* Pixels of a JPEG of one or three colours, by libjpeg (libjpeg-turbo): faster than stb_image, the
 * same pixels as Pillow's, and much faster still where a smaller picture is enough, which it makes
 * from the frequencies without ever having the large one. */
#include "data/image_format.h"

#include "data/status.h"

#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which needs it */

#include <jpeglib.h>
#include <jerror.h>

enum { PADDING = 16 /* bytes */ };

struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    int out_of_memory;
    char why[JMSG_LENGTH_MAX];
};

/* libjpeg's way to say that it cannot go on. */
static void fail(j_common_ptr jpeg)
{
    struct decoder *d = (struct decoder *)jpeg->client_data;
    d->out_of_memory = jpeg->err->msg_code == JERR_OUT_OF_MEMORY;
    jpeg->err->format_message(jpeg, d->why);
    longjmp(d->failed, 1);
}

/* Bytes that belong to nothing are padding where they are few and at no restart, else what is left
 * when the decoder is out of step. */
static int is_padding(const struct jpeg_error_mgr *err)
{
    int bytes = err->msg_parm.i[0], marker = err->msg_parm.i[1];
    return bytes <= PADDING && !(marker >= JPEG_RST0 && marker < JPEG_RST0 + 8);
}

/* Of what libjpeg would go on after, these leave every pixel as it should be; after anything else
 * pixels are made up. It does not notice every wrong code of a damaged baseline file. */
static int is_harmless(const struct jpeg_error_mgr *err)
{
    switch (err->msg_code) {
    case JWRN_EXTRANEOUS_DATA: return is_padding(err);
    case JWRN_NOT_SEQUENTIAL: /* numbers that mean nothing in a baseline file, and may be 0 */
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR: return 1;
    default: return 0;
    }
}

static void judge(j_common_ptr jpeg, int level)
{
    if (level < 0 && !is_harmless(jpeg->err))
        fail(jpeg);
}

static void say_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

/* The largest reduction that leaves both sides `least` pixels or more (and one, as libjpeg rounds
 * up). */
static unsigned reduction(unsigned width, unsigned height, int least)
{
    unsigned side = width < height ? width : height, by = 1;
    while (least > 0 && by < 8 && side / (2 * by) >= (unsigned)least)
        by *= 2;
    return by;
}

/* Returns 0, -1, or 1: four colours, which libjpeg does not turn into three. */
static int read_pixels(struct decoder *d, const struct image_bytes *in, int least,
                       struct image *out, struct status *st)
{
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    jpeg_mem_src(jpeg, in->at, (unsigned long)in->size);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components == 4)
        return 1;
    jpeg->out_color_space = JCS_RGB;
    jpeg->scale_num = 1;
    jpeg->scale_denom = reduction(jpeg->image_width, jpeg->image_height, least);
    jpeg_start_decompress(jpeg);
    if (image_new_for(in, (int)jpeg->output_width, (int)jpeg->output_height, out, st) != 0)
        return -1;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW rows[8];
        unsigned first = jpeg->output_scanline, count = jpeg->output_height - first;
        count = count < 8 ? count : 8;
        for (unsigned i = 0; i < count; i++)
            rows[i] = out->rgb + (size_t)(first + i) * jpeg->output_width * 3;
        jpeg_read_scanlines(jpeg, rows, count);
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

/* A function of its own: none of its variables changes between setjmp and longjmp. */
static int try_to_read(struct decoder *d, const struct image_bytes *in, int least,
                       struct image *out, struct status *st)
{
    if (setjmp(d->failed) == 0) {
        jpeg_create_decompress(&d->jpeg);
        return read_pixels(d, in, least, out, st);
    }
    if (d->out_of_memory)
        return status_fail(st, STATUS_MEMORY, "%s: out of memory for its pixels", in->name);
    return image_damaged(in, "JPEG", d->why, st);
}

int image_jpeg_pixels(const struct image_bytes *in, const struct image_header *header, int least,
                      struct image *out, struct status *st)
{
    struct decoder d = {.out_of_memory = 0};
    if (header->width > JPEG_MAX_DIMENSION || header->height > JPEG_MAX_DIMENSION)
        return image_decode_stb(in, "JPEG", out, st); /* 35 pixels more are possible */
    d.jpeg.err = jpeg_std_error(&d.errors);
    d.jpeg.client_data = &d;
    d.errors.error_exit = fail;
    d.errors.emit_message = judge;
    d.errors.output_message = say_nothing;
    int result = try_to_read(&d, in, least, out, st);
    jpeg_destroy_decompress(&d.jpeg);
    if (result < 0)
        image_drop(in, out);
    return result > 0 ? image_decode_stb(in, "JPEG", out, st) : result;
}
