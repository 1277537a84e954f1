/* Signals that end a command in an orderly way. */
#ifndef FG_CLI_INTERRUPT_H
#define FG_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGPIPE (nobody reads what is printed any more) are but noted. */
void fg_interrupt_catch(void);

/* Has there been one? */
bool fg_interrupted(void);

/* The exit code if there has been one; otherwise `code`. */
int fg_interrupt_exit_code(int code);

#endif
