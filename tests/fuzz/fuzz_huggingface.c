/* Hugging Face's metadata.jsonl. */
#include "tests/labels/tool_files.h"

#define FORMAT "huggingface"
#define SEEDS  HUGGING_FACE_FILE
#include "tests/fuzz/imports.h"
