/* The report as one HTML file: plots as inline SVG, no script, no network, no pictures of photos.
 */
#ifndef TUI_COMMANDS_REPORT_HTML_H
#define TUI_COMMANDS_REPORT_HTML_H

#include <stdio.h>

#include "tui/loop/report.h"

/* name: of the project. Names are escaped: for HTML, and what a browser would not show (control
 * characters, invalid UTF-8, bidirectional overrides) as \x1b, \u202e. Write errors stay with the
 * stream. */
void report_html(const struct report *r, const struct taxonomy *t, const char *name, FILE *out);
/* Text as a part of HTML, also of an attribute's value. */
void report_html_text(const char *text, FILE *out);

#endif
