/* stb_image as data/ uses it: the same switches wherever it is included. */
#ifndef DATA_STB_H
#define DATA_STB_H

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#include <stb/stb_image.h>

#endif
