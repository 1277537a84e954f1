# The simulated stage.
noinst_LIBRARIES += libfuguesim.a
libfuguesim_a_CPPFLAGS = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(SIMGRID_CFLAGS)
libfuguesim_a_SOURCES =
