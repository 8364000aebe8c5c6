/* Pieces of JSON files. Where a piece ends is found by following strings and brackets byte by byte;
 * what stands between is handed to cJSON. So a wrong piece does no harm to the next one, unless its
 * brackets do not match: then nobody can say where it ends, and reading ends there. */
#include "labels/formats/json_items.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"
#include "labels/formats/json_text.h"
#include "labels/text.h"

enum { BEFORE, IN_TOP, IN_MEMBER, AFTER };

int json_items_open(struct json_items *j, const char *path, struct status *st)
{
    struct stat info;
    *j =
        (struct json_items){.path = path, .line = 1, .column = 1, .next_line = 1, .next_column = 1};
    j->file = fopen(path, "rbe");
    if (!j->file)
        return status_fail_errno(st, "%s", path);
    if (fstat(fileno(j->file), &info) == 0 && S_ISDIR(info.st_mode)) {
        json_items_close(j);
        return status_fail(st, STATUS_INVALID, "%s: is a folder, not a file", path);
    }
    return 0;
}

void json_items_close(struct json_items *j)
{
    if (j->file)
        fclose(j->file);
    free(j->bytes);
    *j = (struct json_items){0};
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* The next byte, not taken; EOF also where reading failed (ferror tells). */
static int peek(struct json_items *j)
{
    if (j->at == j->end) {
        j->at = 0;
        j->end = fread(j->block, 1, sizeof j->block, j->file);
    }
    return j->at < j->end ? j->block[j->at] : EOF;
}

static int take(struct json_items *j)
{
    int c = peek(j);
    if (c == EOF)
        return EOF;
    j->at++;
    if (c == '\n') {
        j->next_line += j->next_line < INT_MAX;
        j->next_column = 1;
    } else {
        j->next_column += j->next_column < INT_MAX;
    }
    return c;
}

static int is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte after blanks, not taken. */
static int peek_solid(struct json_items *j)
{
    int c;
    while (is_blank(c = peek(j)))
        take(j);
    return c;
}

static void skip_mark(struct json_items *j)
{
    static const int mark[] = {0xEF, 0xBB, 0xBF};
    for (int i = 0; i < 3 && peek(j) == mark[i]; i++)
        j->at++;
}

static void begin(struct json_items *j)
{
    j->size = 0;
    j->line = j->next_line;
    j->column = j->next_column;
}

/* Keeps a byte of the piece, unless it is too large by now: then only its end is looked for. */
static int keep(struct json_items *j, int c, struct status *st)
{
    if (j->size > JSON_ITEM_BYTES)
        return 0;
    if (j->size == j->capacity) {
        size_t larger = j->capacity ? j->capacity * 2 : 4096;
        char *grown = realloc(j->bytes, larger);
        if (!grown)
            return status_out_of_memory(st);
        j->bytes = grown;
        j->capacity = larger;
    }
    j->bytes[j->size++] = (char)c;
    return 0;
}

static int stop(struct json_items *j, struct status *st, const char *what)
{
    if (ferror(j->file))
        return status_fail_errno(st, "%s", j->path);
    return status_fail(st, STATUS_FORMAT, "%s:%d:%d: %s", j->path, j->next_line, j->next_column,
                       what);
}

static int stop_in_piece(struct json_items *j, struct status *st)
{
    if (ferror(j->file))
        return status_fail_errno(st, "%s", j->path);
    return status_fail(st, STATUS_FORMAT,
                       "%s:%d:%d: the file ends within what begins here; is it cut off?", j->path,
                       j->line, j->column);
}

static int unexpected(struct json_items *j, const char *wanted, struct status *st)
{
    char text[120], byte[2] = {(char)peek(j), 0}, shown[TEXT_SHOWN];
    if (peek(j) == EOF)
        snprintf(text, sizeof text, "the file ends where %s should come; is it cut off?", wanted);
    else
        snprintf(text, sizeof text, "here should come %s, not '%s'", wanted,
                 byte[0] ? text_show(byte, shown, sizeof shown) : "\\x00");
    return stop(j, st, text);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* The string at which the file stands, with its quotes. */
static int read_string(struct json_items *j, struct status *st)
{
    int c = take(j), escaped = 0;
    if (keep(j, c, st) != 0)
        return -1;
    do {
        if ((c = take(j)) == EOF)
            return stop_in_piece(j, st);
        if (keep(j, c, st) != 0)
            return -1;
        if (c == '"' && !escaped)
            return 0;
        escaped = c == '\\' && !escaped;
    } while (1);
}

/* The value at which the file stands. */
static int read_value(struct json_items *j, struct status *st)
{
    uint64_t objects = 0; /* the open brackets, a bit each: 1 for { */
    int depth = 0;
    begin(j);
    for (;;) {
        int c = peek(j);
        if (c == EOF)
            return depth || j->size == 0 ? stop_in_piece(j, st) : 0;
        if (depth == 0 && (c == ',' || c == ']' || c == '}' || is_blank(c)))
            return 0;
        if (c == '"') {
            if (read_string(j, st) != 0)
                return -1;
            continue;
        }
        if (c == '[' || c == '{') {
            if (++depth > JSON_ITEM_DEPTH)
                return stop(j, st, "nests too deep");
            objects = objects << 1 | (c == '{');
        } else if (c == ']' || c == '}') {
            if ((objects & 1) != (c == '}'))
                return stop(j, st, c == '}' ? "'}' closes a '['" : "']' closes a '{'");
            objects >>= 1;
            depth--;
        }
        if (keep(j, take(j), st) != 0)
            return -1;
    }
    return 0;
}

/* Moves the place from the piece's beginning to a byte of it. */
static void move_place(struct json_items *j, size_t at)
{
    for (size_t i = 0; i < at && i < j->size; i++) {
        j->column++;
        if (j->bytes[i] == '\n') {
            j->line++;
            j->column = 1;
        }
    }
}

static int parse(struct json_items *j, cJSON **item, struct status *problem)
{
    const char *end = NULL;
    size_t at = 0;
    *item = NULL;
    if (j->size > JSON_ITEM_BYTES)
        return status_fail(problem, STATUS_LIMIT, "larger than %d MiB, which no label needs",
                           JSON_ITEM_BYTES >> 20);
    if (json_text_prepare(j->bytes, &j->size, &at, problem) != 0) {
        move_place(j, at);
        return -1;
    }
    *item = cJSON_ParseWithLengthOpts(j->bytes, j->size, &end, 0);
    at = end >= j->bytes && end <= j->bytes + j->size ? (size_t)(end - j->bytes) : 0;
    while (*item && at < j->size && is_blank((unsigned char)j->bytes[at]))
        at++;
    if (*item && at == j->size)
        return 0;
    move_place(j, at);
    status_fail(problem, STATUS_FORMAT, *item ? "something stands after the JSON" : "not JSON");
    cJSON_Delete(*item);
    *item = NULL;
    return -1;
}

/* ---- lines ----------------------------------------------------------------------------------- */

int json_items_next_line(struct json_items *j, cJSON **item, struct status *problem,
                         struct status *st)
{
    int c;
    *item = NULL;
    if (j->state == BEFORE)
        skip_mark(j);
    j->state = IN_TOP;
    if (peek_solid(j) == EOF)
        return ferror(j->file) ? stop(j, st, "") : 0;
    begin(j);
    while ((c = take(j)) != EOF && c != '\n')
        if (keep(j, c, st) != 0)
            return -1;
    if (c == EOF && ferror(j->file))
        return stop(j, st, "");
    parse(j, item, problem);
    return 1;
}

/* ---- documents ------------------------------------------------------------------------------- */

static uint64_t mix(const char *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return hash;
}

/* The name of a member and its ':'. */
static int read_key(struct json_items *j, struct status *st)
{
    char shown[TEXT_SHOWN];
    cJSON *name = NULL;
    struct status problem = {0};
    if (peek_solid(j) != '"')
        return unexpected(j, "a name in quotes", st);
    begin(j);
    if (read_string(j, st) != 0)
        return -1;
    uint64_t hash = mix(j->bytes, j->size);
    if (parse(j, &name, &problem) != 0)
        return status_fail(st, STATUS_FORMAT, "%s:%d:%d: %s", j->path, j->line, j->column,
                           problem.text);
    snprintf(j->key, sizeof j->key, "%s", name->valuestring);
    cJSON_Delete(name);
    for (int i = 0; i < j->member_count; i++)
        if (j->members[i] == hash)
            return status_fail(st, STATUS_FORMAT, "%s:%d:%d: '%s' stands here again", j->path,
                               j->line, j->column, text_show(j->key, shown, sizeof shown));
    if (j->member_count < JSON_ITEM_MEMBERS)
        j->members[j->member_count++] = hash;
    if (peek_solid(j) != ':')
        return unexpected(j, "':'", st);
    take(j);
    return 0;
}

static int start_document(struct json_items *j, struct status *st)
{
    skip_mark(j);
    int c = peek_solid(j);
    if (c == EOF && !ferror(j->file))
        return status_fail(st, STATUS_FORMAT, "%s: empty", j->path);
    if (c != '[' && c != '{')
        return unexpected(j, "'[' or '{'", st);
    take(j);
    j->in_object = c == '{';
    j->state = IN_TOP;
    j->first = 1;
    return 0;
}

/* Goes past "," or the end of what is open: 1: something comes; 0: it has ended. */
static int go_on(struct json_items *j, int close, struct status *st)
{
    int c = peek_solid(j);
    if (c == close) {
        take(j);
        return 0;
    }
    if (!j->first) {
        if (c != ',')
            return unexpected(j, close == ']' ? "',' or ']'" : "',' or '}'", st);
        take(j);
    }
    j->first = 0;
    c = peek_solid(j);
    if (c == EOF || c == ',' || c == ']' || c == '}' || c == ':')
        return unexpected(j, "a value", st);
    return 1;
}

static int end_document(struct json_items *j, struct status *st)
{
    j->state = AFTER;
    return peek_solid(j) == EOF && !ferror(j->file) ? 0 : unexpected(j, "nothing more", st);
}

int json_items_next(struct json_items *j, cJSON **item, struct status *problem, struct status *st)
{
    *item = NULL;
    if (j->state == BEFORE && start_document(j, st) != 0)
        return -1;
    while (j->state != AFTER) {
        int member = j->state == IN_MEMBER;
        int more = go_on(j, member || !j->in_object ? ']' : '}', st);
        if (more < 0)
            return -1;
        if (!more && !member)
            return end_document(j, st);
        if (!more) {
            j->state = IN_TOP;
            j->first = 0;
            continue;
        }
        if (!member && j->in_object) {
            if (read_key(j, st) != 0)
                return -1;
            if (peek_solid(j) == '[') {
                take(j);
                j->state = IN_MEMBER;
                j->first = 1;
                continue;
            }
        }
        j->whole = j->in_object && !member;
        if (read_value(j, st) != 0)
            return -1;
        parse(j, item, problem);
        return 1;
    }
    return 0;
}
