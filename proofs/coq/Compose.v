(** Serializability and convergence compose: what Stratified.v proves of the serial, block-stratified order holds of the
    parallel run. Workers' updates interleave as they happen to; in every row block and in every column block they have
    the order of the serial run, because a block has one holder (the hand-offs: S3; traces are audited for it by
    core/audit.c). By S4 the state is then that of the serial run, for each outcome of the draws, so that expectations
    agree. Arithmetic is that of the reals: S4's states are equal bit for bit, convergence knows no rounding. *)
From Coq Require Import Reals Lra Lia List Arith Bool FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Vectors Schedule Serializable Chung Sgd Stratified.
Import ListNotations.
Open Scope R_scope.

Section Compose.
Variables (d : nat) (Smp : Type) (law : nat -> list (R * Smp)) (grad : vector -> Smp -> vector).
Variables (plans : nat -> list (R * plan)) (blocks : nat) (weight : nat -> R) (xs : vector) (mu lip most : R).

(** Parameters: a value per row and per column; [read] lists their coordinates. A point has a row and a column, which
    belong to a row block and a column block; block number b is that of row block brow b and column block bcol b. *)
Variables (val : Type) (read : (ploc -> val) -> vector) (point_row point_col : Smp -> nat).
Variables (rb cb brow bcol : nat -> nat) (upd : R -> Smp -> op ploc val).

(** An update's operation touches the row and the column of its point alone, and is a gradient step of length a. *)
Definition steps_of_points := forall b z a, (b < blocks)%nat -> In z (map snd (law b)) ->
  (rb (point_row z) = brow b /\ cb (point_col z) = bcol b) /\
  entry_op val (point_row z) (point_col z) (upd a z) /\
  (forall s k, read (act (upd a z) s) k = read s k - a * grad (read s) z k).

Definition event_of (e : R) (u : update Smp) : (nat * nat) * op ploc val :=
  ((brow (fst u), bcol (fst u)), upd (e * fst (snd u)) (snd (snd u))).
Definition parallel_end (e : R) (us : list (update Smp)) (s : ploc -> val) := run (map (event_of e) us) s.

(** Two orders of an epoch's updates that every row block and every column block sees alike. *)
Definition same_order (us vs : list (update Smp)) :=
  (forall p, filter (fun u => Nat.eqb p (brow (fst u))) us = filter (fun u => Nat.eqb p (brow (fst u))) vs) /\
  (forall q, filter (fun u => Nat.eqb q (bcol (fst u))) us = filter (fun u => Nat.eqb q (bcol (fst u))) vs).

Variables (eta : nat -> R) (init : list (R * (ploc -> val))).
(** The order in which the updates of epoch t were made: anything, it may depend on the state and on the draws. *)
Variable order : nat -> (ploc -> val) -> list (update Smp) -> list (update Smp).
Definition orders_agree := forall t s us,
  In us (map snd (mixture (plans t) (draws Smp law))) -> same_order (order t s us) us.

Fixpoint parallel_law (t : nat) : list (R * (ploc -> val)) :=
  match t with
  | O => init
  | S k => bind (fun s us => parallel_end (eta k) (order k s us) s) (parallel_law k) (mixture (plans k) (draws Smp law))
  end.
Definition parallel_error (t : nat) : R := Ex (fun s => dist2 d (read s) xs) (parallel_law t).
Definition start := map (fun p => (fst p, read (snd p))) init.

Lemma filter_map {A B} (f : B -> bool) (g : A -> B) l : filter f (map g l) = map g (filter (fun x => f (g x)) l).
Proof. induction l as [|x l IH]; simpl; [reflexivity|]. rewrite IH. now destruct (f (g x)). Qed.

Lemma draws_support (p : plan) us u : In us (map snd (draws Smp law p)) -> In u us ->
  In (snd (snd u)) (map snd (law (fst u))) /\ In (fst u) (map fst p).
Proof.
  revert us. induction p as [|c p IH]; intros us H Hu; simpl in H.
  - destruct H as [<-|[]]. contradiction.
  - apply in_map_iff in H as (q & <- & H). apply in_bind in H as (a & b & Ia & Ib & E). rewrite E in Hu.
    destruct Hu as [<-|Hu].
    + simpl. split; [now apply in_map|now left].
    + destruct (IH (snd b)) as (I1 & I2); [now apply in_map|exact Hu|]. split; [exact I1|]. now right.
Qed.

Hypothesis Hset : stratified_setting d Smp law grad plans start blocks weight xs mu lip most.
Hypothesis Hsteps : steps_of_points.
Hypothesis Horder : orders_agree.

Lemma epoch_support t us u : In us (map snd (mixture (plans t) (draws Smp law))) -> In u us ->
  (fst u < blocks)%nat /\ In (snd (snd u)) (map snd (law (fst u))).
Proof.
  intros H Hu. apply in_map_iff in H as (r & <- & H). apply in_mixture in H as (p & q & Ip & Iq & ->). simpl in Hu.
  destruct (draws_support (snd p) (snd q) u) as (I1 & I2); [now apply in_map|exact Hu|]. split; [|exact I1].
  apply in_map_iff in I2 as (c & E & Ic). rewrite <- E.
  now apply (plans_bounded _ _ _ _ _ _ _ _ _ _ _ _ Hset t p Ip).
Qed.

Lemma serial_end e us : (forall u, In u us -> (fst u < blocks)%nat /\ In (snd (snd u)) (map snd (law (fst u)))) ->
  forall s, read (parallel_end e us s) = epoch_end Smp grad e us (read s).
Proof.
  unfold parallel_end, epoch_end, run. induction us as [|u us IH]; intros H s; [reflexivity|].
  simpl. rewrite IH by (intros; apply H; now right). f_equal. unfold descend.
  apply functional_extensionality. intro k. destruct (H u (or_introl eq_refl)) as (Hb & Hz).
  apply (Hsteps (fst u) _ (e * fst (snd u)) Hb Hz).
Qed.

Lemma parallel_serial e us vs s : same_order us vs ->
  (forall u, In u vs -> (fst u < blocks)%nat /\ In (snd (snd u)) (map snd (law (fst u)))) ->
  parallel_end e us s = parallel_end e vs s.
Proof.
  intros (Or & Oc) H. apply functional_extensionality. unfold parallel_end. apply (S4_blocks val rb cb).
  - assert (G : forall u, In u (us ++ vs) -> In u vs).
    { intros u I. apply in_app_or in I as [I|I]; [|exact I].
      assert (F : In u (filter (fun x => Nat.eqb (brow (fst u)) (brow (fst x))) us))
        by (apply filter_In; split; [exact I|apply Nat.eqb_refl]).
      rewrite Or in F. now apply filter_In in F. }
    intros ev I. rewrite <- map_app in I. apply in_map_iff in I as (u & <- & I).
    destruct (H u (G u I)) as (Hb & Hz). destruct (Hsteps _ _ (e * fst (snd u)) Hb Hz) as ((Er & Ec) & Eo & _).
    exists (point_row (snd (snd u))), (point_col (snd (snd u))). repeat split; assumption || apply Eo.
  - intros [p|q]; rewrite !filter_map; f_equal; [apply Or|apply Oc].
Qed.

Lemma parallel_expectation t : forall f : vector -> R,
  Ex (fun s => f (read s)) (parallel_law t) = Ex f (stratified_law Smp law grad plans eta start t).
Proof.
  induction t as [|t IH]; intro f; simpl.
  - unfold start. induction init as [|p l IHl]; simpl; [reflexivity|]. now rewrite IHl.
  - rewrite !Ex_bind, <- IH. apply Ex_ext. intro s. apply Ex_ext_in. intros q Hq. f_equal.
    assert (Iq : In (snd q) (map snd (mixture (plans t) (draws Smp law)))) by now apply in_map.
    rewrite (parallel_serial _ _ (snd q)); [|now apply Horder|intros u Hu; now apply (epoch_support t (snd q))].
    apply serial_end. intros u Hu. now apply (epoch_support t (snd q)).
Qed.

(** C1, the parallel run (with S4). Suppose that updates touch only the row and the column of their point and are
    gradient steps; that in each epoch, for every outcome of the draws, the updates were made in an order which every
    row block and every column block sees as in the serial block-stratified run - the order may depend on anything
    else, the draws included; and that the plan (which blocks, how many updates, which weights) has the law of the
    setting, independent of the draws. Then the parallel run's E |psi_t - psi*_w|^2 equals that of the serial run in
    every epoch, and tends to 0 when steps vanish with an infinite sum. Waits that depend on the draws' values are
    excluded; so are global statistics. *)
Theorem C1_parallel :
  (forall t, 0 <= eta t) -> is_lim_seq eta 0 -> is_lim_seq (sum_n eta) p_infty ->
  (forall t, parallel_error t = stratified_error d Smp law grad plans eta start xs t) /\ is_lim_seq parallel_error 0.
Proof.
  intros He Hl Hs.
  assert (E : forall t, parallel_error t = stratified_error d Smp law grad plans eta start xs t).
  { intro t. apply (parallel_expectation t (fun x => dist2 d x xs)). }
  split; [exact E|]. apply is_lim_seq_ext with (stratified_error d Smp law grad plans eta start xs).
  - intro t. symmetry. apply E.
  - eapply C1_stratified; eauto.
Qed.
End Compose.

(** * Strata: how barrier and fugue keep the order *)
Section Strata.
Variables (Smp : Type) (P : nat) (sch : nat -> nat -> nat) (brow bcol : nat -> nat).
Hypothesis Latin : latin P sch.

Definition in_stratum s (us : list (update Smp)) :=
  forall u, In u us -> (brow (fst u) < P)%nat /\ bcol (fst u) = sch s (brow (fst u)).
Definition by_workers (us vs : list (update Smp)) :=
  forall p, filter (fun u => Nat.eqb p (brow (fst u))) us = filter (fun u => Nat.eqb p (brow (fst u))) vs.

Lemma filter_nil {A} (f : A -> bool) l : (forall x, In x l -> f x = false) -> filter f l = [].
Proof. induction l as [|x l IH]; simpl; intros H; [reflexivity|]. rewrite H, IH by auto. reflexivity. Qed.

Lemma stratum_keeps_order s us vs : (s < P)%nat -> in_stratum s us -> in_stratum s vs -> by_workers us vs ->
  same_order Smp brow bcol us vs.
Proof.
  intros Hs Iu Iv B. split; [exact B|]. intro q.
  destruct (in_dec Nat.eq_dec q (map (sch s) (seq 0 P))) as [I|I].
  - apply in_map_iff in I as (p & <- & Ip). apply in_seq in Ip.
    assert (G : forall us, in_stratum s us ->
      filter (fun u => Nat.eqb (sch s p) (bcol (fst u))) us = filter (fun u => Nat.eqb p (brow (fst u))) us).
    { intros l H. apply filter_ext_in. intros u Iu'. destruct (H u Iu') as (Hr & ->).
      destruct Latin as (_ & L & _). destruct (Nat.eqb_spec p (brow (fst u))) as [->|N]; [apply Nat.eqb_refl|].
      apply Nat.eqb_neq. intro E. apply N, (L s); auto. lia. }
    rewrite !G by assumption. apply B.
  - assert (G : forall us, in_stratum s us -> filter (fun u => Nat.eqb q (bcol (fst u))) us = []).
    { intros l H. apply filter_nil. intros u Iu'. destruct (H u Iu') as (Hr & ->). apply Nat.eqb_neq. intros ->.
      apply I, in_map, in_seq. lia. }
    now rewrite !G.
Qed.

(** C1, strata keep the order. Sub-epoch s of an epoch of at most P has the blocks (p, sch s p) of a Latin square (S1),
    and no update of the next one is made before all of its are (S5_release_waits). If every worker makes its own
    updates of a sub-epoch in the serial order, interleaved with the others' in any way, then every row block and
    every column block sees its updates of the epoch in the serial order: the hypothesis of C1_parallel and of
    C1_fugue_converges that updates are serial in each block. Source: ours, the argument is that of S4. *)
Theorem C1_strata_order uss vss : length uss = length vss -> (length uss <= P)%nat ->
  (forall s, (s < length uss)%nat -> in_stratum s (nth s uss []) /\ in_stratum s (nth s vss []) /\
    by_workers (nth s uss []) (nth s vss [])) ->
  same_order Smp brow bcol (concat uss) (concat vss).
Proof.
  intros EL LP H.
  assert (G : forall s, (s < length uss)%nat -> same_order Smp brow bcol (nth s uss []) (nth s vss [])).
  { intros s Hs. destruct (H s Hs) as (H1 & H2 & H3). apply (stratum_keeps_order s); auto. lia. }
  clear H LP. revert vss EL G.
  induction uss as [|us uss IH]; intros [|vs vss] EL G; try discriminate; [split; reflexivity|].
  destruct (IH vss) as (R1 & R2); [now injection EL|intros s Hs; apply (G (S s)); simpl; lia|].
  destruct (G O) as (G1 & G2); [simpl; lia|]. simpl in G1, G2.
  split; intro r; simpl; rewrite !filter_app; f_equal; auto.
Qed.
End Strata.
(** Two workers, two sub-epochs; block b has row block b / 2 and column block b mod 2; worker 1 is ahead in both. *)
Example C1_strata_order_instance :
  let u b : update unit := (b, (1, tt)) in
  same_order unit (fun b => Nat.div b 2) (fun b => Nat.modulo b 2) [u 3; u 0; u 2; u 1]%nat [u 0; u 3; u 1; u 2]%nat.
Proof.
  intro u. apply (C1_strata_order unit 2 (col 2) _ _ (col_latin 2) [[u 3; u 0]; [u 2; u 1]]%nat
    [[u 0; u 3]; [u 1; u 2]]%nat); [reflexivity|simpl; lia|].
  intros [|[|s]] Hs; simpl in Hs; try lia;
    (split; [|split]; [intros v [<-|[<-|[]]]; simpl; auto..|intros [|[|[|p]]]; reflexivity]).
Qed.

(** * The instance of Stratified.v, run by two workers *)
Definition additive_act (ridge a : R) (i j : nat) (v : R) (s : ploc -> R) : ploc -> R :=
  fun l => if entry_loc i j l then s l - a * ((s (inl i) + s (inr j) - v) + ridge * s l) else s l.
Lemma additive_frame ridge a i j v s l : entry_loc i j l = false -> additive_act ridge a i j v s l = s l.
Proof. unfold additive_act. now intros ->. Qed.
Lemma additive_local ridge a i j v s t : (forall l, entry_loc i j l = true -> s l = t l) ->
  forall l, entry_loc i j l = true -> additive_act ridge a i j v s l = additive_act ridge a i j v t l.
Proof.
  intros H l E. unfold additive_act. rewrite E, (H l E), (H (inl i)), (H (inr j)); [reflexivity| |];
    unfold entry_loc; apply Nat.eqb_refl.
Qed.
Definition additive_op ridge a i j v : op ploc R :=
  Op ploc R (entry_loc i j) (entry_loc i j) (additive_act ridge a i j v) (additive_frame ridge a i j v)
    (additive_local ridge a i j v).
(* coordinates 0, 1, 2: rows; 3, 4: columns 0, 1 *)
Definition small_read (s : ploc -> R) (k : nat) : R := if Nat.ltb k 3 then s (inl k) else s (inr (k - 3)%nat).
Definition small_upd (a : R) (z : nat * nat * R) : op ploc R :=
  let '(i, j, v) := z in additive_op 1 a i (j - 3) v.
Definition small_brow (b : nat) := Nat.div b 2.
Definition small_bcol (b : nat) := Nat.modulo b 2.
(* worker 1 is ahead in both sub-epochs *)
Definition worker1_first (us : list (update (nat * nat * R))) :=
  let at_ b := filter (fun u : update (nat * nat * R) => Nat.eqb b (fst u)) us in
  at_ 3%nat ++ at_ 0%nat ++ at_ 2%nat ++ at_ 1%nat.

Lemma draws_blocks {Smp} (law : nat -> list (R * Smp)) (p : plan) us :
  In us (map snd (draws Smp law p)) -> map fst us = map fst p.
Proof.
  revert us. induction p as [|c p IH]; intros us H; simpl in H.
  - destruct H as [<-|[]]. reflexivity.
  - apply in_map_iff in H as (q & <- & H). apply in_bind in H as (a & b & Ia & Ib & ->). simpl. f_equal.
    apply IH. now apply in_map.
Qed.

Lemma small_steps : steps_of_points _ small_law (additive_grad 1) 4 R small_read (fun z => fst (fst z))
  (fun z => snd (fst z) - 3)%nat (fun i => Nat.div i 2) (fun j => j) small_brow small_bcol small_upd.
Proof.
  intros b z a Hb Hz.
  assert (b = 0 \/ b = 1 \/ b = 2 \/ b = 3)%nat as [->|[->|[->| ->]]] by lia; simpl in Hz;
    repeat destruct Hz as [<-|Hz]; try contradiction;
    (split; [split; reflexivity|split; [intro l; split; intro H; exact H|]]);
    intros s [|[|[|[|[|k]]]]]; unfold small_read; simpl; unfold additive_act; simpl; ring.
Qed.
Lemma small_orders : orders_agree _ small_law small_plans R small_brow small_bcol (fun _ _ => worker1_first).
Proof.
  intros t s us H. apply in_map_iff in H as (r & <- & H). apply in_mixture in H as (p & q & Ip & Iq & ->).
  assert (B := draws_blocks small_law (snd p) (snd q) ltac:(now apply in_map)). simpl.
  set (us := snd q) in *. clearbody us.
  destruct Ip as [<-|[<-|[]]]; simpl in B;
    repeat (destruct us as [|(b, ?) us]; [discriminate B|simpl in B; injection B as -> B]);
    (destruct us; [|discriminate B]); (split; intros [|[|r']]; reflexivity).
Qed.
Example C1_parallel_instance :
  (parallel_error 5 _ small_law small_plans small_zero R small_read small_brow small_bcol small_upd (paper_step 1)
     [(1, fun _ => 0)] (fun _ _ => worker1_first) 7 =
   stratified_error 5 _ small_law (additive_grad 1) small_plans (paper_step 1) [(1, fun _ => 0)] small_zero 7) /\
  is_lim_seq (parallel_error 5 _ small_law small_plans small_zero R small_read small_brow small_bcol small_upd
    (paper_step 1) [(1, fun _ => 0)] (fun _ _ => worker1_first)) 0.
Proof.
  destruct (C1_paper_steps 1 Rlt_0_1) as (Lim & Sum).
  assert (S0 : start R small_read [(1, fun _ => 0)] = [(1, fun _ => 0)]).
  { unfold start. simpl. do 2 f_equal. apply functional_extensionality. intro k. unfold small_read.
    now destruct (Nat.ltb k 3). }
  destruct (C1_parallel 5 _ small_law (additive_grad 1) small_plans 4 small_weight small_zero 2 9 10 R small_read
    (fun z => fst (fst z)) (fun z => snd (fst z) - 3)%nat (fun i => Nat.div i 2) (fun j => j) small_brow small_bcol
    small_upd (paper_step 1) [(1, fun _ => 0)] (fun _ _ => worker1_first)) as (E & L).
  - rewrite S0. apply small_setting.
  - exact small_steps.
  - exact small_orders.
  - intro t. left. apply paper_step_pos. lra.
  - exact Lim.
  - exact Sum.
  - split; [rewrite (E 7%nat), S0; reflexivity|exact L].
Qed.
