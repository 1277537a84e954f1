# Proofs for Coq. Each Theorem is a claim's (docs/proofs.md); what it rests on is audited by tests/coq.test.
coq_sources = proofs/coq/Finite.v proofs/coq/Schedule.v proofs/coq/Serializable.v proofs/coq/Variance.v proofs/coq/Chung.v \
  proofs/coq/Sgd.v proofs/coq/Stratified.v proofs/coq/Compose.v proofs/coq/Weights.v proofs/coq/Moments.v \
  proofs/coq/SafeExtras.v proofs/coq/Matrix.v proofs/coq/Across.v proofs/coq/Geometric.v proofs/coq/Drift.v \
  proofs/coq/Constants.v
proofs/coq/Serializable.vo: proofs/coq/Schedule.vo
proofs/coq/Sgd.vo: proofs/coq/Finite.vo proofs/coq/Chung.vo
proofs/coq/Stratified.vo: proofs/coq/Sgd.vo
proofs/coq/Compose.vo: proofs/coq/Serializable.vo proofs/coq/Stratified.vo
proofs/coq/Weights.vo: proofs/coq/Schedule.vo proofs/coq/Stratified.vo
proofs/coq/Moments.vo: proofs/coq/Finite.vo
proofs/coq/Variance.vo: proofs/coq/Moments.vo
proofs/coq/SafeExtras.vo: proofs/coq/Variance.vo
proofs/coq/Matrix.vo: proofs/coq/Moments.vo
proofs/coq/Across.vo: proofs/coq/Matrix.vo
proofs/coq/Geometric.vo: proofs/coq/Chung.vo
proofs/coq/Drift.vo: proofs/coq/SafeExtras.vo
proofs/coq/Constants.vo: proofs/coq/Drift.vo proofs/coq/Geometric.vo

EXTRA_DIST += $(coq_sources)
SUFFIXES = .v .vo
# -o: nothing is written beside the sources
.v.vo:
	@$(MKDIR_P) proofs/coq
	$(AM_V_GEN)$(COQC) -q -w -ambiguous-paths -Q proofs/coq Fugue -o $@ $<
coq_objects = $(coq_sources:.v=.vo)
coq: $(coq_objects)
.PHONY: coq
