# The MPI stage. It never links SimGrid: libsimgrid exports MPI_* symbols, and calls would silently resolve to those.
if HAVE_MPI
bin_PROGRAMS += fugue-mpi
fugue_mpi_SOURCES = mpi/main.c
fugue_mpi_CPPFLAGS = -I$(top_srcdir) -I$(top_builddir) -DFUGUE_DATADIR='"$(pkgdatadir)"' $(CORE_DEPS_CFLAGS)
fugue_mpi_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS)
fugue_mpi_LDFLAGS = $(AM_LDFLAGS) $(MPI_LDFLAGS)
fugue_mpi_LDADD = libfugue.a $(CORE_DEPS_LIBS) $(MPI_LIBS) -lm
endif
