# Proofs for Coq. Each Theorem is a claim's (docs/proofs.md); what it rests on is audited (tests/coq.test, proofs/coq/audit).
coq_sources = proofs/coq/Finite.v proofs/coq/Vectors.v proofs/coq/Schedule.v proofs/coq/Serializable.v \
  proofs/coq/Chung.v proofs/coq/Sgd.v proofs/coq/Stratified.v proofs/coq/Compose.v proofs/coq/Weights.v \
  proofs/coq/Moments.v proofs/coq/Variance.v proofs/coq/SafeExtras.v proofs/coq/Matrix.v proofs/coq/Exact.v \
  proofs/coq/Across.v proofs/coq/Geometric.v proofs/coq/Drift.v proofs/coq/FugueConverges.v proofs/coq/Constants.v \
  proofs/coq/Counts.v proofs/coq/Runs.v proofs/coq/Tree.v proofs/coq/ProtocolOwnership.v proofs/coq/ProtocolTree.v proofs/coq/ProtocolRing.v \
  proofs/coq/ProtocolStrata.v proofs/coq/ProtocolQuorum.v proofs/coq/Slack.v proofs/coq/Staleness.v \
  proofs/coq/TableConstants.v proofs/coq/Table.v
proofs/coq/Vectors.vo: proofs/coq/Finite.vo
proofs/coq/Serializable.vo: proofs/coq/Schedule.vo
proofs/coq/Sgd.vo: proofs/coq/Vectors.vo proofs/coq/Chung.vo
proofs/coq/Stratified.vo: proofs/coq/Sgd.vo
proofs/coq/Compose.vo: proofs/coq/Serializable.vo proofs/coq/Stratified.vo
proofs/coq/Weights.vo: proofs/coq/Schedule.vo proofs/coq/Stratified.vo
proofs/coq/Moments.vo: proofs/coq/Finite.vo
proofs/coq/Variance.vo: proofs/coq/Moments.vo
proofs/coq/SafeExtras.vo: proofs/coq/Variance.vo
proofs/coq/Matrix.vo: proofs/coq/Vectors.vo proofs/coq/Moments.vo
proofs/coq/Exact.vo: proofs/coq/Matrix.vo
proofs/coq/Across.vo: proofs/coq/Matrix.vo
proofs/coq/Geometric.vo: proofs/coq/Vectors.vo proofs/coq/Chung.vo
proofs/coq/FugueConverges.vo: proofs/coq/Compose.vo proofs/coq/Weights.vo proofs/coq/Geometric.vo
proofs/coq/Drift.vo: proofs/coq/SafeExtras.vo
proofs/coq/Constants.vo: proofs/coq/Drift.vo proofs/coq/Geometric.vo
proofs/coq/ProtocolOwnership.vo: proofs/coq/Schedule.vo
proofs/coq/ProtocolTree.vo: proofs/coq/Counts.vo proofs/coq/ProtocolOwnership.vo
proofs/coq/ProtocolRing.vo: proofs/coq/Counts.vo proofs/coq/ProtocolOwnership.vo
proofs/coq/ProtocolStrata.vo: proofs/coq/Runs.vo proofs/coq/Tree.vo proofs/coq/ProtocolTree.vo \
  proofs/coq/ProtocolRing.vo
proofs/coq/ProtocolQuorum.vo: proofs/coq/ProtocolStrata.vo
proofs/coq/Slack.vo: proofs/coq/Counts.vo proofs/coq/ProtocolOwnership.vo
proofs/coq/Staleness.vo: proofs/coq/Counts.vo proofs/coq/ProtocolOwnership.vo
proofs/coq/Table.vo: proofs/coq/Schedule.vo proofs/coq/Tree.vo
proofs/coq/TableConstants.vo: proofs/coq/Constants.vo

EXTRA_DIST += $(coq_sources) proofs/coq/audit proofs/coq/axioms proofs/coq/compile proofs/coq/rules.awk \
  proofs/coq/sentences.awk proofs/coq/tables proofs/table/schedule.txt proofs/table/constants.txt
SUFFIXES = .v .vo
# nothing is written beside the sources
.v.vo:
	@$(MKDIR_P) proofs/coq
	$(AM_V_GEN)COQC='$(COQC)' bash '$(srcdir)/proofs/coq/compile' proofs/coq $< $@
coq_objects = $(coq_sources:.v=.vo)
coq: $(coq_objects)
# what the definitions compute, for tests/test_table: to be done, and committed, when a definition or a row changes
tables: $(coq_objects)
	COQC='$(COQC)' bash '$(srcdir)/proofs/coq/tables' proofs/coq '$(srcdir)/proofs/table'
# "ID: THEOREM..." in the order of the sources: what the register names (`proved` in proofs/ID_*.c), which tests/coq.test compares
theorems:
	@cd '$(srcdir)' && LC_ALL=C awk -f proofs/coq/sentences.awk $(coq_sources) | LC_ALL=C awk -f proofs/coq/rules.awk | \
	  awk -F'\t' '$$1 == "theorem" { of[$$5] = of[$$5] " " $$4 } END { for (id in of) print id ":" of[id] }' | LC_ALL=C sort
.PHONY: coq tables theorems
# of each Coq leaves, besides, an .aux file that begins with a dot, and in the folder where it runs what its arithmetic remembers
MOSTLYCLEANFILES += proofs/coq/*.vo proofs/coq/*.vok proofs/coq/*.vos proofs/coq/*.glob proofs/coq/*.seconds proofs/coq/.*.aux \
  .lia.cache .nia.cache .nra.cache
