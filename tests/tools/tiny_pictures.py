#!/usr/bin/env python3
"""Makes tests/data/tiny.h: small files of every format, and the pixels Pillow reads from them.

    python3 tests/tools/tiny_pictures.py > tests/data/tiny.h

Pillow cannot write every kind of PNG; those are put together here by the PNG specification."""
import io
import struct
import zlib

from PIL import Image, ImageOps


def pixels(width, height):
    return [((x * 50) % 256, (y * 80) % 256, (x * 30 + y * 30) % 256)
            for y in range(height) for x in range(width)]


def picture(width=5, height=3):
    image = Image.new("RGB", (width, height))
    image.putdata(pixels(width, height))
    return image


def save(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, depth, colour, rows, interlace=0, extra=b""):
    """rows: packed rows without filter bytes."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def interlaced(image):
    width, height = image.size
    rows = []
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, height, dy):
            row = b"".join(bytes(image.getpixel((x, y))) for x in range(x0, width, dx))
            if row:
                rows.append(row)
    return png(width, height, 8, 2, rows, interlace=1)


def bits(width, depth, values):
    rows = []
    for at in range(0, len(values), width):
        text = "".join(format(v, "0%db" % depth) for v in values[at:at + width])
        text += "0" * (-len(text) % 8)
        rows.append(bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)))
    return rows


def over_grey(image):
    image = image.convert("RGBA")
    return [tuple((c * a + 128 * (255 - a) + 127) // 255 for c in (r, g, b))
            for r, g, b, a in image.getdata()]


def array(name, data):
    print("static const unsigned char %s[] = {" % name)
    for at in range(0, len(data), 16):
        print("    " + " ".join("%d," % b for b in data[at:at + 16]))
    print("};")


def emit(name, data, want=None, size=None, near=0):
    image = Image.open(io.BytesIO(data))
    if want is None:
        want = list(ImageOps.exif_transpose(image).convert("RGB").getdata())
    if size is None:
        size = ImageOps.exif_transpose(image).size
    array("tiny_" + name, data)
    array("tiny_" + name + "_rgb", [c for p in want for c in p])
    return "    {\"%s\", \"%s\", tiny_%s, sizeof tiny_%s, tiny_%s_rgb, %d, %d, %d}," % (
        name, {"PPM": "PNM"}.get(image.format, image.format), name, name, name, size[0], size[1],
        near)


def main():
    print("/* clang-format off */")
    print("/* Small files of every format and their pixels as Pillow reads them; made by")
    print(" * tests/tools/tiny_pictures.py. */")
    print("#ifndef TESTS_DATA_TINY_H\n#define TESTS_DATA_TINY_H\n\n#include <stddef.h>\n")
    rows = []
    rgb = picture()
    smooth = Image.new("RGB", (19, 13))
    smooth.putdata([(x * 12, y * 18, 128) for y in range(13) for x in range(19)])
    rows.append(emit("jpeg", save(smooth, "JPEG", quality=95, subsampling=0), near=1))
    rows.append(emit("jpeg_420", save(smooth, "JPEG", quality=90, subsampling=2), near=1))
    half = Image.open(io.BytesIO(save(smooth, "JPEG", quality=90, subsampling=2)))
    half.draft("RGB", (9, 6))
    print("/* jpeg_420 as Pillow reads it at half its size, %d x %d. */" % half.size)
    array("tiny_jpeg_half_rgb", half.tobytes())
    rows.append(emit("jpeg_progressive", save(smooth, "JPEG", quality=95, subsampling=0,
                                              progressive=True), near=1))
    rows.append(emit("jpeg_grey", save(smooth.convert("L"), "JPEG", quality=95), near=1))
    four = Image.new("CMYK", smooth.size) # without black: what is left of white, however it is mixed
    four.putdata([(255 - r, 255 - g, 255 - b, 0) for r, g, b in smooth.getdata()])
    rows.append(emit("jpeg_cmyk", save(four, "JPEG", quality=95), list(smooth.getdata()), near=4))
    rows.append(emit("png", save(rgb, "PNG")))
    rows.append(emit("png_interlaced", interlaced(picture(9, 10))))
    palette = rgb.quantize(8)
    rows.append(emit("png_palette", save(palette, "PNG")))
    alphas = bytes([0, 255, 128, 7, 200, 99, 13, 255])
    data = save(palette, "PNG", transparency=alphas)
    rows.append(emit("png_palette_alpha", data, over_grey(Image.open(io.BytesIO(data)))))
    rows.append(emit("png_grey", save(rgb.convert("L"), "PNG")))
    rows.append(emit("png_1bit", png(5, 3, 1, 0, bits(5, 1, [0, 1, 1, 0, 1] * 3))))
    grey2 = [0, 1, 2, 3, 0] * 3
    rows.append(emit("png_2bit", png(5, 3, 2, 0, bits(5, 2, grey2)),
                     [(v * 85,) * 3 for v in grey2]))
    la = Image.merge("LA", (rgb.getchannel(0), rgb.getchannel(1)))
    rows.append(emit("png_grey_alpha", save(la, "PNG"), over_grey(la)))
    rgba = Image.merge("RGBA", (*rgb.split(), rgb.getchannel(0)))
    rows.append(emit("png_rgba", save(rgba, "PNG"), over_grey(rgba)))
    wide = [b"".join(struct.pack(">HHH", *(c * 256 + 77 for c in rgb.getpixel((x, y))))
                     for x in range(5)) for y in range(3)]
    rows.append(emit("png_16bit", png(5, 3, 16, 2, wide), list(rgb.getdata())))
    keyed = png(5, 3, 8, 2, [b"".join(bytes(rgb.getpixel((x, y))) for x in range(5))
                             for y in range(3)],
                extra=chunk(b"tRNS", struct.pack(">HHH", *rgb.getpixel((2, 1)))))
    want = list(rgb.getdata())
    want[1 * 5 + 2] = (128, 128, 128)
    rows.append(emit("png_key_colour", keyed, want))
    rows.append(emit("bmp", save(rgb, "BMP")))
    rows.append(emit("bmp_palette", save(palette, "BMP")))
    rows.append(emit("gif", save(palette, "GIF")))
    second = Image.new("P", (5, 3), 1)
    second.putpalette(palette.getpalette())
    rows.append(emit("gif_frames", save(palette, "GIF", save_all=True, append_images=[second])))
    seen = save(palette, "GIF", transparency=palette.getpixel((0, 0)))
    rows.append(emit("gif_transparent", seen, over_grey(Image.open(io.BytesIO(seen)))))
    raw = rgb.tobytes()
    grey = rgb.convert("L").tobytes()
    rows.append(emit("ppm", b"P6\n# a comment\n5 3\n255\n" + raw))
    rows.append(emit("pgm", b"P5 5 3 255\n" + grey))
    rows.append(emit("ppm_text", b"P3\n5 3\n255\n" + b" ".join(b"%d" % v for v in raw) + b"\n"))
    rows.append(emit("pgm_text", b"P2\n5 3\n255\n" + b" ".join(b"%d" % v for v in grey) + b"\n"))
    rows.append(emit("pbm", b"P4\n10 2\n" + bytes([0b10110010, 0b01000000, 0b11110000, 0])))
    rows.append(emit("pbm_text", b"P1\n3 2\n101\n0 1 0\n"))
    wide_grey = b"P5 5 3 65535\n" + b"".join(struct.pack(">H", v * 257) for v in grey)
    rows.append(emit("pgm_16bit", wide_grey, [(v,) * 3 for v in grey], (5, 3)))
    low = bytes(v * 15 // 255 for v in grey)
    rows.append(emit("pgm_white_15", b"P5 5 3 15\n" + low, [(v * 17,) * 3 for v in low]))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        rows.append(emit("png_turned_%d" % orientation, save(picture(3, 2), "PNG", exif=exif)))
    gradient = Image.new("RGB", (70, 45))
    gradient.putdata([(x * 3, y * 5, x + y) for y in range(45) for x in range(70)])
    print("/* 70 x 45; a pixel is 3 x, 5 y, x + y. */")
    array("tiny_gradient", save(gradient, "PNG"))
    print("""
static const struct tiny {
    const char *name, *format;
    const unsigned char *bytes;
    size_t size;
    const unsigned char *rgb; /* upright, alpha on grey 128 */
    int width, height, near; /* levels by which decoders may differ */
} tiny[] = {""")
    print("\n".join(rows))
    print("};\n\nenum { TINY_COUNT = sizeof tiny / sizeof *tiny };\n\n#endif")


main()
