/* M3 where it is approximate: mf and lda near a local optimum of a block. Private to claim M3. */
#ifndef FG_PROOFS_M3_BEYOND_H
#define FG_PROOFS_M3_BEYOND_H

#include "proofs/claim.h"

enum fg_m3_variant { FG_M3_REAL, FG_M3_STEP, FG_M3_PASS, FG_M3_NOISELESS, FG_M3_CENTRED };

/* The core's step over the claimed one: of variant STEP. */
#define FG_M3_STRETCH 1.15

/* Judged numbers of all models together. */
enum { FG_M3_BEYOND = 40 };

/* Appends findings of panel `panel` (mf) and the next one (lda). level: of one judged number. */
enum fg_err fg_m3_beyond(const struct fg_lab *lab, enum fg_m3_variant variant, double level, unsigned panel,
                         struct fg_findings *findings, struct fg_fault *fault);

#endif
