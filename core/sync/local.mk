libfugue_a_SOURCES += core/sync/sync.c core/sync/barrier.c core/sync/fugue.c core/sync/quorum.c core/sync/ring.c core/sync/nomad.c \
	core/sync/relay.c core/sync/psgd.c core/sync/ssp.c core/sync/extras.c core/sync/extras.h core/sync/types.h
nobase_pkginclude_HEADERS += core/sync/sync.h
