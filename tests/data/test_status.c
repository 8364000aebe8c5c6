#include "data/status.h"
#include "tests/check.h"

#include <errno.h>
#include <string.h>

TEST(status_says_what_and_returns_minus_one)
{
    struct status st = {0};
    CHECK_INT(status_fail(&st, STATUS_FORMAT, "%s:%d: bad", "a.csv", 14), -1);
    CHECK_INT(st.code, STATUS_FORMAT);
    CHECK_TEXT(st.text, "a.csv:14: bad");
    CHECK_INT(status_prefix(&st, "import of %s", "x"), -1);
    CHECK_INT(st.code, STATUS_FORMAT);
    CHECK_TEXT(st.text, "import of x: a.csv:14: bad");
}

TEST(status_null_is_ignored)
{
    CHECK_INT(status_fail(NULL, STATUS_IO, "x"), -1);
    CHECK_INT(status_fail_errno(NULL, "x"), -1);
    CHECK_INT(status_prefix(NULL, "x"), -1);
    CHECK_INT(status_out_of_memory(NULL), -1);
}

TEST(status_arguments_may_be_its_own_text)
{
    struct status st = {0};
    status_fail(&st, STATUS_IO, "inner");
    status_fail(&st, STATUS_IO, "outer: %s", st.text);
    CHECK_TEXT(st.text, "outer: inner");
}

TEST(status_cuts_long_texts_between_characters)
{
    struct status st = {0};
    char long_text[2000];
    /* Every length of what stands before, so that the cut falls on every byte of a character. */
    for (size_t before = 0; before < 4; before++) {
        memset(long_text, 'x', before);
        for (size_t i = before; i + 4 < sizeof long_text; i += 3)
            memcpy(long_text + i, "\xea\xb0\x80", 4); /* U+AC00, three bytes */
        status_fail(&st, STATUS_IO, "%s", long_text);
        size_t n = strlen(st.text);
        CHECK(n <= sizeof st.text - 1 && n >= sizeof st.text - 4);
        CHECK_INT((n - before) % 3, 0);
    }
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    status_fail(&st, STATUS_IO, "%s", long_text);
    CHECK_INT(strlen(st.text), sizeof st.text - 1);
}

TEST(status_codes_of_errno)
{
    static const struct {
        int error;
        enum status_code code;
    } cases[] = {
        {ENOENT, STATUS_MISSING}, {ENOTDIR, STATUS_MISSING},      {EACCES, STATUS_DENIED},
        {EPERM, STATUS_DENIED},   {ENOMEM, STATUS_MEMORY},        {ENOSPC, STATUS_IO},
        {EBUSY, STATUS_BUSY},     {ENAMETOOLONG, STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status st = {0};
        errno = cases[i].error;
        CHECK_INT(status_fail_errno(&st, "%s", "a/b"), -1);
        CHECK_INT(st.code, cases[i].code);
        CHECK_CONTAINS(st.text, "a/b: ");
        CHECK_CONTAINS(st.text, strerror(cases[i].error));
    }
}

TEST(status_names_every_code)
{
    CHECK_TEXT(status_name(STATUS_OK), "no error");
    CHECK_TEXT(status_name(STATUS_MEMORY), "out of memory");
    CHECK_TEXT(status_name(STATUS_UNSUPPORTED), "not supported");
    CHECK_TEXT(status_name((enum status_code)999), "unknown error");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
