(** C1 for fugue with geometric extra updates, in one theorem: waits as the random plan of Stratified.v, whose bounded
    mass is M6's, run in parallel as in Compose.v. An epoch visits every block once, in any order of strata; a visit
    makes the block's Z updates of the required pass and then, while it waits, any number n of extra ones: update k of
    the wait has the step eta_t decay^(k / Z + 1) (core/worker/visit.c, extra=geometric, no floor; the
    code leaves out steps whose decay^(x+1) is below FG_STEP_FLUSH, and balance=scale is not in it). The code must
    sample with replacement, hold eta_t over an epoch (core/step.c, paper, floor 0), and let neither order nor counts
    depend on the points drawn (they depend on clocks). Tests: `fugue verify C1` (limits and rates), M6 (steps of
    waits as the core makes them), S4 (a parallel run is a serial one), S1 and S3 (one holder of a block). *)
From Coq Require Import Reals Lra Lia List Arith Permutation FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Vectors Schedule Serializable Chung Sgd Stratified Compose Weights Geometric.
Import ListNotations.
Open Scope R_scope.

(** * Mass of an epoch *)
Section Epochs.
Variables (decay : R) (points : nat -> nat) (blocks : nat).
Hypothesis Decay : 0 < decay < 1.
Hypothesis Points : forall b, (b < blocks)%nat -> (0 < points b)%nat.

(** A visit of block b that makes n extra updates. *)
Definition visit (b n : nat) : plan :=
  repeat (b, 1) (points b) ++ map (fun k => (b, extra_step 1 decay (points b) k)) (seq 0 n).
(** Blocks in the order of their visits, and how many extra updates each visit makes. *)
Definition epoch := (list nat * (nat -> nat))%type.
Definition fugue_plan (e : epoch) : plan := flat_map (fun b => visit b (snd e b)) (fst e).
Definition visit_mass (b n : nat) : R := INR (points b) + wait_mass 1 decay (points b) n.
Definition fugue_plans (waits : nat -> list (R * epoch)) (t : nat) : list (R * plan) :=
  map (fun p => (fst p, fugue_plan (snd p))) (waits t).
(** Most mass of an epoch. *)
Definition most_mass := sum blocks (fun b => INR (points b) / (1 - decay)).

Lemma visit_of b n u : In u (visit b n) -> fst u = b /\ 0 <= snd u.
Proof.
  intros H. apply in_app_or in H as [H|H].
  - apply repeat_spec in H as ->. simpl. split; [reflexivity|lra].
  - apply in_map_iff in H as (k & <- & _). simpl. split; [reflexivity|].
    unfold extra_step. rewrite Rmult_1_l. apply pow_le. lra.
Qed.
Lemma mass_app p q : mass (p ++ q) = mass p + mass q.
Proof. induction p as [|u p IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma mass_of_app p q b : mass_of (p ++ q) b = mass_of p b + mass_of q b.
Proof. unfold mass_of. induction p as [|u p IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma mass_of_one p b c : (forall u, In u p -> fst u = b) -> mass_of p c = if Nat.eqb b c then mass p else 0.
Proof.
  unfold mass_of. induction p as [|u p IH]; intros H; simpl; [now destruct (Nat.eqb b c)|].
  rewrite IH, (H u (or_introl eq_refl)) by (intros; apply H; now right). destruct (Nat.eqb b c); ring.
Qed.
Lemma visit_mass_of b n : mass (visit b n) = visit_mass b n.
Proof.
  unfold visit, visit_mass. rewrite mass_app. f_equal.
  - induction (points b) as [|k IH]; [reflexivity|]. rewrite S_INR. simpl. rewrite IH. ring.
  - unfold wait_mass. induction n as [|n IH]; [reflexivity|].
    rewrite seq_S, map_app, mass_app, IH. simpl. ring.
Qed.
Lemma visits_mass_of (n : nat -> nat) order b :
  mass_of (flat_map (fun c => visit c (n c)) order) b
  = fold_right (fun c a => (if Nat.eqb b c then visit_mass b (n b) else 0) + a) 0 order.
Proof.
  induction order as [|c l IH]; cbn [flat_map fold_right]; [reflexivity|].
  rewrite mass_of_app, IH, (mass_of_one _ c) by apply visit_of. rewrite visit_mass_of, Nat.eqb_sym.
  now destruct (Nat.eqb_spec b c) as [->|].
Qed.
(** What an epoch gives a block: that of its one visit. *)
Lemma epoch_mass_of (e : epoch) b : Permutation (fst e) (seq 0 blocks) -> (b < blocks)%nat ->
  mass_of (fugue_plan e) b = visit_mass b (snd e b).
Proof.
  intros P Hb. unfold fugue_plan. rewrite visits_mass_of, (sum_perm _ _ _ P), sum_seq.
  rewrite (sum_ext blocks _ (fun c => (if Nat.eqb b c then visit_mass b (snd e b) else 0) * 1)) by (intros; ring).
  rewrite sum_pick by exact Hb. ring.
Qed.
Lemma visit_mass_bounds b n : (b < blocks)%nat -> INR (points b) <= visit_mass b n <= INR (points b) / (1 - decay).
Proof.
  intros Hb. destruct (geometric_bound 1 decay (points b) n (Points b Hb) Decay ltac:(lra)) as (L & _).
  destruct (M6_wait_mass 1 decay (points b) n ltac:(lra) Decay (Points b Hb)) as (U & _).
  fold (wait_mass 1 decay (points b) n) in L. unfold visit_mass, bound_wait_mass in *.
  replace (INR (points b) / (1 - decay)) with (INR (points b) + 1 * INR (points b) * decay / (1 - decay))
    by (field; lra). lra.
Qed.
Lemma fugue_plan_ok (e : epoch) : Permutation (fst e) (seq 0 blocks) -> plan_ok blocks most_mass (fugue_plan e).
Proof.
  intros P. split.
  - intros u H. apply in_flat_map in H as (b & Ib & H). apply visit_of in H as (-> & W). split; [|exact W].
    apply (Permutation_in _ P), in_seq in Ib. lia.
  - assert (M : mass (fugue_plan e) = fold_right (fun b a => visit_mass b (snd e b) + a) 0 (fst e)).
    { unfold fugue_plan. clear P. induction (fst e) as [|b l IH]; cbn [flat_map fold_right]; [reflexivity|].
      now rewrite mass_app, visit_mass_of, IH. }
    rewrite M, (sum_perm _ _ _ P), sum_seq. apply sum_le. intros b Hb. now apply visit_mass_bounds.
Qed.
End Epochs.

(** * What the theorem assumes
    [law b]: how block b's points are drawn. [waits t]: the law of what epoch t is but for the draws. *)
Record fugue_setting (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector)
    (blocks : nat) (points : nat -> nat) (decay : R) (waits : nat -> list (R * epoch)) (weight : nat -> R)
    (xs : vector) (mu lip : R) : Prop := {
  points_drawn : forall b, (b < blocks)%nat -> prob (law b);
  no_block_empty : forall b, (b < blocks)%nat -> (0 < points b)%nat;
  decayed : 0 < decay < 1;
  (* any law of orders and counts: those of different blocks may depend on each other *)
  waits_random : forall t, prob (waits t);
  each_block_once : forall t p, In p (waits t) -> Permutation (fst (snd p)) (seq 0 blocks);
  (* ... of which a block's expected mass is the same in all epochs *)
  waits_weigh : forall t b, (b < blocks)%nat ->
    Ex (fun e => visit_mass decay points b (snd e b)) (waits t) = weight b;
  gradients_lipschitz : 0 <= lip /\ forall b x y, (b < blocks)%nat ->
    Ex (fun z => dist2 d (grad x z) (grad y z)) (law b) <= lip * dist2 d x y;
  blocks_convex : forall b x y, (b < blocks)%nat ->
    0 <= dot d (fun i => block_field Smp law grad b x i - block_field Smp law grad b y i) (fun i => x i - y i);
  (* the whole loss, of which every point has the weight 1 *)
  whole_strongly_convex : 0 < mu /\ forall x y,
    mu * dist2 d x y <= dot d (fun i => weighted_field Smp law grad blocks (fun b => INR (points b)) x i -
                                        weighted_field Smp law grad blocks (fun b => INR (points b)) y i)
                              (fun i => x i - y i);
  limit_balances : forall i, (i < d)%nat -> weighted_field Smp law grad blocks weight xs i = 0 }.

Section Converges.
Variables (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector).
Variables (blocks : nat) (points : nat -> nat) (decay : R) (waits : nat -> list (R * epoch)) (weight : nat -> R).
Variables (xs : vector) (mu lip : R).
Hypothesis Setting : fugue_setting d Smp law grad blocks points decay waits weight xs mu lip.
Let plans := fugue_plans decay points waits.

Lemma Ex_plans f t : Ex f (plans t) = Ex (fun e => f (fugue_plan decay points e)) (waits t).
Proof. unfold plans, fugue_plans. induction (waits t) as [|p l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.
Lemma weight_bounds b : (b < blocks)%nat -> INR (points b) <= weight b <= INR (points b) / (1 - decay).
Proof.
  intros Hb. destruct Setting as [_ Pts Dec Wr _ We _ _ _ _]. rewrite <- (We O b Hb).
  pose proof (fun e : epoch => visit_mass_bounds decay points blocks Dec Pts b (snd e b) Hb) as B. split.
  - rewrite <- (Ex_const (INR (points b)) (waits O) (Wr O)). apply Ex_le; [apply Wr|]. intro e. apply B.
  - rewrite <- (Ex_const (INR (points b) / (1 - decay)) (waits O) (Wr O)). apply Ex_le; [apply Wr|]. intro e. apply B.
Qed.
Lemma fugue_is_stratified init : prob init ->
  stratified_setting d Smp law grad plans init blocks weight xs mu lip (most_mass decay points blocks).
Proof.
  intros I. pose proof weight_bounds as WB.
  destruct Setting as [Pr Pts Dec Wr Once We (L0 & Lip) Con (M0 & Str) Zero]. split; auto.
  - intro t. destruct (Wr t) as (W & S). split; [|now rewrite Ex_plans].
    intros p H. apply in_map_iff in H as (q & <- & Iq). now apply W.
  - intros t p H. apply in_map_iff in H as (q & <- & Iq). apply fugue_plan_ok; eauto.
  - apply sum_nonneg. intros b Hb. specialize (WB b Hb). pose proof (pos_INR (points b)). lra.
  - intros t b Hb. rewrite Ex_plans, <- (We t b Hb). apply Ex_ext_in. intros p Ip. eapply epoch_mass_of; eauto.
  - intros x y. apply Rle_trans with (1 := Str x y). rewrite !weighted_difference. apply sum_le. intros b Hb.
    apply Rmult_le_compat_r; [now apply Con|]. now apply WB.
Qed.

Variables (val : Type) (read : (ploc -> val) -> vector) (point_row point_col : Smp -> nat).
Variables (rb cb brow bcol : nat -> nat) (upd : R -> Smp -> op ploc val).
Variables (init : list (R * (ploc -> val))) (order : nat -> (ploc -> val) -> list (update Smp) -> list (update Smp)).

(** C1, fugue converges. P workers run epochs of any number, each of which visits every block once; block b, of Z_b >
    0 points, is given Z_b required updates with the step eta_t = eta_0 / (t + 1), and in the wait that follows any
    number of extra ones with the steps eta_t decay^(k / Z_b + 1), 0 < decay < 1, no floor. Hypotheses: (i) orders
    and counts of an epoch have any (finite) law, those of one block may depend on those of another, but they are
    independent of the draws and of earlier epochs, and a block's expected step mass w_b (in units of eta_t) is the
    same in all epochs; (ii) points are drawn with replacement from the block, by any law of its own (the whole loss
    is sum_b Z_b E_b[loss]: that of all points where the law is uniform); (iii) an update touches only the row and
    the column of its point, is a gradient step, and every row block and every column block sees the updates in the
    serial order, in whichever way workers' updates interleave (steps_of_points and orders_agree of Compose.v;
    C1_strata_order shows them of strata); (iv) gradients are Lipschitz in mean square in each block, each block's
    loss is convex, and the whole loss is strongly convex with mu > 0; (v) xs is where sum_b w_b E_b[gradient] is 0.
    Then: E |psi_t - xs|^2 of the parallel run equals that of the serial run after every epoch; it tends to 0; if 2
    mu eta_0 > 1, t times it is bounded; Z_b <= w_b <= Z_b / (1 - decay); xs is at most decay / (1 - decay) (sum_b
    Z_b |E_b[gradient at p]|) / mu from the optimum p of the whole loss, and is p where all w_b / Z_b are the same.
    Not: single paths, mf and other losses that are not convex, projections, global statistics, waits that depend on
    the draws or on earlier epochs (straggler laws with memory: onoff, one draw for a whole random run), shuffled
    passes, float32. Source: the algorithm is that of Kumar et al. 2014; the proof is ours (M6, S4, C1_stratified).
    *)
Theorem C1_fugue_converges eta0 : prob init -> 0 < eta0 ->
  steps_of_points Smp law grad blocks val read point_row point_col rb cb brow bcol upd ->
  orders_agree Smp law plans val brow bcol order ->
  let error := parallel_error d Smp law plans xs val read brow bcol upd (paper_step eta0) init order in
  (forall t, error t = stratified_error d Smp law grad plans (paper_step eta0) (start val read init) xs t) /\
  is_lim_seq error 0 /\ (1 < 2 * mu * eta0 -> at_most_inverse error) /\
  (forall b, (b < blocks)%nat -> INR (points b) <= weight b <= INR (points b) / (1 - decay)) /\
  (forall p, (forall i, (i < d)%nat -> weighted_field Smp law grad blocks (fun b => INR (points b)) p i = 0) ->
     norm d (fun i => xs i - p i) <= decay / (1 - decay) *
       sum blocks (fun b => INR (points b) * norm d (block_field Smp law grad b p)) / mu) /\
  (forall c, c <> 0 -> (forall b, (b < blocks)%nat -> weight b = c * INR (points b)) ->
     forall i, (i < d)%nat -> weighted_field Smp law grad blocks (fun b => INR (points b)) xs i = 0).
Proof.
  intros I E0 Hs Ho error.
  assert (S0 : prob (start val read init)).
  { destruct I as (W & S). unfold start. split.
    - intros p H. apply in_map_iff in H as (q & <- & Iq). now apply W.
    - transitivity (Ex (fun _ : ploc -> val => 1) init); [|exact S].
      clear. induction init as [|p l IH]; simpl; [reflexivity|]. now rewrite IH. }
  pose proof (fugue_is_stratified _ S0) as St. destruct (C1_paper_steps eta0 E0) as (Lim & Sum).
  destruct (C1_parallel d Smp law grad plans blocks weight xs mu lip _ val read point_row point_col rb cb brow bcol upd
    (paper_step eta0) init order St Hs Ho) as (Eq & L); auto.
  { intro t. left. now apply paper_step_pos. }
  split; [exact Eq|]. split; [exact L|]. split; [|split; [exact weight_bounds|split]].
  - intros Hm. destruct (C1_stratified_rate _ _ _ _ _ _ _ _ _ _ _ _ St eta0 E0 Hm) as (K & HK).
    exists K. intro t. fold (error t). rewrite Eq. apply HK.
  - intros p Zp. pose proof weight_bounds as WB. destruct Setting as [_ Pts Dec _ _ _ _ Con (M0 & Str) Zero].
    apply (C4_bias_bound d Smp law grad blocks weight (fun b => INR (points b)) mu); auto.
    + left. apply Rdiv_lt_0_compat; lra.
    + intros b Hb. split; [apply pos_INR|].
      replace ((1 + decay / (1 - decay)) * INR (points b)) with (INR (points b) / (1 - decay)) by (field; lra).
      now apply WB.
  - intros c Hc Hw i Hi. apply (C4_equal_weights Smp law grad blocks weight (fun b => INR (points b)) c Hc Hw).
    destruct Setting. auto.
Qed.
End Converges.

(** * The instance of Stratified.v and Compose.v: additive on a 3 x 2 matrix, two workers, a random wait *)
(** Sub-epochs (0, 3) and (1, 2); with probability 1/2 worker 1, whose blocks have one point, makes an extra pass. *)
Definition small_waits (t : nat) : list (R * epoch) :=
  [(1 / 2, ([0; 3; 1; 2]%nat, fun _ => O)); (1 / 2, ([0; 3; 1; 2]%nat, fun b => if Nat.ltb b 2 then O else 1%nat))].

Lemma small_waits_plans : fugue_plans (1 / 2) small_points small_waits = small_plans.
Proof.
  assert (E : extra_step 1 (1 / 2) 1 0 = 1 / 2) by (unfold extra_step; simpl; field).
  apply functional_extensionality. intro t. unfold fugue_plans, small_waits, small_plans, fugue_plan, visit.
  cbn -[extra_step]. now rewrite E.
Qed.
Lemma small_fugue : fugue_setting 5 _ small_law (additive_grad 1) 4 small_points (1 / 2) small_waits small_weight
  small_zero 2 9.
Proof.
  destruct small_setting as [Pr _ _ _ _ _ L0 Lip M0 _ Zero].
  assert (blocks : forall b, (b < 4)%nat -> b = 0%nat \/ b = 1%nat \/ b = 2%nat \/ b = 3%nat) by (intros; lia).
  split; auto; try lra.
  - intros b Hb. destruct (blocks b Hb) as [->|[->|[->| ->]]]; simpl; lia.
  - intro t. split; [|simpl; lra]. intros p [<-|[<-|[]]]; simpl; lra.
  - intros t p [<-|[<-|[]]]; simpl; (apply perm_skip; apply perm_trans with [1; 3; 2]%nat;
      [apply perm_swap|apply perm_skip, perm_swap]).
  - intros t b Hb. destruct (blocks b Hb) as [->|[->|[->| ->]]]; unfold visit_mass, wait_mass, extra_step; simpl; lra.
  - apply small_convex.
  - split; [lra|]. apply small_strongly_convex.
Qed.
Example C1_fugue_converges_instance :
  let error := parallel_error 5 _ small_law (fugue_plans (1 / 2) small_points small_waits) small_zero R small_read
    small_brow small_bcol small_upd (paper_step 1) [(1, fun _ => 0)] (fun _ _ => worker1_first) in
  is_lim_seq error 0 /\ at_most_inverse error.
Proof.
  destruct (C1_fugue_converges 5 _ small_law (additive_grad 1) 4 small_points (1 / 2) small_waits small_weight
    small_zero 2 9 small_fugue R small_read (fun z => fst (fst z)) (fun z => snd (fst z) - 3)%nat
    (fun i => Nat.div i 2) (fun j => j) small_brow small_bcol small_upd [(1, fun _ => 0)]
    (fun _ _ => worker1_first) 1) as (_ & L & B & _).
  - split; [|simpl; lra]. intros p [<-|[]]. simpl. lra.
  - lra.
  - exact small_steps.
  - rewrite small_waits_plans. exact small_orders.
  - split; [exact L|]. apply B. lra.
Qed.
