/* A command with everything that it starts, and that it starts in turn: none outlives it, nor its caller. For launchers
 * like mpirun, whose ranks are processes of their own groups and would go on if it were killed. */
#ifndef FG_SWEEP_FAMILY_H
#define FG_SWEEP_FAMILY_H

/* Runs the command (argv[0] is looked up along PATH; lent) and returns its exit code: 127 if there is no such command,
 * 126 if it cannot be started, 128 + the signal that ended it. In a child of the pool: the process must have no other
 * children. From then on SIGTERM is passed on to the command; what still runs FG_FAMILY_GRACE [s] later is killed, and
 * so is everything as soon as the caller's parent dies or the command has ended. */
int fg_family_run(char *const *argv);

/* Shorter than that of the pool. */
#define FG_FAMILY_GRACE 1.5

#endif
