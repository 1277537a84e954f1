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
tests_test_generate_CPPFLAGS = $(test_cppflags)
tests_test_generate_LDADD = $(core_ldadd)
