/* A sweep's results as tables for people. */
#ifndef FG_CLI_EXPORT_MARKDOWN_H
#define FG_CLI_EXPORT_MARKDOWN_H

#include "sweep/results.h"

#include <stdio.h>

/* Markdown: with a baseline, in every place that is compared ratios, chosen steps, all numbers and a sentence each;
 * without one a table of medians and intervals. Errors as of fg_sweep_groups_make, before anything is written. */
enum fg_err fg_cli_export_markdown(const struct fg_sweep_results *results, FILE *out, struct fg_fault *fault);

#endif
