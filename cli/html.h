/* HTML written piece by piece: what comes from people is escaped, numbers are set for reading, figures take their place
 * in the page. */
#ifndef FG_CLI_HTML_H
#define FG_CLI_HTML_H

#include "core/err.h"

#include <stddef.h>
#include <stdio.h>

/* Text, safe between tags and inside quoted attributes. */
void fg_html_text(FILE *f, const char *text);

/* The same of what printf makes of it, at most 8 kB. */
void fg_html_put(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number for reading: to `digits` significant digits, whole numbers whole, the true minus sign, "∞", and an en dash
 * for NAN. `out` is lent, at least FG_HTML_NUMBER bytes; returned. */
enum { FG_HTML_NUMBER = 48 };
const char *fg_html_number(double x, int digits, char *out);

/* A word of a shell command, quoted if it must be. Escaped for HTML. */
void fg_html_shell(FILE *f, const char *word);

/* An SVG drawing (a whole file, lent) as an element of the page: ids get `prefix` (letters and digits), so that those
 * of several do not clash; colours become var(--c-RRGGBB, COLOUR), which the page's style may map for dark screens;
 * titles and descriptions that the drawing program adds are left out; `label` is what those hear who do not see it.
 * *width: of the drawing [px], NAN if it does not say. FG_EINPUT if it is no SVG or holds anything but drawing:
 * scripts, foreign or unknown elements, references to elsewhere. Written up to there. */
enum fg_err fg_html_svg(FILE *f, const char *svg, const char *prefix, const char *label, double *width,
                        struct fg_fault *fault);

/* A whole text file, given: freed by the caller. FG_EIO. */
enum fg_err fg_html_slurp(const char *path, char **text, struct fg_fault *fault);

/* "sha256-..." of a text, as a content security policy names a script that may run. `out`: lent, FG_HTML_DIGEST bytes.
 */
enum { FG_HTML_DIGEST = 64 };
void fg_html_digest(const char *text, char *out);

#endif
