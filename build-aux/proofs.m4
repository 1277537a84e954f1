# FUGUE_PROOFS: the tools that check proofs (make check-proofs). Each is optional; COQC, COQCHK, SPIN, FRAMAC may be given.
#   out  COQC, COQCHK, SPIN, FRAMAC (substituted; empty: none); the conditional HAVE_COQ; fugue_proofs, a line for the summary
AC_DEFUN([FUGUE_PROOFS], [
AC_ARG_VAR([COQC], [compiler of Coq 8.16 (proofs)])
AC_ARG_VAR([COQCHK], [checker of what COQC compiled])
AC_ARG_VAR([SPIN], [model checker Spin 6.5 (proofs)])
AC_ARG_VAR([FRAMAC], [Frama-C 25 with WP (proofs)])
AC_PATH_PROG([COQC], [coqc])
AC_PATH_PROG([COQCHK], [coqchk])
AC_PATH_PROG([SPIN], [spin])
AC_PATH_PROG([FRAMAC], [frama-c])
AM_CONDITIONAL([HAVE_COQ], [test "x$COQC" != x])
fugue_proofs=
for fugue_tool in "Coq:$COQC" "Spin:$SPIN" "Frama-C:$FRAMAC"; do
  AS_CASE([$fugue_tool], [*:], [], [fugue_proofs="$fugue_proofs `AS_ECHO(["$fugue_tool"]) | sed 's/:.*//'`"])
done
])
