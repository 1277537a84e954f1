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
# what came of it
libfuguesweep_a_SOURCES += sweep/arena.c sweep/arena.h sweep/store.c sweep/store.h sweep/store_read.c sweep/store_write.c \
  sweep/store_sql.h sweep/results.c sweep/results.h sweep/where.c sweep/where.h
# a run that has ended
libfuguesweep_a_SOURCES += sweep/ingest.c sweep/ingest.h sweep/ingest_parts.h sweep/ingest_trace.c sweep/run_end.c
# what is compared
libfuguesweep_a_SOURCES += sweep/spread.c sweep/spread.h sweep/cell.c sweep/cell.h sweep/compare.c sweep/compare.h sweep/choice.c \
  sweep/verdict.c
# of samplers: have chains mixed
libfuguesweep_a_SOURCES += sweep/chains.c sweep/chains.h
