/* Prodigy's JSON Lines. */
#include "tests/labels/tool_files.h"

#define FORMAT "prodigy"
#define SEEDS  PRODIGY_FILE
#include "tests/fuzz/imports.h"
