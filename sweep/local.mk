# Sweeps: from a specification to runs, their database, and what is read out of it.
noinst_LIBRARIES += libfuguesweep.a
libfuguesweep_a_SOURCES =
# what is asked
libfuguesweep_a_SOURCES += sweep/spec.c sweep/spec.h sweep/plan.c sweep/plan.h
# what came of it
libfuguesweep_a_SOURCES += sweep/arena.c sweep/arena.h sweep/store.c sweep/store.h sweep/store_read.c sweep/store_sql.h sweep/store_write.c \
  sweep/results.c sweep/results.h
