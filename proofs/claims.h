/* The rows of the table of claims, one file each. */
#ifndef FG_PROOFS_CLAIMS_H
#define FG_PROOFS_CLAIMS_H

#include "proofs/claim.h"

extern const struct fg_claim fg_claim_s1;
extern const struct fg_claim fg_claim_s2;
extern const struct fg_claim fg_claim_s3;
extern const struct fg_claim fg_claim_s4;
extern const struct fg_claim fg_claim_s5;
extern const struct fg_claim fg_claim_s6;
extern const struct fg_claim fg_claim_s7;
extern const struct fg_claim fg_claim_s8;
extern const struct fg_claim fg_claim_m1;
extern const struct fg_claim fg_claim_m2;
extern const struct fg_claim fg_claim_m3;
extern const struct fg_claim fg_claim_m4;
extern const struct fg_claim fg_claim_m5;
extern const struct fg_claim fg_claim_m6;
extern const struct fg_claim fg_claim_m7;
extern const struct fg_claim fg_claim_c1;
extern const struct fg_claim fg_claim_c2;
extern const struct fg_claim fg_claim_c3;
extern const struct fg_claim fg_claim_c4;
extern const struct fg_claim fg_claim_c5;
extern const struct fg_claim fg_claim_c6;
extern const struct fg_claim fg_claim_d1;
extern const struct fg_claim fg_claim_d2;
extern const struct fg_claim fg_claim_t1;
extern const struct fg_claim fg_claim_t2;
extern const struct fg_claim fg_claim_t3;
extern const struct fg_claim fg_claim_t4;

#endif
