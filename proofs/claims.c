/* The table of claims. */
#include "proofs/claims.h"

const struct fg_claim *const fg_claims[] = {
    &fg_claim_m3,
    &fg_claim_m5,
    &fg_claim_m6,
    &fg_claim_m7,
    NULL,
};
