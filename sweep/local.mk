# Sweeps: from a specification to runs, their database, and what is read out of it.
noinst_LIBRARIES += libfuguesweep.a
libfuguesweep_a_SOURCES =
# what is asked
libfuguesweep_a_SOURCES += sweep/document.c sweep/document.h sweep/spec.c sweep/spec.h sweep/spec_axes.c \
  sweep/spec_conditions.c sweep/spec_parts.h
# the runs that it means
libfuguesweep_a_SOURCES += sweep/plan.c sweep/plan.h sweep/configure_run.c sweep/identify.c
# processes
libfuguesweep_a_SOURCES += sweep/pool.c sweep/pool.h sweep/family.c sweep/family.h sweep/folders.c sweep/folders.h
