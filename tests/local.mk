# cmocka units: one program per file test_NAME.c; a program is added by one line to core_tests or sim_tests below.
test_cppflags = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(CMOCKA_CFLAGS)
core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm
# core/data
AM_TESTS_ENVIRONMENT = FUGUE_SRCDIR='$(abs_top_srcdir)'; export FUGUE_SRCDIR;
data_tests = tests/test_split tests/test_grid tests/test_pass tests/test_read
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
