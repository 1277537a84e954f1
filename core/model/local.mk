# latent space models, one file and one table row each; scoring of unseen rows
nobase_pkginclude_HEADERS += core/model/model.h core/score.h
libfugue_a_SOURCES += core/model/model.c core/model/lanes.h core/model/mf.c core/model/additive.c core/model/lda.h \
  core/model/lda.c core/model/lda_predict.c core/model/lda_squared.c core/score.c
