# The method: a static library, installed with its headers.
lib_LIBRARIES += libfugue.a
libfugue_a_SOURCES = core/err.c core/rng.c core/spec.c core/config.c core/cure.c core/facts.c core/files.c core/npy.c \
	core/step.c core/factors.c core/replica.c core/staleness.c core/parcel.c core/pace.c \
	core/load.c core/run.c core/evaluate.c core/epochs.c core/trace.c core/columns.c core/spells.c core/audit.c core/traffic.c core/order.c \
	core/top.c core/model_lines.c core/membership.c core/model_files.c core/wire.c core/inbox.c core/rank_logs.c core/checkpoint.c core/checkpoint_shard.c \
	core/sealed.c core/sealed.h core/kernel.h core/checkpoint_whole.c core/checkpoint_posterior.c core/posterior.c core/predictions.h core/predictions.c \
	core/tokens.c core/shelf.c core/rundir.c core/savepoints.c core/replay.c core/saved.c core/score.c core/likelihood.c
nobase_pkginclude_HEADERS += core/err.h core/rng.h core/spec.h core/config.h core/cure.h core/facts.h core/files.h core/npy.h \
	core/schedule.h core/ranks.h core/share.h core/step.h core/factors.h core/replica.h core/staleness.h core/parcel.h core/machine.h core/worker.h core/steward.h core/pace.h \
	core/load.h core/run.h core/sink.h core/state.h core/evaluate.h core/epochs.h core/trace.h core/columns.h core/spells.h core/order.h \
	core/top.h core/model_lines.h core/membership.h core/model_files.h core/wire.h core/inbox.h core/rank_logs.h core/checkpoint.h \
	core/tokens.h core/shelf.h core/rundir.h core/posterior.h core/savepoints.h core/replay.h core/traffic.h core/saved.h core/score.h core/likelihood.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = core/fugue.pc
include core/data/local.mk
include core/worker/local.mk
include core/steward/local.mk
include core/model/local.mk
include core/straggler/local.mk
include core/sync/local.mk
