# FUGUE_PROOFS: the tools of make check-proofs. Building needs none of them; COQC, COQCHK, SPIN, FRAMAC may be given.
#   out  COQC, COQCHK, SPIN, FRAMAC (substituted; empty: none); the conditional HAVE_COQ: COQC is there, and Coquelicot;
#        fugue_proofs: for the summary, the tools with their versions, then those that are missing
AC_DEFUN([FUGUE_PROOFS], [
AC_ARG_VAR([COQC], [compiler of Coq 8.16 with Coquelicot 3 (proofs)])
AC_ARG_VAR([COQCHK], [checker of what COQC compiled])
AC_ARG_VAR([SPIN], [model checker Spin 6.5 (proofs)])
AC_ARG_VAR([FRAMAC], [Frama-C 25 with WP (proofs)])
AC_PATH_PROG([COQC], [coqc])
AC_PATH_PROG([COQCHK], [coqchk])
AC_PATH_PROG([SPIN], [spin])
AC_PATH_PROG([FRAMAC], [frama-c])
AS_IF([test "x$COQC" != x], [
  AC_MSG_CHECKING([for Coquelicot])
  fugue_coquelicot=`"$COQC" -where 2>&AS_MESSAGE_LOG_FD </dev/null`/user-contrib/Coquelicot/Coquelicot.vo
  AS_IF([test -f "$fugue_coquelicot"], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no]); COQC=])])
AM_CONDITIONAL([HAVE_COQ], [test "x$COQC" != x])

fugue_proofs= fugue_missing=
# name, program, and what prints its version (the first number with dots)
for fugue_tool in "Coq:$COQC:--print-version" "Spin:$SPIN:-V" "Frama-C:$FRAMAC:-version"; do
  fugue_name=`AS_ECHO(["$fugue_tool"]) | cut -d: -f1`
  fugue_program=`AS_ECHO(["$fugue_tool"]) | cut -d: -f2`
  AS_IF([test "x$fugue_program" = x], [fugue_missing="$fugue_missing${fugue_missing:+, }$fugue_name"], [
    fugue_version=`"$fugue_program" $(AS_ECHO(["$fugue_tool"]) | cut -d: -f3) 2>&AS_MESSAGE_LOG_FD </dev/null |
      sed -n 's/^[[^0-9]]*\([[0-9]][[0-9.]]*\).*/\1/p' | sed 1q`
    fugue_proofs="$fugue_proofs${fugue_proofs:+, }$fugue_name${fugue_version:+ $fugue_version}"])
done
AS_IF([test "x$fugue_missing" != x],
  [fugue_proofs="$fugue_proofs${fugue_proofs:+, }without $fugue_missing (./setup installs them)"])
])
