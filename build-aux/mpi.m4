# FUGUE_MPI: an MPI library for fugue-mpi, found through its compiler wrapper and started by the launcher that belongs to it.
#   in   MPICC, MPIEXEC (given by the user, or the first complete pair of Open MPI, MPICH and the unnamed one); --with-mpi
#   out  MPICC, MPIEXEC, MPI_CFLAGS, MPI_LIBS, MPI_LDFLAGS (substituted); the conditional HAVE_MPI; fugue_mpi, a line for the summary
# The wrapper is asked for its flags instead of being the compiler: libfugue.a is compiled once, and by the user's CC.
AC_DEFUN([FUGUE_MPI], [
AC_ARG_VAR([MPICC], [compiler wrapper of the MPI library; goes with MPIEXEC])
AC_ARG_VAR([MPIEXEC], [launcher of the MPI library; goes with MPICC])
AC_ARG_WITH([mpi], [AS_HELP_STRING([--with-mpi=auto|yes|no], [build fugue-mpi (auto: if an MPI library is found)])],
  [], [with_mpi=auto])
AS_CASE([$with_mpi], [yes|no|auto], [], [AC_MSG_ERROR([--with-mpi takes auto, yes or no, not '$with_mpi'])])
fugue_mpi=no
AS_IF([test "x$with_mpi" = xno], [fugue_mpi="no (--with-mpi=no)"], [
  # half a pair would start programs of one library by the launcher of another: as many runs of one rank each
  AS_IF([test "x${MPICC:+given}" != "x${MPIEXEC:+given}"],
    [AC_MSG_ERROR([MPICC and MPIEXEC go together: give both or none])])
  fugue_mpi_given=$MPICC
  AC_MSG_CHECKING([for a compiler wrapper and a launcher of MPI])
  for fugue_suffix in .openmpi .mpich ''; do
    test "x$MPICC" = x || break
    AS_IF([command -v "mpicc$fugue_suffix" >/dev/null 2>&1 && command -v "mpiexec$fugue_suffix" >/dev/null 2>&1],
      [MPICC=mpicc$fugue_suffix MPIEXEC=mpiexec$fugue_suffix])
  done
  AS_IF([test "x$MPICC" = x], [AC_MSG_RESULT([none])
    fugue_mpi="no (no mpicc and mpiexec found)"], [AC_MSG_RESULT([$MPICC, $MPIEXEC])
    AC_MSG_CHECKING([for the flags of $MPICC])
    # -show is understood by Open MPI, MPICH and those derived from it; headers of others must not fail for our warnings
    fugue_show=`$MPICC -show 2>/dev/null`
    set x $fugue_show; shift
    test $[#] -eq 0 || shift
    for fugue_flag in "$[@]"; do
      AS_CASE([$fugue_flag],
        [-I*], [MPI_CFLAGS="$MPI_CFLAGS -isystem `AS_ECHO(["$fugue_flag"]) | sed 's/^-I//'`"],
        [-D*|-pthread], [MPI_CFLAGS="$MPI_CFLAGS $fugue_flag"],
        [-l*|*.a|*.so], [MPI_LIBS="$MPI_LIBS $fugue_flag"],
        [-L*|-Wl,*], [MPI_LDFLAGS="$MPI_LDFLAGS $fugue_flag"])
    done
    AC_MSG_RESULT([$MPI_CFLAGS$MPI_LDFLAGS$MPI_LIBS])
    AC_MSG_CHECKING([whether a program of MPI links])
    fugue_save_CFLAGS=$CFLAGS fugue_save_LIBS=$LIBS fugue_save_LDFLAGS=$LDFLAGS
    CFLAGS="$CFLAGS $MPI_CFLAGS" LDFLAGS="$LDFLAGS $MPI_LDFLAGS" LIBS="$MPI_LIBS $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]], [[MPI_Init(0, 0); return MPI_Finalize();]])],
      [fugue_mpi=yes], [fugue_mpi="no (a program compiled with the flags of $MPICC does not link; see config.log)"])
    CFLAGS=$fugue_save_CFLAGS LIBS=$fugue_save_LIBS LDFLAGS=$fugue_save_LDFLAGS
    AC_MSG_RESULT([$fugue_mpi])
    AS_IF([test "x$fugue_mpi" = xyes && ! command -v "$MPIEXEC" >/dev/null 2>&1],
      [fugue_mpi="no (there is no launcher $MPIEXEC)"])])
  # what was asked for by name is not left out silently
  AS_IF([test "x$fugue_mpi" != xyes && { test "x$with_mpi" = xyes || test "x$fugue_mpi_given" != x; }],
    [AC_MSG_ERROR([fugue-mpi cannot be built: $fugue_mpi])])])
AM_CONDITIONAL([HAVE_MPI], [test "x$fugue_mpi" = xyes])
AS_IF([test "x$fugue_mpi" = xyes], [fugue_mpi="yes, with $MPICC and $MPIEXEC"], [MPI_CFLAGS= MPI_LIBS= MPI_LDFLAGS=])
AC_SUBST([MPI_CFLAGS])
AC_SUBST([MPI_LIBS])
AC_SUBST([MPI_LDFLAGS])
])
