/* What commands say: sentences on stderr, one JSON object on stdout. */
#ifndef TUI_COMMANDS_OUTPUT_H
#define TUI_COMMANDS_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct status;

/* "tend: SENTENCE" on stderr; returns the exit status: 1, or what interrupt_status says when the
 * work was cancelled. */
int output_fail(const struct status *st);
void output_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Last call of the program: is all of stdout written? `status`, or 1 with a sentence. */
int output_finish(int status);

/* Text from outside made fit for a terminal: control characters, invalid UTF-8 and bidirectional
 * overrides escaped; cut at the buffer's end. Returns buffer. */
const char *output_safe(const char *text, char *buffer, size_t size);

/* "12,345"; returns buffer. */
enum { OUTPUT_COUNT = 32 };
const char *output_count(int64_t n, char buffer[OUTPUT_COUNT]);

/* "1 photo", "2,640 photos"; returns buffer. */
enum { OUTPUT_NOUN = 80 };
const char *output_noun(int64_t n, const char *one, const char *many, char buffer[OUTPUT_NOUN]);

/* ---- JSON ---- */
/* An object being made. Additions go on after a failed one, which json_print then tells. */
struct json {
    struct cJSON *root;
    int failed;
};
void json_start(struct json *j);
/* In an object `in` under a name, or in an array (name NULL); in NULL: the root. */
struct cJSON *json_object(struct json *j, struct cJSON *in, const char *name);
struct cJSON *json_array(struct json *j, struct cJSON *in, const char *name);
void json_number(struct json *j, struct cJSON *in, const char *name, double value);
void json_bool(struct json *j, struct cJSON *in, const char *name, int value);
/* Invalid UTF-8 becomes U+FFFD; text NULL: null. */
void json_text(struct json *j, struct cJSON *in, const char *name, const char *text);
/* Prints the object on stdout and frees it; the exit status. */
int json_print(struct json *j);
void json_clear(struct json *j);

#endif
