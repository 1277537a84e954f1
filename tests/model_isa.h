/* The kernels once more, compiled for one instruction set: included by model_isa_NAME.c, which defines FG_KERNEL and
 * ISA(name) (appends a suffix to every exported name). */
#define fg_adagrad_update    ISA(fg_adagrad_update)
#define fg_adagrad_flops     ISA(fg_adagrad_flops)
#define fg_noise_add         ISA(fg_noise_add)
#define fg_model_mf          ISA(fg_model_mf)
#define fg_model_lda         ISA(fg_model_lda)
#define fg_model_lda_squared ISA(fg_model_lda_squared)
#define fg_model_nmf         ISA(fg_model_nmf)
#define fg_model_nmf_squared ISA(fg_model_nmf_squared)
#define fg_lda_params        ISA(fg_lda_params)
#define fg_lda_setup         ISA(fg_lda_setup)
#define fg_lda_score         ISA(fg_lda_score)
#define fg_lda_perplexity    ISA(fg_lda_perplexity)
#define fg_lda_fold_in       ISA(fg_lda_fold_in)
#define fg_lda_topic_weight  ISA(fg_lda_topic_weight)
#define fg_lda_mixture_prior ISA(fg_lda_mixture_prior)
#define fg_lda_natural       ISA(fg_lda_natural)
#define fg_lda_stat          ISA(fg_lda_stat)
#define fg_lda_inverse       ISA(fg_lda_inverse)
#define fg_lda_mixture       ISA(fg_lda_mixture)
#define fg_lda_infer         ISA(fg_lda_infer)

#define fg_model_mmnd              ISA(fg_model_mmnd)
#define fg_model_mmnd_squared      ISA(fg_model_mmnd_squared)
#define fg_mmnd_params             ISA(fg_mmnd_params)
#define fg_mmnd_reading            ISA(fg_mmnd_reading)
#define fg_mmnd_membership         ISA(fg_mmnd_membership)
#define fg_model_gibbs             ISA(fg_model_gibbs)
#define fg_model_gibbs_drawn       ISA(fg_model_gibbs_drawn)
#define fg_model_gibbs_tuned       ISA(fg_model_gibbs_tuned)
#define fg_model_gibbs_drawn_tuned ISA(fg_model_gibbs_drawn_tuned)
#define fg_model_dict              ISA(fg_model_dict)
#define fg_model_dict_feature      ISA(fg_model_dict_feature)

#include "core/model/adagrad.c"
#include "core/model/noise.c"
#include "core/model/mf.c"
#include "core/model/lda.c"
#include "core/model/gibbs.c"
#include "core/model/lda_predict.c"
#include "core/model/lda_squared.c"
#include "core/model/mmnd.c"
#include "core/model/mmnd_squared.c"
#include "core/model/nmf.c"
#include "core/model/dict.c"
