/* The review where there is no terminal: what it would show, as text. */
#ifndef TUI_COMMANDS_REVIEW_TEXT_H
#define TUI_COMMANDS_REVIEW_TEXT_H

struct app_options;

/* The exit status. */
int review_text(const struct app_options *options);

#endif
