libfugue_a_SOURCES += core/worker/worker.c core/worker/visit.c core/worker/strata.c core/worker/roving.c \
	core/worker/langevin.c core/worker/replica.c core/worker/average.c core/worker/push.c core/worker/replica.h core/worker/inner.h
