/* Update step: mixed-membership network decomposition, likelihood loss. A node is a document whose words are the nodes
 * that it links to, a community a distribution over the nodes that its members link to: node i has memberships u_i on
 * the simplex, and the x_ij links from i to j, given that i has L_i links, cost -x_ij log p(j | i) with
 *
 *   p(j | i) = sum_k uhat_ik phi_kj
 *
 *   uhat_ik = (L_i u_ik + a) / (L_i + K a), phi_kj = (n_j psi_jk + b) / (S_k + N b), a = alpha / K, b = beta T / (K N)
 *
 * (psi_j = p(community | link to j) is the column factor, n_j the links to j, S_k = sum_j n_j psi_jk, T all links). The
 * update is the natural one of the topic model (lda.c), and so are its properties: rows stay on the simplex, only S
 * joins the column blocks. Degrees are no matter of communities here: L_i and n_j stand beside the memberships, as in
 * degree-corrected block models (Ball, Karrer, Newman 2011 have the symmetric form). The likelihood needs no non-links;
 * the squared loss (mmnd_squared.c), the paper's, does, and splits nodes by degree first (docs/quality.md).
 *
 * How likely a pair is a link is read from r_ij = sum_k (L_i u_ik + a') phi'_kj, with a' and b' a thousandth of a and
 * b: the smoothing that keeps learning from settling at once would rank pairs that share no community by their degrees
 * before pairs that share a small one; but for ties it is left out. Weights of links are counted in units of sum x^2 /
 * sum x, which is 1 where links have none, for the bins of auc.h to hold the scores of any data. */
#include "core/model/mmnd.h"

#include "core/model/auc.h"
#include "core/model/lanes.h"
#include "core/model/lda.h"
#include "core/model/simplex.h"

#include <math.h>

#define RANKING 1e-3 /* of the smoothing stays when pairs are ranked */

const struct fg_param fg_mmnd_params[] = {
    [FG_MMND_RANK] = {"rank", "topics", FG_PARAM_COUNT, "16", 1, FG_RANK_MAX, NULL, "communities"},
    [FG_MMND_LOSS] = {"loss", NULL, FG_PARAM_CHOICE, "likelihood", 0, 0, "likelihood|squared",
                      "likelihood of a node's links by natural gradients, or squared error by projected ones"},
    [FG_MMND_DIRECTED] = {"directed", NULL, FG_PARAM_CHOICE, "no", 0, 0, "no|yes",
                          "no: the data give each link once, and it holds both ways"},
    [FG_MMND_LOOPS] = {"loops", NULL, FG_PARAM_REAL, "1", 0, 1e6, NULL,
                       "links of every node to itself that are added: members of a community link to each other"},
    [FG_MMND_ZEROS] = {"zeros", NULL, FG_PARAM_REAL, "1", 0, INFINITY, NULL,
                       "pairs without a link that are drawn as points of value 0, for each link; inf: all"},
    [FG_MMND_ALPHA] = {"alpha", NULL, FG_PARAM_REAL, "4", 1e-6, 1e6, NULL,
                       "likelihood: prior links of a node, spread over all communities"},
    [FG_MMND_BETA] = {"beta", NULL, FG_PARAM_REAL, "0.1", 1e-6, 1e6, NULL,
                      "likelihood: prior links of a community to all nodes alike, as a share of its mean size"},
    {0},
};

void fg_mmnd_reading(const struct fg_model *model, struct fg_read_options *read) {
  read->network = true;
  read->directed = model->par.value[FG_MMND_DIRECTED] != 0;
  read->loops = model->par.value[FG_MMND_LOOPS];
  read->zeros = model->par.value[FG_MMND_ZEROS];
}

double fg_mmnd_membership(const struct fg_model *model, const struct fg_view *view, uint32_t row, uint32_t k) {
  return view->row_factor[(size_t)row * model->stride + k];
}

static const struct fg_model_type *mmnd_variant(const struct fg_values *par) {
  extern const struct fg_model_type fg_model_mmnd;
  return par->value[FG_MMND_LOSS] == FG_MMND_SQUARED ? &fg_model_mmnd_squared : &fg_model_mmnd;
}

static struct fg_lda_counts mmnd_counts(const struct fg_model *model) {
  return (struct fg_lda_counts){.alpha = model->par.value[FG_MMND_ALPHA] / model->rank,
                                .beta =
                                    model->par.value[FG_MMND_BETA] * model->total / ((double)model->rank * model->cols),
                                .stat_tokens = 1};
}

static enum fg_err mmnd_setup(struct fg_model *model, struct fg_fault *fault) {
  if (!(model->total > 0))
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model mmnd needs links: all training values are 0");
  return fg_lda_setup(model, fault);
}

static void mmnd_init_row(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_ROW, index, 0.1, row);
}

static void mmnd_init_col(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_COL, index, 0.1, row);
}

static void mmnd_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                        size_t n, float eta) {
  const struct fg_lda_counts counts = mmnd_counts(model);
  struct fg_point links[FG_BATCH]; /* non-links change nothing, and are not to cost anything */
  size_t n_links = 0;
  for (size_t i = 0; i < n; i++)
    if (points[i].value > 0)
      links[n_links++] = points[i];
  fg_lda_natural(model, view, links, n_links, counts.alpha, counts.beta, eta);
}

static void mmnd_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, struct fg_score *score) {
  const struct fg_lda_counts counts = mmnd_counts(model);
  const struct fg_lda_counts ranking = {RANKING * counts.alpha, RANKING * counts.beta, 0, 1};
  const double unit = model->square / model->mean;
  double learned[model->stride], ranked[model->stride];
  fg_lda_inverse(model, view, &counts, learned);
  fg_lda_inverse(model, view, &ranking, ranked);
  for (size_t i = 0; i < n; i++) {
    const float *u = view->row_factor + (size_t)points[i].row * model->stride;
    const float *psi = view->col_factor + (size_t)points[i].col * model->stride;
    double length = view->row_weight[points[i].row], links = view->col_weight[points[i].col];
    double rate = fg_lda_mixture(&ranking, u, psi, ranked, model->stride, length, links);
    fg_auc_count(score, points[i].value > 0, (float)(rate / unit));
    if (points[i].value > 0) {
      double all = length + model->rank * counts.alpha;
      double cost =
          -points[i].value * log(fg_lda_mixture(&counts, u, psi, learned, model->stride, length, links) / all);
      score->loss += cost;
      score->metric += cost;
    }
    score->weight += points[i].value;
  }
}

static enum fg_err mmnd_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                                size_t n, float *row, float *row_weight) {
  const struct fg_lda_counts counts = mmnd_counts(model);
  return fg_lda_infer(model, view, &counts, points, n, row, row_weight);
}

static double mmnd_flops(const struct fg_model *model) {
  return 16.0 * model->rank + 10; /* as lda; non-links cost nothing */
}

const struct fg_model_type fg_model_mmnd = {
    .name = "mmnd",
    .summary = "mixed-membership network, for links between nodes: natural gradients on simplices; --step is the share "
               "of a row renewed by one "
               "pass over it",
    .metric_name = "1-auc",
    .params = fg_mmnd_params,
    .default_step = 4,
    .default_schedule = FG_STEP_SQRT,
    .default_decay = 0.05,
    .needs_nonnegative = true,
    .weights = true,
    .variant = mmnd_variant,
    .reading = fg_mmnd_reading,
    .setup = mmnd_setup,
    .init_row = mmnd_init_row,
    .init_col = mmnd_init_col,
    .update = mmnd_update,
    .stat = fg_lda_stat,
    .project = fg_simplex_restore,
    .score = mmnd_score,
    .metric = fg_auc_metric,
    .fold_in = mmnd_fold_in,
    .flops = mmnd_flops,
    .rows_valid = fg_simplex_valid,
    .cols_valid = fg_simplex_valid,
    .dimension = "community",
    .top_rows = true,
    .top_weight = fg_mmnd_membership,
};
