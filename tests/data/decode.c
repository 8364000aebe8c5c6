/* decode WIDTH HEIGHT FILE...: are these pictures of that size? For test_emoji.sh. */
#include "data/image.h"
#include "data/status.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int failed = argc < 4;
    for (int i = 3; i < argc; i++) {
        struct image image;
        struct status st = {0};
        if (image_load(argv[i], 0, &image, &st) != 0) {
            printf("%s\n", st.text);
            failed = 1;
        } else if (image.width != atoi(argv[1]) || image.height != atoi(argv[2])) {
            printf("%s: is %d x %d\n", argv[i], image.width, image.height);
            failed = 1;
        }
        image_clear(&image);
    }
    return failed;
}
