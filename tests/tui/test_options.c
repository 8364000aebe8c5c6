#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"

static const struct command command = {"try", "try [FILE] [--number N]", "tries", "", NULL};

struct values {
    int flag;
    const char *text;
    struct option_list list;
    long whole;
    double real;
    struct arguments args;
};

/* Parses words up to NULL; what is said on stderr is not wanted here. */
static int parse(struct values *v, char **words)
{
    int argc = 0, quiet = dup(2);
    const struct option_spec specs[] = {
        {"flag", OPTION_FLAG, &v->flag, 0, 0},   {"text", OPTION_TEXT, &v->text, 0, 0},
        {"list", OPTION_LIST, &v->list, 0, 0},   {"whole", OPTION_WHOLE, &v->whole, 1, 100},
        {"real", OPTION_REAL, &v->real, 0.5, 2}, {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    *v = (struct values){0};
    while (words[argc])
        argc++;
    fflush(stderr);
    FILE *null = freopen("/dev/null", "w", stderr);
    int result = options_parse(&command, argc, words, specs, 1, &v->args);
    fflush(null);
    dup2(quiet, 2);
    close(quiet);
    return result;
}

#define WORDS(...) ((char *[]){"try", __VA_ARGS__, NULL})

TEST(values_of_every_kind)
{
    struct values v;
    CHECK_INT(parse(&v, WORDS("--flag", "--text=a b", "file", "--whole", "100", "--real=0.5")), 0);
    CHECK_INT(v.flag, 1);
    CHECK_TEXT(v.text, "a b");
    CHECK_INT(v.whole, 100);
    CHECK_NEAR(v.real, 0.5, 0);
    CHECK_INT(v.args.count, 1);
    CHECK_TEXT(v.args.at[0], "file");
}

TEST(lists_and_the_end_of_options)
{
    struct values v;
    CHECK_INT(parse(&v, WORDS("--list", "x", "--list=y", "--", "--flag")), 0);
    CHECK_INT(v.list.count, 2);
    CHECK_TEXT(v.list.items[1], "y");
    CHECK_INT(v.flag, 0);
    CHECK_TEXT(v.args.at[0], "--flag");
}

TEST(a_lone_dash_is_an_argument)
{
    struct values v;
    CHECK_INT(parse(&v, WORDS("-")), 0);
    CHECK_TEXT(v.args.at[0], "-");
}

static void refuse(char **words)
{
    struct values v;
    if (!CHECK_INT(parse(&v, words), -1) || !CHECK_INT(v.args.status, 2))
        test_fail(__FILE__, __LINE__, "words: %s %s", words[1], words[2] ? words[2] : "");
}

TEST(wrong_usage_is_refused)
{
    refuse(WORDS("--flags"));
    refuse(WORDS("--fla"));
    refuse(WORDS("-f"));
    refuse(WORDS("--flag=1"));
    refuse(WORDS("--text"));
    refuse(WORDS("--text="));
    refuse(WORDS("one", "two"));
}

TEST(numbers_are_checked)
{
    refuse(WORDS("--whole", "0"));
    refuse(WORDS("--whole", "101"));
    refuse(WORDS("--whole", "7x"));
    refuse(WORDS("--whole", ""));
    refuse(WORDS("--whole", "99999999999999999999"));
    refuse(WORDS("--real", "0.4999"));
    refuse(WORDS("--real", "nan"));
    refuse(WORDS("--real", "inf"));
    refuse(WORDS("--real", "1.0.0"));
}

TEST(every_command_has_its_words)
{
    for (const struct command *const *c = commands; *c; c++) {
        CHECK(command_find((*c)->name) == *c);
        CHECK(strncmp((*c)->usage, (*c)->name, strlen((*c)->name)) == 0);
        CHECK((*c)->help[0] && (*c)->details[0] && (*c)->run);
    }
    CHECK(command_find("no such command") == NULL);
}

TEST(text_is_made_safe)
{
    char out[64];
    CHECK_TEXT(output_safe("plain \xC3\xA9 \xEA\xB0\x80", out, sizeof out),
               "plain \xC3\xA9 \xEA\xB0\x80");
    CHECK_TEXT(output_safe("a\033[2Jb\n", out, sizeof out), "a\\x1b[2Jb\\x0a");
    CHECK_TEXT(output_safe("\xC2\x9B", out, sizeof out), "\\x9b");
    CHECK_TEXT(output_safe("x\xFFy\xC3", out, sizeof out), "x\\xffy\\xc3");
    CHECK_TEXT(output_safe("\xE2\x80\xAE", out, sizeof out), "\\u202e");
    CHECK_TEXT(output_safe("\xC0\xAF", out, sizeof out), "\\xc0\\xaf"); /* overlong */
    CHECK_TEXT(output_safe("abcdef", out, 4), "abc");
    CHECK_TEXT(output_safe("ab\xC3\xA9", out, 4), "ab"); /* never half a character */
}

TEST(counts_have_their_commas)
{
    char out[OUTPUT_COUNT], noun[OUTPUT_NOUN];
    CHECK_TEXT(output_count(0, out), "0");
    CHECK_TEXT(output_count(999, out), "999");
    CHECK_TEXT(output_count(1000, out), "1,000");
    CHECK_TEXT(output_count(-1234567, out), "-1,234,567");
    CHECK_TEXT(output_noun(1, "photo", "photos", noun), "1 photo");
    CHECK_TEXT(output_noun(2640, "photo", "photos", noun), "2,640 photos");
}

TEST(json_is_valid_whatever_the_names_are)
{
    struct json j;
    json_start(&j);
    json_text(&j, NULL, "name", "a\xFF\033\"b");
    json_text(&j, NULL, "none", NULL);
    struct cJSON *list = json_array(&j, NULL, "list");
    json_number(&j, list, NULL, 0.5);
    json_bool(&j, json_object(&j, list, NULL), "yes", 1);
    CHECK_INT(j.failed, 0);
    char *text = cJSON_PrintUnformatted(j.root);
    CHECK_TEXT(text, "{\"name\":\"a\xEF\xBF\xBD\\u001b\\\"b\",\"none\":null,"
                     "\"list\":[0.5,{\"yes\":true}]}");
    cJSON_free(text);
    json_clear(&j);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
