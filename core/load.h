/* The data of a run: a text file cut in memory, or an on-disk grid opened. */
#ifndef FG_CORE_LOAD_H
#define FG_CORE_LOAD_H

#include "core/run.h"

/* Do the options admit their data? Asked of counted data (core/data/counted.h) only, which fit few. options: resolved
 * from config. FG_EUSAGE. */
enum fg_err fg_load_check(const struct fg_config *config, const struct fg_options *options, struct fg_fault *fault);

/* Makes run->grid, from run->options and run->model (parsed); completes what the options leave to the data: workers,
 * split, data seed. config: the data's path becomes absolute. FG_EUSAGE if options contradict a grid; FG_EINPUT. */
enum fg_err fg_load(struct fg_config *config, const struct fg_share *share, struct fg_run *run, struct fg_fault *fault);

#endif
