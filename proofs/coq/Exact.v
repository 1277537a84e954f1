(** M1 and M2: the exact mean and covariance of the iterates of linear updates, over any schedule, any steps and any
    given counts. An update draws a point z = (A_z, b_z) of its block and makes x <- x - eta (A_z x - b_z); `additive`
    has A_z = e_z e_z^T + ridge diag(e_z) and b_z = x_z e_z (additive_update below is core/model/additive.c's update).
    What is proved are the recursions of fg_moments_update (proofs/lab/moments.h), which it makes in double precision
    and compares with ensembles of the core: `fugue verify M1`, `fugue verify M2`. The code must draw points with
    replacement (sampling=replace), and steps and counts must not depend on the iterates or on the points drawn;
    parameters are float there and reals here. *)
From Coq Require Import Reals Lra Lia List Arith.
From Fugue Require Import Finite Vectors Moments Matrix.
Import ListNotations.
Open Scope R_scope.

(** ** The updates of `additive` *)
(** The two touched coordinates move by the residual and the ridge, the others stay. *)
Lemma additive_update d eta ridge i j v x k : (i < d)%nat -> (j < d)%nat -> (k < d)%nat -> i <> j ->
  vector_step d eta x (additive_point ridge i j v) k
  = if (Nat.eqb k i || Nat.eqb k j)%bool then x k - eta * ((x i + x j - v) + ridge * x k) else x k.
Proof.
  intros Hi Hj Hk N. unfold vector_step, additive_point, apply, additive_curvature. cbn [fst snd].
  set (t := one i k + one j k).
  rewrite (sum_ext d _ (fun b => t * (one i b * x b + one j b * x b) + (ridge * t) * (one k b * x b)))
    by (intros; ring).
  rewrite sum_plus, !sum_scal, sum_plus, !sum_one by assumption. unfold t.
  destruct (Nat.eqb_spec k i) as [->|Ni]; [rewrite one_same, one_other by auto; cbn [orb]; ring|].
  rewrite one_other by auto. destruct (Nat.eqb_spec k j) as [->|Nj]; cbn [orb];
    [rewrite one_same|rewrite one_other by auto]; ring.
Qed.

(** ** The recursions *)
(** (I - eta H_b) m + eta g_b *)
Definition mean_update d eta (pts : list (R * sample)) (m : vector) : vector := fun i =>
  apply d (contraction_of eta (mean_curvature pts)) m i + eta * Ex (fun z => snd z i) pts.
(** E_z[(I - eta A_z) S (I - eta A_z)^T + eta ((I - eta A_z) m b_z^T + b_z m^T (I - eta A_z)^T) + eta^2 b_z b_z^T] *)
Definition second_update d eta (pts : list (R * sample)) (m : vector) (s : matrix) : matrix := fun i j =>
  Ex (fun z => let c := contraction_of eta (fst z) in
    congruence d c s i j + eta * (apply d c m i * snd z j + snd z i * apply d c m j)
    + eta ^ 2 * (snd z i * snd z j)) pts.

(** Updates in their order: of which block, with which step. *)
Notation updates := (list (nat * R)).
Section Run.
Variables (d : nat) (points : nat -> list (R * sample)).
Fixpoint law_after (us : updates) (l : list (R * vector)) : list (R * vector) :=
  match us with [] => l | u :: r => law_after r (bind (vector_step d (snd u)) l (points (fst u))) end.
Fixpoint mean_after (us : updates) (m : vector) : vector :=
  match us with [] => m | u :: r => mean_after r (mean_update d (snd u) (points (fst u)) m) end.
Fixpoint second_after (us : updates) (m : vector) (s : matrix) : matrix :=
  match us with
  | [] => s
  | u :: r => let pts := points (fst u) in
      second_after r (mean_update d (snd u) pts m) (second_update d (snd u) pts m s)
  end.
End Run.
(** E[x x^T] *)
Definition second_moment (l : list (R * vector)) : matrix := fun i j => Ex (fun x => x i * x j) l.

Lemma mean_update_ext d eta pts m m' i : (forall k, (k < d)%nat -> m k = m' k) ->
  mean_update d eta pts m i = mean_update d eta pts m' i.
Proof. intros H. unfold mean_update. now rewrite (apply_ext d _ m m'). Qed.
Lemma mean_after_ext d points us : forall m m', (forall k, (k < d)%nat -> m k = m' k) ->
  forall i, (i < d)%nat -> mean_after d points us m i = mean_after d points us m' i.
Proof.
  induction us as [|u r IH]; intros m m' H i Hi; [now apply H|]. apply IH; [|exact Hi].
  intros k _. now apply mean_update_ext.
Qed.
Lemma second_update_ext d eta pts m m' s s' i j : (forall k, (k < d)%nat -> m k = m' k) ->
  (forall k l, (k < d)%nat -> (l < d)%nat -> s k l = s' k l) ->
  second_update d eta pts m s i j = second_update d eta pts m' s' i j.
Proof.
  intros M S. apply Ex_ext. intro z. cbv zeta. rewrite !(apply_ext d _ m m') by exact M.
  now rewrite (congruence_ext d _ s s').
Qed.
Lemma second_after_ext d points us : forall m m' s s', (forall k, (k < d)%nat -> m k = m' k) ->
  (forall k l, (k < d)%nat -> (l < d)%nat -> s k l = s' k l) ->
  forall i j, (i < d)%nat -> (j < d)%nat -> second_after d points us m s i j = second_after d points us m' s' i j.
Proof.
  induction us as [|u r IH]; intros m m' s s' M S i j Hi Hj; [now apply S|]. apply IH; auto.
  - intros k _. now apply mean_update_ext.
  - intros k l _ _. now apply second_update_ext.
Qed.

Lemma step_by_contraction d eta x (z : sample) i : (i < d)%nat ->
  vector_step d eta x z i = apply d (contraction_of eta (fst z)) x i + eta * snd z i.
Proof. intros Hi. rewrite apply_contraction by exact Hi. unfold vector_step. ring. Qed.
Lemma Ex_apply d a l i : Ex (fun x => apply d a x i) l = apply d a (mean_vector l) i.
Proof. unfold apply. rewrite Ex_sum. apply sum_ext. intros k _. apply Ex_scal. Qed.
Lemma Ex_apply_twice d a l i j : Ex (fun x => apply d a x i * apply d a x j) l = congruence d a (second_moment l) i j.
Proof.
  unfold apply, congruence.
  rewrite (Ex_ext _ (fun x => sum d (fun k => sum d (fun n => a i k * a j n * (x k * x n))))).
  - rewrite Ex_sum. apply sum_ext. intros k _. rewrite Ex_sum. apply sum_ext. intros n _. apply Ex_scal.
  - intro x. rewrite sum_product. apply sum_ext. intros k _. apply sum_ext. intros n _. ring.
Qed.
Lemma mean_of_update d eta l pts i : prob l -> prob pts -> (i < d)%nat ->
  mean_vector (bind (vector_step d eta) l pts) i = mean_update d eta pts (mean_vector l) i.
Proof.
  intros L P Hi. unfold mean_vector at 1. rewrite Ex_bind.
  rewrite (Ex_ext _ (fun x => apply d (contraction_of eta (mean_curvature pts)) x i + eta * Ex (fun z => snd z i) pts))
    by (intro; now apply step_mean).
  rewrite Ex_plus, (Ex_const _ l L), Ex_apply. reflexivity.
Qed.
Lemma second_of_update d eta l pts i j : prob l -> (i < d)%nat -> (j < d)%nat ->
  second_moment (bind (vector_step d eta) l pts) i j = second_update d eta pts (mean_vector l) (second_moment l) i j.
Proof.
  intros L Hi Hj. unfold second_moment at 1. rewrite Ex_bind, Ex_swap. apply Ex_ext. intro z. cbv zeta.
  set (c := contraction_of eta (fst z)).
  rewrite (Ex_ext _ (fun x => apply d c x i * apply d c x j + (eta * snd z j * apply d c x i
    + (eta * snd z i * apply d c x j + eta ^ 2 * (snd z i * snd z j))))).
  - rewrite !Ex_plus, Ex_apply_twice, !Ex_scal, (Ex_const _ l L), !Ex_apply. ring.
  - intro x. rewrite !step_by_contraction by assumption. fold c. ring.
Qed.
Lemma law_after_prob d points us : (forall u, In u us -> prob (points (fst u))) ->
  forall l, prob l -> prob (law_after d points us l).
Proof.
  induction us as [|u r IH]; intros P l L; [exact L|]. apply IH; [intros; apply P; now right|].
  apply prob_bind; [exact L|]. apply P. now left.
Qed.

(** M1, the mean. Linear updates of any blocks in any order, with any given steps (so that the counts of each block
    are given), each with a point drawn from its block independently of all before; any start law. The mean of the
    iterates is exactly what m <- (I - eta H_b) m + eta g_b makes of the mean at the start, H_b and g_b the block's
    means of A_z and b_z. Not for counts or steps that depend on the draws. Source: linearity of the update; ours. *)
Theorem M1_mean d points us start : (forall u, In u us -> prob (points (fst u))) -> prob start ->
  forall i, (i < d)%nat -> mean_vector (law_after d points us start) i = mean_after d points us (mean_vector start) i.
Proof.
  revert start. induction us as [|u r IH]; intros start P S i Hi; [reflexivity|]. cbn [law_after mean_after].
  assert (Pu : prob (points (fst u))) by (apply P; now left).
  rewrite IH by (auto using prob_bind; intros; apply P; now right).
  apply mean_after_ext; [|exact Hi]. intros k Hk. now apply mean_of_update.
Qed.

(** M2, the covariance. Under the hypotheses of M1_mean: E[psi psi^T] is exactly what S <- E_z[(I - eta A_z) S (I - eta
    A_z)^T + eta ((I - eta A_z) m b_z^T + b_z m^T (I - eta A_z)^T) + eta^2 b_z b_z^T] makes of it along the path of the
    mean m, and the covariance matrix is S - m m^T. Source: linearity of the update; ours. *)
Theorem M2_covariance d points us start : (forall u, In u us -> prob (points (fst u))) -> prob start ->
  let m := mean_after d points us (mean_vector start) in
  let s := second_after d points us (mean_vector start) (second_moment start) in
  forall i j, (i < d)%nat -> (j < d)%nat ->
  second_moment (law_after d points us start) i j = s i j /\
  covariance (law_after d points us start) i j = s i j - m i * m j.
Proof.
  intros P S m s i j Hi Hj.
  assert (E : second_moment (law_after d points us start) i j = s i j).
  { unfold s. clear m s. revert start S. induction us as [|u r IH]; intros start S; [reflexivity|].
    cbn [law_after second_after]. assert (Pu : prob (points (fst u))) by (apply P; now left).
    rewrite IH by (auto using prob_bind; intros; apply P; now right).
    apply second_after_ext; auto; intros; [now apply mean_of_update|now apply second_of_update]. }
  split; [exact E|]. unfold covariance. rewrite cov_moments by now apply law_after_prob.
  fold (second_moment (law_after d points us start) i j). rewrite E.
  fold (mean_vector (law_after d points us start) i) (mean_vector (law_after d points us start) j).
  now rewrite !M1_mean.
Qed.

(** M2, counts that vary. Updates (blocks, order, counts, steps) are drawn from a law of their own, independent of start
    and points: the mean is the mean over that law of M1_mean's, and the covariance is the mean over that law of
    M2_covariance's plus Cov_n(E[psi | n]), the covariance of M1_mean's means. A comparison with an ensemble therefore
    holds the counts fixed, or adds that term. Source: the law of total covariance. *)
Theorem M2_counts_vary d points (waits : list (R * updates)) start i j : (forall b, prob (points b)) -> prob start ->
  prob waits -> (i < d)%nat -> (j < d)%nat ->
  let law := mixture waits (fun us => law_after d points us start) in
  let m us := mean_after d points us (mean_vector start) in
  let s us := second_after d points us (mean_vector start) (second_moment start) in
  mean_vector law i = Ex (fun us => m us i) waits /\
  covariance law i j
  = Ex (fun us => s us i j - m us i * m us j) waits + cov (fun us => m us i) (fun us => m us j) waits.
Proof.
  intros P S W Hi Hj law m s. split.
  - unfold law, mean_vector. rewrite Ex_mixture. apply Ex_ext. intro us. now apply M1_mean.
  - unfold law, covariance. rewrite cov_mix by auto using law_after_prob. f_equal.
    + apply Ex_ext. intro us. now apply (M2_covariance d points us start).
    + apply cov_ext; intro us; now apply M1_mean.
Qed.

(** ** Instances: one row and two columns of `additive` (coordinates u, w_1, w_2), a block per column, ridge 1/2 *)
Definition columns (b : nat) : list (R * sample) :=
  match b with O => surely (additive_point (1 / 2) 0 1 3)
             | _ => either (additive_point (1 / 2) 0 2 1) (additive_point (1 / 2) 0 2 (-1)) end.
Lemma columns_prob b : prob (columns b).
Proof. destruct b; [apply prob_surely|apply prob_either]. Qed.
Definition three_updates : updates := [(0%nat, 1 / 2); (1%nat, 1 / 2); (1%nat, 1 / 4)].
Definition origin : list (R * vector) := surely (fun _ => 0).

(** The first update takes u and w_1 from 0 to 3/2. *)
Example M1_mean_instance : mean_vector (law_after 3 columns three_updates origin) 1 = 3 / 2.
Proof.
  rewrite (M1_mean 3 columns three_updates origin) by (try apply prob_surely; try lia; intros; apply columns_prob).
  unfold three_updates, mean_after, mean_update, apply, contraction_of, mean_curvature, mean_vector, columns, origin,
    surely, either, additive_point, additive_curvature, one. simpl. field.
Qed.
(** One update of the second block, whose points have the values 1 and -1, with the step 1/2: u = w_2 = 1/2 or -1/2. *)
Example M2_covariance_instance : covariance (law_after 3 columns [(1%nat, 1 / 2)] origin) 0 2 = 1 / 4.
Proof.
  destruct (M2_covariance 3 columns [(1%nat, 1 / 2)] origin ltac:(intros; apply columns_prob) (prob_surely _) 0%nat
    2%nat ltac:(lia) ltac:(lia)) as (_ & ->).
  unfold second_after, second_update, second_moment, congruence, mean_after, mean_update, apply, contraction_of,
    mean_curvature, mean_vector, columns, origin, surely, either, additive_point, additive_curvature, one. simpl. field.
Qed.
(** An update of the first block is made or not, with the same chance: u = w_1 = 3/2 or 0. *)
Example M2_counts_vary_instance :
  covariance (mixture (either [] [(0%nat, 1 / 2)]) (fun us => law_after 3 columns us origin)) 0 1 = 9 / 16.
Proof.
  destruct (M2_counts_vary 3 columns (either [] [(0%nat, 1 / 2)]) origin 0 1 columns_prob (prob_surely _)
    (prob_either _ _) ltac:(lia) ltac:(lia)) as (_ & ->).
  unfold cov, second_after, second_update, second_moment, congruence, mean_after, mean_update, apply, contraction_of,
    mean_curvature, mean_vector, columns, origin, surely, either, additive_point, additive_curvature, one. simpl. field.
Qed.
