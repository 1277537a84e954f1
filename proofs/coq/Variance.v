(** M3: the variance of the iterates inside a block, for linear updates of one coordinate, x <- x - eta (a x -
    b), where (a, b) is drawn anew from the block's points: `additive` with the points moved to one row and one
    column (proofs/lab/pooled.h) or, along an eigenvector of the block's curvature, any block (there the
    statement is for one coordinate, and the second moment of a takes the place of E[A_z V A_z]; Matrix.v has
    the step for matrices). bound_block_variance and bound_block_remainder are fg_bound_block_variance and
    fg_bound_block_remainder of proofs/m3_inside_block.c: the former the expansion with omega0 = h and omega1
    the mean of G(m_t) over the path; the latter, with h, q, var and noise the scalars of this file, is what the
    theorem's two-sided remainder implies. Sampling with replacement (`sampling=replace`) and counts and steps
    fixed in advance are what the code must do. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Moments.
Import ListNotations.
Open Scope R_scope.

(** ** One update, from its law *)

(** A point is (a, b): curvature and pull of its loss. *)
Definition linear_step (eta x : R) (z : R * R) := x - eta * (fst z * x - snd z).
Definition point_law := list (R * (R * R)).
Definition curvature (pts : point_law) := Ex fst pts.
Definition curvature2 (pts : point_law) := Ex (fun z => fst z ^ 2) pts.
(** G(m): variance of the gradient at m. *)
Definition gradient_noise (pts : point_law) m := var (fun z => fst z * m - snd z) pts.
Definition mean_of (d : list (R * R)) := Ex (fun x => x) d.
Definition variance_of (d : list (R * R)) := var (fun x => x) d.

(** Law of the iterate after n updates. *)
Fixpoint block_law (eta : R) (pts : point_law) (start : list (R * R)) (n : nat) : list (R * R) :=
  match n with O => start | S k => bind (linear_step eta) (block_law eta pts start k) pts end.
(** Path of the mean. *)
Definition block_mean (eta : R) (pts : point_law) (start : list (R * R)) (n : nat) :=
  mean_of (block_law eta pts start n).
(** Sum of G over the path, the last factor being what is left of it after the later updates when keep < 1. *)
Fixpoint noise_sum (keep : R) (g : nat -> R) (n : nat) : R :=
  match n with O => 0 | S k => keep * noise_sum keep g k + g k end.

Lemma block_law_prob eta pts start n : prob start -> prob pts -> prob (block_law eta pts start n).
Proof. intros S P. induction n as [|n IH]; [exact S|]. now apply prob_bind. Qed.

Lemma mean_step eta pts d : prob d -> prob pts ->
  mean_of (bind (linear_step eta) d pts) = (1 - eta * curvature pts) * mean_of d + eta * Ex snd pts.
Proof.
  intros D P. unfold mean_of, curvature. rewrite Ex_bind.
  rewrite (Ex_ext _ (fun x => (1 - eta * Ex fst pts) * x + eta * Ex snd pts)).
  - now rewrite Ex_plus, Ex_scal, (Ex_const _ d D).
  - intro x. rewrite (Ex_ext _ (fun z => x + ((- eta * x) * fst z + eta * snd z))) by (intro; unfold linear_step; ring).
    rewrite !Ex_plus, !Ex_scal, (Ex_const x pts P). ring.
Qed.

(** M3, exact step. From any start law, after one update with a point drawn independently of the iterate:
    V^+ = V - 2 eta h V + eta^2 E[a^2] V + eta^2 G(m), h = E[a], m the mean before. *)
Lemma variance_step eta pts d : prob d -> prob pts ->
  variance_of (bind (linear_step eta) d pts) =
  variance_of d - 2 * eta * curvature pts * variance_of d + eta ^ 2 * curvature2 pts * variance_of d
  + eta ^ 2 * gradient_noise pts (mean_of d).
Proof.
  intros D P. unfold variance_of at 1, var. rewrite cov_moments by now apply prob_bind.
  fold (mean_of (bind (linear_step eta) d pts)). rewrite mean_step by assumption.
  rewrite Ex_bind. set (h := curvature pts). set (q := curvature2 pts). set (g := Ex snd pts).
  set (r := Ex (fun z : R * R => fst z * snd z) pts). set (s := Ex (fun z : R * R => snd z ^ 2) pts).
  rewrite (Ex_ext _ (fun x => (1 - 2 * eta * h + eta ^ 2 * q) * (x * x)
                              + ((2 * eta * g - 2 * eta ^ 2 * r) * x + eta ^ 2 * s))).
  2:{ intro x. rewrite (Ex_ext _ (fun z => x * x + ((- 2 * eta * (x * x)) * fst z + ((2 * eta * x) * snd z
        + ((eta ^ 2 * (x * x)) * fst z ^ 2 + ((- 2 * eta ^ 2 * x) * (fst z * snd z) + eta ^ 2 * snd z ^ 2))))))
        by (intro; unfold linear_step; ring).
      rewrite !Ex_plus, !Ex_scal, (Ex_const _ pts P). fold (curvature pts) (curvature2 pts) h q g r s. ring. }
  rewrite !Ex_plus, !Ex_scal, (Ex_const _ d D). fold (mean_of d). set (m := mean_of d).
  replace (gradient_noise pts m) with (q * m ^ 2 - 2 * r * m + s - (h * m - g) ^ 2).
  2:{ unfold gradient_noise, var. rewrite cov_moments by exact P.
      rewrite (Ex_ext (fun z => (fst z * m - snd z) * (fst z * m - snd z))
                 (fun z => (m ^ 2) * fst z ^ 2 + ((- 2 * m) * (fst z * snd z) + snd z ^ 2))) by (intro; ring).
      rewrite (Ex_ext (fun z => fst z * m - snd z) (fun z => m * fst z + (- 1) * snd z)) by (intro; ring).
      rewrite !Ex_plus, !Ex_scal. fold (curvature pts) (curvature2 pts) h q g r s. ring. }
  unfold variance_of, var. rewrite cov_moments by exact D. fold (mean_of d) m. ring.
Qed.

(** ** n updates *)
Definition bound_block_variance (eta n omega0 omega1 v : R) := v - 2 * eta * n * omega0 * v + eta ^ 2 * n * omega1.
Definition bound_block_remainder (eta n h q v noise : R) :=
  let d := eta * (2 * h + eta * q) in let pairs := n * (n - 1) / 2 in
  v * (pairs * d ^ 2 + n * eta ^ 2 * q) + eta ^ 2 * noise * pairs * d.

(** What an update keeps of the variance: 1 - 2 eta h + eta^2 q = E (1 - eta a)^2. *)
Definition kept eta h q := 1 - 2 * eta * h + eta ^ 2 * q.

Lemma kept_range eta pts : prob pts -> (forall z, In z (map snd pts) -> 0 <= eta * fst z <= 1) ->
  0 <= kept eta (curvature pts) (curvature2 pts) <= 1.
Proof.
  intros (W & one) H. unfold kept.
  enough (0 <= Ex (fun _ => 1) pts - 2 * eta * curvature pts + eta ^ 2 * curvature2 pts <= Ex (fun _ => 1) pts)
    by (rewrite one in *; lra).
  clear one. unfold curvature, curvature2. induction pts as [|p l IH]; simpl; [lra|].
  assert (B : 0 <= eta * fst (snd p) <= 1) by (apply H; now left).
  specialize (IH (fun q Hq => W q (or_intror Hq)) (fun z Hz => H z (or_intror Hz))).
  pose proof (W p (or_introl eq_refl)) as Wp. set (a := fst (snd p)) in *. set (w := fst p) in *.
  assert (0 <= w * (1 - eta * a) ^ 2) by (apply Rmult_le_pos; [exact Wp|apply pow2_ge_0]).
  assert (0 <= w * ((eta * a) * (2 - eta * a))) by (apply Rmult_le_pos; [exact Wp|apply Rmult_le_pos; lra]).
  simpl in *. lra.
Qed.

Lemma block_variance_closed eta pts start n : prob start -> prob pts ->
  let k := kept eta (curvature pts) (curvature2 pts) in
  variance_of (block_law eta pts start n) =
  k ^ n * variance_of start
  + eta ^ 2 * noise_sum k (fun t => gradient_noise pts (block_mean eta pts start t)) n.
Proof.
  intros S P k. induction n as [|n IH]; cbn [block_law noise_sum pow]; [ring|].
  rewrite variance_step by (auto using block_law_prob). fold (block_mean eta pts start n). rewrite IH.
  unfold k, kept. ring.
Qed.

Lemma bernoulli_low x n : 0 <= x <= 1 -> 1 - INR n * x <= (1 - x) ^ n.
Proof.
  intros Hx. induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. cbn [pow]. pose proof (pos_INR n) as N.
  destruct (Rle_dec 0 (1 - INR n * x)) as [pos|neg].
  - apply Rle_trans with ((1 - x) * (1 - INR n * x)); [|apply Rmult_le_compat_l; lra].
    assert (0 <= INR n * x * x) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). lra.
  - assert (0 <= (1 - x) * (1 - x) ^ n) by (apply Rmult_le_pos; [lra|apply pow_le; lra]). lra.
Qed.
Lemma pairs_nonneg n : 0 <= INR n * (INR n - 1) / 2.
Proof.
  destruct n as [|n]; [simpl; lra|]. rewrite S_INR. pose proof (pos_INR n).
  apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; lra.
Qed.
Lemma bernoulli_high x n : 0 <= x <= 1 -> (1 - x) ^ n <= 1 - INR n * x + INR n * (INR n - 1) / 2 * x ^ 2.
Proof.
  intros Hx. induction n as [|n IH]; [simpl; lra|]. pose proof (pairs_nonneg n) as N. rewrite S_INR. cbn [pow].
  apply Rle_trans with ((1 - x) * (1 - INR n * x + INR n * (INR n - 1) / 2 * x ^ 2));
    [apply Rmult_le_compat_l; lra|].
  assert (0 <= INR n * (INR n - 1) / 2 * x ^ 3) by (apply Rmult_le_pos; [exact N|apply pow_le; lra]). lra.
Qed.

Lemma noise_sum_bounds k g gmax n : 0 <= k <= 1 -> (forall t, (t < n)%nat -> 0 <= g t <= gmax) ->
  noise_sum 1 g n - (1 - k) * (INR n * (INR n - 1) / 2 * gmax) <= noise_sum k g n <= noise_sum 1 g n.
Proof.
  intros K. induction n as [|n IH]; intros G; [simpl; lra|].
  assert (M : forall m, (m <= n)%nat -> 0 <= noise_sum k g m <= INR m * gmax).
  { intro m. induction m as [|m IHm]; intros Hm; [simpl; lra|]. cbn [noise_sum]. rewrite S_INR.
    specialize (G m ltac:(lia)). specialize (IHm ltac:(lia)).
    assert (0 <= k * noise_sum k g m) by (apply Rmult_le_pos; lra).
    assert (0 <= (1 - k) * noise_sum k g m) by (apply Rmult_le_pos; lra). lra. }
  specialize (IH (fun t Ht => G t (Nat.lt_lt_succ_r _ _ Ht))). specialize (M n (Nat.le_refl n)).
  cbn [noise_sum]. rewrite S_INR.
  assert (0 <= (1 - k) * noise_sum k g n) by (apply Rmult_le_pos; lra).
  assert ((1 - k) * noise_sum k g n <= (1 - k) * (INR n * gmax)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

(** M3, variance inside a block. A block's points (a, b) with 0 <= eta a <= 1 are drawn with replacement, from
    any start law; h = E[a], q = E[a^2], V_0 the variance at the start, G(m) the variance of a m - b, gmax at
    least G on the path of the mean. After n updates the variance is V_0 - 2 eta n h V_0 + eta^2 (sum over t < n
    of G(m_t)) up to a remainder that is at least - eta^2 gmax n (n - 1) / 2 delta and at most V_0 (n (n - 1) /
    2 delta^2 + n eta^2 q), delta = eta (2 h - eta q): O(eta^2 n^2 V_0) + O(eta^3 n^2). It is for one
    coordinate, a constant step, and a count n fixed in advance. Source: the bound inside a block of Kumar et
    al. 2014, after Murata 1998; the remainder is ours. *)
Theorem M3_inside_block eta pts start n gmax :
  prob start -> prob pts -> (forall z, In z (map snd pts) -> 0 <= eta * fst z <= 1) ->
  (forall t, (t < n)%nat -> gradient_noise pts (block_mean eta pts start t) <= gmax) ->
  let h := curvature pts in let q := curvature2 pts in let v := variance_of start in
  let pairs := INR n * (INR n - 1) / 2 in let delta := eta * (2 * h - eta * q) in
  let sum := noise_sum 1 (fun t => gradient_noise pts (block_mean eta pts start t)) n in
  - (eta ^ 2 * gmax * pairs * delta)
    <= variance_of (block_law eta pts start n) - (v - 2 * eta * INR n * h * v + eta ^ 2 * sum)
    <= v * (pairs * delta ^ 2 + INR n * eta ^ 2 * q).
Proof.
  intros S P A G h q v pairs delta sum.
  assert (K : 0 <= kept eta h q <= 1) by (apply kept_range; assumption).
  assert (D : kept eta h q = 1 - delta) by (unfold kept, delta; ring).
  rewrite block_variance_closed by assumption. fold h q v.
  assert (N := noise_sum_bounds (kept eta h q) (fun t => gradient_noise pts (block_mean eta pts start t)) gmax n K
                 (fun t Ht => conj (var_nonneg _ _ P) (G t Ht))). cbv beta in N.
  fold sum pairs in N. set (kn := noise_sum (kept eta h q) _ n) in *. rewrite D in *.
  assert (V : 0 <= v) by (apply var_nonneg; assumption).
  assert (L := bernoulli_low delta n ltac:(lra)). assert (U := bernoulli_high delta n ltac:(lra)). fold pairs in U.
  apply (Rmult_le_compat_r v) in L; [|exact V]. apply (Rmult_le_compat_r v) in U; [|exact V].
  assert (E2 : 0 <= eta ^ 2) by apply pow2_ge_0. destruct N as (N1 & N2).
  apply (Rmult_le_compat_l (eta ^ 2)) in N1; [|exact E2]. apply (Rmult_le_compat_l (eta ^ 2)) in N2; [|exact E2].
  assert (Q : 0 <= INR n * (eta ^ 2 * q) * v).
  { apply Rmult_le_pos; [apply Rmult_le_pos; [apply pos_INR|]|exact V]. apply Rmult_le_pos; [exact E2|].
    apply Ex_nonneg; [exact P|]. intro. apply pow2_ge_0. }
  replace (INR n * delta * v) with (2 * eta * INR n * h * v - INR n * (eta ^ 2 * q) * v) in * by (unfold delta; ring).
  replace (1 - INR n * delta) with (1 - 2 * eta * INR n * h + INR n * (eta ^ 2 * q)) in * by (unfold delta; ring).
  split; lra.
Qed.

(** M3, as the code computes it. Under the same hypotheses, n >= 1 and eta >= 0, the variance after n updates
    differs from fg_bound_block_variance(eta, n, h, mean of G over the path, V_0) by at most
    fg_bound_block_remainder(eta, n, h, q, V_0, gmax). *)
Theorem M3_block_bound eta pts start n gmax :
  prob start -> prob pts -> 0 <= eta -> (1 <= n)%nat -> (forall z, In z (map snd pts) -> 0 <= eta * fst z <= 1) ->
  (forall t, (t < n)%nat -> gradient_noise pts (block_mean eta pts start t) <= gmax) ->
  let omega1 := noise_sum 1 (fun t => gradient_noise pts (block_mean eta pts start t)) n / INR n in
  Rabs (variance_of (block_law eta pts start n)
        - bound_block_variance eta (INR n) (curvature pts) omega1 (variance_of start))
  <= bound_block_remainder eta (INR n) (curvature pts) (curvature2 pts) (variance_of start) gmax.
Proof.
  intros S P E N A G omega1. pose proof (M3_inside_block eta pts start n gmax S P A G) as M. cbv zeta in M.
  assert (N0 : 0 < INR n) by (apply lt_0_INR; lia).
  unfold bound_block_variance, bound_block_remainder, omega1. set (sum := noise_sum _ _ _) in *.
  replace (eta ^ 2 * INR n * (sum / INR n)) with (eta ^ 2 * sum) by (field; lra).
  set (h := curvature pts) in *. set (q := curvature2 pts) in *. set (v := variance_of start) in *.
  assert (K : 0 <= kept eta h q <= 1) by (apply kept_range; assumption). unfold kept in K.
  assert (Q : 0 <= eta * q).
  { apply Rmult_le_pos; [exact E|]. apply Ex_nonneg; [exact P|]. intro. apply pow2_ge_0. }
  assert (Qe : 0 <= eta * (eta * q)) by (apply Rmult_le_pos; assumption).
  set (d := eta * (2 * h + eta * q)). set (delta := eta * (2 * h - eta * q)) in *.
  assert (Dd : 0 <= delta <= d) by (unfold d, delta; lra).
  assert (V : 0 <= v) by (apply var_nonneg; assumption). pose proof (pairs_nonneg n) as Pn.
  set (pairs := INR n * (INR n - 1) / 2) in *.
  assert (Gm : 0 <= gmax) by (apply Rle_trans with (2 := G O ltac:(lia)); apply var_nonneg; assumption).
  assert (X : delta ^ 2 <= d ^ 2) by (apply pow_incr; exact Dd).
  apply (Rmult_le_compat_l pairs) in X; [|exact Pn].
  assert (Y : v * (pairs * delta ^ 2 + INR n * eta ^ 2 * q) <= v * (pairs * d ^ 2 + INR n * eta ^ 2 * q))
    by (apply Rmult_le_compat_l; lra).
  assert (Z0 : 0 <= eta ^ 2 * gmax * pairs)
    by (apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|exact Gm]|exact Pn]).
  assert (Z : eta ^ 2 * gmax * pairs * delta <= eta ^ 2 * gmax * pairs * d) by (apply Rmult_le_compat_l; lra).
  assert (W1 : 0 <= eta ^ 2 * gmax * pairs * d) by (apply Rmult_le_pos; lra).
  assert (W2 : 0 <= v * (pairs * d ^ 2 + INR n * eta ^ 2 * q)).
  { apply Rmult_le_pos; [exact V|]. apply Rplus_le_le_0_compat.
    - apply Rmult_le_pos; [exact Pn|apply pow2_ge_0].
    - replace (INR n * eta ^ 2 * q) with (INR n * (eta * (eta * q))) by ring. apply Rmult_le_pos; lra. }
  apply Rabs_le. split; lra.
Qed.

(** M3, order of the remainder's bound. With 0 <= eta, h, q, V_0, gmax and any n: halving eta divides it at
    least by 4 at a fixed V_0, at least by 8 when V_0 is 0 or halves with eta; doubling n multiplies it by 4, up
    to n (V_0 (d^2 - 2 eta^2 q) + eta^2 gmax d), a term of lower order in n. This is about the bound; that the
    remainder itself has these orders is measured. *)
Theorem M3_remainder_order eta n h q v noise :
  0 <= eta -> 0 <= h -> 0 <= q -> 0 <= v -> 0 <= noise ->
  let rest e m w := bound_block_remainder e (INR m) h q w noise in let d := eta * (2 * h + eta * q) in
  rest (eta / 2) n v <= rest eta n v / 4 /\ rest (eta / 2) n (v / 2) <= rest eta n v / 8 /\
  rest (eta / 2) n 0 <= rest eta n 0 / 8 /\
  rest eta (2 * n)%nat v = 4 * rest eta n v + INR n * (v * (d ^ 2 - 2 * eta ^ 2 * q) + eta ^ 2 * noise * d).
Proof.
  intros He Hh Hq Hv Hn rest d. unfold rest, bound_block_remainder. pose proof (pairs_nonneg n) as Pn.
  rewrite mult_INR. simpl (INR 2). set (pairs := INR n * (INR n - 1) / 2) in *.
  assert (Q : 0 <= eta * q) by (apply Rmult_le_pos; assumption).
  assert (D : 0 <= 2 * h + eta / 2 * q <= 2 * h + eta * q) by lra.
  assert (A : (2 * h + eta / 2 * q) ^ 2 <= (2 * h + eta * q) ^ 2) by (apply pow_incr; exact D).
  apply (Rmult_le_compat_l (v * pairs * eta ^ 2 / 4)) in A.
  2:{ apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [apply Rmult_le_pos; assumption|apply pow2_ge_0]. }
  assert (Z : 0 <= eta ^ 3 * noise * pairs)
    by (apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow_le|]|]; assumption).
  assert (B : eta ^ 3 * noise * pairs * (2 * h + eta / 2 * q) <= eta ^ 3 * noise * pairs * (2 * h + eta * q))
    by (apply Rmult_le_compat_l; lra).
  assert (C : 0 <= eta ^ 3 * noise * pairs * (2 * h + eta * q)) by (apply Rmult_le_pos; lra).
  repeat split; try lra. unfold d, pairs. field.
Qed.

(** ** Instances: two points of unlike curvature, from a start that spreads *)
Definition two_points : point_law := either (1, 1) (1 / 2, 0).
Lemma two_points_small z : In z (map snd two_points) -> 0 <= 1 / 2 * fst z <= 1.
Proof. intros [<-|[<-|[]]]; simpl; lra. Qed.
Lemma two_points_mean start : mean_of start = 1 / 2 -> prob start ->
  block_mean (1 / 2) two_points start 0 = 1 / 2 /\ block_mean (1 / 2) two_points start 1 = 9 / 16.
Proof.
  intros M P. unfold block_mean. cbn [block_law]. rewrite mean_step by (exact P || apply prob_either). rewrite M.
  unfold curvature. simpl. lra.
Qed.
Lemma two_points_noise m : gradient_noise two_points m = (1 - m / 2) ^ 2 / 4.
Proof. unfold gradient_noise, var, cov. simpl. field. Qed.
Lemma two_points_path : forall t, (t < 2)%nat ->
  gradient_noise two_points (block_mean (1 / 2) two_points (either 0 1) t) <= 9 / 64.
Proof.
  destruct (two_points_mean (either 0 1)) as (M0 & M1); [unfold mean_of; simpl; lra|apply prob_either|].
  intros [|[|t]] Ht; [rewrite M0|rewrite M1|lia]; rewrite two_points_noise; lra.
Qed.

Example M3_inside_block_instance :
  let v := variance_of (block_law (1 / 2) two_points (either 0 1) 2) in
  let delta := 1 / 2 * (2 * (3 / 4) - 1 / 2 * (5 / 8)) in
  let lin := 1 / 4 - 2 * (1 / 2) * 2 * (3 / 4) * (1 / 4) + (1 / 2) ^ 2 * (9 / 64 + 529 / 4096) in
  - ((1 / 2) ^ 2 * (9 / 64) * delta) <= v - lin <= 1 / 4 * (delta ^ 2 + 2 * (1 / 2) ^ 2 * (5 / 8)).
Proof.
  pose proof (M3_inside_block (1 / 2) two_points (either 0 1) 2 (9 / 64) (prob_either _ _) (prob_either _ _)
                two_points_small two_points_path) as M. cbv zeta in M.
  set (w := variance_of (block_law _ _ _ _)) in *. cbn [noise_sum] in M.
  destruct (two_points_mean (either 0 1)) as (M0 & M1); [unfold mean_of; simpl; lra|apply prob_either|].
  rewrite M0, M1, !two_points_noise in M. unfold curvature, curvature2, variance_of, var, cov in M. simpl in M.
  simpl. lra.
Qed.
Example M3_block_bound_instance :
  let omega1 := noise_sum 1 (fun t => gradient_noise two_points (block_mean (1 / 2) two_points (either 0 1) t)) 2
    / INR 2 in
  Rabs (variance_of (block_law (1 / 2) two_points (either 0 1) 2)
        - bound_block_variance (1 / 2) (INR 2) (curvature two_points) omega1 (variance_of (either 0 1)))
  <= bound_block_remainder (1 / 2) (INR 2) (curvature two_points) (curvature2 two_points)
       (variance_of (either 0 1)) (9 / 64).
Proof.
  exact (M3_block_bound (1 / 2) two_points (either 0 1) 2 (9 / 64) (prob_either _ _) (prob_either _ _) ltac:(lra)
           ltac:(lia) two_points_small two_points_path).
Qed.
Example M3_remainder_order_instance :
  let rest e m w := bound_block_remainder e (INR m) 1 1 w 1 in
  rest (1 / 2 / 2) 4%nat 1 <= rest (1 / 2) 4%nat 1 / 4 /\ rest (1 / 2 / 2) 4%nat (1 / 2) <= rest (1 / 2) 4%nat 1 / 8 /\
  rest (1 / 2 / 2) 4%nat 0 <= rest (1 / 2) 4%nat 0 / 8 /\
  rest (1 / 2) 8%nat 1 = 4 * rest (1 / 2) 4%nat 1
    + INR 4 * (1 * ((1 / 2 * (2 * 1 + 1 / 2 * 1)) ^ 2 - 2 * (1 / 2) ^ 2 * 1)
               + (1 / 2) ^ 2 * 1 * (1 / 2 * (2 * 1 + 1 / 2 * 1))).
Proof. exact (M3_remainder_order (1 / 2) 4 1 1 1 1 ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)). Qed.
