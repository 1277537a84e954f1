(** Rational mirrors of the bounds of M3, M5, M6 and M7: what is computed here, exactly, over Q is what the proved
    definitions over R say (the lemmas NAME_Q_correct), so that a table made of it can be compared with the functions
    of proofs/bounds.h. Arguments are in the order of those functions, counts as natural numbers. Of the functions
    without a mirror, fg_bound_extras_trace (M5_matrix) needs the eigenvalues of a matrix, which are not rational;
    fg_bound_slowest and fg_bound_quorum are integrals; and no theorem bounds by fg_bound_resident (S8 is measured)
    or by fg_bound_block_covariance (of matrices the exact step is proved, M3_matrix_step, but no remainder). *)
From Coq Require Import QArith Qreals Reals Lra Lia List.
From Fugue Require Import Finite Vectors Moments Variance SafeExtras Geometric Drift.
Import ListNotations.
Open Scope Q_scope.

(** Reduced powers: they keep numerators and denominators small. *)
Fixpoint power_Q (q : Q) (n : nat) : Q := match n with O => 1 | S k => Qred (q * power_Q q k) end.
Definition count_Q (n : nat) : Q := inject_Z (Z.of_nat n).

Definition bound_stationary_Q (eta h noise : Q) := Qred (eta * noise / (h * (2 - eta * h))).
Definition bound_extras_Q (start eta h noise : Q) :=
  let rest := bound_stationary_Q eta h noise in if Qle_bool start rest then rest else start.
Definition bound_block_variance_Q (eta : Q) (n : nat) (omega0 omega1 v : Q) :=
  Qred (v - 2 * eta * count_Q n * omega0 * v + eta * eta * count_Q n * omega1).
Definition bound_block_remainder_Q (eta : Q) (n : nat) (h q v noise : Q) :=
  let d := eta * (2 * h + eta * q) in let pairs := count_Q n * (count_Q n - 1) / 2 in
  Qred (v * (pairs * (d * d) + count_Q n * (eta * eta) * q) + eta * eta * noise * pairs * d).
Definition bound_wait_mass_Q (eta : Q) (points : nat) (decay : Q) :=
  Qred (eta * count_Q points * decay / (1 - decay)).
Definition bound_drift_Q (eta h : Q) (n : nat) (from optimum : Q) :=
  Qred (optimum + power_Q (1 - eta * h) n * (from - optimum)).
Definition bound_order_bias_Q (eta h : Q) (n : nat) (m1 m2 : Q) :=
  let r := power_Q (1 - eta * h) n in Qred ((1 - r) * (m2 - m1) / (2 * (1 + r))).

Open Scope R_scope.

Lemma Q2R_red q : Q2R (Qred q) = Q2R q.
Proof. apply Qeq_eqR, Qred_correct. Qed.
Lemma Q2R_one : Q2R 1 = 1.
Proof. unfold Q2R. simpl. lra. Qed.
Lemma Q2R_two : Q2R 2 = 2.
Proof. unfold Q2R. simpl. lra. Qed.
Lemma Q2R_zero : Q2R 0 = 0.
Proof. unfold Q2R. simpl. lra. Qed.
Lemma Q2R_count n : Q2R (count_Q n) = INR n.
Proof. unfold count_Q, Q2R, inject_Z. simpl. rewrite Rinv_1, Rmult_1_r. symmetry. apply INR_IZR_INZ. Qed.
Lemma Q2R_quotient a b : Q2R b <> 0 -> Q2R (a / b) = Q2R a / Q2R b.
Proof.
  intros H. apply Q2R_div. intro E. apply H. rewrite (Qeq_eqR _ _ E). apply Q2R_zero.
Qed.
Lemma Q2R_power q n : Q2R (power_Q q n) = Q2R q ^ n.
Proof. induction n as [|n IH]; cbn [power_Q pow]; [apply Q2R_one|]. now rewrite Q2R_red, Q2R_mult, IH. Qed.

Ltac to_R := repeat (rewrite Q2R_red || rewrite Q2R_plus || rewrite Q2R_minus || rewrite Q2R_mult || rewrite Q2R_count
                     || rewrite Q2R_power || rewrite Q2R_one || rewrite Q2R_two).

Lemma bound_stationary_Q_correct eta h noise : Q2R h <> 0 -> Q2R eta * Q2R h <> 2 ->
  Q2R (bound_stationary_Q eta h noise) = bound_stationary (Q2R eta) (Q2R h) (Q2R noise).
Proof.
  intros H B. unfold bound_stationary_Q, bound_stationary. rewrite Q2R_red, Q2R_quotient; to_R; [reflexivity|].
  apply Rmult_integral_contrapositive; split; lra.
Qed.
Lemma bound_extras_Q_correct start eta h noise : Q2R h <> 0 -> Q2R eta * Q2R h <> 2 ->
  Q2R (bound_extras_Q start eta h noise) = bound_extras (Q2R start) (Q2R eta) (Q2R h) (Q2R noise).
Proof.
  intros H B. unfold bound_extras_Q, bound_extras. rewrite <- bound_stationary_Q_correct by assumption.
  set (rest := bound_stationary_Q eta h noise). destruct (Qle_bool start rest) eqn:L.
  - rewrite Rmax_right; [reflexivity|]. apply Qle_Rle, Qle_bool_iff, L.
  - rewrite Rmax_left; [reflexivity|]. apply Rnot_lt_le. intro Lt.
    apply Rlt_Qlt, Qlt_le_weak, Qle_bool_iff in Lt.
    rewrite Lt in L. discriminate.
Qed.
Lemma bound_block_variance_Q_correct eta n omega0 omega1 v :
  Q2R (bound_block_variance_Q eta n omega0 omega1 v) =
  bound_block_variance (Q2R eta) (INR n) (Q2R omega0) (Q2R omega1) (Q2R v).
Proof. unfold bound_block_variance_Q, bound_block_variance. to_R. ring. Qed.
Lemma bound_block_remainder_Q_correct eta n h q v noise :
  Q2R (bound_block_remainder_Q eta n h q v noise) =
  bound_block_remainder (Q2R eta) (INR n) (Q2R h) (Q2R q) (Q2R v) (Q2R noise).
Proof.
  unfold bound_block_remainder_Q, bound_block_remainder. to_R. rewrite Q2R_quotient by (rewrite Q2R_two; lra).
  to_R. ring.
Qed.
Lemma bound_wait_mass_Q_correct eta points decay : Q2R decay <> 1 ->
  Q2R (bound_wait_mass_Q eta points decay) = bound_wait_mass (Q2R eta) (INR points) (Q2R decay).
Proof.
  intros D. unfold bound_wait_mass_Q, bound_wait_mass. rewrite Q2R_red, Q2R_quotient; to_R; [reflexivity|lra].
Qed.
Lemma bound_drift_Q_correct eta h n from optimum :
  Q2R (bound_drift_Q eta h n from optimum) = bound_drift (Q2R eta) (Q2R h) n (Q2R from) (Q2R optimum).
Proof. unfold bound_drift_Q, bound_drift. to_R. reflexivity. Qed.
Lemma bound_order_bias_Q_correct eta h n m1 m2 : (1 - Q2R eta * Q2R h) ^ n <> -1 ->
  Q2R (bound_order_bias_Q eta h n m1 m2) = bound_order_bias (Q2R eta) (Q2R h) n (Q2R m1) (Q2R m2).
Proof.
  intros H. unfold bound_order_bias_Q, bound_order_bias. rewrite Q2R_red, Q2R_quotient; to_R; [reflexivity|].
  apply Rmult_integral_contrapositive; split; lra.
Qed.
