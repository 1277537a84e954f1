# cmocka units: one program per file test_NAME.c; a program is added by one line to core_tests or sim_tests below.
test_cppflags = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(CMOCKA_CFLAGS)
core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/test_straggler
TESTS += tests/test_straggler
tests_test_straggler_SOURCES = tests/test_straggler.c
tests_test_straggler_CPPFLAGS = $(test_cppflags)
tests_test_straggler_LDADD = $(core_ldadd)
