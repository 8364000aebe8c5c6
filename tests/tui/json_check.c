/* For scripts: is standard input exactly one JSON object? Prints the value at a path of keys and
 * places: json_check levels 0 Exit status 1 when it is no object or has no such value. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 22 };

static const cJSON *step(const cJSON *at, const char *key)
{
    return cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(key))
                             : cJSON_GetObjectItemCaseSensitive(at, key);
}

static void print(const cJSON *value)
{
    if (cJSON_IsNumber(value))
        printf("%.10g\n", value->valuedouble);
    else if (cJSON_IsString(value))
        puts(value->valuestring);
    else if (cJSON_IsArray(value))
        printf("%d\n", cJSON_GetArraySize(value));
    else
        puts(cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null");
}

int main(int argc, char **argv)
{
    char *text = calloc(1, MOST);
    size_t size = text ? fread(text, 1, MOST - 1, stdin) : 0;
    cJSON *root = size > 0 && strlen(text) == size ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
    const cJSON *at = cJSON_IsObject(root) ? root : NULL;
    for (int i = 1; at && i < argc; i++)
        at = step(at, argv[i]);
    if (at && argc > 1)
        print(at);
    if (!at)
        puts("(no such value, or no JSON object)");
    cJSON_Delete(root);
    free(text);
    return at ? 0 : 1;
}
