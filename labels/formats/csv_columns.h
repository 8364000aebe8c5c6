/* Which column of a table holds what. For the files of formats/ only. */
#ifndef LABELS_FORMATS_CSV_COLUMNS_H
#define LABELS_FORMATS_CSV_COLUMNS_H

#include "labels/taxonomy.h"

struct csv;
struct import_report;
struct status;

/* Numbers of columns from 0, -1: not there. Labels stand in columns of their own, or as a path or
 * as ids in one. */
struct columns {
    int photo, split, time, state, label[TAXONOMY_DEPTH], labels, path, ids, all;
};

#define CSV_HEADER "photo,label1,label2,label3[,split], photo,path[,split] or photo,ids[,split]"

/* By the row last read, of the file `name`; -1 with what is wrong. */
int csv_find_columns(const struct csv *c, const char *name, struct columns *out, struct status *st);

/* Tells of every column that is not read. */
void csv_tell_unread(const struct csv *c, const struct columns *columns, const char *path,
                     const struct import_report *report);

#endif
