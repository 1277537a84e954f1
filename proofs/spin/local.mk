# Promela models, their cases, and what checks them (tests/spin.test).
EXTRA_DIST += proofs/spin/run proofs/spin/cases proofs/spin/ties proofs/spin/steps proofs/spin/events.pml proofs/spin/strata.pml proofs/spin/ring.pml \
  proofs/spin/ssp.pml
