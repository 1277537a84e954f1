# cmocka units: one program per file test_NAME.c; a program is added by one line to core_tests or sim_tests below.
test_cppflags = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(CMOCKA_CFLAGS)
core_ldadd = libfugue.a $(CORE_DEPS_LIBS) $(CMOCKA_LIBS) -lm
