/* Datumaro's labels and items. */
#include "tests/labels/tool_files.h"

#define FORMAT "datumaro"
#define SEEDS  DATUMARO_FILE
#include "tests/fuzz/imports.h"
