# Proofs for Coq. Each Theorem is a claim's (docs/proofs.md); what it rests on is audited by tests/coq.test.
coq_sources = proofs/coq/Finite.v proofs/coq/Schedule.v proofs/coq/Serializable.v proofs/coq/Variance.v proofs/coq/Chung.v \
  proofs/coq/Sgd.v proofs/coq/Bias.v proofs/coq/ProtocolOwnership.v
proofs/coq/Serializable.vo: proofs/coq/Schedule.vo
proofs/coq/Sgd.vo: proofs/coq/Finite.vo proofs/coq/Chung.vo
proofs/coq/Bias.vo: proofs/coq/Schedule.vo

EXTRA_DIST += $(coq_sources)
SUFFIXES = .v .vo
# -o: nothing is written beside the sources
.v.vo:
	@$(MKDIR_P) proofs/coq
	$(AM_V_GEN)$(COQC) -q -w -ambiguous-paths -Q proofs/coq Fugue -o $@ $<
coq_objects = $(coq_sources:.v=.vo)
coq: $(coq_objects)
.PHONY: coq
