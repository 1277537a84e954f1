/* Signals noted. */
#include "cli/interrupt.h"

#include <signal.h>

/* a signal handler can be told by globals only */
static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
  interrupted = number;
}

void fg_interrupt_catch(void) {
  signal(SIGINT, interrupt);
  signal(SIGTERM, interrupt);
  signal(SIGPIPE, interrupt);
}

bool fg_interrupted(void) {
  return interrupted != 0;
}

int fg_interrupt_exit_code(int code) {
  return interrupted ? 128 + interrupted : code;
}
