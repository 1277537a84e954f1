(* Serializability: any interleaving with the same per-resource order gives the
   same state.  No axioms: states are compared pointwise. *)
From Coq Require Import Arith Lia List Bool.
From Fugue Require Import Schedule.
Import ListNotations.

Section Trace.
Variables (loc val : Type).
Definition state := loc -> val.
Definition eqs (s t : state) := forall i, s i = t i.
Notation "s == t" := (eqs s t) (at level 70).

(* an update: reads rd, writes wr, a deterministic state transformer *)
Record op := Op {
  rd : loc -> bool;
  wr : loc -> bool;
  act : state -> state;
  act_frame : forall s i, wr i = false -> act s i = s i;
  act_local : forall s t, (forall i, rd i = true -> s i = t i) ->
              forall i, wr i = true -> act s i = act t i }.

(* Bernstein's conditions *)
Definition indep (a b : op) :=
  forall i, (wr a i = true -> rd b i = false /\ wr b i = false) /\
            (wr b i = true -> rd a i = false /\ wr a i = false).

Lemma act_proper a s t : s == t -> act a s == act a t.
Proof.
  intros E i. destruct (wr a i) eqn:W.
  - apply act_local; [intros; apply E|exact W].
  - now rewrite !act_frame.
Qed.

Lemma indep_commute a b s : indep a b -> act a (act b s) == act b (act a s).
Proof.
  intros I i. destruct (I i) as (Ia & Ib).
  destruct (wr a i) eqn:Wa.
  - destruct (Ia eq_refl) as (_ & Wb). rewrite (act_frame b _ i Wb).
    apply act_local; [|exact Wa]. intros j Rj. apply act_frame.
    destruct (wr b j) eqn:Wj; [|reflexivity].
    destruct (proj2 (I j) Wj). congruence.
  - rewrite (act_frame a _ i Wa). destruct (wr b i) eqn:Wb.
    + apply act_local; [|exact Wb]. intros j Rj. symmetry. apply act_frame.
      destruct (wr a j) eqn:Wj; [|reflexivity].
      destruct (proj1 (I j) Wj). congruence.
    + now rewrite !(act_frame b _ i Wb), act_frame.
Qed.

(* Events: an operation tagged with a label of any type (worker, sub-epoch, ...) *)
Variable lab : Type.
Notation event := (lab * op)%type.
Definition run (tr : list event) (s : state) : state :=
  fold_left (fun s e => act (snd e) s) tr s.

Lemma run_proper tr : forall s t, s == t -> run tr s == run tr t.
Proof. induction tr as [|e tr IH]; simpl; intros s t E; [exact E|]. apply IH, act_proper, E. Qed.

Lemma run_move_front pre e post s :
  (forall x, In x pre -> indep (snd e) (snd x)) ->
  run (pre ++ e :: post) s == run (e :: pre ++ post) s.
Proof.
  revert s. induction pre as [|x pre IH]; intros s H; [intro; reflexivity|].
  simpl. intro i. rewrite (IH (act (snd x) s)) by (intros; apply H; now right).
  simpl. apply run_proper, indep_commute, H. now left.
Qed.

(* Resources: a worker, a row block, a column block, ... *)
Variable res : Type.
Variable uses : res -> event -> bool.
Definition proj (r : res) (tr : list event) := filter (uses r) tr.

Lemma filter_cons_split {A} (f : A -> bool) l a m :
  filter f l = a :: m ->
  exists pre post, l = pre ++ a :: post /\ filter f pre = [] /\ filter f post = m /\ f a = true.
Proof.
  induction l as [|x l IH]; simpl; [discriminate|]. destruct (f x) eqn:F; intros E.
  - injection E as -> <-. exists [], l. auto.
  - destruct (IH E) as (pre & post & -> & P0 & P1 & P2).
    exists (x :: pre), post. simpl. rewrite F. auto.
Qed.

Theorem run_same_projections t1 : forall t2 s,
  (forall e, In e (t1 ++ t2) -> exists r, uses r e = true) ->
  (forall e f, In e (t1 ++ t2) -> In f (t1 ++ t2) ->
     (forall r, uses r e = true -> uses r f = false) -> indep (snd e) (snd f)) ->
  (forall r, proj r t1 = proj r t2) ->
  run t1 s == run t2 s.
Proof.
  unfold proj. induction t1 as [|e t1 IH]; intros t2 s HR HI HP.
  - destruct t2 as [|f t2]; [intro; reflexivity|].
    destruct (HR f) as (r & U); [now left|]. specialize (HP r). simpl in HP.
    rewrite U in HP. discriminate.
  - destruct (HR e) as (r & U); [now left|].
    pose proof (HP r) as Hr. simpl in Hr. rewrite U in Hr. symmetry in Hr.
    destruct (filter_cons_split _ _ _ _ Hr) as (pre & post & -> & F0 & _ & _).
    assert (NP : forall x, In x pre -> forall q, uses q e = true -> uses q x = false).
    { intros x Ix q Uq. destruct (uses q x) eqn:Ux; [|reflexivity]. exfalso.
      pose proof (HP q) as Hq. simpl in Hq. rewrite Uq, filter_app in Hq.
      destruct (filter (uses q) pre) as [|y l] eqn:Fp.
      - assert (In x []) as [] by (rewrite <- Fp; apply filter_In; auto).
      - simpl in Hq. injection Hq as <- _.
        assert (Ie : In e (filter (uses q) pre)) by (rewrite Fp; now left).
        apply filter_In in Ie as (Ie & _).
        assert (In e []) as [] by (rewrite <- F0; apply filter_In; auto). }
    intro i. rewrite (run_move_front pre e post s).
    2:{ intros x Ix. apply HI; [now left| |apply (NP x Ix)].
        right. apply in_or_app. right. apply in_or_app. now left. }
    simpl. apply IH.
    + intros x Ix. apply HR. apply in_app_or in Ix. simpl.
      right. apply in_or_app. destruct Ix as [Ix|Ix]; [auto|right].
      apply in_app_or in Ix. apply in_or_app. simpl. tauto.
    + intros x y Ix Iy. apply HI; simpl; right; apply in_or_app.
      * apply in_app_or in Ix. destruct Ix as [Ix|Ix]; [auto|right].
        apply in_app_or in Ix. apply in_or_app. simpl. tauto.
      * apply in_app_or in Iy. destruct Iy as [Iy|Iy]; [auto|right].
        apply in_app_or in Iy. apply in_or_app. simpl. tauto.
    + intro q. pose proof (HP q) as Hq. rewrite filter_app in Hq |- *. simpl in Hq.
      destruct (uses q e) eqn:Uq; [|exact Hq].
      assert (Fp : filter (uses q) pre = []).
      { destruct (filter (uses q) pre) as [|y l] eqn:Fp; [reflexivity|].
        assert (Iy : In y (filter (uses q) pre)) by (rewrite Fp; now left).
        apply filter_In in Iy as (Iy & Uy). rewrite (NP y Iy q Uq) in Uy. discriminate. }
      rewrite Fp in Hq |- *. simpl in Hq |- *. injection Hq as Hq. exact Hq.
Qed.
End Trace.

Arguments rd {loc val}. Arguments wr {loc val}. Arguments act {loc val}.
Arguments indep {loc val}. Arguments run {loc val lab}. Arguments eqs {loc val}.
Notation "s == t" := (eqs s t) (at level 70).

Lemma filter_idem {A} (f : A -> bool) l : filter f (filter f l) = filter f l.
Proof.
  induction l as [|a l IH]; simpl; [reflexivity|]. destruct (f a) eqn:F; simpl; [|exact IH].
  now rewrite F, IH.
Qed.
Lemma filter_disj {A} (f g : A -> bool) l :
  (forall x, f x = true -> g x = false) -> filter f (filter g l) = [].
Proof.
  intros D. induction l as [|a l IH]; simpl; [reflexivity|]. destruct (g a) eqn:G; simpl; [|exact IH].
  destruct (f a) eqn:F; [|exact IH]. rewrite (D a F) in G. discriminate.
Qed.

(* ---- one sub-epoch: resources are the workers ---- *)
Section SubEpoch.
Variables (loc val : Type).
Definition byw (w : nat) (e : nat * op loc val) := Nat.eqb w (fst e).
Definition worker (w : nat) (tr : list (nat * op loc val)) := filter (byw w) tr.
Definition serial (ws : list nat) tr := flat_map (fun w => worker w tr) ws.

Lemma worker_serial ws : forall tr v, NoDup ws ->
  worker v (serial ws tr) = if in_dec Nat.eq_dec v ws then worker v tr else [].
Proof.
  unfold serial, worker. induction ws as [|w ws IH]; intros tr v ND; [reflexivity|].
  inversion ND; subst. cbn [flat_map]. rewrite filter_app, (IH tr v) by assumption.
  destruct (in_dec Nat.eq_dec v (w :: ws)) as [K|K], (Nat.eq_dec w v) as [->|N].
  - rewrite filter_idem. destruct (in_dec Nat.eq_dec v ws); [contradiction|apply app_nil_r].
  - rewrite filter_disj.
    2:{ intros e. unfold byw. rewrite Nat.eqb_eq, Nat.eqb_neq. congruence. }
    destruct (in_dec Nat.eq_dec v ws) as [_|M]; [reflexivity|].
    destruct K; [contradiction|contradiction].
  - exfalso; apply K; now left.
  - rewrite filter_disj.
    2:{ intros e. unfold byw. rewrite Nat.eqb_eq, Nat.eqb_neq. congruence. }
    destruct (in_dec Nat.eq_dec v ws) as [M|_]; [exfalso; apply K; now right|reflexivity].
Qed.

(* parallel = serial, in any order ws of the workers *)
Theorem serializable ws tr s :
  NoDup ws -> (forall e, In e tr -> In (fst e) ws) ->
  (forall e f, In e tr -> In f tr -> fst e <> fst f -> indep (snd e) (snd f)) ->
  run tr s == run (serial ws tr) s.
Proof.
  intros ND C I.
  assert (S : forall e, In e (tr ++ serial ws tr) -> In e tr).
  { intros e H. apply in_app_or in H as [H|H]; [exact H|].
    apply in_flat_map in H as (w & _ & H). now apply filter_In in H. }
  apply (run_same_projections loc val nat nat byw).
  - intros e _. exists (fst e). apply Nat.eqb_refl.
  - intros e f He Hf N. apply I; auto. intro E.
    specialize (N (fst e)). unfold byw in N. rewrite <- E, Nat.eqb_refl in N.
    discriminate N. reflexivity.
  - intro v. unfold proj. change (worker v tr = worker v (serial ws tr)).
    rewrite worker_serial by exact ND.
    destruct (in_dec Nat.eq_dec v ws) as [_|K]; [reflexivity|].
    unfold worker. destruct (filter (byw v) tr) as [|e l] eqn:F; [reflexivity|].
    assert (Ie : In e (filter (byw v) tr)) by (rewrite F; now left).
    apply filter_In in Ie as (Ie & Ue). apply Nat.eqb_eq in Ue. subst v.
    exfalso. apply K, C, Ie.
Qed.
End SubEpoch.

(* ---- instance: matrix-block SGD under a Latin-square schedule ---- *)
Section Blocks.
Variables (val : Type) (P : nat) (sch : nat -> nat -> nat).
Variables (rb cb : nat -> nat).            (* row -> row block, column -> column block *)
Definition ploc := (nat + nat)%type.       (* inl i: parameters of row i; inr j: of column j *)
Definition entry_loc (i j : nat) (l : ploc) : bool :=
  match l with inl a => Nat.eqb a i | inr b => Nat.eqb b j end.
(* an update on data entry (i,j): reads and writes only u_i and v_j *)
Definition entry_op (i j : nat) (o : op ploc val) :=
  forall l, (rd o l = true -> entry_loc i j l = true) /\
            (wr o l = true -> entry_loc i j l = true).

Lemma entry_indep i j k m a b :
  entry_op i j a -> entry_op k m b -> i <> k -> j <> m -> indep a b.
Proof.
  intros A B Ni Nj l. destruct (A l) as (Ar & Aw), (B l) as (Br & Bw).
  assert (D : entry_loc i j l = true -> entry_loc k m l = true -> False).
  { destruct l as [x|x]; simpl; rewrite !Nat.eqb_eq; congruence. }
  split; intro W; split.
  - destruct (rd b l); [exfalso; auto|reflexivity].
  - destruct (wr b l); [exfalso; auto|reflexivity].
  - destruct (rd a l); [exfalso; auto|reflexivity].
  - destruct (wr a l); [exfalso; auto|reflexivity].
Qed.

(* event e of worker p in sub-epoch s samples an entry of block (p, sch s p) *)
Definition owned s (e : nat * op ploc val) :=
  fst e < P /\ exists i j, rb i = fst e /\ cb j = sch s (fst e) /\ entry_op i j (snd e).

Theorem subepoch_serializable s tr st ws :
  latin P sch -> s < P -> (forall e, In e tr -> owned s e) ->
  NoDup ws -> (forall p, p < P -> In p ws) ->
  run tr st == run (serial ploc val ws tr) st.
Proof.
  intros L Hs O ND C. apply serializable; [exact ND| |].
  - intros e He. apply C, (O e He).
  - intros e f He Hf N.
    destruct (O e He) as (Pe & i & j & Ri & Cj & Ee), (O f Hf) as (Pf & k & m & Rk & Cm & Ef).
    apply (entry_indep i j k m _ _ Ee Ef).
    + intros ->. apply N. congruence.
    + intros ->. apply N. destruct L as (_ & L & _). apply (L s); auto. congruence.
Qed.

(* Barrier-free epoch (ring hand-off): events are labelled (row block, column block);
   if two executions agree on the order seen by every row block and by every
   column block, they agree -- no global barrier is needed. *)
Definition blk_uses (r : ploc) (e : (nat * nat) * op ploc val) : bool :=
  match r with inl p => Nat.eqb p (fst (fst e)) | inr c => Nat.eqb c (snd (fst e)) end.
Definition in_block (e : (nat * nat) * op ploc val) :=
  exists i j, rb i = fst (fst e) /\ cb j = snd (fst e) /\ entry_op i j (snd e).

Theorem ring_serializable t1 t2 st :
  (forall e, In e (t1 ++ t2) -> in_block e) ->
  (forall r, filter (blk_uses r) t1 = filter (blk_uses r) t2) ->
  run t1 st == run t2 st.
Proof.
  intros O HP. apply (run_same_projections ploc val (nat*nat) ploc blk_uses).
  - intros e _. exists (inl (fst (fst e))). apply Nat.eqb_refl.
  - intros e f He Hf N.
    destruct (O e He) as (i & j & Ri & Cj & Ee), (O f Hf) as (k & m & Rk & Cm & Ef).
    apply (entry_indep i j k m _ _ Ee Ef).
    + intros ->. specialize (N (inl (fst (fst e)))). simpl in N.
      rewrite <- Ri, <- Rk, Nat.eqb_refl in N. discriminate N; reflexivity.
    + intros ->. specialize (N (inr (snd (fst e)))). simpl in N.
      rewrite <- Cj, <- Cm, Nat.eqb_refl in N. discriminate N; reflexivity.
  - exact HP.
Qed.
End Blocks.
