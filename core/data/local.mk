# files -> points -> block grid
libfugue_a_SOURCES += core/data/points.c core/data/split.c core/data/balance.c core/data/balance.h core/data/grid.c \
  core/data/pass.c
nobase_pkginclude_HEADERS += core/data/points.h core/data/split.h core/data/grid.h core/data/generate.h
