# Contracts for Frama-C's WP: how many goals there are, and what proves them (tests/wp.test).
EXTRA_DIST += proofs/wp/run proofs/wp/goals
