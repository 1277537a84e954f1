# Running MPI programs in tests: sourced after tests/shell.bash by tests/mpi_*.test. Needs MPIEXEC; FUGUE_MPI is the program.
# The settings are environment variables, which a library that does not know them ignores, so one list serves both.

# Open MPI: as root (containers), more ranks than cores, ranks not pinned to the same cores by two tests at once, no remote
# shell (there may be none), shared memory without reading other processes' memory (containers forbid it).
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
  OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_plm=isolated OMPI_MCA_mpi_yield_when_idle=1 \
  OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none
# Open MPI 5 reads these instead
export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe \
  PRTE_MCA_hwloc_default_binding_policy=none PRTE_MCA_plm=isolated
# MPICH: processes of this machine only, no allocation of a batch system
export HYDRA_LAUNCHER=fork HYDRA_RMK=user
# A chroot may lack /sys, at which these complain (UCX on standard output, among the program's results), and a host name that
# anything resolves: each look-up would wait five seconds.
export UCX_LOG_FILE=stderr HWLOC_HIDE_ERRORS=2 RES_OPTIONS='timeout:1 attempts:1'

# The seconds after which a run counts as hung and is killed.
mpi_patience=${MPI_PATIENCE:-180}

# mpi_run P PROGRAM ARGS...: P ranks of the program; exit code 124 or 137 if they hang
mpi_run() {
  local ranks=$1
  shift
  timeout --kill-after=10 "$mpi_patience" "$MPIEXEC" -n "$ranks" "$@" </dev/null
}

# mpi_library PROGRAM: openmpi or mpich, by what the program links; other if neither
mpi_library() {
  local linked
  linked=$(ldd "$1")
  case $linked in
    *libmpich.so* | *libmpi.so.12*) echo mpich ;;
    *libmpi.so*) echo openmpi ;;
    *) echo other ;;
  esac
}

# mpi_stranger PROGRAM: the launcher of a library that the program does not link; fails if none is installed. What it starts
# as P ranks are P runs of one rank each, which a program that was told P can notice.
mpi_stranger() {
  case $(mpi_library "$1") in
    openmpi) command -v mpiexec.mpich ;;
    mpich) command -v mpiexec.openmpi ;;
    *) return 1 ;;
  esac
}
