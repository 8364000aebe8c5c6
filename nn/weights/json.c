#include "nn/weights/json.h"

#include "data/status.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* Counts values and nesting without building anything: a value follows the start, '[', ',' or ':',
 * so these characters outside strings bound their number from above. */
static int check_bounds(const char *bytes, size_t size, const char *name, size_t max_values,
                        struct status *st)
{
    size_t values = 1, depth = 0;
    int in_string = 0;
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = 0;
            continue;
        }
        if (c == '"')
            in_string = 1;
        else if (c == '[' || c == '{')
            depth++, values++;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
        else if (c == ',')
            values++;
        if (depth > JSON_MAX_DEPTH)
            return status_fail(st, STATUS_LIMIT, "%s: its JSON nests deeper than %d levels", name,
                               JSON_MAX_DEPTH);
        if (values > max_values)
            return status_fail(st, STATUS_LIMIT, "%s: its JSON holds more than %zu values", name,
                               max_values);
    }
    return 0;
}

struct cJSON *json_parse(const char *bytes, size_t size, const char *name, size_t max_values,
                         struct status *st)
{
    if (check_bounds(bytes, size, name, max_values, st) != 0)
        return NULL;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, size, &end, 0);
    if (!root) {
        size_t at = end && end >= bytes && end <= bytes + size ? (size_t)(end - bytes) : 0;
        status_fail(st, STATUS_FORMAT, "%s: is not valid JSON (at byte %zu of %zu)", name, at,
                    size);
        return NULL;
    }
    while (end < bytes + size && strchr(" \t\r\n", *end) && *end)
        end++;
    if (end < bytes + size) {
        status_fail(st, STATUS_FORMAT, "%s: has something after its JSON (at byte %zu of %zu)",
                    name, (size_t)(end - bytes), size);
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

int json_integer(const struct cJSON *item, double low, double high, double *out)
{
    if (!cJSON_IsNumber(item))
        return 0;
    double value = item->valuedouble;
    if (!(value >= low && value <= high) || value != floor(value))
        return 0;
    *out = value;
    return 1;
}
