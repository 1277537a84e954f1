/* What commands that experiment share: a folder for data that goes when they end, and a way to be interrupted. */
#ifndef FG_CLI_SCRATCH_H
#define FG_CLI_SCRATCH_H

#include "proofs/lab/lab.h"

/* Makes a folder under $TMPDIR or /tmp (path: FG_PATH_MAX bytes, lent to *lab) and sets lab->scratch and lab->stopped:
 * from now on the signals of interrupt.h stop the laboratory. FG_EIO. */
enum fg_err fg_scratch_open(struct fg_lab *lab, char *path, struct fg_fault *fault);

/* Removes the folder with its files. */
void fg_scratch_close(const struct fg_lab *lab);

#endif
