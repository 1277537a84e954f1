# cmocka units: one program per file test_NAME.c; a program is added by one line to core_tests or sim_tests below.
test_cppflags = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(CMOCKA_CFLAGS)
core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm
# core/data
AM_TESTS_ENVIRONMENT = FUGUE_SRCDIR='$(abs_top_srcdir)'; export FUGUE_SRCDIR;
data_tests = tests/test_split tests/test_grid tests/test_pass tests/test_read tests/test_generate
check_PROGRAMS += $(data_tests)
TESTS += $(data_tests)
tests_test_split_CPPFLAGS = $(test_cppflags)
tests_test_split_LDADD = $(core_ldadd)
tests_test_grid_CPPFLAGS = $(test_cppflags)
tests_test_grid_LDADD = $(core_ldadd)
tests_test_pass_CPPFLAGS = $(test_cppflags)
tests_test_pass_LDADD = $(core_ldadd)
tests_test_read_CPPFLAGS = $(test_cppflags)
tests_test_read_LDADD = $(core_ldadd)

check_PROGRAMS += tests/test_straggler
TESTS += tests/test_straggler
tests_test_straggler_SOURCES = tests/test_straggler.c
tests_test_straggler_CPPFLAGS = $(test_cppflags)
tests_test_straggler_LDADD = $(core_ldadd)

check_PROGRAMS += tests/test_worker
TESTS += tests/test_worker
tests_test_worker_SOURCES = tests/test_worker.c tests/fixture.c tests/fixture.h
tests_test_worker_CPPFLAGS = $(test_cppflags)
tests_test_worker_LDADD = $(core_ldadd)
tests_test_generate_CPPFLAGS = $(test_cppflags)
tests_test_generate_LDADD = $(core_ldadd)
# core/model
model_tests = tests/test_model_conformance tests/test_model_isa tests/test_score
check_PROGRAMS += $(model_tests)
TESTS += $(model_tests)
tests_test_model_conformance_SOURCES = tests/test_model_conformance.c tests/model_fixture.h
tests_test_model_conformance_CPPFLAGS = $(test_cppflags)
tests_test_model_conformance_LDADD = $(core_ldadd)
tests_test_model_isa_SOURCES = tests/test_model_isa.c tests/model_fixture.h tests/model_isa.h \
  tests/model_isa_baseline.c tests/model_isa_avx2.c tests/model_isa_avx512.c tests/model_isa_fma.c
tests_test_model_isa_CPPFLAGS = $(test_cppflags)
tests_test_model_isa_LDADD = $(core_ldadd)
tests_test_score_SOURCES = tests/test_score.c tests/model_fixture.h
tests_test_score_CPPFLAGS = $(test_cppflags)
tests_test_score_LDADD = $(core_ldadd)
check_PROGRAMS += tests/test_sim
TESTS += tests/test_sim
tests_test_sim_SOURCES = tests/test_sim.c tests/fixture.c tests/fixture.h
nodist_EXTRA_tests_test_sim_SOURCES = dummy.cxx
tests_test_sim_CPPFLAGS = $(test_cppflags) $(SIMGRID_CFLAGS)
tests_test_sim_LDADD = libfuguesim.a $(core_ldadd) $(SIMGRID_LIBS)

check_PROGRAMS += tests/test_rundir_read
TESTS += tests/test_rundir_read
tests_test_rundir_read_SOURCES = tests/test_rundir_read.c cli/rundir_read.c cli/rundir_read.h
tests_test_rundir_read_CPPFLAGS = $(test_cppflags)
tests_test_rundir_read_LDADD = $(core_ldadd)

# Shell tests. With sanitizers only those that run our own code, and no simulation: the leak checker crashes under SimGrid's
# contexts.
TEST_EXTENSIONS = .test
TEST_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT += FUGUE='$(abs_top_builddir)/fugue'; FUGUE_PLOTS='$(abs_top_srcdir)/plots'; export FUGUE FUGUE_PLOTS;
TESTS += tests/plot.test
if !SANITIZERS
TESTS += tests/interface.test tests/runner.test tests/count.test
endif
EXTRA_DIST += tests/shell.bash tests/count tests/plot.test tests/interface.test tests/runner.test tests/count.test \
  tests/install.test
installcheck-local:
	FUGUE_SRCDIR='$(abs_top_srcdir)' FUGUE_BINDIR='$(bindir)' FUGUE_LIBDIR='$(libdir)' FUGUE_DATADIR='$(datadir)' \
	FUGUE_MANDIR='$(mandir)' FUGUE_INCLUDEDIR='$(includedir)' CC='$(CC)' bash '$(srcdir)/tests/install.test'
# Programs with the simulated stage; dummy.cxx selects the C++ linker (sim/local.mk). LeakSanitizer crashes under SimGrid's
# contexts, so tests run the engine in children that end by _exit, which looks for no leaks; the parent is checked.
sim_cppflags = $(test_cppflags) $(SIMGRID_CFLAGS)
sim_ldadd = libfuguesim.a libfugue.a $(SIMGRID_LIBS) $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/test_network
TESTS += tests/test_network
tests_test_network_SOURCES = tests/test_network.c
nodist_EXTRA_tests_test_network_SOURCES = dummy.cxx
tests_test_network_CPPFLAGS = $(sim_cppflags)
tests_test_network_LDADD = $(sim_ldadd)
