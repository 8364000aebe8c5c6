/* The one thing of EXIF that is needed: which way up the camera was. */
#ifndef DATA_EXIF_H
#define DATA_EXIF_H

#include <stddef.h>

/* Orientation 1 to 8 from a TIFF block ("II*" or "MM", no "Exif" before it); 1 when there is none
 * or the block is damaged. 1 is upright; see image.c for the others. */
int exif_orientation(const unsigned char *tiff, size_t size);

#endif
