# The command line: one file per subcommand.
bin_PROGRAMS += fugue
fugue_CPPFLAGS = $(AM_CPPFLAGS) $(CORE_DEPS_CFLAGS) $(SIMGRID_CFLAGS)
fugue_SOURCES = cli/cli.h
fugue_LDADD = libfuguesim.a libfugue.a $(SIMGRID_LIBS) $(CORE_DEPS_LIBS) -lm
# SimGrid is C++
nodist_EXTRA_fugue_SOURCES = cli/link.cxx
# fugue plot
fugue_SOURCES += cli/plot.h cli/plot.c cli/plot_run.c cli/plot_gnuplot.c cli/plot_convergence.c cli/plot_gantt.c \
  cli/rundir_read.h cli/rundir_read.c
