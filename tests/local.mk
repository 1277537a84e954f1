# Tests: cmocka units test_NAME.c and shell tests NAME.test. A program is added by its name in core_tests or sim_tests; files
# beside test_NAME.c are said in a _SOURCES line.
core_tests = tests/test_spec tests/test_config tests/test_split tests/test_grid tests/test_pass tests/test_read tests/test_generate \
  tests/test_model_conformance tests/test_model_isa tests/test_score tests/test_straggler tests/test_worker tests/test_replica \
  tests/test_rundir tests/test_columns tests/test_checkpoint tests/test_partition tests/test_grid_file \
  tests/test_evaluate tests/test_wire tests/test_rank_logs tests/test_strategies tests/test_explore tests/test_html
core_tests += tests/test_zeros tests/test_auc
# samplers
core_tests += tests/test_gibbs tests/test_langevin tests/test_likelihood tests/test_tune
# planted truth
core_tests += tests/test_recovery
sim_tests = tests/test_network tests/test_sim
# of sweeps
sweep_tests = tests/test_sweep_spec tests/test_store tests/test_ingest tests/test_export tests/test_spread tests/test_compare \
  tests/test_export_markdown tests/test_pool tests/test_figures tests/test_chains
# of what the claims are checked with
claim_tests = tests/test_block tests/test_chain tests/test_curvature tests/test_ensemble tests/test_explored tests/test_fixed_point tests/test_lab \
  tests/test_moments tests/test_preflight tests/test_skewed tests/test_times
# Tests of proofs (tests/proofs.bash: what they share, and what happens where a tool is missing). What they check is no code under
# a sanitizer, so they run in one build only; tests/test_table needs no tool and runs everywhere. `make check-proofs` runs no others.
proof_tests = tests/spin.test tests/wp.test tests/coq.test
proof_programs = tests/test_table$(EXEEXT) tests/test_explore$(EXEEXT) tests/spin_play$(EXEEXT)
claim_tests += tests/test_table
if !SANITIZERS
# the longest ones first
TESTS += tests/claims.test $(proof_tests)
endif
# compiled for Coq while other tests run; only where this one is asked for
if HAVE_COQ
tests/coq.log: $(coq_objects)
endif
check-proofs: fugue$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(proof_tests) tests/test_table$(EXEEXT)' check_PROGRAMS='$(proof_programs)'
.PHONY: check-proofs
check_PROGRAMS += $(core_tests) $(sim_tests) $(claim_tests) $(sweep_tests)
TESTS += $(sim_tests) $(core_tests) $(claim_tests) $(sweep_tests)

core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm
# LeakSanitizer crashes under SimGrid's contexts, so tests run the engine in children that end by _exit, which looks for no
# leaks; the parent is checked.
sim_ldadd = libfuguesim.a libfugue.a $(SIMGRID_LIBS) $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm

sweep_ldadd = libfuguesweep.a libfugue.a $(SQLITE_LIBS) $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm
tests_test_sweep_spec_LDADD = $(sweep_ldadd)
tests_test_store_LDADD = $(sweep_ldadd)
tests_test_export_SOURCES = tests/test_export.c cli/export.h cli/export_csv.c cli/export_json.c
tests_test_export_LDADD = $(sweep_ldadd)
tests_test_ingest_SOURCES = tests/test_ingest.c tests/fixture.c tests/fixture.h
tests_test_ingest_LDADD = $(sweep_ldadd)

tests_test_spec_LDADD = $(core_ldadd)
tests_test_config_LDADD = $(core_ldadd)
tests_test_split_LDADD = $(core_ldadd)
tests_test_zeros_LDADD = $(core_ldadd)
tests_test_auc_LDADD = $(core_ldadd)
tests_test_gibbs_SOURCES = tests/test_gibbs.c tests/fixture.c tests/fixture.h
tests_test_gibbs_LDADD = $(core_ldadd)
tests_test_grid_LDADD = $(core_ldadd)
tests_test_pass_LDADD = $(core_ldadd)
tests_test_read_LDADD = $(core_ldadd)
tests_test_generate_LDADD = $(core_ldadd)
tests_test_model_conformance_SOURCES = tests/test_model_conformance.c tests/model_fixture.h tests/references.h \
  tests/reference_simplex.c tests/reference_adagrad.c tests/reference_mf.c tests/reference_additive.c tests/reference_lda.c
tests_test_model_conformance_SOURCES += tests/reference_nmf.c
tests_test_model_conformance_SOURCES += tests/reference_gibbs.c tests/reference_mmnd.c
tests_test_model_conformance_SOURCES += tests/reference_dict.c
tests_test_model_conformance_LDADD = $(core_ldadd)
tests_test_model_isa_SOURCES = tests/test_model_isa.c tests/model_fixture.h tests/model_isa.h \
  tests/model_isa_baseline.c tests/model_isa_avx2.c tests/model_isa_avx512.c tests/model_isa_fma.c
tests_test_model_isa_LDADD = $(core_ldadd)
tests_test_score_SOURCES = tests/test_score.c tests/model_fixture.h
tests_test_score_LDADD = $(core_ldadd)
tests_test_tune_SOURCES = tests/test_tune.c tests/fixture.c tests/fixture.h
tests_test_tune_LDADD = $(core_ldadd)
tests_test_likelihood_SOURCES = tests/test_likelihood.c tests/model_fixture.h
tests_test_likelihood_LDADD = $(core_ldadd)
tests_test_straggler_LDADD = $(core_ldadd)
tests_test_worker_SOURCES = tests/test_worker.c tests/fixture.c tests/fixture.h
tests_test_worker_LDADD = $(core_ldadd)
tests_test_replica_SOURCES = tests/test_replica.c tests/fixture.c tests/fixture.h
tests_test_replica_LDADD = $(core_ldadd)
tests_test_strategies_SOURCES = tests/test_strategies.c tests/fixture.c tests/fixture.h
tests_test_strategies_LDADD = $(core_ldadd)
tests_test_rundir_SOURCES = tests/test_rundir.c tests/fixture.c tests/fixture.h
tests_test_rundir_LDADD = $(core_ldadd)
tests_test_checkpoint_SOURCES = tests/test_checkpoint.c tests/fixture.c tests/fixture.h
tests_test_checkpoint_LDADD = $(core_ldadd)
tests_test_partition_SOURCES = tests/test_partition.c tests/grid_fixture.c tests/grid_fixture.h
tests_test_partition_LDADD = $(core_ldadd)
tests_test_grid_file_SOURCES = tests/test_grid_file.c tests/grid_fixture.c tests/grid_fixture.h
tests_test_grid_file_LDADD = $(core_ldadd)
tests_test_wire_SOURCES = tests/test_wire.c tests/fixture.c tests/fixture.h
tests_test_wire_LDADD = $(core_ldadd)
tests_test_rank_logs_LDADD = $(core_ldadd)
tests_test_langevin_SOURCES = tests/test_langevin.c tests/fixture.c tests/fixture.h
tests_test_langevin_LDADD = $(core_ldadd)
tests_test_recovery_SOURCES = tests/test_recovery.c tests/fixture.c tests/fixture.h
tests_test_recovery_LDADD = $(core_ldadd)
tests_test_evaluate_SOURCES = tests/test_evaluate.c tests/fixture.c tests/fixture.h tests/grid_fixture.c tests/grid_fixture.h
tests_test_evaluate_LDADD = $(core_ldadd)
tests_test_columns_LDADD = $(core_ldadd)
core_tests += tests/test_top
tests_test_top_LDADD = $(core_ldadd)
tests_test_explore_LDFLAGS = $(AM_LDFLAGS) $(explore_ldflags)
tests_test_explore_LDADD = libfugueproofs.a $(core_ldadd)
tests_test_network_LDADD = $(sim_ldadd)
nodist_EXTRA_tests_test_network_SOURCES = dummy.cxx
tests_test_sim_SOURCES = tests/test_sim.c tests/fixture.c tests/fixture.h
tests_test_sim_LDADD = $(sim_ldadd)
nodist_EXTRA_tests_test_sim_SOURCES = dummy.cxx

# of sweeps
tests_test_spread_LDADD = $(sweep_ldadd)
tests_test_figures_SOURCES = tests/test_figures.c tests/sweep_fixture.c tests/sweep_fixture.h cli/plot_gnuplot.c cli/frame.c \
  cli/frame_layout.c cli/chart.c cli/curves.c cli/place.c cli/measure.c cli/plot_curves.c cli/plot_lines.c cli/plot_ratios.c \
  cli/plot_shares.c cli/plot_histogram.c cli/plot_agreement.c cli/plot_chains.c cli/chain_settings.c
tests_test_figures_LDADD = $(sweep_ldadd)
tests_test_compare_SOURCES = tests/test_compare.c tests/sweep_fixture.c tests/sweep_fixture.h
tests_test_compare_LDADD = $(sweep_ldadd)
tests_test_chains_SOURCES = tests/test_chains.c tests/sweep_fixture.c tests/sweep_fixture.h
tests_test_chains_LDADD = $(sweep_ldadd)
tests_sql_LDADD = $(SQLITE_LIBS)
tests_test_pool_LDADD = $(sweep_ldadd)
tests_test_export_markdown_SOURCES = tests/test_export_markdown.c tests/sweep_fixture.c tests/sweep_fixture.h \
  cli/export_markdown.c cli/export_markdown.h
tests_test_export_markdown_LDADD = $(sweep_ldadd)

# Programs with the claims: exploration leads malloc to its arena (proofs/explore/arena.h).
claim_ldflags = $(AM_LDFLAGS) $(explore_ldflags)
claim_ldadd = libfugueproofs.a $(sim_ldadd)
tests_test_block_LDFLAGS = $(claim_ldflags)
tests_test_block_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_block_SOURCES = dummy.cxx
tests_test_chain_LDFLAGS = $(claim_ldflags)
tests_test_chain_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_chain_SOURCES = dummy.cxx
tests_test_curvature_SOURCES = tests/test_curvature.c tests/fixture.c tests/fixture.h
tests_test_curvature_LDFLAGS = $(claim_ldflags)
tests_test_curvature_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_curvature_SOURCES = dummy.cxx
tests_test_ensemble_LDFLAGS = $(claim_ldflags)
tests_test_ensemble_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_ensemble_SOURCES = dummy.cxx
tests_test_explored_LDFLAGS = $(claim_ldflags)
tests_test_explored_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_explored_SOURCES = dummy.cxx
tests_test_fixed_point_LDFLAGS = $(claim_ldflags)
tests_test_fixed_point_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_fixed_point_SOURCES = dummy.cxx
tests_test_lab_LDFLAGS = $(claim_ldflags)
tests_test_lab_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_lab_SOURCES = dummy.cxx
tests_test_moments_LDFLAGS = $(claim_ldflags)
tests_test_moments_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_moments_SOURCES = dummy.cxx
tests_test_preflight_SOURCES = tests/test_preflight.c cli/page.c cli/page.h
tests_test_preflight_LDFLAGS = $(claim_ldflags)
tests_test_preflight_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_preflight_SOURCES = dummy.cxx
tests_test_skewed_LDFLAGS = $(claim_ldflags)
tests_test_skewed_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_skewed_SOURCES = dummy.cxx
tests_test_table_LDFLAGS = $(claim_ldflags)
tests_test_table_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_table_SOURCES = dummy.cxx
tests_test_times_LDFLAGS = $(claim_ldflags)
tests_test_times_LDADD = $(claim_ldadd)
nodist_EXTRA_tests_test_times_SOURCES = dummy.cxx

# Shell tests. With sanitizers only those that run no simulation.
TEST_EXTENSIONS = .test
TEST_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = FUGUE_SRCDIR='$(abs_top_srcdir)'; FUGUE='$(abs_top_builddir)/fugue'; \
  FUGUE_PLOTS='$(abs_top_srcdir)/plots'; FUGUE_PEAK='$(abs_top_builddir)/tests/peak'; FUGUE_SQL='$(abs_top_builddir)/tests/sql'; \
  FUGUE_MPI='$(abs_top_builddir)/fugue-mpi'; MPICC='$(MPICC)'; MPIEXEC='$(MPIEXEC)'; \
  export FUGUE_SRCDIR FUGUE FUGUE_PLOTS FUGUE_PEAK FUGUE_SQL FUGUE_MPI MPICC MPIEXEC; \
  COQC='$(COQC)'; COQCHK='$(COQCHK)'; SPIN='$(SPIN)'; FRAMAC='$(FRAMAC)'; CC='$(CC)'; FUGUE_BUILDDIR='$(abs_top_builddir)'; \
  FUGUE_COQ_SOURCES='$(coq_sources)'; export COQC COQCHK SPIN FRAMAC CC FUGUE_BUILDDIR FUGUE_COQ_SOURCES;
# what a test has to say on the terminal
AM_TESTS_FD_REDIRECT = 9>&2
shell_tests = tests/plot_sweep.test tests/verify.test tests/cli.test tests/balance.test tests/timing.test tests/resume.test tests/partition.test tests/interface.test tests/count.test tests/slurm.test tests/preflight.test tests/export.test tests/choice.test tests/kernels.test tests/sweep.test
shell_tests += tests/fetch.test tests/top.test tests/langevin.test
shell_tests += tests/plot_model.test tests/bench.test tests/proofs.test
TESTS += tests/plot.test
if !SANITIZERS
# runs a command and says how much memory it took
check_PROGRAMS += tests/peak
# and asks a database
check_PROGRAMS += tests/sql
TESTS += $(shell_tests)
endif

# what `fugue report` says, of sweeps that are made up
AM_TESTS_ENVIRONMENT += FUGUE_REPORT='$(abs_top_srcdir)/report'; FUGUE_MADE_SWEEP='$(abs_top_builddir)/tests/made_sweep'; \
  export FUGUE_REPORT FUGUE_MADE_SWEEP;
check_PROGRAMS += tests/made_sweep
tests_made_sweep_LDADD = libfuguesweep.a libfugue.a $(SQLITE_LIBS) $(CORE_DEPS_LIBS) -lm
TESTS += tests/report.test
tests_test_html_SOURCES = tests/test_html.c cli/html.c cli/html_svg.c cli/html.h
tests_test_html_LDADD = $(core_ldadd)
if SANITIZERS
# the page is the same, and the browser is not ours to check
AM_TESTS_ENVIRONMENT += FUGUE_BROWSER=off; export FUGUE_BROWSER;
endif
EXTRA_DIST += tests/report.test tests/report_browser.js

# The checks checked: every claim again and again with other seeds, its false alarms and its rejected controls counted against
# level and power. Hours for all of them; FUGUE_REPEAT and FUGUE_CLAIMS choose.
check-stat: fugue$(EXEEXT)
	./fugue verify --quiet --repeat $${FUGUE_REPEAT:-20} $${FUGUE_CLAIMS:-}
.PHONY: check-stat

# Tests of fugue-mpi; `make check-mpi` runs no others, for a second build with another MPI library.
mpi_tests = tests/mpi_build.test tests/mpi_agree.test tests/mpi_clocked.test tests/mpi_resume.test tests/mpi_fault.test \
	tests/mpi_straggler.test tests/mpi_end.test
if HAVE_MPI
if !SANITIZERS
TESTS += $(mpi_tests)
endif
check-mpi: fugue$(EXEEXT) fugue-mpi$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(mpi_tests)' check_PROGRAMS=
else
check-mpi:
	@echo 'check-mpi: configured without MPI' >&2; exit 2
endif
.PHONY: check-mpi

EXTRA_DIST += $(proof_tests) tests/proofs.bash
EXTRA_DIST += tests/claims.test tests/shell.bash tests/mpi.bash tests/count tests/plot.test $(shell_tests) $(mpi_tests) tests/install.test
installcheck-local:
	FUGUE_SRCDIR='$(abs_top_srcdir)' FUGUE_BINDIR='$(bindir)' FUGUE_LIBDIR='$(libdir)' FUGUE_DATADIR='$(datadir)' \
	FUGUE_MANDIR='$(mandir)' FUGUE_INCLUDEDIR='$(includedir)' CC='$(CC)' FUGUE_PROGRAMS='$(bin_PROGRAMS)' \
	bash '$(srcdir)/tests/install.test'

# The tie of the Promela models to the machines (tests/spin.test).
check_PROGRAMS += tests/spin_play
tests_spin_play_SOURCES = tests/spin_play.c tests/fixture.c tests/fixture.h
tests_spin_play_LDADD = $(core_ldadd)
