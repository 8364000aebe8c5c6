/* What one piece of JSON holds, and text into JSON. */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/json_items.h"
#include "labels/text.h"

int json_member(const cJSON *object, const char *name, const cJSON **out, struct status *problem)
{
    const cJSON *item;
    *out = NULL;
    if (!cJSON_IsObject(object))
        return status_fail(problem, STATUS_FORMAT, "an object { } should stand here");
    cJSON_ArrayForEach(item, object)
    {
        if (strcmp(item->string, name) != 0)
            continue;
        if (*out)
            return status_fail(problem, STATUS_FORMAT, "'%s' stands here twice", name);
        *out = item;
    }
    if (cJSON_IsNull(*out))
        *out = NULL;
    return 0;
}

int json_member_text(const cJSON *object, const char *name, const char **out,
                     struct status *problem)
{
    const cJSON *item;
    *out = "";
    if (json_member(object, name, &item, problem) != 0)
        return -1;
    if (item && !cJSON_IsString(item))
        return status_fail(problem, STATUS_FORMAT, "'%s' should be text in quotes", name);
    if (item)
        *out = item->valuestring;
    return 0;
}

int json_member_list(const cJSON *object, const char *name, const cJSON **out,
                     struct status *problem)
{
    if (json_member(object, name, out, problem) != 0)
        return -1;
    if (*out && !cJSON_IsArray(*out))
        return status_fail(problem, STATUS_FORMAT, "'%s' should be a list [ ]", name);
    return 0;
}

int json_member_object(const cJSON *object, const char *name, const cJSON **out,
                       struct status *problem)
{
    if (json_member(object, name, out, problem) != 0)
        return -1;
    if (*out && !cJSON_IsObject(*out))
        return status_fail(problem, STATUS_FORMAT, "'%s' should be an object { }", name);
    return 0;
}

int json_member_flag(const cJSON *object, const char *name, int *out, struct status *problem)
{
    const cJSON *item;
    *out = 0;
    if (json_member(object, name, &item, problem) != 0)
        return -1;
    if (item && !cJSON_IsBool(item))
        return status_fail(problem, STATUS_FORMAT, "'%s' should be true or false", name);
    *out = cJSON_IsTrue(item);
    return 0;
}

int json_id(const cJSON *item, const char *what, char out[JSON_ID], struct status *problem)
{
    double value = item->valuedouble;
    if (cJSON_IsNumber(item) && fabs(value) <= 9007199254740992.0 && value == floor(value)) {
        snprintf(out, JSON_ID, "%.0f", value);
        return 0;
    }
    if (!cJSON_IsString(item))
        return status_fail(problem, STATUS_FORMAT, "'%s' should be a whole number or text", what);
    if (strlen(item->valuestring) >= JSON_ID)
        return status_fail(problem, STATUS_LIMIT, "'%s' is longer than %d bytes", what,
                           JSON_ID - 1);
    strcpy(out, item->valuestring);
    return 0;
}

int json_member_id(const cJSON *object, const char *name, char out[JSON_ID], struct status *problem)
{
    const cJSON *item;
    out[0] = 0;
    if (json_member(object, name, &item, problem) != 0)
        return -1;
    return item ? json_id(item, name, out, problem) : 0;
}

int json_texts(const cJSON *list, const char *what, const char **out, int most,
               struct status *problem)
{
    int count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return status_fail(problem, STATUS_FORMAT, "%s should be texts in quotes", what);
        if (count == most)
            return status_fail(problem, STATUS_LIMIT, "%s are more than %d", what, most);
        out[count++] = item->valuestring;
    }
    return count;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at text; 0: there is none. */
static size_t character(const char *text)
{
    for (size_t size = 1; size <= 4; size++) {
        if (text_check(text, size) != TEXT_NOT_UTF8)
            return size;
        if (!text[size])
            break;
    }
    return 0;
}

void json_write(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        size_t size = character(text);
        unsigned char c = (unsigned char)*text;
        if (size == 0)
            fprintf(out, "\\udc%02x", c);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fwrite(text, 1, size, out);
        text += size ? size : 1;
    }
    fputc('"', out);
}

void json_write_list(FILE *out, const char *const *texts, int count)
{
    fputc('[', out);
    for (int i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        json_write(out, texts[i]);
    }
    fputc(']', out);
}
