# The command line.
bin_PROGRAMS += fugue
fugue_SOURCES = cli/main.c cli/cli.h cli/progress.c cli/progress.h cli/interrupt.c cli/interrupt.h cli/scratch.c cli/scratch.h cli/memory.c cli/memory.h cli/sim.c cli/run_options.c cli/run_options.h \
  cli/resume.c cli/resume.h cli/score.c cli/replay.c \
  cli/partition.c cli/generate.c cli/info.c
# fugue sweep
fugue_SOURCES += cli/sweep.h cli/sweep.c cli/sweep_runs.c cli/sweep_run.c cli/sweep_status.c cli/sweep_estimate.c cli/sweep_slurm.c
# fugue verify
fugue_SOURCES += cli/verify.h cli/verify.c cli/verify_print.c cli/verify_files.c cli/verify_figure.c
# fugue preflight
fugue_SOURCES += cli/preflight.h cli/preflight.c cli/preflight_page.c cli/preflight_json.c cli/page.h cli/page.c
# fugue plot
fugue_SOURCES += cli/plot.h cli/plot.c cli/plot_run.c cli/plot_gnuplot.c
# its figures: what they share, then each
fugue_SOURCES += cli/figures.h cli/figures.c cli/figures_check.c cli/frame.h cli/frame.c cli/frame_layout.c cli/chart.h cli/chart.c cli/curves.h cli/curves.c \
  cli/place.h cli/place.c cli/measure.h cli/measure.c
fugue_SOURCES += cli/plot_convergence.c cli/plot_curves.c cli/plot_lines.c cli/plot_ratios.c cli/plot_shares.c cli/plot_gantt.c \
  cli/plot_gantt_sweep.c cli/plot_histogram.c cli/plot_agreement.c cli/plot_variance.c cli/plot_atoms.c cli/plot_communities.c cli/links.h cli/links.c
fugue_SOURCES += cli/plot_chains.h cli/plot_chains.c cli/plot_chains_runs.c
# chains, which plot and export tell of
fugue_SOURCES += cli/chain_settings.h cli/chain_settings.c cli/chain_runs.c
# fugue export
fugue_SOURCES += cli/export.h cli/export.c cli/export_csv.c cli/export_json.c cli/export_top.h cli/export_top.c cli/export_top_data.c cli/export_markdown.h cli/export_markdown.c \
  cli/export_chains.h cli/export_chains.c
# fugue report
fugue_SOURCES += cli/report.h cli/report.c cli/report_cells.c cli/report_write.c cli/report_findings.c cli/report_ranges.c \
  cli/report_beware.c cli/report_configuration.c cli/report_figures.c cli/report_comparison.c cli/report_runs.c \
  cli/report_provenance.c cli/html.h cli/html.c cli/html_svg.c
nodist_fugue_SOURCES = cli/revision.h
# never compiled: makes automake link with the C++ compiler, which the simulator's shim needs
nodist_EXTRA_fugue_SOURCES = cli/dummy.cxx
# fugue verify explores with the real machines in an arena (proofs/explore/arena.h)
fugue_LDFLAGS = $(AM_LDFLAGS) $(explore_ldflags)
fugue_LDADD = libfuguesweep.a libfugueproofs.a libfuguesim.a libfugue.a $(SIMGRID_LIBS) $(SQLITE_LIBS) $(CORE_DEPS_LIBS) -lm

# The revision that was built, looked up at each make; rewritten only when it changes.
BUILT_SOURCES += cli/revision.h
cli/sim.$(OBJEXT) cli/sweep.$(OBJEXT) cli/sweep_run.$(OBJEXT) cli/verify_files.$(OBJEXT) cli/preflight_json.$(OBJEXT): cli/revision.h
CLEANFILES += cli/revision.h
.PHONY: FORCE
cli/revision.h: FORCE
	@$(MKDIR_P) cli; \
	revision=`cd $(srcdir) && git describe --always --dirty --abbrev=12 2>/dev/null || echo release`; \
	printf '#define FUGUE_REVISION "%s"\n#define FUGUE_VERSION "%s"\n' "$$revision" "$(PACKAGE_VERSION)" >$@.new; \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
