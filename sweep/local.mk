# Sweeps: from a specification to runs, their database, and what is read out of it.
noinst_LIBRARIES += libfuguesweep.a
libfuguesweep_a_SOURCES =
# what is asked
libfuguesweep_a_SOURCES += sweep/spec.c sweep/spec.h sweep/plan.c sweep/plan.h
# processes
libfuguesweep_a_SOURCES += sweep/pool.c sweep/pool.h sweep/family.c sweep/family.h
