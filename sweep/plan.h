/* From a specification to runs: every combination of points with every seed, and the configuration of each. */
#ifndef FG_SWEEP_PLAN_H
#define FG_SWEEP_PLAN_H

#include "sweep/spec.h"

enum { FG_RUN_ID = 33 }; /* 32 hexadecimal digits and the end */

/* Why an entry is there. grid: to choose a point of the tuned axis, with seeds set aside for that; shared: at a point
 * of it that is the same for all; final: with all seeds, at the chosen point if one is tuned. */
#define FG_SWEEP_AT_LIST(X)      X(GRID, "grid") X(SHARED, "shared") X(FINAL, "final")
#define FG_SWEEP_AT_ID(id, name) FG_AT_##id,
enum fg_sweep_at { FG_SWEEP_AT_LIST(FG_SWEEP_AT_ID) FG_SWEEP_ATS };
#undef FG_SWEEP_AT_ID
extern const char *const fg_sweep_at_names[FG_SWEEP_ATS];

/* A line of the plan. Several may share a run. */
struct fg_sweep_entry {
  enum fg_sweep_at at;
  int point[FG_AXES_MAX]; /* of each axis, or FG_ABSENT */
  uint64_t seed;
  char id[FG_RUN_ID]; /* of the run; "" until fg_sweep_plan_identify */
};

struct fg_sweep_plan {
  struct fg_sweep_entry *entry;
  size_t n, capacity;
};

/* Appends the entries that need no choice: all of them, or, if an axis is tuned, those of grid and shared. */
enum fg_err fg_sweep_plan_first(const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan, struct fg_fault *fault);

/* Says which point of the tuned axis a combination (the tuned axis FG_ABSENT) runs at; FG_ABSENT: no run of the grid
 * came to a result (then it runs at the first point, so that the end of it is seen); FG_UNDECIDED: runs of the grid are
 * missing (then it has no final entries before they are there). */
enum { FG_UNDECIDED = -2 };
typedef int fg_sweep_choose(void *self, const int *point);

/* Appends the final entries of a tuned specification. */
enum fg_err fg_sweep_plan_final(const struct fg_sweep_spec *spec, fg_sweep_choose *choose, void *self,
                                struct fg_sweep_plan *plan, struct fg_fault *fault);
void fg_sweep_plan_free(struct fg_sweep_plan *plan);

/* Where the data of a run come from. */
struct fg_sweep_source {
  char generate[FG_OPTION_TEXT]; /* generator specification; "": a file */
  uint64_t seed;                 /* of the generator */
  char file[FG_OPTION_TEXT];     /* absolute; of generated data: its name in DIR/data */
};

/* The configuration of an entry: base, whole options of its points in the order of the axes, then parameters, the seed.
 * config->text[FG_OPT_DATA] is the absolute file, or, of generated data, the name of the file in `data_folder` (lent).
 * *stage: "sim" or "mpi", static. FG_EUSAGE with file and line. */
enum fg_err fg_sweep_config(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                            const char *data_folder, struct fg_config *config, struct fg_sweep_source *source,
                            const char **stage, struct fg_fault *fault);

/* Line of the specification that an option of the entry comes from (the last one that sets it or a parameter of it); 0:
 * its default. */
unsigned long long fg_sweep_line_of(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                                    const char *option);

/* Checks one configuration beyond the option table: parses model, strategy, straggler and network, and writes them back
 * in their canonical spelling, so that the same run has the same identity. Given by cli/, which knows the simulator. */
typedef enum fg_err fg_sweep_check(struct fg_config *config, const char *stage, struct fg_fault *fault);

/* Checks all entries and fills their ids: the digest of stage, options and data (a file's content, a generator's
 * specification). FG_EUSAGE/FG_EINPUT with the line of the value that is wrong. */
enum fg_err fg_sweep_plan_identify(const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan, fg_sweep_check *check,
                                   struct fg_fault *fault);

/* Was a run made from the data that its id stands for? `data_sha256`: of the file that it has read. false: the file has
 * changed since the plan was made. True where data are generated or a grid. */
bool fg_sweep_is_run_of(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry, fg_sweep_check *check,
                        const char *data_sha256);

#endif
