(** Block-stratified order: mean-square convergence to the zero of the weighted field (claims C1, C4). An epoch visits
    blocks one after the other; a visit makes updates, each of which draws a point from its own block with replacement
    (`--sampling replace`; a worker's visit is core/worker/visit.c). Within an epoch the field is thus that of one
    block at a time, not of the whole loss. An update of weight w moves by eta_t w times its gradient: w = 1 for
    required updates, decay^(x+1) for those of extra pass x. What an epoch does, its *plan*, is random, too (waits
    are), but independent of the draws. No projection; gradients are Lipschitz in mean square (additive is; mf is
    not). *)
From Coq Require Import Reals Lra Lia List Arith FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Vectors Chung Sgd.
Import ListNotations.
Open Scope R_scope.

(** * Two inequalities *)
(* Young: the step's direction at x against that at the epoch's start x0 *)
Lemma direction_change d e (x x0 xs g g0 : vector) :
  - (2 * e) * dot d g (fun i => x i - xs i) <=
  - (2 * e) * dot d g0 (fun i => x0 i - xs i) +
  dist2 d g g0 + e ^ 2 * dist2 d x xs + e ^ 2 * nsq d g0 + dist2 d x x0.
Proof.
  unfold dist2, nsq, dot. induction d as [|d IH]; simpl; [lra|].
  pose proof (pow2_ge_0 (g d - g0 d + e * (x d - xs d))). pose proof (pow2_ge_0 (e * g0 d + (x d - x0 d))). lra.
Qed.
Lemma drift_step d e w (x x0 g : vector) : 0 <= w ->
  dist2 d (fun i => x i - e * w * g i) x0 <= (1 + w) * dist2 d x x0 + e ^ 2 * (w + w ^ 2) * nsq d g.
Proof.
  intros Hw. unfold dist2. rewrite nsq_step.
  assert (Y : - (2 * e) * dot d g (fun i => x i - x0 i) <= nsq d (fun i => x i - x0 i) + e ^ 2 * nsq d g).
  { unfold nsq, dot. clear. induction d as [|d IH]; simpl; [lra|].
    pose proof (pow2_ge_0 (e * g d + (x d - x0 d))). lra. }
  apply (Rmult_le_compat_l w) in Y; [|exact Hw]. lra.
Qed.

(** * What an epoch does *)

(** Blocks and weights of an epoch's updates, in their order. *)
Definition plan := list (nat * R).
Definition mass (p : plan) : R := fold_right (fun u m => snd u + m) 0 p.
Definition mass_of (p : plan) (b : nat) : R :=
  fold_right (fun u m => (if Nat.eqb (fst u) b then snd u else 0) + m) 0 p.
Definition plan_ok (blocks : nat) (most : R) (p : plan) :=
  (forall u, In u p -> (fst u < blocks)%nat /\ 0 <= snd u) /\ mass p <= most.

Lemma mass_nonneg (p : plan) : (forall u, In u p -> 0 <= snd u) -> 0 <= mass p.
Proof.
  induction p as [|u p IH]; simpl; intros H; [lra|].
  assert (0 <= snd u) by (apply H; now left). assert (0 <= mass p) by (apply IH; intros; apply H; now right). lra.
Qed.
Lemma sum_by_blocks blocks (p : plan) h : (forall u, In u p -> (fst u < blocks)%nat) ->
  fold_right (fun u m => snd u * h (fst u) + m) 0 p = sum blocks (fun b => mass_of p b * h b).
Proof.
  induction p as [|u p IH]; simpl; intros H.
  - rewrite sum_of_zeros; [reflexivity|]. intros. unfold mass_of. simpl. ring.
  - rewrite IH by (intros; apply H; now right).
    rewrite (sum_ext _ (fun b => mass_of (u :: p) b * h b) (fun b => (if Nat.eqb (fst u) b
      then snd u else 0) * h b + mass_of p b * h b))
      by (intros; unfold mass_of; simpl; ring).
    rewrite sum_plus, sum_pick by (apply H; now left). reflexivity.
Qed.

Section Stratified.
Variables (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector).

(** An update as it is made: block, weight, the point drawn. *)
Definition update := (nat * (R * Smp))%type.
Definition descend (e : R) (x : vector) (u : update) : vector :=
  fun i => x i - e * fst (snd u) * grad x (snd (snd u)) i.
Definition epoch_end (e : R) (us : list update) (x : vector) : vector := fold_left (descend e) us x.
(** The draws of a plan: independent, each from its own block. *)
Fixpoint draws (p : plan) : list (R * list update) :=
  match p with
  | [] => [(1, [])]
  | u :: r => bind (fun z us => (fst u, (snd u, z)) :: us) (law (fst u)) (draws r)
  end.

Variables (plans : nat -> list (R * plan)) (eta : nat -> R) (init : list (R * vector)).
(** The law of the iterate at the start of epoch t. *)
Fixpoint stratified_law (t : nat) : list (R * vector) :=
  match t with
  | O => init
  | S k => bind (fun x us => epoch_end (eta k) us x) (stratified_law k) (mixture (plans k) draws)
  end.
Definition stratified_error (xs : vector) (t : nat) : R := Ex (fun x => dist2 d x xs) (stratified_law t).

Variables (blocks : nat) (weight : nat -> R).
(** Mean gradient of block b, and the field that an epoch follows to first order. *)
Definition block_field (b : nat) (x : vector) : vector := fun i => Ex (fun z => grad x z i) (law b).
Definition weighted_field (x : vector) : vector := fun i => sum blocks (fun b => weight b * block_field b x i).

Variables (xs : vector) (lip s2 : R).
Hypothesis Hlaw : forall b, (b < blocks)%nat -> prob (law b).
Hypothesis Hlip0 : 0 <= lip.
Hypothesis Hlip : forall b x y, (b < blocks)%nat ->
  Ex (fun z => dist2 d (grad x z) (grad y z)) (law b) <= lip * dist2 d x y.
Hypothesis Hs0 : 0 <= s2.
Hypothesis Hs2 : forall b, (b < blocks)%nat -> Ex (fun z => nsq d (grad xs z)) (law b) <= s2.

Lemma growth b x : (b < blocks)%nat ->
  Ex (fun z => nsq d (grad x z)) (law b) <= 2 * lip * dist2 d x xs + 2 * s2.
Proof.
  intros Hb. apply Rle_trans with
    (Ex (fun z => 2 * dist2 d (grad x z) (grad xs z) + 2 * nsq d (grad xs z)) (law b)).
  - apply Ex_le; [apply Hlaw, Hb|]. intro z. apply nsq_triangle.
  - rewrite Ex_lin. pose proof (Hlip b x xs Hb). pose proof (Hs2 b Hb). lra.
Qed.

Section Epoch.   (* from x0, with a step e <= top and plans of mass <= W *)
Variables (x0 : vector) (e top W : R).
Hypothesis He : 0 <= e <= top.
Hypothesis HW : 0 <= W.

Definition pull b := Ex (fun z => dot d (grad x0 z) (fun i => x0 i - xs i)) (law b).
Definition pull_of (p : plan) := fold_right (fun u m => snd u * pull (fst u) + m) 0 p.
Let D x := dist2 d x xs.
Let Dr x := dist2 d x x0.
Let q := 1 + D x0.
Definition alpha1 := lip + 1 + 2 * top ^ 2 * (1 + 2 * lip * W).
Definition beta1 := (2 + 2 * lip + 2 * s2) + W * (4 * lip + 2 * s2).
Definition alpha2 := 1 + 4 * lip * top ^ 2 * (1 + W).
Definition beta2 := (1 + W) * (4 * lip + 2 * s2).

Lemma D_nonneg x : 0 <= D x. Proof. apply nsq_nonneg. Qed.
Lemma Dr_nonneg x : 0 <= Dr x. Proof. apply nsq_nonneg. Qed.
Lemma e2 : 0 <= e ^ 2 <= top ^ 2. Proof. split; [apply pow2_ge_0|nra]. Qed.

Lemma distance_update b w x : (b < blocks)%nat -> 0 <= w <= W ->
  Ex (fun z => D (fun i => x i - e * w * grad x z i)) (law b) <=
  D x - 2 * e * w * pull b + w * alpha1 * Dr x + w * e ^ 2 * (beta1 * q).
Proof.
  intros Hb Hw. destruct (Hlaw b Hb) as (Pb & Sb).
  apply Rle_trans with (Ex (fun z => (D x + w * (e ^ 2 * D x + Dr x)) * 1 +
    ((- (2 * e) * w) * dot d (grad x0 z) (fun i => x0 i - xs i) + (w * dist2 d (grad x z) (grad x0 z) +
    ((w * e ^ 2) * nsq d (grad x0 z) + (e ^ 2 * w ^ 2) * nsq d (grad x z))))) (law b)).
  - apply Ex_le; [exact Pb|]. intro z. unfold D at 1, dist2 at 1. rewrite nsq_step. fold (dist2 d x xs). fold (D x).
    pose proof (direction_change d e x x0 xs (grad x z) (grad x0 z)) as Y.
    fold (D x) in Y. fold (Dr x) in Y. apply (Rmult_le_compat_l w) in Y; [|lra]. lra.
  - rewrite !Ex_plus, !Ex_scal, Sb. fold (pull b).
    pose proof (growth b x Hb) as G. pose proof (growth b x0 Hb) as G0. pose proof (Hlip b x x0 Hb) as L.
    fold (D x) in G. fold (D x0) in G0. fold (Dr x) in L.
    pose proof (dist2_triangle d x x0 xs) as T. fold (D x) in T. fold (D x0) in T. fold (Dr x) in T.
    pose proof e2 as E. pose proof (D_nonneg x) as N. pose proof (D_nonneg x0) as N0. pose proof (Dr_nonneg x) as Nr.
    set (dx := D x) in *. set (d0 := D x0) in *. set (r := Dr x) in *. set (ee := e ^ 2) in *. set (tt := top ^ 2) in *.
    set (g := Ex (fun z => nsq d (grad x z)) (law b)) in *. set (g0 := Ex (fun z => nsq d (grad x0 z)) (law b)) in *.
    set (l := Ex (fun z => dist2 d (grad x z) (grad x0 z)) (law b)) in *.
    assert (B1 : ee * dx <= ee * (2 * d0) + tt * (2 * r)).
    { apply Rle_trans with (ee * (2 * d0 + 2 * r)); [apply Rmult_le_compat_l; lra|].
      assert (ee * r <= tt * r) by (apply Rmult_le_compat_r; lra). lra. }
    assert (B2 : ee * g0 <= ee * (2 * lip * d0 + 2 * s2)) by (apply Rmult_le_compat_l; lra).
    assert (B3 : ee * w * g <= W * (ee * (4 * lip * d0 + 2 * s2) + tt * (4 * lip * r))).
    { assert (0 <= lip * d0 /\ 0 <= lip * r /\ lip * dx <= lip * (2 * d0 + 2 * r)) as (K0 & K1 & K2).
      { repeat split; try (apply Rmult_le_pos; assumption). apply Rmult_le_compat_l; lra. }
      assert (G' : g <= (4 * lip * d0 + 2 * s2) + 4 * lip * r) by lra.
      assert (Q0 : 0 <= ee * (4 * lip * d0 + 2 * s2)) by (apply Rmult_le_pos; lra).
      assert (Q1 : 0 <= tt * (4 * lip * r)) by (apply Rmult_le_pos; lra).
      assert (Q2 : ee * g <= ee * (4 * lip * d0 + 2 * s2) + tt * (4 * lip * r)).
      { apply Rle_trans with (ee * ((4 * lip * d0 + 2 * s2) + 4 * lip * r)); [apply Rmult_le_compat_l; lra|].
        assert (ee * (4 * lip * r) <= tt * (4 * lip * r)) by (apply Rmult_le_compat_r; lra). lra. }
      apply Rle_trans with (w * (ee * (4 * lip * d0 + 2 * s2) + tt * (4 * lip * r))).
      - apply (Rmult_le_compat_l w) in Q2; lra.
      - apply Rmult_le_compat_r; lra. }
    assert (B : ee * dx + r + l + ee * g0 + ee * w * g <= alpha1 * r + ee * (beta1 * q)).
    { unfold alpha1, beta1, q. fold tt. fold d0.
      assert (0 <= ee * (2 + 2 * lip * 1 + 2 * s2 * d0 + W * (4 * lip + 2 * s2 * d0))); [|lra].
      assert (0 <= s2 * d0) by (apply Rmult_le_pos; lra).
      apply Rmult_le_pos; [lra|]. assert (0 <= W * (4 * lip + 2 * s2 * d0)) by (apply Rmult_le_pos; lra). lra. }
    apply (Rmult_le_compat_l w) in B; [|lra]. lra.
Qed.

Lemma drift_update b w x : (b < blocks)%nat -> 0 <= w <= W ->
  Ex (fun z => Dr (fun i => x i - e * w * grad x z i)) (law b) <=
  (1 + w * alpha2) * Dr x + w * e ^ 2 * (beta2 * q).
Proof.
  intros Hb Hw. destruct (Hlaw b Hb) as (Pb & Sb).
  apply Rle_trans with (Ex (fun z => ((1 + w) * Dr x) * 1 + (e ^ 2 * (w + w ^ 2)) * nsq d (grad x z)) (law b)).
  - apply Ex_le; [exact Pb|]. intro z. pose proof (drift_step d e w x x0 (grad x z)). unfold Dr. lra.
  - rewrite !Ex_plus, !Ex_scal, Sb. pose proof (growth b x Hb) as G. fold (D x) in G.
    pose proof (dist2_triangle d x x0 xs) as T. fold (D x) in T. fold (D x0) in T. fold (Dr x) in T.
    pose proof e2 as E. pose proof (D_nonneg x) as N. pose proof (D_nonneg x0) as N0. pose proof (Dr_nonneg x) as Nr.
    set (dx := D x) in *. set (d0 := D x0) in *. set (r := Dr x) in *. set (ee := e ^ 2) in *. set (tt := top ^ 2) in *.
    set (g := Ex (fun z => nsq d (grad x z)) (law b)) in *.
    assert (0 <= lip * d0 /\ 0 <= lip * r /\ lip * dx <= lip * (2 * d0 + 2 * r)) as (K0 & K1 & K2).
    { repeat split; try (apply Rmult_le_pos; assumption). apply Rmult_le_compat_l; lra. }
    assert (G' : g <= (4 * lip * d0 + 2 * s2) + 4 * lip * r) by lra.
    assert (Q2 : ee * g <= ee * (4 * lip * d0 + 2 * s2) + tt * (4 * lip * r)).
    { apply Rle_trans with (ee * ((4 * lip * d0 + 2 * s2) + 4 * lip * r)); [apply Rmult_le_compat_l; lra|].
      assert (ee * (4 * lip * r) <= tt * (4 * lip * r)) by (apply Rmult_le_compat_r; lra). lra. }
    assert (Q0 : 0 <= ee * (4 * lip * d0 + 2 * s2)) by (apply Rmult_le_pos; lra).
    assert (Q1 : 0 <= tt * (4 * lip * r)) by (apply Rmult_le_pos; lra).
    set (k := ee * (4 * lip * d0 + 2 * s2) + tt * (4 * lip * r)) in *.
    assert (P1 : (w + w ^ 2) * (ee * g) <= w * ((1 + W) * k)).
    { apply Rle_trans with ((w + w ^ 2) * k); [apply Rmult_le_compat_l; [nra|exact Q2]|].
      assert (w ^ 2 <= w * W) by nra. assert (0 <= k) by (unfold k; lra).
      assert (w ^ 2 * k <= w * W * k) by (apply Rmult_le_compat_r; assumption). lra. }
    assert (P2 : (1 + W) * k <= 4 * lip * tt * (1 + W) * r + ee * (beta2 * q)).
    { unfold beta2, q, k. fold d0. assert (0 <= s2 * d0) by (apply Rmult_le_pos; lra).
      assert (0 <= ee * ((1 + W) * (4 * lip + 2 * s2 * d0))); [|lra].
      apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra. }
    apply (Rmult_le_compat_l w) in P2; [|lra]. unfold alpha2. fold tt. lra.
Qed.

Definition reach (m : R) := alpha1 * (exp (alpha2 * m) - 1).
Lemma alpha_pos : 0 <= alpha1 /\ 1 <= alpha2 /\ 0 <= beta1 /\ 0 <= beta2.
Proof.
  pose proof (pow2_ge_0 top). assert (0 <= lip * W) by (apply Rmult_le_pos; assumption).
  assert (0 <= s2 * W) by (apply Rmult_le_pos; assumption).
  assert (0 <= top ^ 2 * (1 + 2 * lip * W)) by (apply Rmult_le_pos; lra).
  assert (0 <= lip * top ^ 2 * (1 + W)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
  unfold alpha1, alpha2, beta1, beta2. repeat split; try lra.
Qed.
Lemma reach_mono m n : 0 <= m <= n -> 0 <= reach m <= reach n.
Proof.
  intros H. destruct alpha_pos as (A1 & A2 & _). unfold reach.
  assert (1 <= exp (alpha2 * m)).
  { pose proof (exp_ineq1_le (alpha2 * m)). assert (0 <= alpha2 * m) by (apply Rmult_le_pos; lra). lra. }
  assert (exp (alpha2 * m) <= exp (alpha2 * n)).
  { destruct (Req_dec m n) as [->|N]; [lra|]. left. apply exp_increasing, Rmult_lt_compat_l; lra. }
  split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra].
Qed.

Definition second_order := W * (beta1 + reach W * beta2).

(** The distance after a plan, to second order in the step: what later updates make of the drift is in [reach]. *)
Lemma epoch_distance (p : plan) : forall x,
  (forall u, In u p -> (fst u < blocks)%nat /\ 0 <= snd u) -> mass p <= W ->
  Ex (fun us => D (epoch_end e us x)) (draws p) <=
  D x - 2 * e * pull_of p + reach (mass p) * Dr x + mass p * (e ^ 2 * ((beta1 + reach W * beta2) * q)).
Proof.
  destruct alpha_pos as (A1 & A2 & B1 & B2).
  assert (Q : 0 <= q) by (unfold q; pose proof (D_nonneg x0); lra).
  induction p as [|(b, w) p IH]; intros x Hp HM.
  - change (mass []) with 0. change (pull_of []) with 0.
    replace (reach 0) with 0 by (unfold reach; rewrite Rmult_0_r, exp_0; ring).
    cbn [draws Ex fst snd]. change (epoch_end e [] x) with x. lra.
  - cbn [draws fst snd]. rewrite Ex_bind. cbn [mass fold_right fst snd] in *. fold (mass p) in *.
    destruct (Hp (b, w) (or_introl eq_refl)) as (Hb & Hw). simpl in Hb, Hw.
    assert (Hp' : forall u, In u p -> (fst u < blocks)%nat /\ 0 <= snd u) by (intros; apply Hp; now right).
    assert (M0 : 0 <= mass p) by (apply mass_nonneg; intros; now apply Hp').
    set (m := mass p) in *. set (c := e ^ 2 * ((beta1 + reach W * beta2) * q)) in *.
    apply Rle_trans with (Ex (fun z => D (fun i => x i - e * w * grad x z i) +
       (reach m * Dr (fun i => x i - e * w * grad x z i) + (- 2 * e * pull_of p + m * c) * 1)) (law b)).
    + apply Ex_le; [apply Hlaw, Hb|]. intro z.
      specialize (IH (fun i => x i - e * w * grad x z i) Hp' ltac:(lra)).
      change (Ex (fun us => D (epoch_end e us (fun i => x i - e * w * grad x z i))) (draws p) <=
        D (fun i => x i - e * w * grad x z i) +
        (reach m * Dr (fun i => x i - e * w * grad x z i) + (- 2 * e * pull_of p + m * c) * 1)). lra.
    + rewrite !Ex_plus, !Ex_scal. destruct (Hlaw b Hb) as (_ & ->).
      pose proof (distance_update b w x Hb ltac:(lra)) as U1. pose proof (drift_update b w x Hb ltac:(lra)) as U2.
      destruct (reach_mono m W ltac:(lra)) as (R0 & R1).
      apply (Rmult_le_compat_l (reach m)) in U2; [|exact R0].
      change (pull_of ((b, w) :: p)) with (w * pull b + pull_of p).
      assert (G : reach m * (1 + w * alpha2) + w * alpha1 <= reach (w + m)).
      { unfold reach. replace (alpha2 * (w + m)) with (alpha2 * w + alpha2 * m) by ring. rewrite exp_plus.
        set (E := exp (alpha2 * m)). pose proof (exp_ineq1_le (alpha2 * w)) as Z.
        assert (E0 : 0 < E) by apply exp_pos.
        apply (Rmult_le_compat_r E) in Z; [|lra]. apply (Rmult_le_compat_l alpha1) in Z; [|exact A1].
        assert (0 <= alpha1 * (w * (alpha2 - 1))) by (apply Rmult_le_pos; [|apply Rmult_le_pos]; lra). lra. }
      assert (K : reach m * (w * e ^ 2 * (beta2 * q)) <= w * (e ^ 2 * (reach W * beta2 * q))).
      { replace (w * (e ^ 2 * (reach W * beta2 * q))) with (reach W * (w * e ^ 2 * (beta2 * q))) by ring.
        apply Rmult_le_compat_r; [|exact R1]. pose proof (pow2_ge_0 e).
        apply Rmult_le_pos; [nra|]. now apply Rmult_le_pos. }
      apply (Rmult_le_compat_r (Dr x)) in G; [|apply Dr_nonneg]. unfold c. lra.
Qed.

Lemma epoch_from_start (p : plan) : plan_ok blocks W p ->
  Ex (fun us => D (epoch_end e us x0)) (draws p) <=
  D x0 - 2 * e * pull_of p + e ^ 2 * (second_order * q).
Proof.
  intros (Hp & HM). pose proof (epoch_distance p x0 Hp HM) as H.
  assert (Z : Dr x0 = 0).
  { unfold Dr, dist2, nsq. apply dot_zero. intros; ring. }
  rewrite Z, Rmult_0_r, Rplus_0_r in H. apply Rle_trans with (1 := H).
  apply Rplus_le_compat_l. destruct alpha_pos as (_ & _ & B1 & B2). destruct (reach_mono 0 W ltac:(lra)) as (R0 & R1).
  unfold second_order.
  replace (e ^ 2 * (W * (beta1 + reach W * beta2) * q)) with (W * (e ^ 2 * ((beta1 + reach W * beta2) * q))) by ring.
  apply Rmult_le_compat_r; [|exact HM]. apply Rmult_le_pos; [apply pow2_ge_0|].
  apply Rmult_le_pos; [|unfold q; pose proof (D_nonneg x0); lra].
  assert (0 <= reach W * beta2) by (apply Rmult_le_pos; lra). lra.
Qed.
End Epoch.

Variables (mu W : R).
Hypothesis Hmu : 0 < mu.
Hypothesis HW : 0 <= W.
Hypothesis Hplans : forall t, prob (plans t).
Hypothesis Hok : forall t p, In p (plans t) -> plan_ok blocks W (snd p).
Hypothesis Hweight : forall t b, (b < blocks)%nat -> Ex (fun p => mass_of p b) (plans t) = weight b.
Hypothesis Hzero : forall i, (i < d)%nat -> weighted_field xs i = 0.
Hypothesis Hmono : forall x y,
  mu * dist2 d x y <= dot d (fun i => weighted_field x i - weighted_field y i) (fun i => x i - y i).
Hypothesis Hinit : prob init.

Lemma draws_prob (p : plan) : (forall u, In u p -> (fst u < blocks)%nat) -> prob (draws p).
Proof.
  induction p as [|u p IH]; intros H.
  - split; [|simpl; lra]. intros q [<-|[]]. simpl. lra.
  - simpl. apply prob_bind; [apply Hlaw, H; now left|apply IH; intros; apply H; now right].
Qed.
Lemma epoch_prob t : prob (mixture (plans t) draws).
Proof. apply prob_mixture; [apply Hplans|]. intros p Hp. apply draws_prob. intros u Hu. now apply (Hok t p Hp). Qed.
Lemma stratified_prob t : prob (stratified_law t).
Proof. induction t; simpl; [exact Hinit|]. apply prob_bind; [exact IHt|apply epoch_prob]. Qed.

Lemma mean_pull t x : mu * dist2 d x xs <= Ex (pull_of x) (plans t).
Proof.
  apply Rle_trans with (dot d (weighted_field x) (fun i => x i - xs i)).
  - apply Rle_trans with (1 := Hmono x xs).
    rewrite (functional_extensionality (fun i => weighted_field x i - weighted_field xs i)
               (fun i => weighted_field x i + (-1) * weighted_field xs i)) by (intro; ring).
    rewrite dot_plus, dot_scal, (dot_zero d (weighted_field xs)) by exact Hzero. lra.
  - right. unfold weighted_field. rewrite (dot_sum d blocks (fun b i => weight b * block_field b x i)).
    rewrite (Ex_ext_in _ (fun p => sum blocks (fun b => mass_of p b * pull x b))).
    + rewrite (Ex_sum blocks (fun b p => mass_of p b * pull x b)). apply sum_ext. intros b Hb.
      rewrite dot_scal, <- (Hweight t b Hb). unfold block_field. rewrite dot_Ex. fold (pull x b).
      rewrite (Ex_ext (fun p => mass_of p b * pull x b) (fun p => pull x b * mass_of p b)) by (intro; ring).
      rewrite Ex_scal. ring.
    + intros p Hp. apply sum_by_blocks. intros u Hu. now apply (Hok t p Hp).
Qed.

Lemma stratified_step top t : 0 <= eta t <= top ->
  stratified_error xs (S t) <=
  (1 - 2 * mu * eta t + second_order top W * eta t ^ 2) * stratified_error xs t + second_order top W * eta t ^ 2.
Proof.
  intros He. unfold stratified_error. simpl stratified_law. rewrite Ex_bind.
  destruct (stratified_prob t) as (Wi & Si). set (e := eta t) in *. set (C := second_order top W).
  apply Rle_trans with (Ex (fun x => (1 - 2 * mu * e + C * e ^ 2) * dist2 d x xs + (C * e ^ 2) * 1) (stratified_law t)).
  2:{ rewrite (Ex_lin _ _ (fun x => dist2 d x xs) (fun _ => 1)), Si. lra. }
  apply Ex_le; [exact Wi|]. intro x. rewrite Ex_mixture.
  destruct (Hplans t) as (Wp & Sp).
  apply Rle_trans with (Ex (fun p => (dist2 d x xs + e ^ 2 * (C * (1 + dist2 d x xs))) * 1 +
                                     (- (2 * e)) * pull_of x p) (plans t)).
  - apply Ex_le_in; [exact Wp|]. intros p Hp.
    pose proof (epoch_from_start x e top W He HW (snd p) (Hok t p Hp)). fold C in H. lra.
  - rewrite Ex_plus, !Ex_scal, Sp. pose proof (mean_pull t x) as M.
    apply (Rmult_le_compat_l (2 * e)) in M; [|lra]. lra.
Qed.
End Stratified.

(** What the theorems assume. [law b]: how block b's points are drawn. [plans t]: the law of epoch t's plan. *)
Record stratified_setting (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector)
    (plans : nat -> list (R * plan)) (init : list (R * vector)) (blocks : nat) (weight : nat -> R) (xs : vector)
    (mu lip most : R) : Prop := {
  draws_of_blocks : forall b, (b < blocks)%nat -> prob (law b);
  start_is_random : prob init;
  plans_are_random : forall t, prob (plans t);
  (* only weights >= 0, of bounded mass per epoch: M6 gives such a bound for decayed extra updates *)
  plans_bounded : forall t p, In p (plans t) -> plan_ok blocks most (snd p);
  most_pos : 0 <= most;
  (* the expected mass of a block is that of every epoch *)
  plans_weigh : forall t b, (b < blocks)%nat -> Ex (fun p => mass_of p b) (plans t) = weight b;
  lip_pos : 0 <= lip;
  lipschitz : forall b x y, (b < blocks)%nat ->
    Ex (fun z => dist2 d (grad x z) (grad y z)) (law b) <= lip * dist2 d x y;
  mu_pos : 0 < mu;
  strongly_monotone : forall x y,
    mu * dist2 d x y <= dot d (fun i => weighted_field Smp law grad blocks weight x i -
                                        weighted_field Smp law grad blocks weight y i) (fun i => x i - y i);
  zero_of_field : forall i, (i < d)%nat -> weighted_field Smp law grad blocks weight xs i = 0 }.

Section Theorems.
Variables (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector).
Variables (plans : nat -> list (R * plan)) (init : list (R * vector)) (blocks : nat) (weight : nat -> R) (xs : vector).
Variables (mu lip most : R).
Hypothesis Set_ : stratified_setting d Smp law grad plans init blocks weight xs mu lip most.

(* the noise at xs; of finitely many blocks it is bounded *)
Definition noise := sum blocks (fun b => Ex (fun z => nsq d (grad xs z)) (law b)).
Lemma noise_pos b : (b < blocks)%nat -> 0 <= Ex (fun z => nsq d (grad xs z)) (law b).
Proof.
  intros Hb. apply Ex_nonneg; [apply (draws_of_blocks _ _ _ _ _ _ _ _ _ _ _ _ Set_ b Hb)|]. intro. apply nsq_nonneg.
Qed.
Lemma recursion eta top : (forall t, 0 <= eta t <= top) -> exists C, 0 <= C /\ forall t,
  stratified_error d Smp law grad plans eta init xs (S t) <=
  (1 - 2 * mu * eta t + C * eta t ^ 2) * stratified_error d Smp law grad plans eta init xs t + C * eta t ^ 2.
Proof.
  intros He. destruct Set_. exists (second_order lip noise top most). split.
  - assert (N : 0 <= noise) by (apply sum_nonneg; apply noise_pos).
    destruct (alpha_pos lip noise lip_pos0 N top most most_pos0) as (_ & _ & B1 & B2).
    destruct (reach_mono lip noise lip_pos0 N top most most_pos0 0 most ltac:(lra)) as (R0 & R1).
    unfold second_order. apply Rmult_le_pos; [assumption|].
    assert (0 <= reach lip top most most * beta2 lip noise most) by (apply Rmult_le_pos; lra). lra.
  - intro t. apply (stratified_step d Smp law grad plans eta init blocks weight xs lip noise); auto.
    + apply sum_nonneg. apply noise_pos.
    + intros b Hb. apply (sum_term blocks (fun b => Ex (fun z => nsq d (grad xs z)) (law b)));
        [apply noise_pos|exact Hb].
Qed.
Lemma stratified_error_nonneg eta t : 0 <= stratified_error d Smp law grad plans eta init xs t.
Proof.
  destruct Set_. unfold stratified_error. apply Ex_nonneg; [|intro; apply nsq_nonneg].
  eapply stratified_prob; eauto.
Qed.

(** C1, block-stratified order. Epochs visit blocks in any order, each update drawing from its own block, with weights
    that are at least 0 and of bounded sum per epoch; what an epoch does (order, counts, weights) may be random,
    independent of the draws and of the past, with the same expected mass w_b of block b in every epoch. Gradients are
    Lipschitz in mean square inside each block; the weighted field sum_b w_b E_b[gradient] is strongly monotone and
    zero at xs. Steps eta_t >= 0 are constant within an epoch, vanish and have an infinite sum. Then
    E |psi_t - xs|^2 tends to 0: to xs = psi*_w, not to the optimum of the unweighted loss (C4). Says nothing of single
    paths, of projections, of mf (not convex), of counts that depend on the draws, of shuffled passes. *)
Theorem C1_stratified eta :
  (forall t, 0 <= eta t) -> is_lim_seq eta 0 -> is_lim_seq (sum_n eta) p_infty ->
  is_lim_seq (stratified_error d Smp law grad plans eta init xs) 0.
Proof.
  intros He Hl Hs. destruct (bounded_of_lim eta 0 Hl) as (top & _ & Ht).
  destruct (recursion eta top) as (C & HC & Step); [intro; split; auto|].
  apply (C1_robbins_monro _ eta mu C C); auto.
  - apply (mu_pos _ _ _ _ _ _ _ _ _ _ _ _ Set_).
  - intro. apply stratified_error_nonneg.
Qed.

(** C1, rate in block-stratified order. Under the same hypotheses, with steps eta_0 / (t + 1) and 2 eta_0 mu > 1: t E
    |psi_t - xs|^2 is bounded. mu is a strong monotonicity of the weighted field (of quadratics: its least eigenvalue
    Lambda). That the rate is no better, and what holds for 2 eta_0 mu <= 1, is proved of the scalar recursion only
    (C1_rate_iff, C1_rate_at_best). *)
Theorem C1_stratified_rate eta0 : 0 < eta0 -> 1 < 2 * mu * eta0 ->
  at_most_inverse (stratified_error d Smp law grad plans (paper_step eta0) init xs).
Proof.
  intros He Hmu. destruct (recursion (paper_step eta0) eta0) as (C & HC & Step).
  { intro t. split; [left; now apply paper_step_pos|]. unfold paper_step, Rdiv. rewrite <- (Rmult_1_r eta0) at 2.
    apply Rmult_le_compat_l; [lra|]. rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|].
    change 1 with (INR 1). apply le_INR. lia. }
  destruct (rate_with_square (stratified_error d Smp law grad plans (paper_step eta0) init xs)
              (2 * mu * eta0) (C * eta0 ^ 2) (C * eta0 ^ 2)) as (K & HK & B); auto.
  - apply Rmult_le_pos; [exact HC|apply pow2_ge_0].
  - apply Rmult_le_pos; [exact HC|apply pow2_ge_0].
  - intro. apply stratified_error_nonneg.
  - intro t. specialize (Step t). unfold paper_step, Rdiv in *. eapply Rle_trans; [exact Step|]. right. ring.
  - exists K. intros [|t]; [simpl; lra|]. specialize (B t).
    apply (Rmult_le_compat_l (INR (S t))) in B; [|apply pos_INR].
    replace (INR (S t) * (K / INR (S t))) with K in B by (field; apply not_0_INR; lia). exact B.
Qed.
End Theorems.

(** * An instance: the model additive on a 3 x 2 matrix, two workers, a random wait *)

(** A point: the coordinates of its row's and its column's parameter, its value; loss as in core/model/additive.c. *)
Definition additive_grad (ridge : R) (x : vector) (z : nat * nat * R) : vector :=
  let '(i, j, v) := z in
  fun k => if orb (Nat.eqb k i) (Nat.eqb k j) then (x i + x j - v) + ridge * x k else 0.

(** Rows 0, 1 are row block 0, row 2 is row block 1; a column block is a column. Block (p, q) is number 2 p + q; rows'
    coordinates are 0, 1, 2, columns' 3, 4. *)
Definition small_law (b : nat) : list (R * (nat * nat * R)) :=
  match b with
  | O => [(1 / 2, (0%nat, 3%nat, 7)); (1 / 2, (1%nat, 3%nat, 4))]
  | 1%nat => [(1 / 2, (0%nat, 4%nat, -3)); (1 / 2, (1%nat, 4%nat, -8))]
  | 2%nat => [(1, (2%nat, 3%nat, 12))]
  | _ => [(1, (2%nat, 4%nat, -12))]
  end.
(** Sub-epoch 0: blocks (0, 0), (1, 1); sub-epoch 1: (0, 1), (1, 0). With probability 1/2 worker 1, whose block has one
    point only, makes an extra pass while it waits, decay 1/2. *)
Definition small_plans (t : nat) : list (R * plan) :=
  let u (b : nat) (w : R) := (b, w) in
  [(1 / 2, [u 0%nat 1; u 0%nat 1; u 3%nat 1; u 1%nat 1; u 1%nat 1; u 2%nat 1]);
   (1 / 2, [u 0%nat 1; u 0%nat 1; u 3%nat 1; u 3%nat (1 / 2); u 1%nat 1; u 1%nat 1; u 2%nat 1; u 2%nat (1 / 2)])].
Definition small_weight (b : nat) : R := match b with O | 1%nat => 2 | _ => 5 / 4 end.
(** psi*_w; equal weights per point would have the columns at other values (small_biased). *)
Definition small_zero (k : nat) : R := match k with O => 1 | 1%nat => -1 | 2%nat => 0 | 3%nat => 4 | _ => -4 end.

Lemma small_setting : stratified_setting 5 _ small_law (additive_grad 1) small_plans [(1, fun _ => 0)] 4 small_weight
  small_zero 2 9 10.
Proof.
  assert (blocks : forall b, (b < 4)%nat -> b = 0%nat \/ b = 1%nat \/ b = 2%nat \/ b = 3%nat) by (intros; lia).
  split; try lra.
  - intros b Hb. destruct (blocks b Hb) as [->|[->|[->| ->]]]; (split; [|simpl; lra]);
      intros p H; simpl in H; repeat destruct H as [<-|H]; simpl; try lra; contradiction.
  - split; [|simpl; lra]. intros p [<-|[]]. simpl. lra.
  - intro t. split; [|simpl; lra]. intros p [<-|[<-|[]]]; simpl; lra.
  - intros t p [<-|[<-|[]]]; (split; [|simpl; lra]); intros u H; simpl in H;
      repeat destruct H as [<-|H]; simpl; try (split; [lia|lra]); contradiction.
  - intros t b Hb. destruct (blocks b Hb) as [->|[->|[->| ->]]]; simpl; lra.
  - intros b x y Hb. unfold dist2, nsq, dot.
    set (s := fun i j : nat => pow2_ge_0 ((x i - y i) - (x j - y j))). set (c := fun i : nat => pow2_ge_0 (x i - y i)).
    pose proof (s 0 3)%nat. pose proof (s 1 3)%nat. pose proof (s 0 4)%nat. pose proof (s 1 4)%nat.
    pose proof (s 2 3)%nat. pose proof (s 2 4)%nat.
    pose proof (c 0)%nat. pose proof (c 1)%nat. pose proof (c 2)%nat. pose proof (c 3)%nat. pose proof (c 4)%nat.
    clear s c.
    destruct (blocks b Hb) as [->|[->|[->| ->]]]; simpl; lra.
  - intros x y. unfold dist2, nsq, dot.
    set (s := fun i j : nat => pow2_ge_0 ((x i - y i) + (x j - y j))). set (c := fun i : nat => pow2_ge_0 (x i - y i)).
    pose proof (s 0 3)%nat. pose proof (s 1 3)%nat. pose proof (s 0 4)%nat. pose proof (s 1 4)%nat.
    pose proof (s 2 3)%nat. pose proof (s 2 4)%nat. pose proof (c 2)%nat. pose proof (c 3)%nat. pose proof (c 4)%nat.
    clear s c.
    unfold weighted_field, block_field. simpl. lra.
  - intros i Hi. assert (i = 0 \/ i = 1 \/ i = 2 \/ i = 3 \/ i = 4)%nat as [->|[->|[->|[->| ->]]]] by lia;
      unfold weighted_field, block_field; simpl; lra.
Qed.
Example C1_stratified_instance :
  is_lim_seq (stratified_error 5 _ small_law (additive_grad 1) small_plans (paper_step 1) [(1, fun _ => 0)]
    small_zero) 0.
Proof.
  destruct (C1_paper_steps 1 Rlt_0_1) as (Lim & Sum). apply (C1_stratified _ _ _ _ _ _ _ _ _ _ _ _ small_setting); auto.
  intro t. left. apply paper_step_pos. lra.
Qed.
Example C1_stratified_rate_instance : at_most_inverse
  (stratified_error 5 _ small_law (additive_grad 1) small_plans (paper_step 1) [(1, fun _ => 0)] small_zero).
Proof. apply (C1_stratified_rate _ _ _ _ _ _ _ _ _ _ _ _ small_setting); lra. Qed.
(** With equal weights per point the same place is no zero of the field: the gradient of column 0 is 1 there. *)
Example small_biased :
  weighted_field _ small_law (additive_grad 1) 4 (fun b => match b with O | 1%nat => 2 | _ => 1 end) small_zero 3%nat
  = 1.
Proof. unfold weighted_field, block_field. simpl. lra. Qed.
