/* The replay stage: plays the same workers and stewards serially, one after another, bringing every parcel exactly when
 * order.bin says it was taken. No clock, no network: claim S4 (serializable) on the real code. */
#ifndef FG_CORE_REPLAY_H
#define FG_CORE_REPLAY_H

#include "core/facts.h"
#include "core/order.h"
#include "core/run.h"
#include "core/sink.h"
#include "core/trace.h"

/* Re-executes `run` by the log. Parameters end up in run->factors; visits (times 0) go to the sink. FG_MISMATCH if the
 * log does not fit what the machines do (they would take a parcel that was never sent, or wait for ever), if a server
 * answers before the slack allows it (claim S6, staleness.h), or if a visit
 * is not the one of `trace` (lent, audited; NULL: not compared): all of its columns but the times. */
enum fg_err fg_replay_run(struct fg_run *run, const struct fg_order *order, const struct fg_trace *trace,
                          const struct fg_sink *sink, struct fg_totals *totals, struct fg_fault *fault);

/* What a finished run learned beside the factors (facts of run.json, lent) against what the replay did. FG_MISMATCH. */
enum fg_err fg_replay_compare_tuned(const struct fg_facts *facts, const struct fg_run *run, struct fg_fault *fault);

/* What a finished run says of itself (facts of run.json, lent) against the replayed totals: updates, extra updates,
 * bytes. */
enum fg_err fg_replay_compare_totals(const struct fg_facts *facts, const struct fg_totals *totals,
                                     struct fg_fault *fault);

/* Compares the factors of a run directory, row_factor.npy and col_factor.npy, with those in memory bit by bit.
 * FG_MISMATCH names the file. */
enum fg_err fg_replay_compare_factors(const char *dir, const struct fg_run *run, struct fg_fault *fault);

/* Checks a trace by itself (claims S1-S3, C6): every worker's rows are numbered 0, 1, ... in file order, in each
 * stratum every row block and every column block is served once, rows of a column block stand in the order of its
 * strata and are numbered by its hand-offs. Roving blocks: the visits of each column block are numbered without a gap,
 * each is one pass over the visitor's own rows, and where the strategy says so all pairs are visited equally often, or
 * within the slack. Data-only strategies: every row is the part of a pass that its number asks for, of the own points,
 * after as many exchanges as the strategy says. FG_MISMATCH names worker and row. */
enum fg_err fg_trace_audit(const struct fg_trace *trace, const struct fg_job *job, struct fg_fault *fault);

#endif
