(* Scalar variance recursion of constant-step SGD on a quadratic. *)
From Coq Require Import Reals Lra Lia List Psatz.
From Coquelicot Require Import Coquelicot.
Import ListNotations.
Open Scope R_scope.

(* ---------- finite probability: (weight, value) lists ---------- *)
Definition dist := list (R * R).
Definition E (f : R -> R) (d : dist) : R := fold_right (fun p a => fst p * f (snd p) + a) 0 d.
Definition law (d : dist) := (forall p, In p d -> 0 <= fst p) /\ E (fun _ => 1) d = 1.
(* independent product pushed through g *)
Definition push (g : R -> R -> R) (d e : dist) : dist :=
  flat_map (fun p => map (fun q => (fst p * fst q, g (snd p) (snd q))) e) d.

Lemma E_app f d e : E f (d ++ e) = E f d + E f e.
Proof. induction d as [|p d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma E_ext f g d : (forall x, f x = g x) -> E f d = E g d.
Proof. intros H. induction d as [|p d IH]; simpl; [reflexivity|]. now rewrite H, IH. Qed.
Lemma E_plus f g d : E (fun x => f x + g x) d = E f d + E g d.
Proof. induction d as [|p d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma E_scal k f d : E (fun x => k * f x) d = k * E f d.
Proof. induction d as [|p d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma E_const k d : E (fun _ => 1) d = 1 -> E (fun _ => k) d = k.
Proof. intros H. rewrite (E_ext _ (fun _ => k * 1)) by (intros; ring). rewrite E_scal, H. ring. Qed.
Lemma E_push f g d e : E f (push g d e) = E (fun x => E (fun y => f (g x y)) e) d.
Proof.
  induction d as [|p d IH]; simpl; [reflexivity|]. rewrite E_app, IH. f_equal. clear.
  induction e as [|q e IH]; simpl; [ring|]. rewrite IH. ring.
Qed.

(* one SGD step on h x^2/2 with additive noise xi *)
Definition sgd_step (eta h x xi : R) := x - eta * (h * x + xi).
Definition var_step (eta h s2 V : R) := (1 - eta * h) ^ 2 * V + eta ^ 2 * s2.

(* Claim 2, derived (not postulated): zero-mean noise independent of the state *)
Theorem second_moment_step eta h s2 (d xi : dist) :
  E (fun _ => 1) d = 1 -> E (fun _ => 1) xi = 1 ->
  E (fun y => y) xi = 0 -> E (fun y => y ^ 2) xi = s2 ->
  E (fun x => x ^ 2) (push (sgd_step eta h) d xi) = var_step eta h s2 (E (fun x => x ^ 2) d).
Proof.
  intros D1 N1 N0 N2. rewrite E_push. unfold var_step.
  rewrite (E_ext _ (fun x => (1 - eta * h) ^ 2 * (x ^ 2) + eta ^ 2 * s2)).
  - rewrite E_plus, E_scal, (E_const _ d D1). reflexivity.
  - intro x.
    rewrite (E_ext _ (fun y => ((1 - eta*h)^2 * x^2) + ((-2 * eta * (1 - eta*h) * x) * y + eta^2 * y^2)))
      by (intro; unfold sgd_step; ring).
    rewrite !E_plus, !E_scal, (E_const _ xi N1), N0, N2. ring.
Qed.

(* ---------- the recursion ---------- *)
Section Rec.
Variables (eta h s2 : R).
Hypothesis Heta : 0 < eta.
Hypothesis Hh : 0 < h.
Hypothesis Hs : 0 <= s2.
Hypothesis Hstab : eta * h < 2.

Definition Vstar := eta * s2 / (h * (2 - eta * h)).
Fixpoint V (V0 : R) (n : nat) : R :=
  match n with O => V0 | S m => var_step eta h s2 (V V0 m) end.

Lemma q_bounds : 0 <= (1 - eta * h) ^ 2 < 1.
Proof.
  assert (0 < eta * h) by (apply Rmult_lt_0_compat; assumption).
  set (x := eta * h) in *. split; [apply pow2_ge_0|]. assert (0 < x * (2 - x)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

Lemma Vstar_fix : var_step eta h s2 Vstar = Vstar.
Proof. unfold var_step, Vstar. field. split; intro; nra. Qed.

Lemma Vstar_nonneg : 0 <= Vstar.
Proof. unfold Vstar. apply Rmult_le_pos; [nra|]. left. apply Rinv_0_lt_compat. nra. Qed.

Theorem V_closed V0 n : V V0 n = Vstar + ((1 - eta * h) ^ 2) ^ n * (V0 - Vstar).
Proof.
  pose proof Vstar_fix as F. unfold var_step in F.
  induction n as [|n IH]; cbn [V]; [simpl; ring|]. rewrite IH. unfold var_step.
  set (q := (1 - eta * h) ^ 2) in *. rewrite <- (tech_pow_Rmult q n).
  set (r := q ^ n) in *. transitivity ((q * Vstar + eta ^ 2 * s2) + q * r * (V0 - Vstar)); [ring|]. rewrite F. ring.
Qed.

Theorem V_limit V0 : is_lim_seq (V V0) Vstar.
Proof.
  apply is_lim_seq_ext with (fun n => Vstar + ((1 - eta * h) ^ 2) ^ n * (V0 - Vstar)).
  { intro; symmetry; apply V_closed. }
  replace (Finite Vstar) with (Finite (Vstar + 0 * (V0 - Vstar))) by (f_equal; ring).
  apply is_lim_seq_plus'; [apply is_lim_seq_const|].
  apply is_lim_seq_mult'; [|apply is_lim_seq_const].
  apply is_lim_seq_geom. rewrite Rabs_pos_eq; apply q_bounds.
Qed.

Lemma qn n : 0 <= ((1 - eta * h) ^ 2) ^ n <= 1.
Proof.
  split; [apply pow_le, q_bounds|]. pose proof q_bounds.
  apply Rle_trans with (1 ^ n); [apply pow_incr; lra|rewrite pow1; lra].
Qed.

Theorem V_decreasing V0 n : Vstar <= V0 -> Vstar <= V V0 (S n) <= V V0 n.
Proof.
  intros H. rewrite !V_closed. pose proof q_bounds. pose proof (qn n).
  set (q := (1 - eta*h)^2) in *. rewrite <- (tech_pow_Rmult q n). set (r := q ^ n) in *.
  assert (0 <= q * r) by nra. assert (q * r <= r) by nra. split; nra.
Qed.

Theorem V_increasing V0 n : V0 <= Vstar -> V V0 n <= V V0 (S n) <= Vstar.
Proof.
  intros H. rewrite !V_closed. pose proof q_bounds. pose proof (qn n).
  set (q := (1 - eta*h)^2) in *. rewrite <- (tech_pow_Rmult q n). set (r := q ^ n) in *.
  assert (0 <= q * r) by nra. assert (q * r <= r) by nra. split; nra.
Qed.

Theorem V_bound V0 n : V V0 n <= Rmax V0 Vstar.
Proof.
  rewrite V_closed. pose proof (qn n). set (r := _ ^ n) in *.
  pose proof (Rmax_l V0 Vstar). pose proof (Rmax_r V0 Vstar). nra.
Qed.
End Rec.

(* ---------- safe extra updates ---------- *)
(* steps may vary in time (0 = "did nothing"), chosen in advance or by a clock that
   is independent of the gradient noise *)
Fixpoint Vs (h s2 : R) (etas : list R) (V0 : R) : R :=
  match etas with [] => V0 | e :: l => Vs h s2 l (var_step e h s2 V0) end.

Lemma var_step_bound e em h s2 V0 B :
  0 <= e <= em -> 0 < h -> 0 <= s2 -> em * h < 2 ->
  V0 <= B -> em * s2 <= B * (h * (2 - em * h)) -> var_step e h s2 V0 <= B.
Proof.
  intros He Hh Hs Hst HV HB. unfold var_step.
  destruct (Req_dec e 0) as [->|Ne]; [lra|].
  assert (Pe : 0 < e) by lra. assert (Pm : 0 < em) by lra.
  assert (PD : 0 < h * (2 - em * h)) by (apply Rmult_lt_0_compat; lra).
  assert (PB : 0 <= B).
  { apply Rmult_le_reg_r with (h * (2 - em * h)); [exact PD|]. rewrite Rmult_0_l.
    apply Rle_trans with (em * s2); [apply Rmult_le_pos; lra|exact HB]. }
  assert (Q : (1 - e * h) ^ 2 * V0 <= (1 - e * h) ^ 2 * B)
    by (apply Rmult_le_compat_l; [apply pow2_ge_0|exact HV]).
  assert (K : e * s2 <= B * (h * (2 - e * h))).
  { apply Rmult_le_reg_l with em; [exact Pm|].
    apply Rle_trans with (e * (B * (h * (2 - em * h)))).
    - replace (em * (e * s2)) with (e * (em * s2)) by ring.
      apply Rmult_le_compat_l; lra.
    - replace (e * (B * (h * (2 - em * h)))) with ((B * h) * (e * (2 - em * h))) by ring.
      replace (em * (B * (h * (2 - e * h)))) with ((B * h) * (em * (2 - e * h))) by ring.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. lra. }
  apply (Rmult_le_compat_l e) in K; [|lra]. lra.
Qed.

Theorem safe_extra_updates etamax h s2 : 0 < etamax -> 0 < h -> 0 <= s2 -> etamax * h < 2 ->
  forall etas V0, (forall e, In e etas -> 0 <= e <= etamax) ->
  Vs h s2 etas V0 <= Rmax V0 (Vstar etamax h s2).
Proof.
  intros He Hh Hs Hst etas.
  assert (G : forall V0 B, V0 <= B -> etamax * s2 <= B * (h * (2 - etamax*h)) ->
     (forall e, In e etas -> 0 <= e <= etamax) -> Vs h s2 etas V0 <= B).
  { induction etas as [|e l IH]; simpl; intros V0 B HV HB HI; [exact HV|].
    apply IH; [|exact HB|intros; apply HI; now right].
    apply (var_step_bound e etamax); auto. }
  intros V0 HI. apply G; [apply Rmax_l| |exact HI].
  assert (K : etamax * s2 = Vstar etamax h s2 * (h * (2 - etamax*h))).
  { unfold Vstar. field. split; intro; nra. }
  rewrite K. apply Rmult_le_compat_r; [nra|apply Rmax_r].
Qed.

(* a random number N of extra updates, independent of the noise: the variance is a
   convex combination of V_n, so the same bound holds *)
Theorem safe_random_count eta h s2 V0 (pn : list (R * nat)) :
  0 < eta -> 0 < h -> 0 <= s2 -> eta * h < 2 ->
  (forall p, In p pn -> 0 <= fst p) -> fold_right (fun p a => fst p + a) 0 pn = 1 ->
  fold_right (fun p a => fst p * V eta h s2 V0 (snd p) + a) 0 pn <= Rmax V0 (Vstar eta h s2).
Proof.
  intros He Hh Hs Hst Hp H1. set (B := Rmax _ _).
  enough (fold_right (fun p a => fst p * V eta h s2 V0 (snd p) + a) 0 pn
          <= B * fold_right (fun p a => fst p + a) 0 pn) by (rewrite H1 in *; lra).
  clear H1. induction pn as [|p l IH]; simpl; [lra|].
  assert (0 <= fst p) by (apply Hp; now left).
  assert (V eta h s2 V0 (snd p) <= B) by (apply V_bound; auto).
  specialize (IH (fun q Hq => Hp q (or_intror Hq))). nra.
Qed.

(* ... but independence is necessary: a worker that looks at its own iterate to
   decide whether to stop can exceed the bound.  eta = 1/2, h = 1, noise +-1, x0 = 0;
   two steps, then a third one only if |x2| is small. *)
Definition coin : dist := [(1/2, 1); (1/2, -1)].
Definition st (x xi : R) := sgd_step (1/2) 1 x xi.
Definition two : dist := push st (push st [(1, 0)] coin) coin.
Definition stopped (d : dist) : dist :=   (* x^2 > 1/4 stops, others go on *)
  flat_map (fun p => if Rlt_dec (1/4) (snd p ^ 2) then [p] else push st [p] coin) d.
Theorem noise_dependent_stop_breaks_bound :
  Rmax 0 (Vstar (1/2) 1 1) < E (fun x => x ^ 2) (stopped two).
Proof.
  unfold Vstar. rewrite Rmax_right by lra.
  unfold stopped, two, push, coin, st, sgd_step. cbn [flat_map map app fst snd].
  repeat match goal with |- context [Rlt_dec ?a ?b] =>
    destruct (Rlt_dec a b); [try (exfalso; lra) | try (exfalso; lra)] end;
  simpl; lra.
Qed.

(* ---------- Murata-style n-step expansion, with explicit remainder ---------- *)
Lemma bern_lo x n : 0 <= x <= 1 -> 1 - INR n * x <= (1 - x) ^ n.
Proof.
  intros Hx. induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. cbn [pow].
  assert (0 <= INR n) by apply pos_INR.
  destruct (Rle_dec 0 (1 - INR n * x)); [nra|].
  assert (0 <= (1-x)^n) by (apply pow_le; lra). nra.
Qed.
Lemma bern_hi x n : 0 <= x <= 1 -> (1 - x) ^ n <= 1 - INR n * x + INR n * (INR n - 1) / 2 * x ^ 2.
Proof.
  intros Hx. induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. cbn [pow].
  assert (Hn : 0 <= INR n * (INR n - 1)).
  { destruct n as [|n]; [simpl; lra|]. rewrite S_INR. pose proof (pos_INR n). nra. }
  assert ((1 - x) * (1 - x) ^ n <= (1 - x) * (1 - INR n * x + INR n * (INR n - 1) / 2 * x ^ 2)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= INR n * (INR n - 1) / 2 * x ^ 3) by (apply Rmult_le_pos; [lra|apply pow_le; lra]).
  nra.
Qed.

Fixpoint geo (q : R) (n : nat) : R := match n with O => 0 | S m => 1 + q * geo q m end.
Lemma geo_snoc q n : geo q (S n) = geo q n + q ^ n.
Proof. induction n as [|n IH]; [simpl; ring|]. cbn [geo] in *. rewrite IH at 1. rewrite <- (tech_pow_Rmult q n). ring. Qed.
Lemma V_geo eta h s2 V0 n : V eta h s2 V0 n = ((1 - eta*h)^2) ^ n * V0 + eta^2 * s2 * geo ((1 - eta*h)^2) n.
Proof.
  induction n as [|n IH]; cbn [V geo]; [simpl; ring|]. rewrite IH. unfold var_step.
  set (q := (1 - eta*h)^2). rewrite <- (tech_pow_Rmult q n). ring.
Qed.

Theorem murata_expansion eta h s2 V0 n :
  0 < eta -> 0 < h -> 0 <= s2 -> 0 <= V0 -> eta * h <= 1 ->
  let lin := V0 - 2 * eta * INR n * h * V0 + eta ^ 2 * INR n * s2 in
  - (INR n * (INR n - 1) * (eta * h) * eta ^ 2 * s2)
    <= V eta h s2 V0 n - lin
    <= INR n * (2 * INR n - 1) * (eta * h) ^ 2 * V0.
Proof.
  intros He Hh Hs HV H1 lin.
  assert (Hx : 0 <= eta * h <= 1) by (split; [apply Rmult_le_pos; lra|exact H1]).
  rewrite V_geo. unfold lin. clear lin.
  replace (2 * eta * INR n * h) with (2 * INR n * (eta * h)) by ring.
  set (x := eta * h) in *.
  assert (Sq : forall m, ((1 - x)^2)^m = (1 - x)^(2*m)) by (intro; symmetry; apply pow_mult).
  assert (Lo : forall m, 1 - 2 * INR m * x <= ((1 - x)^2)^m).
  { intro m. rewrite Sq. pose proof (bern_lo x (2*m) Hx) as L. rewrite mult_INR in L. simpl (INR 2) in L. lra. }
  assert (Sb : INR n - INR n * (INR n - 1) * x <= geo ((1-x)^2) n <= INR n).
  { clear - Hx Lo Sq. induction n as [|n IH]; [simpl; lra|].
    rewrite geo_snoc, S_INR. specialize (Lo n).
    assert (((1 - x)^2)^n <= 1).
    { rewrite Sq. apply Rle_trans with (1 ^ (2*n)); [apply pow_incr; lra|rewrite pow1; lra]. }
    split; lra. }
  specialize (Lo n).
  assert (U : ((1 - x)^2)^n <= 1 - 2 * INR n * x + INR n * (2 * INR n - 1) * x ^ 2).
  { rewrite Sq. pose proof (bern_hi x (2*n) Hx) as U. rewrite mult_INR in U. simpl (INR 2) in U. lra. }
  assert (Z : 0 <= eta^2 * s2) by (apply Rmult_le_pos; [apply pow2_ge_0|exact Hs]).
  set (k := INR n) in *. set (p := ((1 - x)^2)^n) in *. set (g := geo _ n) in *.
  apply (Rmult_le_compat_r V0) in Lo; [|exact HV]. apply (Rmult_le_compat_r V0) in U; [|exact HV].
  destruct Sb as (S1 & S2).
  apply (Rmult_le_compat_l (eta^2*s2)) in S1; [|exact Z].
  apply (Rmult_le_compat_l (eta^2*s2)) in S2; [|exact Z].
  split; lra.
Qed.
