/* Equal shares of a whole: points of a pass, points of counted blocks, lines of blocks. */
#ifndef FG_CORE_SHARE_H
#define FG_CORE_SHARE_H

#include <stdint.h>

/*@ lemma share_floor: \forall integer a, m; 0 <= a && 0 < m ==> a / m * m <= a < (a / m + 1) * m;
    lemma share_cancel: \forall integer a, b, m; 0 < m && a * m <= b * m < (a + 1) * m ==> a == b;
    lemma share_carry: \forall integer n, k, m, w, r, c; n == w * m + r && c * m <= r * k < (c + 1) * m ==>
      (w * k + c) * m <= n * k < (w * k + c + 1) * m; */

/* Share k of `parts` of n begins here, at floor(n k / parts), and ends where share k + 1 begins: shares begin at 0, the
 * last one ends at n, and they differ by 1 at most. k <= parts, 0 < parts < 2^32. */
/*@ requires 0 < parts <= UINT32_MAX && k <= parts;
    assigns \nothing;
    ensures floor: \result * parts <= n * k < (\result + 1) * parts;
    ensures first: k == 0 ==> \result == 0;
    ensures last: k == parts ==> \result == n;
    ensures within: \result <= n; */
static inline uint64_t fg_share_begin(uint64_t n, uint64_t k, uint64_t parts) {
  uint64_t whole = n / parts, rest = n % parts; /* their products with k fit, n k need not */
  //@ assert products: rest * k <= rest * parts && whole * k <= whole * parts;
  uint64_t carry = rest * k / parts;
  //@ assert fits: rest * k <= UINT64_MAX && carry == (rest * k) / parts;
  //@ assert carry: carry * parts <= rest * k < (carry + 1) * parts;
  //@ assert digits: n == whole * parts + rest;
  uint64_t begin = whole * k + carry;
  //@ assert within: begin == whole * k + carry <= n;
  //@ assert floor: begin * parts <= n * k < (begin + 1) * parts;
  return begin;
}

/*@ // with the floor above: shares follow one another, and none is by more than 1 larger than another
    lemma share_rising: \forall integer n, k, a, b, parts; 0 <= n && 0 <= k && 0 < parts &&
      a * parts <= n * k < (a + 1) * parts && b * parts <= n * (k + 1) < (b + 1) * parts ==>
      a <= b && n < (b - a + 1) * parts && (b - a - 1) * parts < n; */

#endif
