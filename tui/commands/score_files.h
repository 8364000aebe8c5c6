/* Two CSV files compared, without a project. */
#ifndef TUI_COMMANDS_SCORE_FILES_H
#define TUI_COMMANDS_SCORE_FILES_H

#include "tui/commands/evaluation.h"

struct status;
struct taxonomy;

/* truth and pred: CSV with photo,label1,...; pred may have p1,...: confidences. Photos are the same
 * when their names are. taxonomy_file (may be NULL): id,name,parent, so that ids in one file and
 * names in the other meet. *t is the tree of both; the caller frees it. *extra counts answers to
 * photos that have no truth. */
int score_files(const char *truth, const char *pred, const char *taxonomy_file,
                struct evaluation *e, struct taxonomy **t, long *extra, struct status *st);

#endif
