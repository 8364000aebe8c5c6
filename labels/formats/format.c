#include "labels/formats/format.h"

#include <string.h>

extern const struct format format_csv, format_tsv, format_ids, format_folders, format_prodigy,
    format_labelstudio, format_huggingface, format_coco, format_datumaro, format_jsonl;

const struct format *const formats[] = {
    &format_jsonl,
    &format_csv,
    &format_tsv,
    &format_ids,
    &format_folders,
    &format_prodigy,
    &format_labelstudio,
    &format_huggingface,
    &format_coco,
    &format_datumaro,
    NULL,
};

const struct format *format_find(const char *name)
{
    for (const struct format *const *f = formats; *f; f++)
        if (strcmp((*f)->name, name) == 0)
            return *f;
    return NULL;
}

const struct format *format_guess(const char *path)
{
    for (const struct format *const *f = formats; *f; f++)
        if ((*f)->recognise && (*f)->recognise(path))
            return *f;
    return NULL;
}

const char *conflict_rule_name(enum conflict_rule rule)
{
#define X(name, text) text,
    static const char *const names[] = {CONFLICT_RULES(X)};
#undef X
    return (unsigned)rule < sizeof names / sizeof *names ? names[rule] : "";
}

int conflict_rule_from_name(const char *name)
{
    for (int rule = 0; rule <= CONFLICT_REVIEW; rule++)
        if (strcmp(conflict_rule_name((enum conflict_rule)rule), name) == 0)
            return rule;
    return -1;
}
