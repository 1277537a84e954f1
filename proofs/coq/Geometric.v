(** M6: the step mass of a wait under geometric extras. The k-th extra update of a wait on a block of `points`
    points is in extra pass k / points and has the step eta decay^(k / points + 1) (core/sync: extra=geometric,
    without a floor on extras); a wait may end in the middle of a pass. bound_wait_mass is fg_bound_wait_mass of
    proofs/m6_geometric_extras.c, which measures the steps that the core makes. *)
From Coq Require Import Reals Lra Lia Psatz List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Vectors Chung.
Open Scope R_scope.

Definition extra_step (eta decay : R) (points k : nat) := eta * decay ^ S (k / points).
Definition wait_mass eta decay points n := sum n (extra_step eta decay points).
Definition wait_squares eta decay points n := sum n (fun k => extra_step eta decay points k ^ 2).
Definition bound_wait_mass (eta points decay : R) := eta * points * decay / (1 - decay).

Lemma square_below_1 x : 0 < x < 1 -> 0 < x ^ 2 < 1.
Proof. intros H. split; [apply pow_lt; lra|]. rewrite <- (pow1 2). simpl. nra. Qed.

(** n = points * whole + rest: what is missing to the bound is the geometric tail, less the rest of the pass begun. *)
Lemma geometric_mass eta d points n : (0 < points)%nat -> 0 < d < 1 ->
  sum n (extra_step eta d points) =
  eta * (d / (1 - d)) * INR points - eta * d ^ S (n / points) * (INR points / (1 - d) - INR (n mod points)).
Proof.
  intros Z D. induction n as [|n IH].
  - rewrite Nat.div_0_l, Nat.mod_0_l by lia. cbn [sum pow]. change (INR 0) with 0. field. lra.
  - cbn [sum]. rewrite IH. unfold extra_step. pose proof (Nat.div_mod_eq n points) as E.
    pose proof (Nat.mod_upper_bound n points ltac:(lia)) as U.
    set (q := (n / points)%nat) in *. set (r := (n mod points)%nat) in *.
    destruct (Nat.eq_dec (S r) points) as [full|part].
    + assert (Q : (S n / points)%nat = S q) by (symmetry; apply Nat.div_unique with O; lia).
      assert (M : (S n mod points)%nat = O) by (symmetry; apply Nat.mod_unique with (S q); lia).
      rewrite Q, M. replace (INR points) with (INR r + 1) by (rewrite <- full, S_INR; ring).
      change (INR 0) with 0. cbn [pow]. field. lra.
    + assert (Q : (S n / points)%nat = q) by (symmetry; apply Nat.div_unique with (S r); lia).
      assert (M : (S n mod points)%nat = S r) by (symmetry; apply Nat.mod_unique with q; lia).
      rewrite Q, M, (S_INR r). field. lra.
Qed.
Lemma geometric_bound eta d points n : (0 < points)%nat -> 0 < d < 1 -> 0 <= eta ->
  0 <= sum n (extra_step eta d points) <= bound_wait_mass eta (INR points) d.
Proof.
  intros Z D E. split.
  - apply sum_nonneg. intros k _. apply Rmult_le_pos; [exact E|apply pow_le; lra].
  - rewrite geometric_mass by assumption. pose proof (Nat.mod_upper_bound n points ltac:(lia)) as U.
    apply lt_INR in U.
    assert (P : 0 <= eta * d ^ S (n / points)) by (apply Rmult_le_pos; [exact E|apply pow_le; lra]).
    assert (K : INR points <= INR points / (1 - d)).
    { apply Rmult_le_reg_r with (1 - d); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
      pose proof (pos_INR points). assert (0 <= INR points * d) by (apply Rmult_le_pos; lra). lra. }
    assert (0 <= eta * d ^ S (n / points) * (INR points / (1 - d) - INR (n mod points))) by (apply Rmult_le_pos; lra).
    unfold bound_wait_mass. replace (eta * INR points * d / (1 - d)) with (eta * (d / (1 - d)) * INR points)
      by (field; lra).
    lra.
Qed.

(** M6, step mass of a wait. For 0 < decay < 1, eta >= 0, a block of at least one point, and a wait of any
    number n of extra updates (whole passes or not): the sum of its steps is at most eta Z decay / (1 - decay),
    that of their squares at most eta^2 Z decay^2 / (1 - decay^2), Z the number of points. There is no floor on
    the steps of extras. Source: geometric series; the rule is that of Kumar et al. 2014. *)
Theorem M6_wait_mass eta decay points n : 0 <= eta -> 0 < decay < 1 -> (0 < points)%nat ->
  wait_mass eta decay points n <= bound_wait_mass eta (INR points) decay /\
  wait_squares eta decay points n <= bound_wait_mass (eta ^ 2) (INR points) (decay ^ 2).
Proof.
  intros E D Z. split; [now apply geometric_bound|].
  unfold wait_squares. rewrite (sum_ext n _ (extra_step (eta ^ 2) (decay ^ 2) points)).
  - apply geometric_bound; [exact Z| |apply pow2_ge_0]. now apply square_below_1.
  - intros k _. unfold extra_step. rewrite Rpow_mult_distr, <- !pow_mult. f_equal. f_equal. lia.
Qed.

(** ** Over all epochs: eta_t = eta_0 / (t + 1), with any waits *)
(** Steps that a block receives in epoch t, required pass and a wait of [waits t] extra updates; their squares.
    *)
Definition epoch_mass (eta : nat -> R) decay points (waits : nat -> nat) t :=
  INR points * eta t + wait_mass (eta t) decay points (waits t).
Definition epoch_squares (eta : nat -> R) decay points (waits : nat -> nat) t :=
  INR points * eta t ^ 2 + wait_squares (eta t) decay points (waits t).

Lemma sum_n_le (f g : nat -> R) n : (forall t, f t <= g t) -> sum_n f n <= sum_n g n.
Proof.
  intros H. induction n as [|n IH]; [rewrite !sum_O; apply H|]. rewrite !sum_Sn.
  apply Rplus_le_compat; [exact IH|apply H].
Qed.
Lemma sum_n_scal k (f : nat -> R) n : sum_n (fun t => k * f t) n = k * sum_n f n.
Proof. apply (sum_n_mult_l k f n). Qed.

(** 1 / (t + 1)^2 has bounded partial sums, by telescoping. *)
Lemma inverse_squares n : sum_n (fun t => / INR (S t) ^ 2) n <= 2 - / INR (S n).
Proof.
  induction n as [|n IH]; [rewrite sum_O; simpl; lra|]. rewrite sum_Sn. change plus with Rplus.
  rewrite (S_INR (S n)). assert (P : 0 < INR (S n)) by (apply lt_0_INR; lia). set (a := INR (S n)) in *.
  assert (K : / (a + 1) ^ 2 <= / a - / (a + 1)).
  { replace (/ a - / (a + 1)) with (/ (a * (a + 1))) by (field; lra).
    apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra|]. lra. }
  lra.
Qed.
Lemma ex_series_bounded (f : nat -> R) b : (forall t, 0 <= f t) -> (forall n, sum_n f n <= b) -> ex_series f.
Proof.
  intros P B. destruct (ex_finite_lim_seq_incr (sum_n f) b) as (l & L).
  - intro n. rewrite sum_Sn. change plus with Rplus. specialize (P (S n)). lra.
  - exact B.
  - now exists l.
Qed.

(** M6, Robbins and Monro's sums survive any waits. With eta_t = eta_0 / (t + 1), eta_0 > 0, geometric extras
    and no floor, and waits of *any* length, one per epoch: the steps that a block of at least one point
    receives have an infinite sum, their squares a finite one. It is about sums; that they make iterates
    converge is C1. Source: ours. *)
Theorem M6_sums_survive_waits eta0 decay points waits : 0 < eta0 -> 0 < decay < 1 -> (0 < points)%nat ->
  is_lim_seq (sum_n (epoch_mass (paper_step eta0) decay points waits)) p_infty /\
  ex_series (epoch_squares (paper_step eta0) decay points waits).
Proof.
  intros E D Z. assert (Zp : 0 < INR points) by now apply lt_0_INR.
  assert (St : forall t, 0 <= paper_step eta0 t) by (intro; left; now apply paper_step_pos).
  split.
  - apply is_lim_seq_le_p_loc with (fun n => INR points * eta0 * sum_n (fun t => / INR (S t)) n).
    + exists O. intros n _. rewrite <- sum_n_scal. apply sum_n_le. intro t. unfold epoch_mass.
      assert (0 <= wait_mass (paper_step eta0 t) decay points (waits t)) by (apply geometric_bound; auto).
      unfold paper_step in *. unfold Rdiv in *. lra.
    + replace p_infty with (Rbar_mult (INR points * eta0) p_infty).
      * apply is_lim_seq_scal_l. apply harmonic_sum.
      * apply is_Rbar_mult_unique, is_Rbar_mult_sym, is_Rbar_mult_p_infty_pos. simpl.
        now apply Rmult_lt_0_compat.
  - set (c := INR points * eta0 ^ 2 + bound_wait_mass (eta0 ^ 2) (INR points) (decay ^ 2)).
    assert (Sq : forall t, 0 <= wait_squares (paper_step eta0 t) decay points (waits t))
      by (intro t; apply sum_nonneg; intros; apply pow2_ge_0).
    assert (U : forall t, epoch_squares (paper_step eta0) decay points waits t <= c * / INR (S t) ^ 2).
    { intro t. unfold epoch_squares.
      destruct (M6_wait_mass (paper_step eta0 t) decay points (waits t) (St t) D Z) as (_ & W).
      apply Rle_trans with (1 := Rplus_le_compat_l _ _ _ W). right. unfold c, bound_wait_mass, paper_step.
      assert (INR (S t) <> 0) by (apply not_0_INR; lia).
      pose proof (square_below_1 decay D). field. repeat split; lra || assumption. }
    assert (C : 0 <= c).
    { specialize (U O). simpl INR in U. rewrite pow1, Rinv_1, Rmult_1_r in U. apply Rle_trans with (2 := U).
      apply Rplus_le_le_0_compat; [|apply Sq]. apply Rmult_le_pos; [lra|apply pow2_ge_0]. }
    apply (ex_series_bounded _ (c * 2)).
    + intro t. apply Rplus_le_le_0_compat; [|apply Sq]. apply Rmult_le_pos; [lra|apply pow2_ge_0].
    + intro n. apply Rle_trans with (1 := sum_n_le _ _ n U). rewrite sum_n_scal.
      apply Rmult_le_compat_l; [exact C|].
      pose proof (inverse_squares n). assert (0 < / INR (S n)) by (apply Rinv_0_lt_compat, lt_0_INR; lia). lra.
Qed.

(** M6, counterexample: a floor on the step itself. If eta_t = max(eta_0 / (t + 1), floor) with floor > 0, the
    squares of the steps of the required passes alone have an infinite sum. Source: ours. *)
Theorem M6_floor_breaks_squares eta0 floor decay points waits : 0 < floor -> (0 < points)%nat ->
  is_lim_seq (sum_n (epoch_squares (fun t => Rmax (paper_step eta0 t) floor) decay points waits)) p_infty.
Proof.
  intros F Z. apply is_lim_seq_le_p_loc with (fun n => floor ^ 2 * INR (S n)).
  - exists O. intros n _. rewrite Rmult_comm, <- (sum_n_const n (floor ^ 2)). apply sum_n_le. intro t.
    unfold epoch_squares. set (e := Rmax (paper_step eta0 t) floor). assert (floor <= e) by apply Rmax_r.
    assert (floor ^ 2 <= e ^ 2) by (apply pow_incr; lra).
    assert (P : 1 <= INR points) by (apply (le_INR 1); lia).
    assert (0 <= wait_squares e decay points (waits t)) by (apply sum_nonneg; intros; apply pow2_ge_0).
    assert (0 <= e ^ 2) by apply pow2_ge_0. apply (Rmult_le_compat_r (e ^ 2)) in P; [|assumption]. lra.
  - replace p_infty with (Rbar_mult (floor ^ 2) p_infty).
    + apply is_lim_seq_scal_l, (is_lim_seq_incr_1 INR), is_lim_seq_INR.
    + apply is_Rbar_mult_unique, is_Rbar_mult_sym, is_Rbar_mult_p_infty_pos. apply pow_lt, F.
Qed.

(** ** Instances: a block of 3 points, the paper's decay of 1/20, waits that grow *)
Example M6_wait_mass_instance :
  wait_mass (1 / 2) (1 / 20) 3 7 <= 3 / 38 /\ wait_squares (1 / 2) (1 / 20) 3 7 <= 3 / 4 / 399.
Proof.
  destruct (M6_wait_mass (1 / 2) (1 / 20) 3 7 ltac:(lra) ltac:(lra) ltac:(lia)) as (A & B).
  unfold bound_wait_mass in *. simpl (INR 3) in *. split; lra.
Qed.
Example M6_sums_survive_waits_instance :
  is_lim_seq (sum_n (epoch_mass (paper_step 1) (1 / 20) 3 (fun t => (t * t)%nat))) p_infty /\
  ex_series (epoch_squares (paper_step 1) (1 / 20) 3 (fun t => (t * t)%nat)).
Proof. exact (M6_sums_survive_waits 1 (1 / 20) 3 (fun t => (t * t)%nat) ltac:(lra) ltac:(lra) ltac:(lia)). Qed.
Example M6_floor_breaks_squares_instance :
  is_lim_seq (sum_n (epoch_squares (fun t => Rmax (paper_step 1 t) (1 / 100000)) (1 / 20) 3 (fun _ => O))) p_infty.
Proof. exact (M6_floor_breaks_squares 1 (1 / 100000) (1 / 20) 3 (fun _ => O) ltac:(lra) ltac:(lia)). Qed.
