/* The rows of the strategy table, for sync.c alone. */
#ifndef FG_CORE_SYNC_TYPES_H
#define FG_CORE_SYNC_TYPES_H

#include "core/sync/sync.h"

extern const struct fg_sync_type fg_sync_barrier;
extern const struct fg_sync_type fg_sync_fugue;

#endif
