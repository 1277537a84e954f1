// Says which ranks there are and which MPI library runs them.
#include <mpi.h>
#include <stdio.h>

int main(int argc, char **argv) {
  int rank, size, length;
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  if (MPI_Init(&argc, &argv))
    return 3;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Get_library_version(version, &length);
  printf("rank %d of %d: %.40s\n", rank, size, version);
  MPI_Finalize();
  return 0;
}
