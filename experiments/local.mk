# Specifications of sweeps; what fetches data.
EXTRA_DIST += experiments/README.md experiments/memory \
  experiments/quickstart.yaml experiments/headline.yaml experiments/strategies.yaml experiments/bandwidth.yaml \
  experiments/relay.yaml experiments/ssp.yaml experiments/workers.yaml experiments/rank.yaml experiments/data.yaml \
  experiments/stragglers.yaml experiments/decay.yaml experiments/quorum.yaml experiments/networks.yaml experiments/real.yaml experiments/models.yaml experiments/scale.yaml experiments/gibbs.yaml
EXTRA_DIST += experiments/data/README.md experiments/data/fetch experiments/data/checksums experiments/data/ratings.R \
  experiments/data/images.R experiments/data/graph.R

# Every figure from its specification, into figures-out/: runs that are there are not made again. `figures` leaves out the
# longest one (about an hour), `figures-all` does not.
figure_specs = quickstart headline workers rank data stragglers decay quorum networks bandwidth relay ssp models scale gibbs
if HAVE_MPI
figure_specs += real
endif
figures_of = set -e; . '$(abs_top_srcdir)/tests/mpi.bash'; MPIEXEC='$(MPIEXEC)'; export MPIEXEC; \
  FUGUE_PLOTS='$(abs_top_srcdir)/plots'; FUGUE_REPORT='$(abs_top_srcdir)/report'; export FUGUE_PLOTS FUGUE_REPORT; \
  begin=$$(date +%s); for s in
and_draw = ; do start=$$(date +%s); out=figures-out/$$s; ./fugue sweep '$(abs_top_srcdir)/experiments/'$$s.yaml -o $$out; \
  ./fugue plot $$out --all --format svg,pdf,png; ./fugue report $$out -o $$out/report.html; \
  echo "$$s: $$(( $$(date +%s) - start )) s"; done; echo "figures: $$(( $$(date +%s) - begin )) s in all"
figures: fugue$(EXEEXT)
	@mkdir -p figures-out; $(figures_of) $(figure_specs)$(and_draw)
figures-all: fugue$(EXEEXT)
	@mkdir -p figures-out; $(figures_of) $(figure_specs) strategies$(and_draw)
.PHONY: figures figures-all
