(** M5, scalar: extra updates are safe in second moment, for a quadratic of curvature h with optimum m and
    additive noise, x <- x - eta (h (x - m) + xi). bound_stationary and bound_extras are fg_bound_stationary and
    fg_bound_extras of proofs/m5_safe_extras.c, where the pooled model (proofs/lab/pooled.h) is of this kind.
    What the code must do: sample with replacement, and let neither steps nor count depend on iterates or on the
    points drawn (they depend on clocks: the two counterexamples show why). Matrix.v has more than one
    coordinate. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Moments Variance.
Import ListNotations.
Open Scope R_scope.

(** ** From the law of an update to a recursion *)
Definition quadratic_step (h m eta x xi : R) := x - eta * (h * (x - m) + xi).
Definition mean_zero (xi : list (R * R)) := mean_of xi = 0.
(** [after h m xi etas start]: law of the iterate after updates with the steps etas, each with its own draw from
    xi. *)
Fixpoint after (h m : R) (xi : list (R * R)) (etas : list R) (start : list (R * R)) : list (R * R) :=
  match etas with [] => start | e :: l => after h m xi l (bind (quadratic_step h m e) start xi) end.
(** Second moment about m. *)
Definition moment (m : R) (d : list (R * R)) := Ex (fun x => (x - m) ^ 2) d.
Definition moment_step (eta h s2 v : R) := (1 - eta * h) ^ 2 * v + eta ^ 2 * s2.
Definition moments (h s2 : R) (etas : list R) (v : R) := fold_left (fun v e => moment_step e h s2 v) etas v.

Lemma after_prob h m xi etas start : prob start -> prob xi -> prob (after h m xi etas start).
Proof.
  intros S N. revert start S. induction etas as [|e l IH]; intros start S; [exact S|]. apply IH. now apply prob_bind.
Qed.

(** Noise that is drawn independently of the iterate, with mean 0 and second moment s2. *)
Lemma moment_after_step h m xi eta d : prob d -> prob xi -> mean_zero xi ->
  moment m (bind (quadratic_step h m eta) d xi) = moment_step eta h (moment 0 xi) (moment m d).
Proof.
  intros D N Z. unfold moment, moment_step. rewrite Ex_bind.
  rewrite (Ex_ext _ (fun x => (1 - eta * h) ^ 2 * (x - m) ^ 2 + eta ^ 2 * Ex (fun y => (y - 0) ^ 2) xi)).
  - now rewrite Ex_plus, Ex_scal, (Ex_const _ d D).
  - intro x. rewrite (Ex_ext _ (fun y => (1 - eta * h) ^ 2 * (x - m) ^ 2 + ((- 2 * eta * (1 - eta * h) * (x - m)) * y
                                         + eta ^ 2 * (y - 0) ^ 2))) by (intro; unfold quadratic_step; ring).
    rewrite !Ex_plus, !Ex_scal, (Ex_const _ xi N). unfold mean_zero, mean_of in Z. rewrite Z. ring.
Qed.
Lemma moment_after h m xi etas start : prob start -> prob xi -> mean_zero xi ->
  moment m (after h m xi etas start) = moments h (moment 0 xi) etas (moment m start).
Proof.
  intros S N Z. revert start S. induction etas as [|e l IH]; intros start S; [reflexivity|].
  cbn [after moments fold_left]. rewrite IH by now apply prob_bind. unfold moments.
  now rewrite moment_after_step.
Qed.

Lemma mean_after_step h m xi eta d : prob d -> prob xi -> mean_zero xi ->
  mean_of (bind (quadratic_step h m eta) d xi) = m + (1 - eta * h) * (mean_of d - m).
Proof.
  intros D N Z. unfold mean_of in *. rewrite Ex_bind.
  rewrite (Ex_ext _ (fun x => (1 - eta * h) * x + eta * h * m)).
  - rewrite Ex_plus, Ex_scal, (Ex_const _ d D). ring.
  - intro x. rewrite (Ex_ext _ (fun y => ((1 - eta * h) * x + eta * h * m) + (- eta) * y))
      by (intro; unfold quadratic_step; ring).
    rewrite Ex_plus, Ex_scal, (Ex_const _ xi N). unfold mean_zero, mean_of in Z. rewrite Z. ring.
Qed.

(** The variance obeys the same recursion: it is the second moment about any m, less the squared way of the mean
    to it. *)
Lemma variance_moment m d : prob d -> variance_of d = moment m d - (mean_of d - m) ^ 2.
Proof.
  intros D. unfold variance_of, var, moment, mean_of. rewrite cov_moments by exact D.
  rewrite (Ex_ext (fun x => (x - m) ^ 2) (fun x => x * x + ((- 2 * m) * x + m ^ 2))) by (intro; ring).
  rewrite !Ex_plus, Ex_scal, (Ex_const _ d D). ring.
Qed.
Lemma variance_after h m xi etas start : prob start -> prob xi -> mean_zero xi ->
  variance_of (after h m xi etas start) = moments h (moment 0 xi) etas (variance_of start).
Proof.
  intros S N Z. revert start S. induction etas as [|e l IH]; intros start S; [reflexivity|].
  cbn [after]. rewrite IH by now apply prob_bind. unfold moments at 2. cbn [fold_left]. unfold moments. f_equal.
  rewrite (variance_moment m (bind _ _ _)) by now apply prob_bind.
  rewrite moment_after_step, mean_after_step, (variance_moment m start) by assumption. unfold moment_step. ring.
Qed.

(** ** A constant step *)
Definition bound_stationary (eta h s2 : R) := eta * s2 / (h * (2 - eta * h)).
Definition bound_extras (start eta h s2 : R) := Rmax start (bound_stationary eta h s2).

Lemma stationary_denominator eta h : 0 < h -> eta * h < 2 -> 0 < h * (2 - eta * h).
Proof. intros H E. apply Rmult_lt_0_compat; lra. Qed.
Lemma stationary_fixed eta h s2 : 0 < h -> eta * h < 2 ->
  moment_step eta h s2 (bound_stationary eta h s2) = bound_stationary eta h s2.
Proof. intros H B. unfold moment_step, bound_stationary. field. split; lra. Qed.

Lemma moments_closed eta h s2 v n : 0 < h -> eta * h < 2 ->
  moments h s2 (repeat eta n) v
  = bound_stationary eta h s2 + ((1 - eta * h) ^ 2) ^ n * (v - bound_stationary eta h s2).
Proof.
  intros H B. pose proof (stationary_fixed eta h s2 H B) as F. unfold moment_step in F. unfold moments.
  set (s := bound_stationary eta h s2) in *. set (q := (1 - eta * h) ^ 2) in *.
  revert v. induction n as [|n IH]; intro v; cbn [repeat fold_left pow]; [ring|]. rewrite IH.
  unfold moment_step.
  fold q. transitivity (s + q ^ n * (q * v + eta ^ 2 * s2 - (q * s + eta ^ 2 * s2))); [rewrite F; ring|ring].
Qed.

Lemma contraction eta h : 0 < eta -> 0 < h -> eta * h < 2 -> 0 <= (1 - eta * h) ^ 2 < 1.
Proof.
  intros E H B. assert (0 < eta * h) by now apply Rmult_lt_0_compat. set (x := eta * h) in *.
  split; [apply pow2_ge_0|]. assert (0 < x * (2 - x)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

(** M5, rest. At a constant step eta, 0 < eta h < 2, and from any start law the second moment about the optimum
    comes nearer to V* = eta sigma^2 / (h (2 - eta h)) with every update, from the side it is on, and tends to
    V*. Additive noise of mean 0. Source: ours. *)
Theorem M5_monotone_to_rest h m xi eta start : prob start -> prob xi -> mean_zero xi ->
  0 < eta -> 0 < h -> eta * h < 2 ->
  let v n := moment m (after h m xi (repeat eta n) start) in let rest := bound_stationary eta h (moment 0 xi) in
  (forall n, v O <= rest -> v n <= v (S n) <= rest) /\ (forall n, rest <= v O -> rest <= v (S n) <= v n) /\
  is_lim_seq v rest.
Proof.
  intros D N Z E H B v rest. assert (C : forall n, v n = rest + ((1 - eta * h) ^ 2) ^ n * (v O - rest)).
  { intro n. unfold v, rest. rewrite !moment_after by assumption. now rewrite moments_closed. }
  destruct (contraction eta h E H B) as (q0 & q1). set (q := (1 - eta * h) ^ 2) in *.
  assert (P : forall n, 0 <= q ^ S n <= q ^ n).
  { intro n. assert (0 <= q ^ n) by now apply pow_le. split; [now apply pow_le|]. cbn [pow].
    rewrite <- (Rmult_1_l (q ^ n)) at 2. apply Rmult_le_compat_r; lra. }
  split; [|split].
  - intros n Hv. rewrite (C n), (C (S n)). specialize (P n). set (w := v O - rest) in *.
    assert (q ^ S n * - w <= q ^ n * - w) by (apply Rmult_le_compat_r; unfold w; lra).
    assert (0 <= q ^ S n * - w) by (apply Rmult_le_pos; unfold w; lra). lra.
  - intros n Hv. rewrite (C n), (C (S n)). specialize (P n). set (w := v O - rest) in *.
    assert (q ^ S n * w <= q ^ n * w) by (apply Rmult_le_compat_r; unfold w; lra).
    assert (0 <= q ^ S n * w) by (apply Rmult_le_pos; unfold w; lra). lra.
  - apply is_lim_seq_ext with (fun n => rest + q ^ n * (v O - rest)); [intro; symmetry; apply C|].
    replace (Finite rest) with (Finite (rest + 0 * (v O - rest))) by (f_equal; ring).
    apply is_lim_seq_plus'; [apply is_lim_seq_const|]. apply is_lim_seq_mult'; [|apply is_lim_seq_const].
    apply is_lim_seq_geom. rewrite Rabs_pos_eq; assumption.
Qed.

(** ** Any steps *)
Lemma moment_step_bound e em h s2 v b :
  0 <= e <= em -> 0 < h -> 0 <= s2 -> em * h < 2 -> v <= b -> em * s2 <= b * (h * (2 - em * h)) ->
  moment_step e h s2 v <= b.
Proof.
  intros He Hh Hs Hst Hv Hb. unfold moment_step. destruct (Req_dec e 0) as [->|Ne]; [lra|].
  pose proof (stationary_denominator em h Hh Hst) as PD.
  assert (PB : 0 <= b).
  { apply Rmult_le_reg_r with (h * (2 - em * h)); [exact PD|]. rewrite Rmult_0_l.
    apply Rle_trans with (em * s2); [apply Rmult_le_pos; lra|exact Hb]. }
  assert (Q : (1 - e * h) ^ 2 * v <= (1 - e * h) ^ 2 * b) by (apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hv]).
  assert (K : e * s2 <= b * (h * (2 - e * h))).
  { apply Rmult_le_reg_l with em; [lra|]. apply Rle_trans with (e * (b * (h * (2 - em * h)))).
    - replace (em * (e * s2)) with (e * (em * s2)) by ring. apply Rmult_le_compat_l; lra.
    - replace (e * (b * (h * (2 - em * h)))) with ((b * h) * (e * (2 - em * h))) by ring.
      replace (em * (b * (h * (2 - e * h)))) with ((b * h) * (em * (2 - e * h))) by ring.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. lra. }
  apply (Rmult_le_compat_l e) in K; lra.
Qed.
Lemma moments_bound em h s2 etas v : 0 < h -> 0 <= s2 -> em * h < 2 -> (forall e, In e etas -> 0 <= e <= em) ->
  moments h s2 etas v <= bound_extras v em h s2.
Proof.
  intros Hh Hs Hst. pose proof (stationary_denominator em h Hh Hst) as PD.
  enough (G : forall b, em * s2 <= b * (h * (2 - em * h)) -> forall v, v <= b ->
            (forall e, In e etas -> 0 <= e <= em) -> moments h s2 etas v <= b).
  { intro I. apply G; [|apply Rmax_l|exact I].
    apply Rle_trans with (bound_stationary em h s2 * (h * (2 - em * h))).
    - right. unfold bound_stationary. field. split; lra.
    - apply Rmult_le_compat_r; [lra|apply Rmax_r]. }
  intros b Hb. unfold moments. induction etas as [|e l IH]; intros w Hw I; [exact Hw|].
  cbn [fold_left]. apply IH; [|intros; apply I; now right]. apply (moment_step_bound e em); auto. apply I. now left.
Qed.
Lemma moment_nonneg m d : prob d -> 0 <= moment m d.
Proof. intros D. apply Ex_nonneg; [exact D|]. intro. apply pow2_ge_0. Qed.

(** M5, extra updates are safe in second moment. Scalar quadratic of curvature h > 0 with optimum m, additive
    noise of mean 0 and second moment sigma^2, any start law. For *any* list of steps, each at least 0 and at
    most eta_max, eta_max h < 2 (an adversary who does not see the noise may choose list and length; a step 0 is
    an update left out): E (x - m)^2 after <= max(E (x - m)^2 before, V*(eta_max)), V*(eta) = eta sigma^2 / (h
    (2 - eta h)). It says nothing about the mean (M7) and is false where steps or count depend on the iterate.
    Source: ours. *)
Theorem M5_safe_extras h m xi start etas eta_max : prob start -> prob xi -> mean_zero xi ->
  0 < h -> eta_max * h < 2 -> (forall e, In e etas -> 0 <= e <= eta_max) ->
  moment m (after h m xi etas start) <= bound_extras (moment m start) eta_max h (moment 0 xi).
Proof. intros. rewrite moment_after by assumption. apply moments_bound; auto using moment_nonneg. Qed.

(** M5, given the count. The variance obeys the same bound under the same hypotheses, from the variance before:
    steps and count are given. For counts that vary see M5_unconditional_variance_exceeds. Source: ours. *)
Theorem M5_safe_variance_given_counts h m xi start etas eta_max : prob start -> prob xi -> mean_zero xi ->
  0 < h -> eta_max * h < 2 -> (forall e, In e etas -> 0 <= e <= eta_max) ->
  variance_of (after h m xi etas start) <= bound_extras (variance_of start) eta_max h (moment 0 xi).
Proof. intros. rewrite variance_after by assumption. apply moments_bound; auto using moment_nonneg. Qed.

(** M5, waits of random length. The steps of the wait, and with them the count, are drawn from a law of their
    own, independent of start and noise: the second moment about the optimum, over waits, too, obeys the same
    bound. Source: ours. *)
Theorem M5_safe_random_waits h m xi start waits eta_max : prob start -> prob xi -> mean_zero xi -> prob waits ->
  0 < h -> eta_max * h < 2 -> (forall etas, In etas (map snd waits) -> forall e, In e etas -> 0 <= e <= eta_max) ->
  moment m (mixture waits (fun etas => after h m xi etas start))
  <= bound_extras (moment m start) eta_max h (moment 0 xi).
Proof.
  intros S N Z (W & one) Hh Hst I. unfold moment at 1. rewrite Ex_mixture. set (b := bound_extras _ _ _ _).
  enough (Ex (fun etas => Ex (fun x => (x - m) ^ 2) (after h m xi etas start)) waits <= b * Ex (fun _ => 1) waits)
    by (rewrite one in *; lra).
  clear one. induction waits as [|p l IH]; cbn [Ex]; [lra|].
  specialize (IH (fun q Hq => W q (or_intror Hq)) (fun e He => I e (or_intror He))).
  pose proof (M5_safe_extras h m xi start (snd p) eta_max S N Z Hh Hst (I _ (or_introl eq_refl))) as M.
  fold b in M. unfold moment at 1 in M. apply (Rmult_le_compat_l (fst p)) in M; [lra|]. apply W. now left.
Qed.

(** ** Two counterexamples *)
(** A worker that looks at its iterate: two updates, then a third only where x^2 is at most 1/4. *)
Definition coin : list (R * R) := either 1 (-1).
Lemma coin_mean_zero : mean_zero coin.
Proof. unfold mean_zero, mean_of. simpl. lra. Qed.
Definition third_if_near (d : list (R * R)) : list (R * R) :=
  mixture d (fun x => if Rlt_dec (1 / 4) (x ^ 2) then surely x else after 1 0 coin [1 / 2] (surely x)).

(** M5, counterexample: stop by iterate. With h = 1, eta = 1/2, optimum 0, noise +-1, from 0: a worker that
    makes two updates and goes on for a third only where its iterate is near the optimum ends beyond the bound
    of M5_safe_extras. Source: ours. *)
Theorem M5_stop_by_iterate_exceeds :
  bound_extras (moment 0 (surely 0)) (1 / 2) 1 (moment 0 coin)
  < moment 0 (third_if_near (after 1 0 coin [1 / 2; 1 / 2] (surely 0))).
Proof.
  unfold bound_extras, bound_stationary. rewrite Rmax_right by (unfold moment; simpl; lra).
  unfold third_if_near, moment. rewrite Ex_mixture. simpl. unfold quadratic_step, mixture.
  repeat match goal with |- context [Rlt_dec ?a ?b] => destruct (Rlt_dec a b); try (exfalso; lra) end.
  simpl. lra.
Qed.

(** M5, counterexample: variance over waits. With h = 1, eta = 1/2, optimum 0, noise +-1/10, from x_0 = 10: when
    a wait is of 0 or of 20 updates, with the same chance and independently of everything, the variance of the
    iterate over waits is above 25 though the bound for a given count is that of V*, 1/300. Source: ours. *)
Theorem M5_unconditional_variance_exceeds :
  let noise := either (1 / 10) (- (1 / 10)) in let waits := either [] (repeat (1 / 2) 20) in
  bound_extras (variance_of (surely 10)) (1 / 2) 1 (moment 0 noise) = 1 / 300 /\
  25 < variance_of (mixture waits (fun etas => after 1 0 noise etas (surely 10))).
Proof.
  intros noise waits.
  assert (N : prob noise) by apply prob_either. assert (W : prob waits) by apply prob_either.
  assert (Z : mean_zero noise) by (unfold mean_zero, mean_of; simpl; lra).
  assert (A : forall etas, prob (after 1 0 noise etas (surely 10))) by (intro; auto using after_prob, prob_surely).
  assert (S2 : moment 0 noise = 1 / 100) by (unfold moment; simpl; field).
  assert (B : bound_stationary (1 / 2) 1 (1 / 100) = 1 / 300) by (unfold bound_stationary; field). split.
  - unfold bound_extras. rewrite S2, B. apply Rmax_right. unfold variance_of, var, cov. simpl. lra.
  - rewrite (variance_moment 0) by (apply prob_mixture; auto). unfold moment, mean_of. rewrite !Ex_mixture.
    fold (moment 0). assert (M0 : forall etas, Ex (fun x => (x - 0) ^ 2) (after 1 0 noise etas (surely 10))
      = moments 1 (1 / 100) etas (moment 0 (surely 10)))
      by (intro; rewrite <- S2; apply moment_after; auto using prob_surely).
    assert (M1 : forall n, Ex (fun x => x) (after 1 0 noise (repeat (1 / 2) n) (surely 10)) = (1 / 2) ^ n * 10).
    { intro n.
      enough (G : forall d, prob d -> Ex (fun x => x) (after 1 0 noise (repeat (1 / 2) n) d) = (1 / 2) ^ n * mean_of d).
      { rewrite G by apply prob_surely. unfold mean_of. simpl. ring. }
      induction n as [|n IH]; intros d D; cbn [repeat after pow]; [unfold mean_of; ring|].
      rewrite IH by now apply prob_bind. rewrite mean_after_step by assumption. field. }
    unfold waits, either. cbn [Ex fst snd]. rewrite !M0, M1.
    change (@nil R) with (repeat (1 / 2) 0) at 2. rewrite M1.
    rewrite moments_closed, B by lra. unfold moments, moment. simpl. lra.
Qed.

(** ** Instances *)
(** Two workers' waits: none, and one of five updates with steps that fall. *)
Definition falling := [1; 1 / 2; 1 / 4; 1 / 8; 0].
Lemma falling_range e : In e falling -> 0 <= e <= 1.
Proof. intro I. repeat (destruct I as [<-|I]; [lra|]). contradiction. Qed.

Example M5_monotone_to_rest_instance :
  let v n := moment 2 (after 1 2 coin (repeat (1 / 2) n) (surely 5)) in
  1 / 3 <= v 4%nat <= v 3%nat /\ is_lim_seq v (1 / 3).
Proof.
  destruct (M5_monotone_to_rest 1 2 coin (1 / 2) (surely 5) (prob_surely 5) (prob_either _ _) coin_mean_zero)
    as (_ & D & L); try lra.
  replace (bound_stationary (1 / 2) 1 (moment 0 coin)) with (1 / 3) in *
    by (unfold bound_stationary, moment; simpl; field).
  split; [|exact L]. apply D. unfold moment. simpl. lra.
Qed.
Example M5_safe_extras_instance : moment 2 (after 1 2 coin falling (surely 5)) <= bound_extras 9 1 1 1.
Proof.
  replace 9 with (moment 2 (surely 5)) by (unfold moment; simpl; field).
  replace (bound_extras _ _ _ 1) with (bound_extras (moment 2 (surely 5)) 1 1 (moment 0 coin))
    by (f_equal; unfold moment; simpl; field).
  apply (M5_safe_extras 1 2 coin (surely 5) falling 1 (prob_surely 5) (prob_either _ _) coin_mean_zero); try lra.
  apply falling_range.
Qed.
Example M5_safe_variance_given_counts_instance :
  variance_of (after 1 2 coin falling (surely 5)) <= bound_extras 0 1 1 1.
Proof.
  replace 0 with (variance_of (surely 5)) by (unfold variance_of, var, cov; simpl; field).
  replace (bound_extras _ _ _ 1) with (bound_extras (variance_of (surely 5)) 1 1 (moment 0 coin))
    by (f_equal; unfold moment; simpl; field).
  apply (M5_safe_variance_given_counts 1 2 coin (surely 5) falling 1 (prob_surely 5) (prob_either _ _) coin_mean_zero);
    try lra.
  apply falling_range.
Qed.
Example M5_safe_random_waits_instance :
  moment 2 (mixture (either [] falling) (fun etas => after 1 2 coin etas (surely 5))) <= bound_extras 9 1 1 1.
Proof.
  replace 9 with (moment 2 (surely 5)) by (unfold moment; simpl; field).
  replace (bound_extras _ _ _ 1) with (bound_extras (moment 2 (surely 5)) 1 1 (moment 0 coin))
    by (f_equal; unfold moment; simpl; field).
  apply (M5_safe_random_waits 1 2 coin (surely 5) (either [] falling) 1 (prob_surely 5) (prob_either _ _) coin_mean_zero
           (prob_either _ _)); try lra.
  intros etas [<-|[<-|[]]]; [contradiction|apply falling_range].
Qed.
