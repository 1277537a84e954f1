# The claims register: one file per claim, the laboratory they share.
noinst_LIBRARIES += libfugueproofs.a
libfugueproofs_a_SOURCES = proofs/claim.c proofs/claim.h proofs/claims.c proofs/claims.h proofs/bounds.h \
  proofs/lab/lab.c proofs/lab/lab.h proofs/lab/trial.c proofs/lab/trial.h proofs/lab/statistics.c proofs/lab/statistics.h \
  proofs/lab/curvature.c proofs/lab/curvature.h
# fugue preflight
libfugueproofs_a_SOURCES += proofs/preflight/preflight.h proofs/preflight/sample.c proofs/preflight/candidates.c \
  proofs/preflight/slowed.h proofs/preflight/slowed.c proofs/preflight/course.c proofs/preflight/simulate.c \
  proofs/preflight/estimate.c proofs/preflight/predict.c proofs/preflight/recommend.c
# S: structure
libfugueproofs_a_SOURCES +=
# M: moments of the iterates
libfugueproofs_a_SOURCES += proofs/m6_geometric_extras.c
# C: convergence
libfugueproofs_a_SOURCES +=
# T: time
libfugueproofs_a_SOURCES +=
