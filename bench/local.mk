# Measuring: `make bench` (docs/performance.md). Not installed.
if !SANITIZERS
check_PROGRAMS += bench/bench
endif
bench_bench_SOURCES = bench/main.c bench/bench.h bench/groups.c bench/drive.h bench/drive.c bench/serve.h bench/serve.c \
  bench/result.h bench/result.c bench/report.h bench/report.c bench/against.c bench/child.h bench/child.c bench/scratch.h bench/scratch.c
# the groups
bench_bench_SOURCES += bench/machine.c bench/kernels.c bench/ingest.c bench/simulator.c bench/replay.c bench/sweep.c
nodist_bench_bench_SOURCES = cli/revision.h
nodist_EXTRA_bench_bench_SOURCES = dummy.cxx
bench_bench_LDADD = libfugueproofs.a libfuguesim.a libfugue.a $(SIMGRID_LIBS) $(CORE_DEPS_LIBS) -lm
bench/serve.$(OBJEXT) bench/report.$(OBJEXT): cli/revision.h

# BENCH='--quick --json now.json' are its options
bench: bench/bench$(EXEEXT) fugue$(EXEEXT)
	bench/bench $(BENCH)
.PHONY: bench
