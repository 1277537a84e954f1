# The claims register: one file per claim, the laboratory they share.
noinst_LIBRARIES += libfugueproofs.a
libfugueproofs_a_SOURCES = proofs/claim.c proofs/claim.h proofs/claims.c proofs/claims.h proofs/bounds.h \
  proofs/lab/lab.c proofs/lab/lab.h proofs/lab/trial.c proofs/lab/trial.h proofs/lab/statistics.c proofs/lab/statistics.h \
  proofs/lab/curvature.c proofs/lab/curvature.h proofs/lab/solo.c proofs/lab/solo.h \
  proofs/lab/cloud.c proofs/lab/cloud.h proofs/lab/pooled.c proofs/lab/pooled.h \
  proofs/lab/waits.c proofs/lab/waits.h proofs/lab/quadratic.c proofs/lab/quadratic.h
# S: structure
libfugueproofs_a_SOURCES +=
# M: moments of the iterates
libfugueproofs_a_SOURCES += proofs/m3_inside_block.c proofs/m3_beyond.c proofs/m3_beyond.h proofs/m5_safe_extras.c proofs/m6_geometric_extras.c proofs/m7_order_bias.c
# C: convergence
libfugueproofs_a_SOURCES +=
# T: time
libfugueproofs_a_SOURCES +=
