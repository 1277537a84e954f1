# cmocka units: one program per file test_NAME.c; a program is added by one line to core_tests or sim_tests below.
test_cppflags = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(CMOCKA_CFLAGS)
core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/test_straggler
TESTS += tests/test_straggler
tests_test_straggler_SOURCES = tests/test_straggler.c
tests_test_straggler_CPPFLAGS = $(test_cppflags)
tests_test_straggler_LDADD = $(core_ldadd)

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
