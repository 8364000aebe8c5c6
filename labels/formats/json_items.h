/* JSON from outside, a piece at a time: the lines of JSON Lines, or the elements of a document's
 * arrays. Memory holds one piece, whatever the size of the file. For the files of formats/ only.
 *
 * A document is an array, or an object whose members are arrays or anything else: every element of
 * those arrays is a piece, and every other member whole.
 *
 * Beyond JSON: NaN and Infinity, which Python writes, are read as "" (so as a missing number);
 * \udc80 to \udcff standing alone are the bytes 0x80 to 0xff, as Python names files that are not
 * UTF-8. Not taken: zero bytes and \u0000. */
#ifndef LABELS_FORMATS_JSON_ITEMS_H
#define LABELS_FORMATS_JSON_ITEMS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cJSON;
struct status;

enum {
    JSON_ITEM_BYTES = 16 << 20, /* the largest piece */
    JSON_ITEM_VALUES = 1 << 20, /* the most values in one */
    JSON_ITEM_DEPTH = 60,       /* the deepest nesting */
    JSON_ITEM_KEY = 64,         /* bytes of a member's name, with its NUL; longer ones are cut */
    JSON_ITEM_MEMBERS = 64      /* of a document, looked at for doubles */
};

struct json_items {
    FILE *file;
    const char *path; /* the caller's */
    int line, column; /* of the piece read last, or of what is wrong with it; from 1, in bytes */
    char key[JSON_ITEM_KEY]; /* the member it belongs to; "" in an array and in JSON Lines */
    int whole;               /* it is that member itself, not an element of it */
    /* inside */
    unsigned char block[1 << 14]; /* of the file */
    size_t at, end;
    char *bytes; /* of the piece */
    size_t size, capacity;
    int next_line, next_column;
    int state, first, in_object;
    uint64_t members[JSON_ITEM_MEMBERS];
    int member_count;
};

/* Opens a file (not a folder); the path stands in front of all texts. json_items_close is safe on a
 * zero struct. */
int json_items_open(struct json_items *j, const char *path, struct status *st);
void json_items_close(struct json_items *j);

/* The next piece: 1 with *item (the caller calls cJSON_Delete), or with *item NULL and what is
 * wrong with this one in `problem` (a sentence without place: that is path, line, column); 0: the
 * end; -1: the file cannot be read any further ("PATH:LINE:COLUMN: ..."). */
int json_items_next(struct json_items *j, struct cJSON **item, struct status *problem,
                    struct status *st);
/* The same for JSON Lines, in which every line that is not blank is a piece. */
int json_items_next_line(struct json_items *j, struct cJSON **item, struct status *problem,
                         struct status *st);

/* ---- what a piece holds: 0, or -1 with the problem ------------------------------------------- */

/* A member of an object; *out NULL when it is not there, or null. Standing twice is a problem, and
 * so is an `object` that is none. */
int json_member(const struct cJSON *object, const char *name, const struct cJSON **out,
                struct status *problem);
/* One that is text, "" when it is not there; one that is a list or an object, NULL then. */
int json_member_text(const struct cJSON *object, const char *name, const char **out,
                     struct status *problem);
int json_member_list(const struct cJSON *object, const char *name, const struct cJSON **out,
                     struct status *problem);
int json_member_object(const struct cJSON *object, const char *name, const struct cJSON **out,
                       struct status *problem);
/* true or false; 0 when it is not there. */
int json_member_flag(const struct cJSON *object, const char *name, int *out,
                     struct status *problem);
/* An id: text, or a whole number, as text; "" when it is not there. */
enum { JSON_ID = 256 };
int json_member_id(const struct cJSON *object, const char *name, char out[JSON_ID],
                   struct status *problem);
/* The same of a value that is no member; `what` names it in the problem. */
int json_id(const struct cJSON *item, const char *what, char out[JSON_ID], struct status *problem);
/* A list of texts, at most `most` of them: their number, or -1. `what` names it in the problem. */
int json_texts(const struct cJSON *list, const char *what, const char **out, int most,
               struct status *problem);

/* ---- writing --------------------------------------------------------------------------------- */

/* Text in quotes; bytes that are no UTF-8 as \udcNN, so that the file is JSON and nothing is lost.
 */
void json_write(FILE *out, const char *text);
/* A list of texts. */
void json_write_list(FILE *out, const char *const *texts, int count);

#endif
