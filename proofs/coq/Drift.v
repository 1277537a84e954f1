(** M7: extra updates are not bias-free. Means under the updates of SafeExtras.v: the pull to the block's
    optimum, the fixed point of a cycle of two blocks at a constant step, and its distance from the joint
    optimum. bound_drift and bound_order_bias are fg_bound_drift and fg_bound_order_bias of
    proofs/m7_order_bias.c, which plays them on the core. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Moments Variance SafeExtras.
Import ListNotations.
Open Scope R_scope.

(** Share of the way to the optimum that updates with the steps etas leave. *)
Definition share_left (h : R) (etas : list R) := fold_right (fun e a => (1 - e * h) * a) 1 etas.
Definition bound_drift (eta h : R) (n : nat) (from optimum : R) :=
  optimum + (1 - eta * h) ^ n * (from - optimum).
Definition bound_order_bias (eta h : R) (n : nat) (m1 m2 : R) :=
  let r := (1 - eta * h) ^ n in (1 - r) * (m2 - m1) / (2 * (1 + r)).

(** M7, the pull. Scalar quadratic of curvature h with optimum m, noise of mean 0 that is independent of the
    iterate, any start law, steps fixed in advance: E x - m after the steps eta_k is the product of (1 - eta_k
    h) times E x - m before; at a constant step (1 - eta h)^n times, as fg_bound_drift has it. Source: ours. *)
Theorem M7_drift h m xi start : prob start -> prob xi -> mean_zero xi ->
  (forall etas, mean_of (after h m xi etas start) - m = share_left h etas * (mean_of start - m)) /\
  (forall eta n, mean_of (after h m xi (repeat eta n) start) = bound_drift eta h n (mean_of start) m).
Proof.
  intros D N Z.
  assert (G : forall etas d, prob d -> mean_of (after h m xi etas d) - m = share_left h etas * (mean_of d - m)).
  { intro etas. induction etas as [|e l IH]; intros d P; cbn [after share_left fold_right]; [ring|].
    rewrite IH by now apply prob_bind. rewrite mean_after_step by assumption. unfold share_left. ring. }
  split; [intro; now apply G|]. intros eta n. unfold bound_drift.
  replace ((1 - eta * h) ^ n) with (share_left h (repeat eta n)); [rewrite <- G by assumption; ring|].
  induction n as [|n IH]; [reflexivity|]. cbn [repeat share_left fold_right pow]. now rewrite <- IH.
Qed.

(** One cycle: n1 updates on block 1, then n2 on block 2; n cycles. *)
Definition cycle eta h1 h2 m1 m2 n1 n2 x := bound_drift eta h2 n2 (bound_drift eta h1 n1 x m1) m2.
Definition cycles eta h1 h2 m1 m2 n1 n2 x n := Nat.iter n (cycle eta h1 h2 m1 m2 n1 n2) x.
Definition cycle_rest (eta h1 h2 m1 m2 : R) (n1 n2 : nat) :=
  let r1 := (1 - eta * h1) ^ n1 in let r2 := (1 - eta * h2) ^ n2 in
  (r2 * (1 - r1) * m1 + (1 - r2) * m2) / (1 - r1 * r2).

Lemma power_below_1 x n : Rabs x < 1 -> (1 <= n)%nat -> Rabs (x ^ n) < 1.
Proof.
  intros X N. rewrite <- RPow_abs. destruct n as [|n]; [lia|]. cbn [pow]. pose proof (Rabs_pos x).
  assert (Rabs x ^ n <= 1) by (rewrite <- (pow1 n); apply pow_incr; lra).
  assert (0 <= Rabs x ^ n) by (apply pow_le; lra).
  apply Rle_lt_trans with (Rabs x * 1); [apply Rmult_le_compat_l|]; lra.
Qed.
Lemma step_below_1 eta h : 0 < eta * h < 2 -> Rabs (1 - eta * h) < 1.
Proof. intros H. apply Rabs_def1; lra. Qed.

(** M7, where the means of a cycle settle. Two scalar blocks, 0 < eta h_b < 2, a constant step, n_b >= 1 updates
    each: the cycle's map of means has the fixed point cycle_rest, no other, and from any start the means after
    n cycles, read after block 2, tend to it. Source: ours. *)
Theorem M7_cycle_settles eta h1 h2 m1 m2 n1 n2 :
  0 < eta * h1 < 2 -> 0 < eta * h2 < 2 -> (1 <= n1)%nat -> (1 <= n2)%nat ->
  let rest := cycle_rest eta h1 h2 m1 m2 n1 n2 in
  (forall x, cycle eta h1 h2 m1 m2 n1 n2 x = x <-> x = rest) /\
  (forall x, is_lim_seq (cycles eta h1 h2 m1 m2 n1 n2 x) rest).
Proof.
  intros H1 H2 N1 N2 rest. unfold rest, cycle_rest, cycles, cycle, bound_drift. clear rest.
  pose proof (power_below_1 _ n1 (step_below_1 _ _ H1) N1) as R1.
  pose proof (power_below_1 _ n2 (step_below_1 _ _ H2) N2) as R2.
  set (r1 := (1 - eta * h1) ^ n1) in *. set (r2 := (1 - eta * h2) ^ n2) in *.
  assert (R12 : Rabs (r1 * r2) < 1).
  { rewrite Rabs_mult. pose proof (Rabs_pos r1). pose proof (Rabs_pos r2).
    apply Rle_lt_trans with (1 * Rabs r2); [apply Rmult_le_compat_r|]; lra. }
  assert (P : 0 < 1 - r1 * r2) by (pose proof (Rle_abs (r1 * r2)); lra).
  set (rest := (r2 * (1 - r1) * m1 + (1 - r2) * m2) / (1 - r1 * r2)).
  assert (D : forall x, m2 + r2 * (m1 + r1 * (x - m1) - m2) - rest = (r1 * r2) * (x - rest))
    by (intro; unfold rest; field; lra).
  split.
  - intro x. specialize (D x). split; intro E.
    + rewrite E in D. apply Rmult_eq_reg_r with (1 - r1 * r2); lra.
    + subst x. replace (rest - rest) with 0 in D by ring. lra.
  - intro x. apply is_lim_seq_ext with (fun n => rest + (r1 * r2) ^ n * (x - rest)).
    + intro n. induction n as [|n IH]; cbn [Nat.iter nat_rect pow]; [ring|].
      change (nat_rect (fun _ => R) x _ n) with (Nat.iter n (fun x0 => m2 + r2 * (m1 + r1 * (x0 - m1) - m2)) x) in *.
      rewrite <- IH. specialize (D (rest + (r1 * r2) ^ n * (x - rest))). lra.
    + replace (Finite rest) with (Finite (rest + 0 * (x - rest))) by (f_equal; ring).
      apply is_lim_seq_plus'; [apply is_lim_seq_const|]. apply is_lim_seq_mult'; [|apply is_lim_seq_const].
      now apply is_lim_seq_geom.
Qed.

(** M7, bias by the order of blocks. Two blocks of equal curvature h with optima m1, m2, 0 < eta h < 2, n >= 1
    updates each at a constant step: the joint optimum (where the two gradients' sum is 0) is (m1 + m2) / 2, and
    the point where the means settle, read after block 2, is exactly (1 - r) (m2 - m1) / (2 (1 + r)) from it, r
    = (1 - eta h)^n; for n = 1 eta h (m2 - m1) / (2 (2 - eta h)). Equal weights do not help; a diminishing step
    does (C1). Source: ours. *)
Theorem M7_order_bias eta h m1 m2 n : 0 < eta * h < 2 -> (1 <= n)%nat ->
  (forall x, h * (x - m1) + h * (x - m2) = 0 <-> x = (m1 + m2) / 2) /\
  (forall x, is_lim_seq (cycles eta h h m1 m2 n n x) ((m1 + m2) / 2 + bound_order_bias eta h n m1 m2)) /\
  (forall x, cycle eta h h m1 m2 n n x = x <-> x - (m1 + m2) / 2 = bound_order_bias eta h n m1 m2) /\
  (n = 1%nat -> bound_order_bias eta h n m1 m2 = eta * h * (m2 - m1) / (2 * (2 - eta * h))).
Proof.
  intros H N. pose proof (power_below_1 _ n (step_below_1 _ _ H) N) as Q. apply Rabs_def2 in Q.
  destruct (M7_cycle_settles eta h h m1 m2 n n H H N N) as (F & L).
  assert (E : cycle_rest eta h h m1 m2 n n = (m1 + m2) / 2 + bound_order_bias eta h n m1 m2).
  { unfold cycle_rest, bound_order_bias. set (r := (1 - eta * h) ^ n) in *. field. split; [lra|].
    replace (1 - r * r) with ((1 - r) * (1 + r)) by ring. apply Rmult_integral_contrapositive; lra. }
  assert (Hn : h <> 0) by (intros ->; lra). split; [|split; [|split]].
  - intro x. split; intro X; [|subst x; field]. apply Rmult_eq_reg_l with h; lra.
  - intro x. rewrite <- E. apply L.
  - intro x. rewrite F, E. lra.
  - intros ->. unfold bound_order_bias. simpl. field. lra.
Qed.

(** ** Instances: optima 0 and 1, eta h = 1/2 *)
Example M7_drift_instance :
  mean_of (after 1 2 coin falling (surely 5)) - 2 = share_left 1 falling * (mean_of (surely 5) - 2) /\
  mean_of (after 1 2 coin (repeat (1 / 2) 3) (surely 5)) = bound_drift (1 / 2) 1 3 (mean_of (surely 5)) 2.
Proof.
  destruct (M7_drift 1 2 coin (surely 5) (prob_surely 5) (prob_either _ _) coin_mean_zero) as (A & B).
  split; [apply A|apply B].
Qed.
Example M7_cycle_settles_instance :
  cycle (1 / 2) 1 1 0 1 2 1 (4 / 7) = 4 / 7 /\ is_lim_seq (cycles (1 / 2) 1 1 0 1 2 1 10) (4 / 7).
Proof.
  destruct (M7_cycle_settles (1 / 2) 1 1 0 1 2 1 ltac:(lra) ltac:(lra) ltac:(lia) ltac:(lia)) as (F & L).
  replace (cycle_rest (1 / 2) 1 1 0 1 2 1) with (4 / 7) in * by (unfold cycle_rest; simpl; field).
  split; [now apply F|apply L].
Qed.
Example M7_order_bias_instance :
  is_lim_seq (cycles (1 / 2) 1 1 0 1 2 2 10) (1 / 2 + 3 / 10) /\ bound_order_bias (1 / 2) 1 1 0 1 = 1 / 6.
Proof.
  split.
  - destruct (M7_order_bias (1 / 2) 1 0 1 2 ltac:(lra) ltac:(lia)) as (_ & L & _). specialize (L 10).
    unfold bound_order_bias in L. simpl in L.
    replace (1 / 2 + 3 / 10) with ((0 + 1) / 2 + (1 - 1 / 4) / (5 / 2)) by field.
    replace ((0 + 1) / 2 + (1 - 1 / 4) / (5 / 2)) with
      ((0 + 1) / 2 + (1 - (1 - 1 / 2 * 1) * ((1 - 1 / 2 * 1) * 1)) * (1 - 0)
                     / (2 * (1 + (1 - 1 / 2 * 1) * ((1 - 1 / 2 * 1) * 1)))) by field. exact L.
  - destruct (M7_order_bias (1 / 2) 1 0 1 1 ltac:(lra) ltac:(lia)) as (_ & _ & _ & O). rewrite O by reflexivity.
    field.
Qed.
