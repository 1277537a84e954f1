/* The table of claims. */
#include "proofs/claims.h"

const struct fg_claim *const fg_claims[] = {
    &fg_claim_s1, &fg_claim_s2, &fg_claim_s3, &fg_claim_s4, &fg_claim_s5, &fg_claim_s6, &fg_claim_s7,
    &fg_claim_s8, &fg_claim_m1, &fg_claim_m2, &fg_claim_m3, &fg_claim_m4, &fg_claim_m5, &fg_claim_m6,
    &fg_claim_m7, &fg_claim_c1, &fg_claim_c2, &fg_claim_c3, &fg_claim_c4, &fg_claim_c5, &fg_claim_c6,
    &fg_claim_t1, &fg_claim_t2, &fg_claim_t3, &fg_claim_t4, NULL,
};
