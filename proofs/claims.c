/* The table of claims. */
#include "proofs/claims.h"

const struct fg_claim *const fg_claims[] = {
    &fg_claim_m1,
    &fg_claim_m2,
    &fg_claim_m4,
    &fg_claim_m6,
    NULL,
};
