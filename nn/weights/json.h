/* JSON from outside, parsed by cJSON behind bounds: nesting, number of values, trailing bytes. */
#ifndef NN_WEIGHTS_JSON_H
#define NN_WEIGHTS_JSON_H

#include <stddef.h>

struct cJSON;
struct status;

enum { JSON_MAX_DEPTH = 16 };

/* Parses one JSON value that fills all of the bytes (white space aside). Nothing is allocated when
 * it nests deeper than JSON_MAX_DEPTH or holds more than max_values values. The caller calls
 * cJSON_Delete. NULL with a message that starts with name. */
struct cJSON *json_parse(const char *bytes, size_t size, const char *name, size_t max_values,
                         struct status *st);

/* A whole number in [low, high]: 1, and *out is set; else 0. */
int json_integer(const struct cJSON *item, double low, double high, double *out);

#endif
