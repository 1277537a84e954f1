/* The data of a run: a text file cut in memory, or an on-disk grid opened. */
#ifndef FG_CORE_LOAD_H
#define FG_CORE_LOAD_H

#include "core/run.h"

/* Makes run->grid, from run->options and run->model (parsed); completes what the options leave to the data: workers,
 * split, data seed. config: the data's path becomes absolute. FG_EUSAGE if options contradict a grid; FG_EINPUT. */
enum fg_err fg_load(struct fg_config *config, const struct fg_share *share, struct fg_run *run, struct fg_fault *fault);

#endif
