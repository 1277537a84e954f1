# The method: a static library, installed with its headers.
lib_LIBRARIES += libfugue.a
libfugue_a_CPPFLAGS = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS)
libfugue_a_SOURCES = core/err.c core/rng.c core/spec.c
include core/data/local.mk
include core/model/local.mk
include core/straggler/local.mk
include core/sync/local.mk
