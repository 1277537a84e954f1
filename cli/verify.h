/* What the files of `fugue verify` share. */
#ifndef FG_CLI_VERIFY_H
#define FG_CLI_VERIFY_H

#include "core/err.h"
#include "proofs/claim.h"

#include <stdbool.h>

/* What came of a claim, with how it was found. */
struct fg_verify_result {
  const struct fg_claim *claim;
  const struct fg_outcome *outcome;
  const struct fg_lab *lab;
  double seconds; /* of wall time */
};

/* One word: holds, FAILS, BLIND (a control was not rejected), n/a, seen, not seen. */
const char *fg_verify_word(const struct fg_claim *claim, const struct fg_outcome *outcome);

/* Prints a claim as the register has it. */
void fg_verify_list(const struct fg_claim *claim);

/* Prints the row of the table, and below it findings: all, or the one nearest to its bound of each variant. */
void fg_verify_print(const struct fg_verify_result *result, bool all);

/* Prints how often a claim's check said what, and whether that contradicts level and power. */
void fg_verify_print_rates(const struct fg_claim *claim, const struct fg_rates *rates);

/* Writes DIR/ID.json: claim, verdict, every finding. Its presence means that the claim was checked. */
enum fg_err fg_verify_write(const struct fg_verify_result *result, const char *dir, struct fg_fault *fault);

/* Is there a DIR/ID.json of the same program, seed, effort and level? Then its row of the table is printed, and *good
 * becomes false if it does not hold. FG_EINPUT if the file is damaged. */
enum fg_err fg_verify_known(const struct fg_claim *claim, const struct fg_lab *lab, const char *dir, bool *known,
                            bool *good, struct fg_fault *fault);

struct fg_plot_options;

/* Draws the panels of a claim that has some. */
enum fg_err fg_verify_figure(const struct fg_claim *claim, const struct fg_findings *found,
                             const struct fg_plot_options *options, struct fg_fault *fault);

/* Draws DIR/ID.FORMAT of the claim's panels; nothing if it has none. */
enum fg_err fg_verify_draw(const struct fg_verify_result *result, const char *dir, const char *format,
                           struct fg_fault *fault);

#endif
