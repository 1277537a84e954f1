# The simulated stage. A program that links it needs the C++ linker for the one C++ file; automake chooses that one for
# a program with a line nodist_EXTRA_program_SOURCES = dummy.cxx (such a file need not exist).
noinst_LIBRARIES += libfuguesim.a
libfuguesim_a_SOURCES = sim/stage.c sim/holdings.c sim/holdings.h sim/stage.h sim/network.c sim/network.h sim/shares.c sim/shares.h sim/kinds.h sim/shape.c sim/shim.cpp sim/shim.h \
  sim/star.c sim/fattree.c sim/torus.c sim/dragonfly.c sim/xml.c
