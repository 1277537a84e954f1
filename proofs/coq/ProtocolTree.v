(* The release tree of barrier and fugue (claim S5), for any number of workers and any tree: who releases what when, and
   that a release that is due comes.

   What stands for what in core/steward/tree.c. Node j is the steward of host j. `st j` is t->round, the stratum that it
   gathers. `oc j`: the report of its own worker is here (came[0]). `cc j`: its report is with its parent (came[1 + ..]
   there). `up j`: it has passed the sum up and waits for the release (missing == 0). `full`: missing == 0. Letters on
   their way are counted by node and round, so that any number of each may be there, in any order: `wr` reports of a
   worker to its steward, `sr` of a steward to its parent, `sl` releases from a parent to a steward, `wl` from a steward
   to its worker. The parent is any function with parent j < j; fg_tree_parent is one for every arity, and its children
   are fg_tree_children (Tree.v). Passing up (`complete`) is a step of its own here, in C the last part of
   the take before it: every state of the C code is one where that step has been made.
   Left out: the statistic that reports and releases carry. What workers do is told by `reps j`, `rels j`: reports that
   worker j has sent, releases that it has taken. *)
From Coq Require Import Arith Bool Lia List.
From Fugue Require Import Counts ProtocolOwnership.
Import ListNotations.

Definition b2n (b : bool) : nat := if b then 1 else 0.

Definition letters := nat -> nat -> nat.
Definition none : letters := fun _ _ => 0.
Definition upd2 (f : letters) (j r x : nat) : letters := fun j' r' => if (j' =? j) && (r' =? r) then x else f j' r'.
Definition sent (f : letters) (j r : nat) : letters := upd2 f j r (S (f j r)).
Definition taken (f : letters) (j r : nat) : letters := upd2 f j r (f j r - 1).

Lemma upd2_same f j r x : upd2 f j r x j r = x.
Proof. unfold upd2. now rewrite !Nat.eqb_refl. Qed.

Lemma upd2_other f j r x j' r' : j' <> j \/ r' <> r -> upd2 f j r x j' r' = f j' r'.
Proof. unfold upd2. destruct (Nat.eqb_spec j' j), (Nat.eqb_spec r' r); simpl; tauto. Qed.

Record tree := Tree {
  st : nat -> nat;
  oc : nat -> bool; cc : nat -> bool; up : nat -> bool;
  wr : letters; sr : letters; sl : letters; wl : letters }.

Definition first_tree : tree :=
  Tree (fun _ => 0) (fun _ => false) (fun _ => false) (fun _ => false) none none none none.

(* what a worker does to it: it reports, it takes a release *)
Definition report (t : tree) (p r : nat) : tree := Tree (st t) (oc t) (cc t) (up t) (sent (wr t) p r) (sr t) (sl t)
  (wl t).
Definition released (t : tree) (p r : nat) : tree := Tree (st t) (oc t) (cc t) (up t) (wr t) (sr t) (sl t) (taken (wl
  t) p r).

Section Tree.

Variables P T : nat.
Variable par : nat -> nat.
Hypothesis workers : 0 < P.
Hypothesis par_before : forall j, 0 < j < P -> par j < j.

Definition child (i j : nat) : Prop := 0 < j < P /\ par j = i.
Definition childb (i j : nat) : bool := (0 <? j) && (j <? P) && (par j =? i).

Lemma childb_par i j : 0 < j < P -> childb i j = (par j =? i).
Proof. intros (A & B). unfold childb. now rewrite (proj2 (Nat.ltb_lt 0 j) A), (proj2 (Nat.ltb_lt j P) B). Qed.

(* all reports of the stratum that node i gathers are here *)
Definition full (t : tree) (i : nat) : Prop := oc t i = true /\ forall j, child i j -> cc t j = true.
Definition fullb (t : tree) (i : nat) : bool := oc t i && forallb (fun j => negb (childb i j) || cc t j) (seq 0 P).

Lemma fullb_spec t i : fullb t i = true <-> full t i.
Proof.
  unfold fullb, full, child. rewrite Bool.andb_true_iff, forallb_forall. split; intros (O & C); (split; [exact O|]).
  - intros j (Hj & E). specialize (C j). rewrite in_seq, childb_par, E, Nat.eqb_refl in C by exact Hj. apply C. lia.
  - intros j Ij. unfold childb. destruct (Nat.ltb_spec 0 j), (Nat.ltb_spec j P),
      (Nat.eqb_spec (par j) i); simpl; try reflexivity.
    apply C. now split.
Qed.

(* releases to the children's stewards and to the own worker; the next stratum is gathered *)
Definition release (t : tree) (i : nat) : tree :=
  Tree (upd (st t) i (S (st t i))) (upd (oc t) i false) (fun j => if childb i j then false else cc t j)
    (upd (up t) i false) (wr t) (sr t)
    (fun j r => if childb i j && (r =? st t i) then S (sl t j r) else sl t j r) (sent (wl t) i (st t i)).

Inductive tstep (t : tree) : tree -> Prop :=
| t_own j : j < P -> 0 < wr t j (st t j) -> oc t j = false ->
    tstep t (Tree (st t) (upd (oc t) j true) (cc t) (up t) (taken (wr t) j (st t j)) (sr t) (sl t) (wl t))
| t_child j : 0 < j < P -> 0 < sr t j (st t (par j)) -> cc t j = false ->
    tstep t (Tree (st t) (oc t) (upd (cc t) j true) (up t) (wr t) (taken (sr t) j (st t (par j))) (sl t) (wl t))
| t_up i : 0 < i < P -> full t i -> up t i = false ->
    tstep t (Tree (st t) (oc t) (cc t) (upd (up t) i true) (wr t) (sent (sr t) i (st t i)) (sl t) (wl t))
| t_root : full t 0 -> tstep t (release t 0)
| t_down j : 0 < j < P -> 0 < sl t j (st t j) -> up t j = true ->
    tstep t (release (Tree (st t) (oc t) (cc t) (up t) (wr t) (sr t) (taken (sl t) j (st t j)) (wl t)) j).

Record kept_tree (reps rels : nat -> nat) (t : tree) : Prop := KeptTree {
  k_turn : forall j, j < P -> rels j <= reps j <= S (rels j);
  k_own : forall j, j < P -> b2n (oc t j) + wr t j (st t j) + st t j = reps j;
  k_own0 : forall j r, j < P -> r <> st t j -> wr t j r = 0;
  k_up : forall j, 0 < j < P -> b2n (cc t j) + sr t j (st t (par j)) + st t (par j) = st t j + b2n (up t j);
  k_up0 : forall j r, 0 < j < P -> r <> st t (par j) -> sr t j r = 0;
  k_down : forall j, 0 < j < P -> st t j + sl t j (st t j) = st t (par j);
  k_down0 : forall j r, 0 < j < P -> r <> st t j -> sl t j r = 0;
  k_out : forall j, j < P -> rels j + wl t j (rels j) = st t j;
  k_out0 : forall j r, j < P -> r <> rels j -> wl t j r = 0;
  k_full : forall j, 0 < j < P -> up t j = true -> full t j;
  k_root : up t 0 = false }.

Lemma kept_first_tree : kept_tree (fun _ => 0) (fun _ => 0) first_tree.
Proof. constructor; simpl; unfold none; intros; try lia; try reflexivity; discriminate. Qed.

Lemma kept_report reps rels reps' t p : p < P -> reps p = rels p -> kept_tree reps rels t ->
  reps' p = S (reps p) -> (forall q, q < P -> q <> p -> reps' q = reps q) ->
  kept_tree reps' rels (report t p (reps p)).
Proof.
  intros Hp Turn [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11] Ep Eo.
  assert (Es : st t p = reps p) by (specialize (K8 p Hp); specialize (K2 p Hp); lia).
  constructor; simpl; try assumption.
  - intros j Hj. destruct (Nat.eq_dec j p) as [->|N]; [rewrite Ep; lia|rewrite Eo by assumption; now apply K1].
  - intros j Hj. unfold sent. destruct (Nat.eq_dec j p) as [->|N].
    + rewrite Es, upd2_same, Ep. specialize (K2 p Hp). rewrite Es in K2. lia.
    + rewrite upd2_other by tauto. rewrite Eo by assumption. now apply K2.
  - intros j r Hj Hr. unfold sent. rewrite upd2_other; [now apply K3|].
    destruct (Nat.eq_dec j p) as [->|]; [right; lia|tauto].
Qed.

Lemma kept_released reps rels rels' t p : p < P -> 0 < wl t p (rels p) -> kept_tree reps rels t ->
  rels' p = S (rels p) -> (forall q, q < P -> q <> p -> rels' q = rels q) ->
  kept_tree reps rels' (released t p (rels p)).
Proof.
  intros Hp Hl [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11] Ep Eo.
  assert (One : wl t p (rels p) = 1 /\ reps p = S (rels p)).
  { specialize (K1 p Hp). specialize (K2 p Hp). specialize (K8 p Hp). lia. }
  constructor; simpl; try assumption.
  - intros j Hj. destruct (Nat.eq_dec j p) as [->|N]; [rewrite Ep; lia|rewrite Eo by assumption; now apply K1].
  - intros j Hj. unfold taken. destruct (Nat.eq_dec j p) as [->|N].
    + rewrite Ep, upd2_other by lia. rewrite (K9 p (S (rels p))) by lia. specialize (K8 p Hp). lia.
    + rewrite upd2_other by tauto. rewrite Eo by assumption. now apply K8.
  - intros j r Hj Hr. unfold taken. destruct (Nat.eq_dec j p) as [->|N].
    + destruct (Nat.eq_dec r (rels p)) as [->|]; [rewrite upd2_same; lia|].
      rewrite upd2_other by tauto. now apply K9.
    + rewrite upd2_other by tauto. rewrite Eo in Hr by assumption. now apply K9.
Qed.

(* What a release of node i finds: nobody below it lags behind, and its own worker and steward neither. *)
Lemma release_finds reps rels t i : i < P -> full t i -> kept_tree reps rels t ->
  (0 < i -> up t i = true) ->
  (wr t i (st t i) = 0 /\ rels i = st t i /\ wl t i (st t i) = 0) /\
  (0 < i -> sl t i (st t i) <= 1) /\
  forall j, 0 < j < P -> par j = i -> st t j = st t i /\ sr t j (st t i) = 0 /\ sl t j (st t i) = 0.
Proof.
  intros Hi (Fo & Fc) [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11] Up. split; [|split].
  - specialize (K1 i Hi). specialize (K2 i Hi). specialize (K8 i Hi). rewrite Fo in K2. simpl in K2.
    assert (E : rels i = st t i) by lia. rewrite E in *. lia.
  - intros Pi. specialize (K4 i (conj Pi Hi)). specialize (K6 i (conj Pi Hi)). rewrite (Up Pi) in K4. simpl in K4. lia.
  - intros j Hj E. specialize (K4 j Hj). specialize (K6 j Hj). rewrite E in *.
    rewrite (Fc j) in K4 by now split. simpl in K4.
    assert (b2n (up t j) <= 1) by (destruct (up t j); simpl; lia).
    assert (Es : st t j = st t i) by lia. rewrite Es in *. lia.
Qed.

Lemma kept_release reps rels t i sl' : i < P -> full t i -> kept_tree reps rels t ->
  (0 < i -> 0 < sl t i (st t i) /\ up t i = true) ->
  (forall r, 0 < i -> sl' i r = taken (sl t) i (st t i) i r) ->
  (forall j r, j <> i -> sl' j r = sl t j r) ->
  kept_tree reps rels (release (Tree (st t) (oc t) (cc t) (up t) (wr t) (sr t) sl' (wl t)) i).
Proof.
  intros Hi F K Due Esl Eo. destruct (release_finds reps rels t i Hi F K) as ((W & R & L) & One & Kids); [intros H;
    now apply Due|].
  destruct F as (Fo & Fc). destruct K as [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11].
  constructor; simpl; try assumption.
  - (* reports of workers *)
    intros j Hj. destruct (Nat.eq_dec j i) as [->|N].
    + rewrite !upd_same. simpl. rewrite K3 by lia. specialize (K2 i Hi). rewrite Fo, W in K2. simpl in K2. lia.
    + rewrite !upd_other by exact N. now apply K2.
  - intros j r Hj Hr. destruct (Nat.eq_dec j i) as [->|N].
    + destruct (Nat.eq_dec r (st t i)) as [->|]; [exact W|now apply K3].
    + rewrite upd_other in Hr by exact N. now apply K3.
  - (* reports of stewards *)
    intros j Hj. rewrite childb_par by exact Hj. assert (Pj := par_before j Hj).
    destruct (Nat.eqb_spec (par j) i) as [E|N].
    + assert (j <> i) by lia. rewrite E, upd_same, !upd_other by assumption. simpl.
      rewrite K5 by (exact Hj || (rewrite E; lia)).
      destruct (Kids j Hj E) as (Es & Sr & _). specialize (K4 j Hj). rewrite E, Sr, (Fc j) in K4 by now split.
      simpl in K4. lia.
    + rewrite (upd_other (st t) i _ (par j)) by exact N. destruct (Nat.eq_dec j i) as [->|N'].
      * rewrite !upd_same. simpl. destruct (Due (proj1 Hj)) as (_ & U). specialize (K4 i Hj). rewrite U in K4.
        simpl in K4. lia.
      * rewrite !upd_other by exact N'. now apply K4.
  - intros j r Hj Hr. destruct (Nat.eq_dec (par j) i) as [E|N].
    + rewrite E, upd_same in Hr. destruct (Nat.eq_dec r (st t i)) as [->|]; [now apply (Kids j Hj E)|].
      apply K5; [exact Hj|now rewrite E].
    + rewrite upd_other in Hr by exact N. now apply K5.
  - (* releases of stewards *)
    intros j Hj. rewrite childb_par by exact Hj. assert (Pj := par_before j Hj).
    destruct (Nat.eqb_spec (par j) i) as [E|N]; simpl.
    + assert (j <> i) by lia. destruct (Kids j Hj E) as (Es & _ & Sl).
      rewrite E, upd_same, !upd_other, Es, Nat.eqb_refl, Eo, Sl by assumption. lia.
    + rewrite (upd_other (st t) i _ (par j)) by exact N. destruct (Nat.eq_dec j i) as [->|N'].
      * rewrite !upd_same, Esl by apply Hj. unfold taken. rewrite upd2_other by lia. rewrite K7 by (exact Hj || lia).
        specialize (K6 i Hj). specialize (One (proj1 Hj)). destruct (Due (proj1 Hj)) as (S & _). lia.
      * rewrite !upd_other by exact N'. rewrite Eo by exact N'. now apply K6.
  - intros j r Hj Hr. rewrite childb_par by exact Hj. assert (Pj := par_before j Hj).
    destruct (Nat.eqb_spec (par j) i) as [E|N]; simpl.
    + assert (j <> i) by lia. destruct (Kids j Hj E) as (Es & _ & _). rewrite upd_other in Hr by assumption.
      destruct (Nat.eqb_spec r (st t i)) as [->|]; [lia|]. rewrite Eo by assumption. now apply K7.
    + destruct (Nat.eq_dec j i) as [->|N'].
      * rewrite Esl by apply Hj. unfold taken. destruct (Nat.eq_dec r (st t i)) as [->|N'].
        -- rewrite upd2_same. specialize (One (proj1 Hj)). lia.
        -- rewrite upd2_other by tauto. now apply K7.
      * rewrite upd_other in Hr by exact N'. rewrite Eo by exact N'. now apply K7.
  - (* releases to workers *)
    intros j Hj. unfold sent. destruct (Nat.eq_dec j i) as [->|N].
    + rewrite R, upd2_same, upd_same, L. lia.
    + rewrite upd_other, upd2_other by tauto. now apply K8.
  - intros j r Hj Hr. unfold sent. rewrite upd2_other; [now apply K9|].
    destruct (Nat.eq_dec j i) as [->|]; [right; lia|tauto].
  - intros j Hj U. destruct (Nat.eq_dec j i) as [->|N]; [rewrite upd_same in U; discriminate|].
    rewrite upd_other in U by exact N. destruct (K10 j Hj U) as (O & C). split; simpl.
    + now rewrite upd_other by exact N.
    + intros k (Hk & E). rewrite childb_par by exact Hk. destruct (Nat.eqb_spec (par k) i) as [E'|]; [lia|].
      apply C. now split.
  - destruct (Nat.eq_dec 0 i) as [<-|N]; [apply upd_same|now rewrite upd_other by exact N].
Qed.

Lemma full_same t t' i : oc t' = oc t -> cc t' = cc t -> full t i -> full t' i.
Proof. intros O C (Fo & Fc). split; [now rewrite O|intros j H; rewrite C; now apply Fc]. Qed.

Lemma kept_tstep reps rels t t' : tstep t t' -> kept_tree reps rels t -> kept_tree reps rels t'.
Proof.
  intros S K. destruct S as [j Hj Hl O|j Hj Hl O|i Hi F U|F|j Hj Hl U].
  - destruct K as [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11]. constructor; simpl; try assumption.
    + intros k Hk. specialize (K2 k Hk). unfold taken. destruct (Nat.eq_dec k j) as [->|N].
      * rewrite upd_same, upd2_same. rewrite O in K2. simpl in *. lia.
      * rewrite upd_other, upd2_other by tauto. exact K2.
    + intros k r Hk Hr. unfold taken. rewrite upd2_other; [now apply K3|]. destruct (Nat.eq_dec k j) as [->|]; tauto.
    + intros k Hk E. destruct (K10 k Hk E) as (Fo & Fc). split; [|exact Fc]. simpl. unfold upd.
      destruct (k =? j); [reflexivity|exact Fo].
  - destruct K as [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11]. constructor; simpl; try assumption.
    + intros k Hk. specialize (K4 k Hk). unfold taken. destruct (Nat.eq_dec k j) as [->|N].
      * rewrite upd_same, upd2_same. rewrite O in K4. simpl in *. lia.
      * rewrite upd_other, upd2_other by tauto. exact K4.
    + intros k r Hk Hr. unfold taken. rewrite upd2_other; [now apply K5|]. destruct (Nat.eq_dec k j) as [->|]; tauto.
    + intros k Hk E. destruct (K10 k Hk E) as (Fo & Fc). split; [exact Fo|]. simpl. intros m Hm. unfold upd.
      destruct (m =? j); [reflexivity|now apply Fc].
  - destruct K as [K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11].
    assert (Es : st t (par i) = st t i /\ sr t i (st t i) = 0).
    { pose proof (K4 i Hi) as A. pose proof (K6 i Hi) as B. rewrite U in A. simpl in A.
      assert (E : st t (par i) = st t i) by lia. rewrite E in A. split; [exact E|lia]. }
    destruct Es as (Es & Esr).
    constructor; simpl; try assumption.
    + intros k Hk. specialize (K4 k Hk). unfold sent. destruct (Nat.eq_dec k i) as [->|N].
      * rewrite upd_same, Es, upd2_same. rewrite U, Es in K4. simpl in *. lia.
      * rewrite upd_other, upd2_other by tauto. exact K4.
    + intros k r Hk Hr. unfold sent. rewrite upd2_other; [now apply K5|].
      destruct (Nat.eq_dec k i) as [->|]; [right; lia|tauto].
    + intros k Hk E. destruct (Nat.eq_dec k i) as [->|N]; [apply (full_same t); [reflexivity|reflexivity|exact F]|].
      rewrite upd_other in E by exact N. apply (full_same t); [reflexivity|reflexivity|now apply K10].
    + rewrite upd_other by lia. exact K11.
  - destruct t as [st0 oc0 cc0 up0 wr0 sr0 sl0 wl0].
    apply (kept_release reps rels (Tree st0 oc0 cc0 up0 wr0 sr0 sl0 wl0) 0 sl0); try assumption; try lia; reflexivity.
  - apply kept_release; [lia|now apply (k_full _ _ _ K)|exact K|now split|reflexivity|].
    intros k r N. unfold taken. now rewrite upd2_other by tauto.
Qed.

(** * What the tree gives to workers and stewards *)

Lemma tree_depth_le reps rels t j : kept_tree reps rels t -> j < P -> st t j <= st t 0.
Proof.
  intros K. induction j as [j IH] using lt_wf_ind. intros Hj. destruct (Nat.eq_dec j 0) as [->|N]; [lia|].
  assert (0 < j < P) as Hj' by lia. pose proof (par_before j Hj') as L. pose proof (k_down _ _ _ K j Hj').
  specialize (IH (par j) L ltac:(lia)). lia.
Qed.

(* what has been released at the root has been reported by node j's worker *)
Lemma root_waits reps rels t j : kept_tree reps rels t -> j < P -> st t 0 <= st t j + b2n (up t j) <= reps j.
Proof.
  intros K Hj. split.
  - induction j as [j IH] using lt_wf_ind. destruct (Nat.eq_dec j 0) as [->|N]; [lia|].
    assert (0 < j < P) as Hj' by lia. pose proof (par_before j Hj') as L. pose proof (k_up _ _ _ K j Hj') as A.
    destruct (Nat.eq_dec (par j) 0) as [E|E]; [rewrite E in A; lia|].
    specialize (IH (par j) L ltac:(lia)). destruct (up t (par j)) eqn:U; simpl in IH; [|lia].
    destruct (k_full _ _ _ K (par j) ltac:(lia) U) as (_ & C). rewrite (C j) in A by now split. simpl in A. lia.
  - pose proof (k_own _ _ _ K j Hj) as A. destruct (up t j) eqn:U; simpl; [|lia].
    destruct (Nat.eq_dec j 0) as [->|N]; [rewrite (k_root _ _ _ K) in U; discriminate|].
    destruct (k_full _ _ _ K j ltac:(lia) U) as (O & _). rewrite O in A. simpl in A. lia.
Qed.

Lemma release_waits reps rels t p q : kept_tree reps rels t -> p < P -> q < P -> rels q <= reps p.
Proof.
  intros K Hp Hq. pose proof (root_waits _ _ t p K Hp). pose proof (tree_depth_le _ _ t q K Hq).
  pose proof (k_out _ _ _ K q Hq). lia.
Qed.

(* no steward gets what it does not expect *)
Lemma steward_accepts reps rels t j r : kept_tree reps rels t -> j < P ->
  (0 < wr t j r -> r = st t j /\ oc t j = false) /\
  (0 < j -> 0 < sr t j r -> r = st t (par j) /\ cc t j = false) /\
  (0 < j -> 0 < sl t j r -> r = st t j /\ up t j = true /\ full t j) /\
  (0 < wl t j r -> r = rels j /\ reps j = S (rels j)).
Proof.
  intros K Hj.
  pose proof (k_turn _ _ _ K j Hj) as A. pose proof (k_own _ _ _ K j Hj) as B. pose proof (k_out _ _ _ K j Hj) as C.
  repeat split.
  - destruct (Nat.eq_dec r (st t j)); [assumption|]. rewrite (k_own0 _ _ _ K) in H by assumption. lia.
  - destruct (Nat.eq_dec r (st t j)) as [->|]; [|rewrite (k_own0 _ _ _ K) in H by assumption; lia].
    destruct (oc t j); [simpl in B; lia|reflexivity].
  - destruct (Nat.eq_dec r (st t (par j))); [assumption|]. rewrite (k_up0 _ _ _ K) in H0 by (assumption || lia). lia.
  - destruct (Nat.eq_dec r (st t (par j))) as [->|]; [|rewrite (k_up0 _ _ _ K) in H0 by (assumption || lia); lia].
    pose proof (k_up _ _ _ K j ltac:(lia)) as D. pose proof (k_down _ _ _ K j ltac:(lia)).
    assert (b2n (up t j) <= 1) by (destruct (up t j); simpl; lia). destruct (cc t j); [simpl in D; lia|reflexivity].
  - destruct (Nat.eq_dec r (st t j)); [assumption|]. rewrite (k_down0 _ _ _ K) in H0 by (assumption || lia). lia.
  - destruct (Nat.eq_dec r (st t j)) as [->|]; [|rewrite (k_down0 _ _ _ K) in H0 by (assumption || lia); lia].
    pose proof (k_up _ _ _ K j ltac:(lia)) as D. pose proof (k_down _ _ _ K j ltac:(lia)).
    destruct (up t j); [reflexivity|simpl in D; lia].
  - destruct (Nat.eq_dec r (st t j)) as [->|]; [|rewrite (k_down0 _ _ _ K) in H0 by (assumption || lia); lia].
    pose proof (k_up _ _ _ K j ltac:(lia)) as D. pose proof (k_down _ _ _ K j ltac:(lia)).
    apply (k_full _ _ _ K); [lia|]. destruct (up t j); [reflexivity|simpl in D; lia].
  - destruct (Nat.eq_dec r (st t j)) as [->|]; [|rewrite (k_down0 _ _ _ K) in H0 by (assumption || lia); lia].
    pose proof (k_up _ _ _ K j ltac:(lia)) as D. pose proof (k_down _ _ _ K j ltac:(lia)).
    apply (k_full _ _ _ K); [lia|]. destruct (up t j); [reflexivity|simpl in D; lia].
  - destruct (Nat.eq_dec r (rels j)); [assumption|]. rewrite (k_out0 _ _ _ K) in H by assumption. lia.
  - destruct (Nat.eq_dec r (rels j)) as [->|]; [|rewrite (k_out0 _ _ _ K) in H by assumption; lia]. lia.
Qed.

(* no letter of the tree on its way *)
Definition quiet (t : tree) : Prop :=
  forall j r, j < P -> wr t j r = 0 /\ wl t j r = 0 /\ (0 < j -> sr t j r = 0 /\ sl t j r = 0).

Definition busy (rels : nat -> nat) (t : tree) (j : nat) : bool :=
  (0 <? wr t j (st t j)) || (0 <? wl t j (rels j)) || (fullb t j && negb (up t j)) ||
  ((0 <? j) && ((0 <? sr t j (st t (par j))) || (0 <? sl t j (st t j)))).

(* Either the tree has something to do, or a release is on its way to a worker, or somebody has yet to report. *)
Lemma tree_progress reps rels t : kept_tree reps rels t ->
  (exists t', tstep t t') \/ (exists p, p < P /\ 0 < wl t p (rels p)) \/
  (quiet t /\ (forall p, p < P -> rels p = st t 0 /\ st t p = st t 0) /\ exists p, p < P /\ reps p = st t 0).
Proof.
  intros K. destruct (search P (busy rels t)) as [(j & Hj & B)|Idle].
  - unfold busy in B. rewrite !orb_true_iff, !andb_true_iff, orb_true_iff, negb_true_iff, !Nat.ltb_lt, fullb_spec in B.
    destruct B as [[[B|B]|(F & U)]|(Pj & [B|B])].
    + left. eexists. apply (t_own t j Hj B). now apply (steward_accepts reps rels t j (st t j)).
    + right. left. now exists j.
    + left. destruct (Nat.eq_dec j 0) as [->|N]; [eexists; now apply t_root|eexists; apply (t_up t j);
        [lia|exact F|exact U]].
    + left. eexists. apply (t_child t j); [lia|exact B|]. now apply (steward_accepts reps rels t j (st t (par j))).
    + left. eexists. apply (t_down t j); [lia|exact B|]. now apply (steward_accepts reps rels t j (st t j)).
  - right. right.
    assert (Idle' : forall j, j < P -> wr t j (st t j) = 0 /\ wl t j (rels j) = 0 /\ (full t j -> up t j = true) /\
              (0 < j -> sr t j (st t (par j)) = 0 /\ sl t j (st t j) = 0)).
    { intros j Hj. specialize (Idle j Hj). unfold busy in Idle.
      rewrite !orb_false_iff, !andb_false_iff, orb_false_iff, negb_false_iff, !Nat.ltb_ge in Idle.
      destruct Idle as (((A & B) & C) & D). repeat split; try lia.
      intros F. apply fullb_spec in F. destruct C as [C|C]; [congruence|exact C]. }
    clear Idle.
    assert (Level : forall j, j < P -> st t j = st t 0).
    { intros j. induction j as [j IH] using lt_wf_ind. intros Hj. destruct (Nat.eq_dec j 0) as [->|N]; [reflexivity|].
      assert (0 < j < P) as Hj' by lia. pose proof (par_before j Hj'). pose proof (k_down _ _ _ K j Hj').
      destruct (Idle' j Hj) as (_ & _ & _ & I). specialize (IH (par j)). lia. }
    assert (Rels : forall p, p < P -> rels p = st t 0).
    { intros p Hp. pose proof (k_out _ _ _ K p Hp). destruct (Idle' p Hp) as (_ & I & _). rewrite <- (Level p Hp).
      lia. }
    repeat split.
    + intros. destruct (Nat.eq_dec r (st t j)) as [->|]; [now apply Idle'|now apply (k_own0 _ _ _ K)].
    + destruct (Nat.eq_dec r (rels j)) as [->|]; [now apply Idle'|now apply (k_out0 _ _ _ K)].
    + destruct (Nat.eq_dec r (st t (par j))) as [->|]; [now apply Idle'|apply (k_up0 _ _ _ K); [lia|assumption]].
    + destruct (Nat.eq_dec r (st t j)) as [->|]; [now apply Idle'|apply (k_down0 _ _ _ K); [lia|assumption]].
    + now apply Rels.
    + now apply Level.
    + destruct (search P (fun p => reps p =? st t 0)) as [(p & Hp & E)|All].
      * exists p. split; [exact Hp|now apply Nat.eqb_eq].
      * exfalso.
        assert (Full : forall n j, j < P -> P - j <= n -> full t j).
        { induction n as [|n IH]; intros j Hj Hn; [lia|]. split.
          - pose proof (k_own _ _ _ K j Hj) as A. pose proof (k_turn _ _ _ K j Hj) as B.
            specialize (All j Hj). apply Nat.eqb_neq in All. rewrite (Rels j Hj) in B. rewrite (Level j Hj) in A.
            destruct (Idle' j Hj) as (W & _). rewrite (Level j Hj) in W. rewrite W in A.
            destruct (oc t j); [reflexivity|simpl in A; lia].
          - intros k (Hk & E). pose proof (par_before k Hk). pose proof (k_up _ _ _ K k Hk) as A.
            destruct (Idle' k ltac:(lia)) as (_ & _ & U & S). rewrite U in A by (apply IH; lia).
            rewrite (proj1 (S (proj1 Hk))), (Level k), (Level (par k)) in A by lia.
            destruct (cc t k); [reflexivity|simpl in A; lia]. }
        destruct (Idle' 0 workers) as (_ & _ & U & _). rewrite (k_root _ _ _ K) in U.
        specialize (U (Full P 0 workers ltac:(lia))). discriminate.
Qed.

(** * How long the tree can be busy *)

Definition node_left (t : tree) (j : nat) : nat :=
  (3 * (T - st t j) - b2n (oc t j) - b2n (up t j)) + (if j =? 0 then 0 else 2 * (T - st t (par j)) - b2n (cc t j)).
Definition tree_left (t : tree) : nat := total P (node_left t).

Lemma release_left t i sl' : i < P -> full t i -> st t i < T ->
  tree_left (release (Tree (st t) (oc t) (cc t) (up t) (wr t) (sr t) sl' (wl t)) i) < tree_left t.
Proof.
  intros Hi (Fo & Fc) L.
  assert (Le : forall j, j < P -> node_left (release (Tree (st t) (oc t) (cc t) (up t) (wr t) (sr t) sl' (wl t)) i) j <=
             node_left t j - (if j =? i then 1 else 0) /\ (j = i -> 0 < node_left t j)).
  { intros j Hj. unfold node_left, release. cbn [st oc cc up].
    assert (Below : (if j =? 0 then 0 else 2 * (T - upd (st t) i (S (st t i)) (par j)) - b2n (if childb i j then
      false else cc t j)) <=
      (if j =? 0 then 0 else 2 * (T - st t (par j)) - b2n (cc t j))).
    { destruct (Nat.eqb_spec j 0); [lia|]. rewrite childb_par by lia. destruct (Nat.eqb_spec (par j) i) as [E|E].
      - rewrite E, upd_same. rewrite (Fc j) by (split; [lia|exact E]). simpl. lia.
      - rewrite upd_other by exact E. lia. }
    destruct (Nat.eqb_spec j i) as [->|N].
    - rewrite !upd_same, Fo. cbn [b2n]. assert (b2n (up t i) <= 1) by (destruct (up t i); simpl; lia). lia.
    - rewrite !upd_other by exact N. split; [lia|tauto]. }
  apply (total_lt P _ _ i); [|exact Hi|].
  - intros j Hj. destruct (Le j Hj). lia.
  - destruct (Le i Hi) as (A & B). rewrite Nat.eqb_refl in A. specialize (B eq_refl). lia.
Qed.

Lemma tstep_left reps rels t t' : (forall p, p < P -> reps p <= T) -> kept_tree reps rels t -> tstep t t' ->
  tree_left t' < tree_left t.
Proof.
  intros Most K S.
  assert (Reported : forall j, j < P -> st t j + b2n (oc t j) + wr t j (st t j) <= T).
  { intros j Hj. pose proof (k_own _ _ _ K j Hj). specialize (Most j Hj). lia. }
  destruct S as [j Hj Hl O|j Hj Hl O|i Hi F U|F|j Hj Hl U].
  - apply (total_lt P _ _ j); [|exact Hj|].
    + intros k Hk. unfold node_left. simpl. destruct (Nat.eq_dec k j) as [->|N]; [rewrite upd_same,
        O; simpl; lia|rewrite upd_other by exact N; lia].
    + unfold node_left. simpl. rewrite upd_same, O. simpl b2n. specialize (Reported j Hj).
      assert (b2n (up t j) <= 1) by (destruct (up t j); simpl; lia). lia.
  - apply (total_lt P _ _ j); [|lia|].
    + intros k Hk. unfold node_left. simpl. destruct (Nat.eq_dec k j) as [->|N]; [rewrite upd_same,
        O; destruct (j =? 0); simpl; lia|rewrite upd_other by exact N; lia].
    + unfold node_left. simpl. rewrite upd_same, O. destruct (Nat.eqb_spec j 0); [lia|]. simpl b2n.
      pose proof (k_up _ _ _ K j Hj) as A. rewrite O in A. simpl in A. pose proof (root_waits _ _ t j K ltac:(lia)).
      specialize (Most j ltac:(lia)). lia.
  - apply (total_lt P _ _ i); [|lia|].
    + intros k Hk. unfold node_left. simpl. destruct (Nat.eq_dec k i) as [->|N]; [rewrite upd_same,
        U; simpl; lia|rewrite upd_other by exact N; lia].
    + unfold node_left. simpl. rewrite upd_same, U. destruct F as (Fo & _). rewrite Fo. simpl b2n.
      specialize (Reported i ltac:(lia)). rewrite Fo in Reported. simpl in Reported. lia.
  - destruct t as [st0 oc0 cc0 up0 wr0 sr0 sl0 wl0].
    apply (release_left (Tree st0 oc0 cc0 up0 wr0 sr0 sl0 wl0) 0 sl0 workers F).
    specialize (Reported 0 workers). rewrite (proj1 F) in Reported. simpl in *. lia.
  - assert (Fj : full t j) by now apply (k_full _ _ _ K). apply release_left; [lia|exact Fj|].
    specialize (Reported j ltac:(lia)). rewrite (proj1 Fj) in Reported. simpl in Reported. lia.
Qed.

Lemma first_left : tree_left first_tree <= 5 * (P * T).
Proof.
  unfold tree_left. rewrite <- (Nat.mul_comm (P * T)), <- Nat.mul_assoc, <- total_const. apply total_le.
  intros j _. unfold node_left. simpl. destruct (j =? 0); lia.
Qed.

End Tree.
