/* What `tend tree VERB ...` does to the tree. */
#ifndef TUI_COMMANDS_TREE_EDIT_H
#define TUI_COMMANDS_TREE_EDIT_H

struct project;

/* NULL when there is such a verb with so many arguments, else what to say. */
const char *tree_edit_check(const char *verb, int given);
/* Does it (checked before) and says what has become of it; the exit status. user: as --user, may be
 * NULL. */
int tree_edit_run(struct project *p, const char *user, const char *verb, char *const *arguments);

#endif
