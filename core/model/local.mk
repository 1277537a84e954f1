# latent space models, one file and one table row each
nobase_pkginclude_HEADERS += core/model/model.h
libfugue_a_SOURCES += core/model/model.c core/model/lanes.h core/model/mf.c core/model/dict.c core/model/additive.c core/model/lda.h \
  core/model/lda.c core/model/lda_predict.c core/model/lda_squared.c \
  core/model/simplex.h core/model/simplex.c
libfugue_a_SOURCES += core/model/gibbs.c core/model/tune.c core/model/tune.h
libfugue_a_SOURCES += core/model/nmf.c core/model/adagrad.h core/model/adagrad.c
libfugue_a_SOURCES += core/model/mmnd.h core/model/mmnd.c core/model/mmnd_squared.c core/model/auc.h core/model/auc.c
libfugue_a_SOURCES += core/model/noise.h core/model/noise.c
