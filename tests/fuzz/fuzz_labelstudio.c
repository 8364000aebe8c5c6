/* Label Studio's tasks. */
#include "tests/labels/tool_files.h"

#define FORMAT "labelstudio"
#define SEEDS  LABEL_STUDIO_FILE
#include "tests/fuzz/imports.h"
