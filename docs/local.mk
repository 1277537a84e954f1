# The manual page and the shell completion.
dist_man1_MANS = docs/fugue.1 docs/fugue-mpi.1
completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = docs/completions/fugue docs/completions/fugue-mpi
dist_doc_DATA = docs/cluster.md docs/strategies.md docs/claims.md docs/proofs.md docs/preflight.md docs/quality.md docs/samplers.md docs/performance.md docs/sweeps.md docs/fugue.slurm
EXTRA_DIST += docs/figures/quickstart.svg docs/figures/speedup.svg docs/figures/stragglers.svg docs/figures/shares.svg docs/figures/strategies-mf.svg docs/figures/strategies-lda.svg docs/figures/bandwidth.svg docs/figures/claim-M2.svg docs/figures/claim-M3.svg docs/figures/claim-M5.svg docs/figures/claim-T1.svg
EXTRA_DIST += docs/figures/atoms.png docs/figures/communities.svg docs/figures/models.svg docs/figures/scale.svg docs/figures/scale-idle.svg docs/figures/scale-throughput.svg docs/figures/gibbs-chains.svg docs/figures/gibbs-loss.svg
