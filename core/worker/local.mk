libfugue_a_SOURCES += core/worker/worker.c core/worker/visit.c core/worker/strata.c core/worker/roving.c core/worker/inner.h
