/* The rows of the table of claims, one file each. */
#ifndef FG_PROOFS_CLAIMS_H
#define FG_PROOFS_CLAIMS_H

#include "proofs/claim.h"

extern const struct fg_claim fg_claim_m6;
extern const struct fg_claim fg_claim_c2;
extern const struct fg_claim fg_claim_t1;
extern const struct fg_claim fg_claim_t2;
extern const struct fg_claim fg_claim_t3;
extern const struct fg_claim fg_claim_t4;

#endif
