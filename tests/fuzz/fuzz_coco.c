/* COCO's lists. */
#include "tests/labels/tool_files.h"

#define FORMAT "coco"
#define SEEDS  COCO_FILE
#include "tests/fuzz/imports.h"
