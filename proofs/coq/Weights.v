(** Step masses of blocks re-weight the loss (C4), and what the cures do; extra updates without a decay have no limit
    (C3). That a run of unequal masses does go to the zero of the re-weighted field is C1_stratified (Stratified.v).
    The code: fg_visit_mass (core/worker/visit.c), step_share (core/worker/strata.c, balance=scale), core/cure.h; what
    cures leave on real runs is measured by proofs/c4_speed_bias.c. *)
From Coq Require Import Reals Lra Lia List Permutation Arith.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Schedule Vectors Sgd Stratified.
Import ListNotations.
Open Scope R_scope.

(** * Where the weights lead *)

(** Two quadratic blocks h_b (x - m_b)^2 / 2 with weights w_b: the field and its zero. *)
Definition field2 w1 w2 h1 h2 m1 m2 x := w1 * (h1 * (x - m1)) + w2 * (h2 * (x - m2)).
Definition root2 w1 w2 h1 h2 m1 m2 := (w1 * h1 * m1 + w2 * h2 * m2) / (w1 * h1 + w2 * h2).

(** root2 is that zero, and the only one: what lets C4_two_blocks speak of zeros. *)
Lemma root2_unique w1 w2 h1 h2 m1 m2 x : 0 < w1 -> 0 < w2 -> 0 < h1 -> 0 < h2 ->
  (field2 w1 w2 h1 h2 m1 m2 x = 0 <-> x = root2 w1 w2 h1 h2 m1 m2).
Proof.
  intros W1 W2 H1 H2.
  assert (A : 0 < w1 * h1) by (apply Rmult_lt_0_compat; auto).
  assert (B : 0 < w2 * h2) by (apply Rmult_lt_0_compat; auto).
  unfold field2, root2. split; intro E.
  - apply Rmult_eq_reg_r with (w1 * h1 + w2 * h2); [|lra]. field_simplify; lra.
  - subst. field. lra.
Qed.

(** C4, two blocks. Two quadratic blocks of curvatures h_1, h_2 > 0 with weights w_1, w_2 > 0: the zero of the weighted
    field is that of the unweighted one if and only if the weights are equal or the blocks have the same optimum. *)
Theorem C4_two_blocks w1 w2 h1 h2 m1 m2 : 0 < w1 -> 0 < w2 -> 0 < h1 -> 0 < h2 ->
  (root2 w1 w2 h1 h2 m1 m2 = root2 1 1 h1 h2 m1 m2 <-> w1 = w2 \/ m1 = m2).
Proof.
  intros W1 W2 H1 H2.
  assert (A : 0 < w1 * h1) by (apply Rmult_lt_0_compat; auto).
  assert (B : 0 < w2 * h2) by (apply Rmult_lt_0_compat; auto).
  assert (D : root2 w1 w2 h1 h2 m1 m2 - root2 1 1 h1 h2 m1 m2
     = (h1 * h2) * ((w1 - w2) * (m1 - m2)) / ((w1 * h1 + w2 * h2) * (h1 + h2))).
  { unfold root2. field. lra. }
  assert (Dn : 0 < (w1 * h1 + w2 * h2) * (h1 + h2)) by (apply Rmult_lt_0_compat; lra).
  split; intro E.
  - rewrite E, Rminus_diag_eq in D by reflexivity. symmetry in D.
    apply (Rmult_eq_compat_r ((w1 * h1 + w2 * h2) * (h1 + h2))) in D.
    unfold Rdiv in D. rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_0_l in D by lra.
    apply Rmult_integral in D as [D|D]; [exfalso; apply Rmult_integral in D as [D|D]; lra|].
    apply Rmult_integral in D as [D|D]; [left|right]; lra.
  - apply Rminus_diag_uniq. rewrite D. destruct E as [->| ->]; field; lra.
Qed.
(** Twice the weight for the block at 0: the zero is 1, not 3/2. *)
Example C4_two_blocks_instance : root2 2 1 1 1 0 3 <> root2 1 1 1 1 0 3.
Proof. intro E. apply C4_two_blocks in E; lra. Qed.

(** C4, equal weights. Any number of blocks, any gradients, in R^d: if the expected mass of every block is the same
    non-zero c per point of it, the weighted field has the zeros of the whole loss's gradient, which gives every point
    the weight 1. *)
Theorem C4_equal_weights (Smp : Type) law (grad : vector -> Smp -> vector) blocks (weight points : nat -> R) c :
  c <> 0 -> (forall b, (b < blocks)%nat -> weight b = c * points b) -> forall x i,
  weighted_field Smp law grad blocks weight x i = 0 <-> weighted_field Smp law grad blocks points x i = 0.
Proof.
  intros Hc Hw x i. assert (E : weighted_field Smp law grad blocks weight x i =
    c * weighted_field Smp law grad blocks points x i).
  { unfold weighted_field. rewrite <- sum_scal. apply sum_ext. intros b Hb. rewrite Hw by exact Hb. ring. }
  rewrite E. split; intro H; [|rewrite H; ring].
  apply Rmult_integral in H as [H|H]; [contradiction|exact H].
Qed.
(** Blocks of 2, 2, 1, 1 points on the data of Stratified.v, three times the weight for all: the zero of the joint
    loss. *)
Definition joint_zero (k : nat) : R :=
  match k with O => 1 | 1%nat => -1 | 2%nat => 0 | 3%nat => 23 / 6 | _ => - (23 / 6) end.
Example C4_equal_weights_instance : weighted_field _ small_law (additive_grad 1) 4
  (fun b => match b with O | 1%nat => 6 | _ => 3 end) joint_zero 3%nat = 0.
Proof.
  apply (C4_equal_weights _ _ _ _ _ (fun b => match b with O | 1%nat => 2 | _ => 1 end) 3); [lra| |].
  - intros [|[|[|[|b]]]] Hb; simpl; try lra; lia.
  - unfold weighted_field, block_field. simpl. lra.
Qed.

Lemma weighted_difference d (Smp : Type) law (grad : vector -> Smp -> vector) blocks weight (x y : vector) :
  dot d (fun i => weighted_field Smp law grad blocks weight x i - weighted_field Smp law grad blocks weight y i)
        (fun i => x i - y i)
  = sum blocks (fun b => weight b * dot d (fun i => block_field Smp law grad b x i - block_field Smp law grad b y i)
                                          (fun i => x i - y i)).
Proof.
  rewrite (sum_ext blocks _ (fun b => dot d (fun i => weight b * (block_field Smp law grad b x i -
    block_field Smp law grad b y i)) (fun i => x i - y i))) by (intros; symmetry; apply dot_scal).
  rewrite <- (dot_sum d blocks (fun b i => weight b * (block_field Smp law grad b x i -
    block_field Smp law grad b y i))).
  apply sum_ext. intros i _. f_equal. unfold weighted_field.
  rewrite (sum_ext blocks (fun b => weight b * (_ - _)) (fun b => weight b * block_field Smp law grad b x i +
    (-1) * (weight b * block_field Smp law grad b y i))) by (intros; ring).
  rewrite sum_plus, sum_scal. ring.
Qed.

(** C4, how far. Blocks whose losses are convex, a whole loss (every point with the weight 1) that is strongly convex
    with mu > 0 and has its optimum at p, weights w_b between Z_b and (1 + k) Z_b, Z_b the points of block b: the zero
    of the weighted field is at most k (sum_b Z_b |E_b[gradient at p]|) / mu from p. Geometric extra updates have k =
    decay / (1 - decay) whatever the waits (C1_fugue_converges, M6), so that the distance vanishes with the decay. It
    is an upper bound; the effect itself is computed and measured. Source: ours. *)
Theorem C4_bias_bound d (Smp : Type) law (grad : vector -> Smp -> vector) blocks (weight points : nat -> R)
    (mu k : R) (xs p : vector) : 0 < mu -> 0 <= k ->
  (forall b x y, (b < blocks)%nat ->
     0 <= dot d (fun i => block_field Smp law grad b x i - block_field Smp law grad b y i) (fun i => x i - y i)) ->
  (forall x y, mu * dist2 d x y <= dot d (fun i => weighted_field Smp law grad blocks points x i -
     weighted_field Smp law grad blocks points y i) (fun i => x i - y i)) ->
  (forall b, (b < blocks)%nat -> 0 <= points b /\ points b <= weight b <= (1 + k) * points b) ->
  (forall i, (i < d)%nat -> weighted_field Smp law grad blocks weight xs i = 0) ->
  (forall i, (i < d)%nat -> weighted_field Smp law grad blocks points p i = 0) ->
  norm d (fun i => xs i - p i) <= k * sum blocks (fun b => points b * norm d (block_field Smp law grad b p)) / mu.
Proof.
  intros M K Con Str W Zw Zp. set (v := fun i => xs i - p i). set (g := block_field Smp law grad) in *.
  (* mu |v|^2 is at most what the weights that exceed Z_b pull at p *)
  assert (S : mu * nsq d v <= sum blocks (fun b => (k * (points b * norm d (g b p))) * norm d v)).
  { apply Rle_trans with (dot d (fun i => weighted_field Smp law grad blocks weight xs i -
      weighted_field Smp law grad blocks weight p i) v).
    - apply Rle_trans with (1 := Str xs p). unfold v. rewrite !weighted_difference. apply sum_le. intros b Hb.
      apply Rmult_le_compat_r; [now apply Con|now apply W].
    - apply Rle_trans with (sum blocks (fun b => (weight b - points b) * - dot d (g b p) v)).
      + right. rewrite (sum_ext blocks _ (fun b => dot d (fun i => (-1) * (weight b * g b p i)) v +
          dot d (fun i => points b * g b p i) v))
          by (intros; rewrite !dot_scal; ring).
        rewrite sum_plus, <- (dot_sum d blocks (fun b i => (-1) * (weight b * g b p i))),
          <- (dot_sum d blocks (fun b i => points b * g b p i)), <- dot_plus.
        apply sum_ext. intros i Hi. f_equal. rewrite Zw, sum_scal by exact Hi.
        change (sum blocks (fun b => points b * g b p i)) with (weighted_field Smp law grad blocks points p i).
        rewrite Zp by exact Hi. unfold weighted_field. fold g. ring.
      + apply sum_le. intros b Hb. destruct (W b Hb) as (W0 & W1).
        apply Rle_trans with ((weight b - points b) * (norm d (g b p) * norm d v)).
        * apply Rmult_le_compat_l; [lra|apply dot_norms].
        * replace (k * (points b * norm d (g b p)) * norm d v)
            with ((k * points b) * (norm d (g b p) * norm d v)) by ring.
          apply Rmult_le_compat_r; [|lra]. apply Rmult_le_pos; apply norm_nonneg. }
  rewrite (sum_ext blocks _ (fun b => norm d v * (k * (points b * norm d (g b p))))) in S by (intros; ring).
  rewrite !sum_scal, <- norm_square in S. set (total := sum blocks _) in *.
  destruct (Rle_lt_or_eq_dec 0 (norm d v) (norm_nonneg d v)) as [P|E].
  - apply Rmult_le_reg_l with mu; [exact M|]. apply Rmult_le_reg_l with (norm d v); [exact P|].
    replace (norm d v * (mu * (k * total / mu))) with (norm d v * (k * total)) by (field; lra). lra.
  - rewrite <- E. assert (0 <= total).
    { apply sum_nonneg. intros b Hb. apply Rmult_le_pos; [now apply W|apply norm_nonneg]. }
    apply Rmult_le_pos; [now apply Rmult_le_pos|]. left. now apply Rinv_0_lt_compat.
Qed.
(** On the data of Stratified.v, whose blocks have 2, 2, 1, 1 points. *)
Definition small_points (b : nat) : nat := match b with O | 1%nat => 2 | _ => 1 end.
Lemma small_convex b x y : (b < 4)%nat -> 0 <= dot 5 (fun i => block_field _ small_law (additive_grad 1) b x i -
  block_field _ small_law (additive_grad 1) b y i) (fun i => x i - y i).
Proof.
  intros Hb. set (s := fun i j : nat => pow2_ge_0 ((x i - y i) + (x j - y j))).
  set (c := fun i : nat => pow2_ge_0 (x i - y i)).
  pose proof (s 0 3)%nat. pose proof (s 1 3)%nat. pose proof (s 0 4)%nat. pose proof (s 1 4)%nat.
  pose proof (s 2 3)%nat. pose proof (s 2 4)%nat.
  pose proof (c 0)%nat. pose proof (c 1)%nat. pose proof (c 2)%nat. pose proof (c 3)%nat. pose proof (c 4)%nat.
  clear s c. assert (b = 0 \/ b = 1 \/ b = 2 \/ b = 3)%nat as [->|[->|[->| ->]]] by lia;
    unfold block_field, dot; simpl; lra.
Qed.
Lemma small_strongly_convex x y :
  let field := weighted_field _ small_law (additive_grad 1) 4 (fun b => INR (small_points b)) in
  2 * dist2 5 x y <= dot 5 (fun i => field x i - field y i) (fun i => x i - y i).
Proof.
  intro field. unfold field. clear field.
  set (s := fun i j : nat => pow2_ge_0 ((x i - y i) + (x j - y j))). set (c := fun i : nat => pow2_ge_0 (x i - y i)).
  pose proof (s 0 3)%nat. pose proof (s 1 3)%nat. pose proof (s 0 4)%nat. pose proof (s 1 4)%nat.
  pose proof (s 2 3)%nat. pose proof (s 2 4)%nat. pose proof (c 2)%nat. pose proof (c 3)%nat. pose proof (c 4)%nat.
  clear s c. unfold weighted_field, block_field, dist2, nsq, dot. simpl. lra.
Qed.
Example C4_bias_bound_instance :
  norm 5 (fun i => small_zero i - joint_zero i)
  <= 1 / 4 * sum 4 (fun b => INR (small_points b)
       * norm 5 (block_field _ small_law (additive_grad 1) b joint_zero)) / 2.
Proof.
  apply (C4_bias_bound 5 _ small_law (additive_grad 1) 4 small_weight (fun b => INR (small_points b)) 2 (1 / 4));
    try lra.
  - apply small_convex.
  - apply small_strongly_convex.
  - intros b Hb. assert (b = 0 \/ b = 1 \/ b = 2 \/ b = 3)%nat as [->|[->|[->| ->]]] by lia; simpl; lra.
  - apply small_setting.
  - intros i Hi. assert (i = 0 \/ i = 1 \/ i = 2 \/ i = 3 \/ i = 4)%nat as [->|[->|[->|[->| ->]]]] by lia;
      unfold weighted_field, block_field, joint_zero; simpl; lra.
Qed.

(** * The cures *)

(** Step mass of a visit per point of the block, in units of its step: update k has the weight decay^(k / points), 1 in
    the required pass and decay^(x+1) in extra pass x. *)
Definition mass_per_point (decay : R) (points updates : nat) : R :=
  sum updates (fun k => decay ^ (k / points)) / INR points.

Lemma no_extra_mass decay points : (0 < points)%nat -> mass_per_point decay points points = 1.
Proof.
  intros H. unfold mass_per_point. rewrite (sum_ext _ _ (fun _ => 1)).
  - rewrite sum_const. field. apply not_0_INR. lia.
  - intros k Hk. rewrite Nat.div_small by lia. reflexivity.
Qed.

(** C4, balance=scale. A block whose visits have the mass m > 0 each: from the second visit on the step is multiplied by
    the number of visits so far over their summed mass, and the weight of the visit is 1, whatever m. Of masses that
    differ from visit to visit this holds of the mean only in the limit, which is measured, not proved; the code
    keeps the factor within 1/8 and 8 (SCALE_MOST). *)
Theorem C4_scale m (visits : nat) : 0 < m -> (0 < visits)%nat -> INR visits / (sum visits (fun _ => m)) * m = 1.
Proof.
  intros Hm Hv. assert (INR visits <> 0) by (apply not_0_INR; lia). rewrite sum_const. field. split; lra.
Qed.
Example C4_scale_instance : INR 3 / sum 3 (fun _ => 5 / 4) * (5 / 4) = 1.
Proof. apply C4_scale; [lra|lia]. Qed.

(** C4, balance=rotate, workers. If in P epochs each row block is served by every worker once (a Latin square of epochs
    and row blocks), and a worker gives the row block that it serves a mass that depends on the worker alone, then every
    row block receives the same mass in those epochs: that of all workers together. *)
Theorem C4_rotate_workers P server (mass : nat -> R) b : latin P server -> (b < P)%nat ->
  fold_right (fun e a => mass (server e b) + a) 0 (seq 0 P) = fold_right (fun w a => mass w + a) 0 (seq 0 P).
Proof.
  intros (B & _ & I) Hb.
  assert (PM : Permutation (map (fun e => server e b) (seq 0 P)) (seq 0 P)).
  { apply inj_perm; intros; [apply B|eapply (I b)]; eauto. }
  rewrite <- (sum_perm mass _ _ PM). clear. induction (seq 0 P) as [|x l IH]; simpl; [reflexivity|]. now rewrite IH.
Qed.

(** Time of a stratum in which worker p makes [speed p] updates per unit and serves [size p] points: that of the
    slowest; all work until then. *)
Definition stratum_time (P : nat) (size speed : nat -> nat) : nat :=
  list_max (map (fun p => (size p + (speed p - 1)) / speed p)%nat (seq 0 P)).
Definition stratum_updates P size speed p := (speed p * stratum_time P size speed)%nat.

(** C4, balance=rotate, sizes. Rotation does not equalise blocks of unequal size: two row blocks of 2 and 1 points per
    column block, two workers of the same speed who trade row blocks (rot), one stratum in each of two epochs: for any
    decay > 0 the first receives less mass per point than the second. *)
Theorem C4_rotate_keeps_sizes decay : 0 < decay ->
  let size b := match b with O => 2 | _ => 1 end%nat in
  let updates e b := stratum_updates 2 (fun p => size (rot 2 e p)) (fun _ => 1%nat) (rot 2 e b) in
  sum 2 (fun e => mass_per_point decay (size 0%nat) (updates e 0%nat)) <
  sum 2 (fun e => mass_per_point decay (size 1%nat) (updates e 1%nat)).
Proof.
  intros H size updates.
  assert (U : forall e b, (e < 2)%nat -> (b < 2)%nat -> updates e b = 2%nat).
  { intros [|[|e]] [|[|b]] He Hb; try lia; reflexivity. }
  simpl. rewrite !U by lia. unfold mass_per_point. simpl. lra.
Qed.
Example C4_rotate_keeps_sizes_instance :
  sum 2 (fun e => mass_per_point (1 / 2) 2
    (stratum_updates 2 (fun p => match rot 2 e p with O => 2 | _ => 1 end) (fun _ => 1) (rot 2 e 0)))%nat <
  sum 2 (fun e => mass_per_point (1 / 2) 1
    (stratum_updates 2 (fun p => match rot 2 e p with O => 2 | _ => 1 end) (fun _ => 1) (rot 2 e 1)))%nat.
Proof. apply (C4_rotate_keeps_sizes (1 / 2)). lra. Qed.

Lemma list_max_same c l : l <> [] -> (forall x, In x l -> x = c) -> list_max l = c.
Proof.
  induction l as [|x [|y l] IH]; intros N H; [contradiction| |].
  - simpl. rewrite (H x) by now left. lia.
  - change (list_max (x :: y :: l)) with (Nat.max x (list_max (y :: l))).
    rewrite IH by (discriminate || intros; apply H; now right). rewrite (H x) by now left. lia.
Qed.

(** C4, balance=size. If worker p's row block has speed p times c points per column block, all end at the same time: no
    extra updates, and every block has the mass 1 per point. Rows are whole, so that real blocks meet this only up to
    rounding. *)
Theorem C4_size decay P (size speed : nat -> nat) c p : (0 < c)%nat ->
  (forall q, (q < P)%nat -> (0 < speed q)%nat /\ size q = (speed q * c)%nat) -> (p < P)%nat ->
  stratum_updates P size speed p = size p /\ mass_per_point decay (size p) (stratum_updates P size speed p) = 1.
Proof.
  intros Hc H Hp.
  assert (T : stratum_time P size speed = c).
  { apply list_max_same.
    - destruct P; [lia|discriminate].
    - intros x Hx. apply in_map_iff in Hx as (q & <- & Iq). apply in_seq in Iq. destruct (H q) as (S & E); [lia|].
      rewrite E, (Nat.mul_comm (speed q)), Nat.div_add_l, Nat.div_small by lia. lia. }
  destruct (H p Hp) as (S & E).
  assert (U : stratum_updates P size speed p = size p) by (unfold stratum_updates; rewrite T; lia).
  split; [exact U|]. rewrite U. apply no_extra_mass. rewrite E. apply Nat.mul_pos_pos; assumption.
Qed.
(** Worker 1 of three is three times slower. *)
Definition slow_middle (q : nat) : nat := match q with 1%nat => 1 | _ => 3 end.
Example C4_size_instance :
  stratum_updates 3 (fun q => slow_middle q * 4)%nat slow_middle 1 = 4%nat /\
  mass_per_point (1 / 2) 4 (stratum_updates 3 (fun q => slow_middle q * 4)%nat slow_middle 1) = 1.
Proof.
  apply (C4_size (1 / 2) 3 (fun q => slow_middle q * 4)%nat slow_middle 4 1); [lia| |lia].
  intros [|[|q]] Hq; simpl; lia.
Qed.
Example C4_rotate_workers_instance :
  fold_right (fun e a => INR (3 + rot 3 e 1) + a) 0 (seq 0 3) = fold_right (fun w a => INR (3 + w) + a) 0 (seq 0 3).
Proof. apply (C4_rotate_workers 3 (rot 3) (fun w => INR (3 + w))); [apply rot_latin|lia]. Qed.

(** * Without a decay *)

(** C3, no limit. One coordinate, blocks of one curvature, visits at a constant step, without noise: visit k makes n
    k updates, each of which contracts toward the optimum m k of the block visited by r = 1 - eta h, 0 <= r < 1. If
    for two different optima a, b there are, again and again, visits as long as one likes - the case of undecayed
    extra updates in waits of unbounded length - then the iterates have no limit. Decayed extra updates have bounded
    mass (M6). *)
Theorem C3_undecayed_no_limit (x m : nat -> R) (n : nat -> nat) r a b : 0 <= r < 1 -> a <> b ->
  (forall k, x (S k) = m k + r ^ n k * (x k - m k)) ->
  (forall N K, exists k, (K <= k)%nat /\ m k = a /\ (N <= n k)%nat) ->
  (forall N K, exists k, (K <= k)%nat /\ m k = b /\ (N <= n k)%nat) -> ~ ex_finite_lim_seq x.
Proof.
  intros Hr Hab Hx Ha Hb (l & L). apply is_lim_seq_spec in L.
  assert (G : is_lim_seq (fun j => r ^ j) 0) by (apply is_lim_seq_geom; rewrite Rabs_pos_eq; lra).
  apply is_lim_seq_spec in G.
  assert (half : 0 < 1 / 2) by lra. destruct (G (mkposreal _ half)) as (N & HN). simpl in HN.
  assert (P : forall j, (N <= j)%nat -> 0 <= r ^ j <= 1 / 2).
  { intros j Hj. specialize (HN j Hj). rewrite Rminus_0_r in HN. apply Rabs_def2 in HN.
    split; [apply pow_le|]; lra. }
  assert (Z : forall c, (forall N K, exists k, (K <= k)%nat /\ m k = c /\ (N <= n k)%nat) -> l = c).
  { intros c Hc. destruct (Req_dec l c) as [E|E]; [exact E|exfalso].
    assert (He : 0 < Rabs (l - c) / 4) by (pose proof (Rabs_pos_lt (l - c)); lra).
    destruct (L (mkposreal _ He)) as (K & HK). simpl in HK.
    destruct (Hc N K) as (k & Hk & Mk & Nk). pose proof (HK k Hk) as X0. pose proof (HK (S k) ltac:(lia)) as X1.
    rewrite (Hx k), Mk in X1. pose proof (P _ Nk) as Q. set (q := r ^ n k) in *. set (y := x k) in *.
    apply Rabs_def2 in X0. apply Rabs_def2 in X1.
    unfold Rabs in *. destruct (Rcase_abs (l - c)); nra. }
  apply Hab. rewrite <- (Z a Ha). apply (Z b Hb).
Qed.
(** Blocks with optima 0 and 1 in turn, visits of growing length. *)
Definition in_turn (k : nat) : R := if Nat.even k then 0 else 1.
Fixpoint growing_visits (k : nat) : R :=
  match k with O => 1 / 2 | S j => in_turn j + (1 / 2) ^ j * (growing_visits j - in_turn j) end.
Example C3_undecayed_no_limit_instance : ~ ex_finite_lim_seq growing_visits.
Proof.
  apply (C3_undecayed_no_limit growing_visits in_turn (fun k => k) (1 / 2) 0 1); try lra; [reflexivity| |];
    intros N K; [exists (2 * (N + K))%nat|exists (S (2 * (N + K)))%nat];
    (split; [lia|split; [unfold in_turn|lia]]).
  - now rewrite Nat.even_mul.
  - now rewrite Nat.even_succ, Nat.odd_mul.
Qed.
