(** Serializability (S4): a parallel run has the state of a serial one, bit for bit.
    A state gives every location a value of any type (in the C code a row's or a column's parameters, float words as
    they are); an update is a deterministic function that reads and writes some locations. No arithmetic is assumed, so
    that what is proved holds of rounded numbers. States are compared location by location.
    What the code must do: updates touch nothing but the row, the column and the worker's own copy of the statistic
    (core/model/, the conformance suite over models); a block has one holder (S3, core/audit.c); draws come from a
    counter-based generator, by place in the run, so that an update is the same function in either run. `fugue replay`
    and claim S4 (proofs/s4_serializable.c) execute the serial run and compare the bits.
    Closed under the global context. *)
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

(** S4, projections. Let every event use at least one resource, and let events that have no resource in common be
    independent (neither writes what the other reads or writes). Two traces of the same events in which every resource
    sees its events in the same order end in the same state. Source: Bernstein 1966 for independence; traces after
    Mazurkiewicz 1977. *)
Theorem S4_projections t1 : forall t2 s,
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

(* ---- one sub-epoch: the resources are the workers *)
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

(** Independent workers are serializable, in any order ws of theirs. *)
Lemma serializable ws tr s :
  NoDup ws -> (forall e, In e tr -> In (fst e) ws) ->
  (forall e f, In e tr -> In f tr -> fst e <> fst f -> indep (snd e) (snd f)) ->
  run tr s == run (serial ws tr) s.
Proof.
  intros ND C I.
  assert (S : forall e, In e (tr ++ serial ws tr) -> In e tr).
  { intros e H. apply in_app_or in H as [H|H]; [exact H|].
    apply in_flat_map in H as (w & _ & H). now apply filter_In in H. }
  apply (S4_projections loc val nat nat byw).
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

(** Workers who own disjoint sets of locations are serializable. *)
Lemma owners_serializable (own : nat -> loc -> bool) ws tr s :
  NoDup ws -> (forall e, In e tr -> In (fst e) ws) ->
  (forall v w l, v <> w -> own v l = true -> own w l = false) ->
  (forall e l, In e tr -> rd (snd e) l = true \/ wr (snd e) l = true -> own (fst e) l = true) ->
  run tr s == run (serial ws tr) s.
Proof.
  intros ND C D O. apply serializable; [exact ND|exact C|]. intros e f He Hf N l.
  assert (X : rd (snd e) l = true \/ wr (snd e) l = true -> rd (snd f) l = true \/ wr (snd f) l = true -> False).
  { intros A B. apply (O e l He) in A. apply (O f l Hf) in B. rewrite (D _ _ l N A) in B. discriminate. }
  split; intro W; split; match goal with |- ?b = false => destruct b eqn:?; [exfalso; apply X; auto|reflexivity] end.
Qed.

Lemma run_app (a b : list (nat * op loc val)) s : run (a ++ b) s = run b (run a s).
Proof. unfold run. apply fold_left_app. Qed.
End SubEpoch.
Arguments serial {loc val}. Arguments worker {loc val}.


(* ---- rows, columns and copies of the statistic *)
Section Blocks.
Variables (val : Type) (P : nat).
Variables (rb cb : nat -> nat).            (* row -> row block, column -> column block *)
Definition ploc := (nat + nat)%type.       (* inl i: parameters of row i; inr j: of column j *)
Definition entry_loc (i j : nat) (l : ploc) : bool :=
  match l with inl a => Nat.eqb a i | inr b => Nat.eqb b j end.
(** an update of point (i, j): reads and writes only u_i and v_j *)
Definition entry_op (i j : nat) (o : op ploc val) :=
  forall l, (rd o l = true -> entry_loc i j l = true) /\
            (wr o l = true -> entry_loc i j l = true).
(** the same where each worker has a copy of the global statistic: inr w is worker w's *)
Definition copy_op (w i j : nat) (o : op (ploc + nat) val) :=
  forall l, rd o l = true \/ wr o l = true -> match l with inl m => entry_loc i j m = true | inr v => v = w end.

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

Section Strata.
Variables (server : nat -> nat) (sch : nat -> nat).   (* of this sub-epoch: row and column block of a worker *)
Hypothesis rows_apart : forall p q, p < P -> q < P -> p <> q -> server p <> server q.
Hypothesis cols_apart : forall p q, p < P -> q < P -> p <> q -> sch p <> sch q.

(** An event of the sub-epoch: worker p updates a point of the block that it has, and its own copy. *)
Definition owned (e : nat * op (ploc + nat) val) :=
  fst e < P /\ exists i j, rb i = server (fst e) /\ cb j = sch (fst e) /\ copy_op (fst e) i j (snd e).

Definition own (p : nat) (l : ploc + nat) : bool :=
  (p <? P) && match l with inl (inl i) => rb i =? server p | inl (inr j) => cb j =? sch p | inr w => w =? p end.

Lemma own_apart v w l : v <> w -> own v l = true -> own w l = false.
Proof.
  intros N V. destruct (own w l) eqn:W; [exfalso|reflexivity]. unfold own in *.
  apply andb_true_iff in V as (Pv & V), W as (Pw & W). apply Nat.ltb_lt in Pv, Pw.
  destruct l as [[i|j]|u]; apply Nat.eqb_eq in V, W.
  - apply (rows_apart v w Pv Pw N). congruence.
  - apply (cols_apart v w Pv Pw N). congruence.
  - congruence.
Qed.

Lemma stratum_serializable tr st ws :
  (forall e, In e tr -> owned e) -> NoDup ws -> (forall p, p < P -> In p ws) ->
  run tr st == run (serial ws tr) st.
Proof.
  intros O ND C. apply (owners_serializable _ _ own); [exact ND| |exact own_apart|].
  - intros e He. apply C, (O e He).
  - intros e l He T. destruct (O e He) as (Pe & i & j & Ri & Cj & Ee). specialize (Ee l T). unfold own.
    apply andb_true_iff. split; [now apply Nat.ltb_lt|]. destruct l as [[a|b]|u].
    + simpl in Ee. apply Nat.eqb_eq in Ee. subst. now apply Nat.eqb_eq.
    + simpl in Ee. apply Nat.eqb_eq in Ee. subst. now apply Nat.eqb_eq.
    + now apply Nat.eqb_eq.
Qed.
End Strata.

(** S4, a sub-epoch. P workers in sub-epoch s of epoch e, each of whom updates points of the block that the schedule
    gives it (rows rotating or not, e = 0), as many as it likes - required and extra ones, some workers none - and its
    own copy of a global statistic. Whatever the interleaving, the state is that of the serial execution in which the
    workers, in any order ws, make their updates one worker after the other. Constraints across column blocks, and a
    statistic that workers share, are excluded (S4_shared_statistic). Source: Kumar et al. 2014; this form is ours. *)
Theorem S4_subepoch e s tr st ws :
  (forall ev, In ev tr -> owned (rot P e) (col P s) ev) -> NoDup ws -> (forall p, p < P -> In p ws) ->
  run tr st == run (serial ws tr) st.
Proof.
  intros O ND C. apply (stratum_serializable (rot P e) (col P s)); auto.
  - intros p q Hp Hq N. now apply (S1_disjoint P e s p q Hp Hq N).
  - intros p q Hp Hq N. now apply (S1_disjoint P e s p q Hp Hq N).
Qed.

(** S4, a whole run of strata. Sub-epoch after sub-epoch, each ended by a release that may read and write everything
    (it merges the copies of the statistic): the parallel run has the state of the run that is serial within every
    sub-epoch, in an order of the workers that may change from one sub-epoch to the next. *)
Theorem S4_run : forall (strata : list (nat * nat * list nat * list (nat * op (ploc + nat) val) *
    (nat * op (ploc + nat) val))) st,
  (forall e s ws tr release, In (e, s, ws, tr, release) strata ->
     (forall ev, In ev tr -> owned (rot P e) (col P s) ev) /\ NoDup ws /\ (forall p, p < P -> In p ws)) ->
  run (flat_map (fun '(_, _, _, tr, release) => tr ++ [release]) strata) st ==
  run (flat_map (fun '(_, _, ws, tr, release) => serial ws tr ++ [release]) strata) st.
Proof.
  induction strata as [|((((e & s) & ws) & tr) & release) strata IH]; intros st H; [intro; reflexivity|].
  destruct (H e s ws tr release (or_introl eq_refl)) as (O & ND & C).
  cbn [flat_map]. rewrite !run_app. intro l.
  rewrite (IH _ (fun e' s' ws' tr' r' I => H e' s' ws' tr' r' (or_intror I)) l).
  apply run_proper. simpl. apply act_proper. now apply (S4_subepoch e s).
Qed.

(* Barrier-free: events are labelled (row block, column block). *)
Definition blk_uses (r : ploc) (e : (nat * nat) * op ploc val) : bool :=
  match r with inl p => Nat.eqb p (fst (fst e)) | inr c => Nat.eqb c (snd (fst e)) end.
Definition in_block (e : (nat * nat) * op ploc val) :=
  exists i j, rb i = fst (fst e) /\ cb j = snd (fst e) /\ entry_op i j (snd e).

(** S4, without a barrier (ring, nomad, relay). Updates of points, each labelled with its row block and its column
    block: two executions in which every row block and every column block sees its updates in the same order end in
    the same state. So a run whose blocks are handed from holder to holder is that of any serial execution that
    keeps these orders; that of the trace is one. Without a global statistic. *)
Theorem S4_blocks t1 t2 st :
  (forall e, In e (t1 ++ t2) -> in_block e) ->
  (forall r, filter (blk_uses r) t1 = filter (blk_uses r) t2) ->
  run t1 st == run t2 st.
Proof.
  intros O HP. apply (S4_projections ploc val (nat*nat) ploc blk_uses).
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

(* ---- instances, and what sharing breaks *)

(** u_i <- f u_i v_j and v_j <- g u_i v_j c, and the copy c of worker w <- h v_j c: numbers for values. *)
Definition touched (w i j : nat) (l : ploc + nat) : bool :=
  match l with inl m => entry_loc i j m | inr v => v =? w end.
Definition update (w i j : nat) (f g h : nat -> nat -> nat -> nat) : op (ploc + nat) nat.
Proof.
  refine (Op (ploc + nat) nat (touched w i j) (touched w i j) (fun s l =>
    if touched w i j l then
      match l with inl (inl _) => f | inl (inr _) => g | inr _ => h end (s (inl (inl i))) (s (inl (inr j))) (s (inr w))
    else s l) _ _).
  - intros s l W. now rewrite W.
  - intros s t E l W. rewrite W.
    rewrite (E (inl (inl i))), (E (inl (inr j))), (E (inr w)) by apply Nat.eqb_refl. reflexivity.
Defined.

Lemma update_copy_op w i j f g h : copy_op nat w i j (update w i j f g h).
Proof. intros l [T|T]; destruct l as [m|v]; [exact T| |exact T|]; now apply Nat.eqb_eq in T. Qed.

(** Updates of the tests below: of the column's value alone, or of the copy's. *)
Definition keep_u (u v c : nat) := u.
Definition keep_v (u v c : nat) := v.
Definition keep_c (u v c : nat) := c.
Definition on_point w i j := update w i j (fun u v _ => u + v) (fun u v c => u * v + c) (fun _ v c => v + c).
Definition ones (l : ploc + nat) : nat := 1.

Example S4_projections_instance :
  run [(0, on_point 0 0 0); (1, on_point 1 1 1)] ones == run [(1, on_point 1 1 1); (0, on_point 0 0 0)] ones.
Proof.
  apply (S4_projections (ploc + nat) nat nat nat (fun r e => r =? fst e)).
  - intros e _. exists (fst e). apply Nat.eqb_refl.
  - intros e f He Hf N l. specialize (N (fst e) (Nat.eqb_refl _)). simpl in He, Hf.
    destruct He as [<-|[<-|[<-|[<-|[]]]]], Hf as [<-|[<-|[<-|[<-|[]]]]]; simpl in N; try discriminate;
      destruct l as [[[|[|]]|[|[|]]]|[|[|]]]; simpl; auto.
  - intros [|[|r]]; reflexivity.
Qed.

(** Two workers, rows and columns that are their own blocks; second epoch, second sub-epoch: worker 0 makes an extra
    update. *)
Definition both := [(0, on_point 0 1 1); (1, on_point 1 0 0); (0, on_point 0 1 1)].

Lemma both_owned : forall ev, In ev both -> owned nat 2 (fun i => i) (fun j => j) (rot 2 1) (col 2 1) ev.
Proof.
  intros ev [<-|[<-|[<-|[]]]]; (split; [simpl; lia|]);
    [exists 1, 1|exists 0, 0|exists 1, 1]; repeat split; apply update_copy_op.
Qed.

Example S4_subepoch_instance : run both ones == run (serial [1; 0] both) ones.
Proof.
  apply (S4_subepoch nat 2 (fun i => i) (fun j => j) 1 1 both ones [1; 0] both_owned).
  - repeat constructor; simpl; intuition lia.
  - intros p Hp. simpl. lia.
Qed.

(** The release adds the copies up, for both. *)
Definition merged (l : ploc + nat) : bool := match l with inl _ => false | inr v => v <? 2 end.
Definition merge : op (ploc + nat) nat.
Proof.
  refine (Op (ploc + nat) nat merged merged (fun s l => if merged l then s (inr 0) + s (inr 1) else s l) _ _).
  - intros s l W. now rewrite W.
  - intros s t E l W. rewrite W. now rewrite (E (inr 0)), (E (inr 1)) by reflexivity.
Defined.

Example S4_run_instance :
  run (both ++ [(0, merge)] ++ both ++ [(1, merge)]) ones ==
  run (serial [1; 0] both ++ [(0, merge)] ++ serial [0; 1] both ++ [(1, merge)]) ones.
Proof.
  apply (S4_run nat 2 (fun i => i) (fun j => j)
    [(1, 1, [1; 0], both, (0, merge)); (1, 1, [0; 1], both, (1, merge))] ones).
  intros e s ws tr release [I|[I|[]]]; injection I as <- <- <- <- <-; (split; [exact both_owned|split]);
    try (repeat constructor; simpl; intuition lia); intros p Hp; simpl; lia.
Qed.

Definition point (i j : nat) : op ploc nat.
Proof.
  refine (Op ploc nat (entry_loc i j) (entry_loc i j) (fun s l =>
    if entry_loc i j l then match l with inl _ => 2 * s (inl i) + s (inr j) | inr _ => s (inl i) + 3 * s (inr j) end
    else s l) _ _).
  - intros s l W. now rewrite W.
  - intros s t E l W. rewrite W. now rewrite (E (inl i)), (E (inr j)) by apply Nat.eqb_refl.
Defined.

(** Blocks (0, 0) and (1, 1) at the same time, then the column block of one with the row block of the other. *)
Example S4_blocks_instance :
  run [((0, 0), point 0 0); ((1, 1), point 1 1); ((0, 1), point 0 1)] (fun _ => 1) ==
  run [((1, 1), point 1 1); ((0, 0), point 0 0); ((0, 1), point 0 1)] (fun _ => 1).
Proof.
  apply (S4_blocks nat (fun i => i) (fun j => j)).
  - intros e He. simpl in He. destruct He as [<-|[<-|[<-|[<-|[<-|[<-|[]]]]]]]; simpl;
      match goal with |- in_block _ _ _ ((?p, ?q), _) => exists p, q end; repeat split; auto.
  - intros [[|[|r]]|[|[|r]]]; reflexivity.
Qed.

(** S4, negative control: a shared column. Two workers who have different rows but the same column, which one doubles
    and the other increments: an interleaving has the state of neither serial execution. *)
Theorem S4_shared_column :
  let double := (0, update 0 0 0 keep_u (fun _ v _ => 2 * v) keep_c) in
  let increment := (1, update 1 1 0 keep_u (fun _ v _ => S v) keep_c) in
  let tr := [double; increment; double] in
  ~ run tr ones == run (serial [0; 1] tr) ones /\ ~ run tr ones == run (serial [1; 0] tr) ones.
Proof. split; intro E; specialize (E (inl (inr 0))); discriminate. Qed.
Example S4_shared_column_instance :
  let double := (0, update 0 0 0 keep_u (fun _ v _ => 2 * v) keep_c) in
  let increment := (1, update 1 1 0 keep_u (fun _ v _ => S v) keep_c) in
  ~ run [double; increment; double] ones == run [double; double; increment] ones.
Proof. exact (proj1 S4_shared_column). Qed.

(** S4, negative control: a shared statistic. Two workers who have blocks of their own, but write the same copy of the
    statistic: neither serial execution has the state of an interleaving. So a statistic needs a copy per worker. *)
Theorem S4_shared_statistic :
  let double := (0, update 0 0 0 keep_u keep_v (fun _ _ c => 2 * c)) in
  let increment := (1, update 0 1 1 keep_u keep_v (fun _ _ c => S c)) in
  let tr := [double; increment; double] in
  ~ run tr ones == run (serial [0; 1] tr) ones /\ ~ run tr ones == run (serial [1; 0] tr) ones.
Proof. split; intro E; specialize (E (inr 0)); discriminate. Qed.
Example S4_shared_statistic_instance :
  let double := (0, update 0 0 0 keep_u keep_v (fun _ _ c => 2 * c)) in
  let increment := (1, update 0 1 1 keep_u keep_v (fun _ _ c => S c)) in
  ~ run [double; increment; double] ones == run [increment; double; double] ones.
Proof. exact (proj2 S4_shared_statistic). Qed.
