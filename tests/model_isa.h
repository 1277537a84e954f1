/* The kernels once more, compiled for one instruction set: included by model_isa_NAME.c, which defines FG_KERNEL and
 * ISA(name) (appends a suffix to every exported name). */
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

#include "core/model/mf.c"
#include "core/model/lda.c"
#include "core/model/lda_predict.c"
#include "core/model/lda_squared.c"
#include "core/model/nmf.c"
