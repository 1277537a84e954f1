/* A machine's state as a string of bytes, as the machine has them: put and got in the same order. */
#ifndef FG_CORE_STATE_H
#define FG_CORE_STATE_H

#include <stddef.h>
#include <string.h>

static inline void fg_state_put(unsigned char **at, const void *from, size_t bytes) {
  if (bytes)
    memcpy(*at, from, bytes);
  *at += bytes;
}

static inline void fg_state_get(const unsigned char **at, void *to, size_t bytes) {
  if (bytes)
    memcpy(to, *at, bytes);
  *at += bytes;
}

#endif
