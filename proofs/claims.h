/* The rows of the table of claims, one file each. */
#ifndef FG_PROOFS_CLAIMS_H
#define FG_PROOFS_CLAIMS_H

#include "proofs/claim.h"

extern const struct fg_claim fg_claim_m3;
extern const struct fg_claim fg_claim_m5;
extern const struct fg_claim fg_claim_m6;
extern const struct fg_claim fg_claim_m7;

#endif
