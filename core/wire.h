/* The wire form of parcels: a stream of exactly fg_parcel_wire_bytes bytes (claim S7) - header, statistic, and for a
 * block its unpadded factors, then its weights if the model reads them; for a slice its floats. It can be packed and
 * unpacked in parts of any size, so that a block of any size needs no second copy of itself. Little-endian machines
 * only, like the files. What arrives is what was sent, but item, which of a block is its number; a sequence number and
 * a round have 48 bits. */
#ifndef FG_CORE_WIRE_H
#define FG_CORE_WIRE_H

#include "core/err.h"
#include "core/factors.h"
#include "core/parcel.h"

/* Writes bytes from .. from + n - 1 of the stream to `out` (lent, n bytes). */
void fg_wire_pack(const struct fg_parcel *parcel, const struct fg_model *model, size_t from, size_t n,
                  unsigned char *out);

/* A parcel for a machine of host `self` from its header, the first FG_PARCEL_HEADER bytes of a stream. *parcel is the
 * caller's; if a block comes with it, that is the one of *factors, whose arrays are made here: they must not be there
 * already (claim S3). FG_EPROTOCOL if the header is none, FG_ENOMEM. */
enum fg_err fg_wire_open(const unsigned char header[FG_PARCEL_HEADER], uint32_t self, const struct fg_model *model,
                         struct fg_factors *factors, struct fg_parcel **parcel, struct fg_fault *fault);

/* Takes bytes from .. from + n - 1 of the stream; those of the header change nothing. */
void fg_wire_unpack(struct fg_parcel *parcel, const struct fg_model *model, size_t from, size_t n,
                    const unsigned char *in);

#endif
