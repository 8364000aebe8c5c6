/* The text of one piece of JSON, before cJSON sees it. For json_items.c. */
#ifndef LABELS_FORMATS_JSON_TEXT_H
#define LABELS_FORMATS_JSON_TEXT_H

#include <stddef.h>

struct status;

/* Rewrites, in place and not longer, what json_items.h says goes beyond JSON, and checks what cJSON
 * does not: number of values, nesting, zero bytes. -1: problem, and *at is where. */
int json_text_prepare(char *bytes, size_t *size, size_t *at, struct status *problem);

#endif
