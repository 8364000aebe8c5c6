#!/usr/bin/env python3
"""Prints the constants of tests/data/resample_references.h: what Pillow makes of pictures by a rule, and
torchvision's centre crops of them.

    python3 tests/tools/resample_references.py > tests/data/resample_references.h"""
from PIL import Image
from torchvision import transforms as T

FILTERS = (("BOX", Image.BOX), ("BILINEAR", Image.BILINEAR), ("BICUBIC", Image.BICUBIC))


def picture(width, height):
    """Noise, and a hard edge for the filters to overshoot at; the test has the same rule."""
    image = Image.new("RGB", (width, height))
    image.putdata([tuple((x * x * 7 + y * 29 + x * y * (c + 3) + c * 101) % 256
                         if (x // 5 + y // 4) % 2 else (255 if (x + y + c) % 3 else 0)
                         for c in range(3)) for y in range(height) for x in range(width)])
    return image


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def row(image, *fields):
    data = image.tobytes()
    at = [0, len(data) // 3, len(data) // 2, len(data) - 1]
    print("    {%s, %d, 0x%016xu, {%s}}," % (", ".join(map(str, fields)), sum(data), fnv(data),
                                         ", ".join(str(data[i]) for i in at)))


def main():
    print("/* clang-format off */")
    print("/* Made by tests/tools/resample_references.py with Pillow and torchvision. */")
    print("#ifndef TESTS_DATA_RESAMPLE_REFERENCES_H\n#define TESTS_DATA_RESAMPLE_REFERENCES_H\n")
    print('#include "data/resample.h"\n\n#include <stdint.h>\n')
    print("static const struct {\n    int width, height, to_width, to_height;\n"
          "    struct resample_box box; /* right 0: all of it */\n"
          "    enum resample_filter filter;\n    long sum;\n    uint64_t fnv;\n"
          "    unsigned char at[4]; /* first, one third, half, last byte */\n} resized[] = {")
    for width, height, to_width, to_height, box in (
            (13, 9, 5, 4, None), (13, 9, 20, 17, None), (64, 48, 64, 20, None),
            (64, 48, 30, 48, None), (200, 150, 64, 48, None), (200, 150, 341, 256, None),
            (1, 1, 3, 2, None), (2, 300, 7, 5, None), (300, 2, 5, 7, None), (97, 61, 1, 1, None),
            (31, 40, 16, 24, (2, 3, 18, 27)), (31, 40, 11, 7, (1.5, 2.25, 30.75, 39.5))):
        for name, which in FILTERS:
            image = picture(width, height).resize((to_width, to_height), which, box=box)
            text = "{0, 0, 0, 0}" if box is None else "{%sf, %sf, %sf, %sf}" % tuple(
                float(v) for v in box)
            row(image, width, height, to_width, to_height, text, "RESAMPLE_" + name)
    print("};\n\nstatic const struct {\n    int width, height, input, resize;\n"
          "    enum resample_filter filter;\n    long sum;\n    uint64_t fnv;\n"
          "    unsigned char at[4];\n} cropped[] = {")
    for width, height in ((100, 80), (80, 100), (33, 200), (51, 50), (20, 20), (7, 400)):
        for size, resize in ((32, 36), (32, 37), (48, 48), (40, 30)):
            for name, which in FILTERS[1:]:
                mode = T.InterpolationMode.BILINEAR if name == "BILINEAR" else \
                    T.InterpolationMode.BICUBIC
                image = T.CenterCrop(size)(T.Resize(resize, mode)(picture(width, height)))
                row(image, width, height, size, resize, "RESAMPLE_" + name)
    print("};\n\n#endif")


main()
