/* What somebody, or another program, wrote into a project as the value of a setting: what is read
 * is something that it may be. The first byte chooses the setting. */
#include "tui/loop/settings.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"

static struct store *store;

static void close_store(void)
{
    store_close(store);
}

static void prepare(void)
{
    struct status st;
    folder_enter();
    if (store_create("project.db", 3, &store, &st) != 0)
        abort();
    atexit(close_store);
}

static void check(const struct setting *s)
{
    char value[SETTING_SIZE];
    struct status st = {0};
    settings_get(store, s, value, sizeof value);
    if (settings_set(store, s, value, &st) != 0) /* it may be what it is */
        abort();
    if (s->kind != SETTING_COUNT && s->kind != SETTING_SHARE)
        return;
    double number = settings_number(store, s->name);
    if (!(number >= s->least && number <= s->most))
        abort();
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct status st = {0};
    if (!store)
        prepare();
    char *text = strndup((const char *)bytes, size);
    if (!text)
        abort();
    const struct setting *s = &settings[(unsigned char)text[0] % settings_count()];
    const char *value = text[0] ? text + 1 : text;
    if (settings_set(store, s, value, &st) != 0 && !st.text[0])
        abort();
    check(s);
    if (store_set_setting(store, s->name, value, &st) != 0)
        abort();
    check(s);
    settings_find(text, &st);
    free(text);
}

FUZZ_SEED_TEXTS("xon", "yoff", "y500000", "z0.5", "{50", "|1e3", "mouse")

/* Each waits for the disk some times. */
long fuzz_rounds(void)
{
    return 300;
}
