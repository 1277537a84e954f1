/* How much memory this process has taken. */
#ifndef FG_CLI_MEMORY_H
#define FG_CLI_MEMORY_H

/* Largest resident size so far, mapped files included [MB = 10^6 B]. */
double fg_memory_peak(void);

#endif
