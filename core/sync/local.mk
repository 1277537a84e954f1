libfugue_a_SOURCES += core/sync/sync.c core/sync/barrier.c core/sync/fugue.c core/sync/types.h
nobase_pkginclude_HEADERS += core/sync/sync.h
