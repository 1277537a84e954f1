libfugue_a_SOURCES += core/steward/steward.c core/steward/tree.c core/steward/counter.c core/steward/directory.c core/steward/server.c \
	core/steward/inner.h
