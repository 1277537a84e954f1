/* The rows of the table of claims, one file each. */
#ifndef FG_PROOFS_CLAIMS_H
#define FG_PROOFS_CLAIMS_H

#include "proofs/claim.h"

extern const struct fg_claim fg_claim_m1;
extern const struct fg_claim fg_claim_m2;
extern const struct fg_claim fg_claim_m4;
extern const struct fg_claim fg_claim_m6;

#endif
