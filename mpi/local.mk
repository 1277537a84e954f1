# The MPI stage and its program. It never links SimGrid: libsimgrid exports MPI_* symbols, and calls would silently resolve to
# those.
if HAVE_MPI
bin_PROGRAMS += fugue-mpi
fugue_mpi_SOURCES = cli/mpi.c cli/mpi_data.c cli/mpi_data.h cli/mpi_resume.c cli/mpi_resume.h \
  cli/run_options.c cli/run_options.h cli/progress.c cli/progress.h cli/memory.c cli/memory.h \
  mpi/clock.c mpi/clock.h mpi/post.c mpi/post.h mpi/team.c mpi/team.h mpi/holdings.c mpi/holdings.h mpi/rotation.c mpi/rotation.h \
  mpi/evaluate.c mpi/evaluate.h mpi/replica.c mpi/replica.h mpi/held_out.c mpi/held_out.h mpi/drain.c mpi/drain.h mpi/stage.c mpi/stage.h
nodist_fugue_mpi_SOURCES = cli/revision.h
fugue_mpi_CPPFLAGS = -I$(top_srcdir) -I$(top_builddir) -DFUGUE_DATADIR='"$(pkgdatadir)"' $(CORE_DEPS_CFLAGS)
# MPICH's MPI_STATUSES_IGNORE is an address that gcc takes for an array too short
fugue_mpi_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS) -Wno-stringop-overflow
fugue_mpi_LDFLAGS = $(AM_LDFLAGS) $(MPI_LDFLAGS)
fugue_mpi_LDADD = libfugue.a $(CORE_DEPS_LIBS) $(MPI_LIBS) -lm
cli/fugue_mpi-mpi.$(OBJEXT): cli/revision.h
endif
