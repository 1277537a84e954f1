(** Progress of barrier and fugue (S5), for any number of workers P, of rounds T and any arity of the release tree:
    the workers of core/worker/strata.c, the stewards of core/steward/tree.c and the column blocks between workers,
    together.

    What stands for what. A state has the blocks (ProtocolOwnership.v, B = 1), the tree (ProtocolTree.v), and of each
    worker the reports that it has sent and the releases that it has taken; it is in round `releases`. A worker that
    has the block of its round works until the pass is made and reports (`s_report`, whatever the number of chunks);
    then it waits for the release (`s_released`). Its block goes to the next worker with the report (early: barrier
    without extra updates) or with the release (fugue). Extra updates while it waits change nothing here: `s_extra`.
    That a waiting worker looks for its release between extra updates is the hypothesis that S5_without_polling shows
    to be needed. Left out: the statistic on reports and releases, quorum (a release that does not wait for all), row
    blocks that rotate, boundaries at which a stage lets all workers meet. That the C code makes these moves is not
    proved: Promela models of it with these moves are checked for few workers and compared with it move by move
    (tests/spin.test). Closed under the global context. *)
From Coq Require Import Arith Lia List Permutation.
From Fugue Require Import Schedule Tree Counts Runs ProtocolOwnership ProtocolTree ProtocolRing.
Import ListNotations.

Record strata := Strata { at_ : blocks; tr : tree; reports : nat -> nat; releases : nat -> nat }.

Section Run.
Variables (arity P T : nat) (early : bool).
Notation par := (parent arity).

Definition first_strata : strata := Strata (first_blocks P 1) first_tree (fun _ => 0) (fun _ => 0).

(** Worker p lets go the block of its visit, which the shelf has between s1 and s2. *)
Inductive hands_on (p : nat) : blocks -> blocks -> Prop :=
| hands d s1 c s2 f r : p < P -> d p < T ->
    hands_on p (Blocks d (s1 ++ Entry p (d p) c :: s2) f r) (let_go P 1 T d (s1 ++ s2) f r p c).

Inductive step : strata -> strata -> Prop :=
| s_take d s f1 e f2 r t rep rel :
    step (Strata (Blocks d s (f1 ++ e :: f2) r) t rep rel) (Strata (Blocks d (e :: s) (f1 ++ f2) r) t rep rel)
| s_report p b b' t rep rel : p < P -> rep p = rel p -> rep p < T -> (exists c, In (Entry p (rep p) c) (shelf b)) ->
    (if early then hands_on p b b' else b' = b) ->
    step (Strata b t rep rel) (Strata b' (report t p (rep p)) (upd rep p (S (rep p))) rel)
| s_released p b b' t rep rel : p < P -> 0 < wl t p (rel p) ->
    (if early then b' = b else hands_on p b b') ->
    step (Strata b t rep rel) (Strata b' (released t p (rel p)) rep (upd rel p (S (rel p))))
| s_tree b t t' rep rel : tstep P par t t' -> step (Strata b t rep rel) (Strata b t' rep rel).

(** n steps from the start, and any number of extra updates of workers who wait *)
Inductive ran : nat -> strata -> Prop :=
| ran_none : ran 0 first_strata
| ran_on n s s' : ran n s -> step s s' -> ran (S n) s'
| ran_extra n s p : ran n s -> p < P -> reports s p = S (releases s p) -> ran n s.

Definition over (s : strata) : Prop := forall p, p < P -> releases s p = T.

(** Somebody waits for a release, and may make extra updates, or all is over. *)
Definition waits (s : strata) : Prop := over s \/ exists p, p < P /\ reports s p = S (releases s p).

(** A run without end from a state that can be reached. *)
Definition endless (f : nat -> strata) : Prop := (exists n, ran n (f 0)) /\ goes_on strata step waits f.

Hypothesis fan : 0 < arity.
Hypothesis workers : 0 < P.

Lemma par_before j : 0 < j < P -> par j < j.
Proof. intros (H & _). now apply parent_less. Qed.

Lemma hands_on_moves p b b' : hands_on p b b' -> move P 1 T b b'.
Proof. intros [d s1 c s2 f r Hp Hd]. now apply move_leave. Qed.

Lemma hands_on_done p b b' : hands_on p b b' -> forall q, done b' q = upd (done b) p (S (done b p)) q.
Proof. intros [d s1 c s2 f r Hp Hd] q. unfold let_go. destruct (T <=? d p + 1); [|destruct (P =? 1)]; reflexivity. Qed.

Lemma hands_on_can p b c : p < P -> done b p < T -> In (Entry p (done b p) c) (shelf b) -> exists b', hands_on p b b'.
Proof.
  intros Hp Hd I. destruct b as [d s f r]. simpl in *. apply in_split in I as (s1 & s2 & ->).
  eexists. now apply (hands p d s1 c s2 f r).
Qed.

(** What another worker's shelf keeps when p's block goes. *)
Lemma hands_on_shelf p b b' q k c : hands_on p b b' -> q <> p -> In (Entry q k c) (shelf b) ->
  In (Entry q k c) (shelf b').
Proof.
  intros [d s1 e s2 f r Hp Hd] N I. simpl in I.
  assert (J : In (Entry q k c) (s1 ++ s2)).
  { apply in_app_iff in I as [I|[I|I]]; apply in_app_iff; [now left|congruence|now right]. }
  unfold let_go. destruct (T <=? d p + 1); [exact J|]. destruct (P =? 1); [now right|exact J].
Qed.

Record kept_strata (s : strata) : Prop := KeptStrata {
  ks_blocks : moved P 1 T (at_ s);
  ks_tree : kept_tree P par (reports s) (releases s) (tr s);
  ks_done : forall p, p < P -> done (at_ s) p = if early then reports s p else releases s p;
  ks_most : forall p, p < P -> reports s p <= T;
  ks_holds : early = false -> forall p, p < P -> reports s p = S (releases s p) ->
    exists c, In (Entry p (releases s p) c) (shelf (at_ s)) }.

Lemma kept_first : kept_strata first_strata.
Proof.
  constructor; simpl.
  - apply moved_first.
  - apply kept_first_tree. exact workers.
  - now destruct early.
  - intros. lia.
  - discriminate.
Qed.

Lemma kept_step s s' : step s s' -> kept_strata s -> kept_strata s'.
Proof.
  intros St K. destruct St as [d sh f1 e f2 r t rep rel|p b b' t rep rel Hp Eq Lt (c & Ic) Hand|p b b' t rep rel Hp W
    Hand|
    b t t' rep rel Ts]; destruct K as [Kb Kt Kd Km Kh]; simpl in *.
  - constructor; simpl; try assumption.
    + eapply moved_on; [exact Kb|]. apply move_take.
    + intros E p Hp H. destruct (Kh E p Hp H) as (c & I). exists c. now right.
  - constructor; simpl.
    + destruct early; [|now subst]. eapply moved_on; [exact Kb|]. now apply (hands_on_moves p).
    + apply (kept_report P par workers rep rel); try assumption; [now rewrite upd_same|].
      intros q _ N. now apply upd_other.
    + intros q Hq. destruct early.
      * rewrite (hands_on_done p b b' Hand). destruct (Nat.eq_dec q p) as [->|N].
        -- rewrite !upd_same. f_equal. now apply Kd.
        -- rewrite !upd_other by exact N. now apply Kd.
      * subst b'. now apply Kd.
    + intros q Hq. destruct (Nat.eq_dec q p) as [->|N]; [rewrite upd_same; lia|rewrite upd_other by exact N;
        now apply Km].
    + intros E q Hq H. subst early. subst b'. destruct (Nat.eq_dec q p) as [->|N].
      * exists c. now rewrite <- Eq.
      * rewrite upd_other in H by exact N. now apply Kh.
  - assert (One : rep p = S (rel p)).
    { destruct (steward_accepts P par workers rep rel t p (rel p) Kt Hp) as (_ & _ & _ & A). now apply A. }
    constructor; simpl.
    + destruct early; [now subst|]. eapply moved_on; [exact Kb|]. now apply (hands_on_moves p).
    + apply (kept_released P par workers rep rel); try assumption; [now rewrite upd_same|].
      intros q _ N. now apply upd_other.
    + intros q Hq. destruct early.
      * subst b'. now apply Kd.
      * rewrite (hands_on_done p b b' Hand). destruct (Nat.eq_dec q p) as [->|N].
        -- rewrite !upd_same. f_equal. now apply Kd.
        -- rewrite !upd_other by exact N. now apply Kd.
    + exact Km.
    + intros E q Hq H. subst early. destruct (Nat.eq_dec q p) as [->|N].
      * rewrite upd_same in H. lia.
      * rewrite upd_other in H |- * by exact N. destruct (Kh eq_refl q Hq H) as (c & I). exists c.
        now apply (hands_on_shelf p b b').
  - constructor; simpl; try assumption. now apply (kept_tstep P par workers par_before rep rel t).
Qed.

Lemma kept_ran n s : ran n s -> kept_strata s.
Proof. intros R. induction R as [|n s s' _ IH St|]; [apply kept_first|now apply (kept_step s)|assumption]. Qed.

(** Unless all is over, somebody can make a move that is no extra update. *)
Lemma progress s : kept_strata s -> over s \/ exists s', step s s'.
Proof.
  intros K. destruct s as [b t rep rel]. destruct K as [Kb Kt Kd Km Kh]; simpl in *.
  destruct (tree_progress P par workers par_before rep rel t Kt) as [(t' & Ts)|[(p & Hp & W)|(_ & Lv & p & Hp & Eq)]].
  - right. eexists. apply s_tree. exact Ts.
  - assert (One : rep p = S (rel p)).
    { destruct (steward_accepts P par workers rep rel t p (rel p) Kt Hp) as (_ & _ & _ & A). now apply A. }
    right. case_eq early; intro E.
    + eexists. apply (s_released p b b); [exact Hp|exact W|]. now rewrite E.
    + destruct (Kh E p Hp One) as (c & I). pose proof (Kd p Hp) as D. rewrite E in D. specialize (Km p Hp).
      destruct (hands_on_can p b c) as (b' & H); [exact Hp|lia|now rewrite D|].
      exists (Strata b' (released t p (rel p)) rep (upd rel p (S (rel p)))). apply s_released; [exact Hp|exact W|].
      now rewrite E.
  - destruct (Nat.eq_dec (st t 0) T) as [End|N].
    + left. intros q Hq. simpl. rewrite <- End. now apply Lv.
    + right. assert (Lt : st t 0 < T) by (specialize (Km p Hp); lia).
      assert (Rp : rel p = st t 0) by now apply Lv.
      assert (Dp : done b p = st t 0) by (rewrite Kd by exact Hp; destruct early; congruence).
      assert (Ds : st t 0 <= done b (source P p)).
      { pose proof (source_below P p Hp) as Hs. rewrite Kd by exact Hs. pose proof (Lv _ Hs) as (A & _).
        pose proof (k_turn _ _ _ _ _ Kt _ Hs). destruct early; lia. }
      pose proof (moved_kept P 1 T workers Nat.lt_0_1 b Kb) as M.
      assert (I : In (Entry p (st t 0) (ring_col P 1 p (st t 0))) (shelf b ++ fly b)).
      { apply (kept_here _ _ _ _ M); [exact Hp|exact Lt|lia]. }
      destruct b as [d sh f r]. simpl in *. apply in_app_iff in I as [I|I].
      * assert (Hand : exists b', if early then hands_on p (Blocks d sh f r) b' else b' = Blocks d sh f r).
        { destruct early; [|now exists (Blocks d sh f r)].
          apply (hands_on_can p _ (ring_col P 1 p (st t 0))); simpl; [exact Hp|lia|now rewrite Dp]. }
        destruct Hand as (b' & Hand). eexists. apply (s_report p); [exact Hp|lia|lia| |exact Hand].
        exists (ring_col P 1 p (st t 0)). simpl. now rewrite Eq.
      * apply in_split in I as (l1 & l2 & ->). eexists. apply s_take.
Qed.

Definition left_ (s : strata) : nat :=
  moves_left P T (at_ s) + tree_left P T par (tr s) +
  total P (fun p => T - reports s p) + total P (fun p => T - releases s p).

Lemma total_upd (f : nat -> nat) p : p < P -> f p < T ->
  total P (fun q => T - upd f p (S (f p)) q) < total P (fun q => T - f q).
Proof.
  intros Hp L. apply (total_lt P _ _ p); [|exact Hp|rewrite upd_same; lia].
  intros q _. unfold upd. destruct (Nat.eqb_spec q p) as [->|]; lia.
Qed.

Lemma step_left s s' : kept_strata s -> step s s' -> left_ s' < left_ s.
Proof.
  intros K St. destruct St as [d sh f1 e f2 r t rep rel|p b b' t rep rel Hp Eq Lt (c & Ic) Hand|p b b' t rep rel Hp W
    Hand|
    b t t' rep rel Ts]; destruct K as [Kb Kt Kd Km Kh]; unfold left_; simpl in *.
  - pose proof (move_left P 1 T _ _ (move_take P 1 T d sh f1 e f2 r)). lia.
  - assert (B : moves_left P T b' <= moves_left P T b).
    { destruct early; [|now subst]. pose proof (move_left P 1 T _ _ (hands_on_moves p b b' Hand)). lia. }
    pose proof (total_upd rep p Hp Lt). change (tree_left P T par (report t p (rep p))) with (tree_left P T par t). lia.
  - assert (One : rep p = S (rel p)).
    { destruct (steward_accepts P par workers rep rel t p (rel p) Kt Hp) as (_ & _ & _ & A). now apply A. }
    assert (B : moves_left P T b' <= moves_left P T b).
    { destruct early; [now subst|]. pose proof (move_left P 1 T _ _ (hands_on_moves p b b' Hand)). lia. }
    specialize (Km p Hp). pose proof (total_upd rel p Hp ltac:(lia)).
    change (tree_left P T par (released t p (rel p))) with (tree_left P T par t). lia.
  - pose proof (tstep_left P T par workers par_before rep rel t t' Km Kt Ts). lia.
Qed.

Lemma first_left_ : left_ first_strata <= 9 * (P * T).
Proof.
  unfold left_, moves_left. simpl at_. simpl tr. simpl reports. simpl releases. simpl fly. simpl done.
  pose proof (first_left P T par workers). rewrite (total_const P (T - 0)), Nat.sub_0_r. simpl. lia.
Qed.

Lemma ran_left n s : ran n s -> n + left_ s <= 9 * (P * T).
Proof.
  intros R. induction R as [|n s s' R IH St|n s p R IH Hp E]; [exact first_left_| |exact IH].
  pose proof (step_left s s' (kept_ran n s R) St). lia.
Qed.
End Run.

(** * Runs, for instances: one worker and one round; two workers after one report *)

(** After i moves of one worker: it reports, its steward takes the report and releases, it takes the release. *)
Definition one (i : nat) : strata :=
  let b := first_blocks 1 1 in let r0 := fun _ => 0 in let r1 := upd r0 0 1 in
  let t1 := report first_tree 0 0 in
  let t2 := Tree (st t1) (upd (oc t1) 0 true) (cc t1) (up t1) (taken (wr t1) 0 0) (sr t1) (sl t1) (wl t1) in
  let t3 := release 1 (parent 1) t2 0 in
  match i with
  | 0 => first_strata 1
  | 1 => Strata b t1 r1 r0
  | 2 => Strata b t2 r1 r0
  | 3 => Strata b t3 r1 r0
  | _ => Strata (let_go 1 1 1 r0 [] [] [] 0 0) (released t3 0 0) r1 r1
  end.

Lemma one_moves i : i < 4 -> step 1 1 1 false (one i) (one (S i)).
Proof.
  destruct i as [|[|[|[|i]]]]; [intros _..|lia].
  - apply (s_report 1 1 1 false 0); [lia|reflexivity|simpl; lia|exists 0; now left|reflexivity].
  - apply s_tree. apply (t_own 1 (parent 1) (report first_tree 0 0) 0); [lia|vm_compute; lia|reflexivity].
  - apply s_tree. apply t_root. split; [reflexivity|intros j ((J0 & J1) & _); lia].
  - apply (s_released 1 1 1 false 0); [lia|vm_compute; lia|]. apply (hands 1 1 0 (fun _ => 0) [] 0 []); lia.
Qed.

Lemma one_ran i : i <= 4 -> ran 1 1 1 false i (one i).
Proof.
  induction i as [|i IH]; intros L; [apply ran_none|]. apply (ran_on 1 1 1 false i (one i)); [apply IH; lia|].
  apply one_moves. lia.
Qed.

Lemma one_over : over 1 1 (one 4).
Proof. intros [|p] Hp; [reflexivity|lia]. Qed.

Lemma one_of_two : exists s, ran 1 2 2 true 1 s /\ In (Entry 1 1 0) (fly (at_ s)) /\ done (at_ s) 1 = 0.
Proof.
  eexists. split; [eapply ran_on; [apply ran_none|]|].
  - apply (s_report 1 2 2 true 0); [lia|reflexivity|simpl; lia|exists 0; now left|].
    apply (hands 2 2 0 (fun _ => 0) [] 0 [Entry 1 0 1]); lia.
  - split; [now left|reflexivity].
Qed.

(** * What is proved *)

(** S5, strata, no deadlock. Barrier (early) and fugue (not early), any number of workers P > 0, any number of rounds
    T, any arity > 0 of the release tree, any timing: in every state that can be reached either every worker has
    taken its T releases, or some machine has a move that is no extra update: a worker who has its block reports, a
    letter or a parcel can be taken, a steward can pass a full sum or a release on. Quorum, statistics and boundaries
    are left out (see above). Source: ours; the protocol is the paper's. *)
Theorem S5_strata_no_deadlock arity P T early n s : 0 < arity -> 0 < P -> ran arity P T early n s ->
  over P T s \/ exists s', step arity P T early s s'.
Proof. intros A W R. apply progress; [exact A|exact W|]. now apply (kept_ran arity P T early A W n). Qed.
Example S5_strata_no_deadlock_instance : over 1 1 (one 3) \/ exists s', step 1 1 1 false (one 3) s'.
Proof. apply (S5_strata_no_deadlock 1 1 1 false 3); [lia|lia|apply one_ran; lia]. Qed.

(** S5, strata, the end. No run has more than 9 P T moves besides extra updates. With S5_strata_no_deadlock: every
    run in which a move that can be made is made some time comes to its end. That holds of a worker who waits only if
    it looks for letters between extra updates (S5_without_polling). *)
Theorem S5_strata_terminates arity P T early n s : 0 < arity -> 0 < P -> ran arity P T early n s -> n <= 9 * (P * T).
Proof. intros A W R. pose proof (ran_left arity P T early A W n s R). lia. Qed.
Example S5_strata_terminates_instance : 4 <= 9 * (1 * 1).
Proof. apply (S5_strata_terminates 1 1 1 false 4 (one 4)); [lia|lia|apply one_ran; lia]. Qed.

(** S3, strata, the end. When every worker has taken its T releases, every worker has made its T visits, no parcel is
    on its way, and worker p has the block of its last visit. *)
Theorem S3_strata_end arity P T early n s : 0 < arity -> 0 < P -> ran arity P T early n s -> over P T s ->
  (forall p, p < P -> done (at_ s) p = T) /\ fly (at_ s) = [] /\
  forall p, p < P -> 0 < T -> In (Entry p (T - 1) (ring P 1 (T - 1) p)) (rest (at_ s)).
Proof.
  intros A W R O. pose proof (kept_ran arity P T early A W n s R) as K.
  assert (D : forall p, p < P -> done (at_ s) p = T).
  { intros p Hp. rewrite (ks_done _ _ _ _ _ K p Hp). pose proof (O p Hp) as E. destruct early; [|exact E].
    pose proof (ks_most _ _ _ _ _ K p Hp). pose proof (k_turn _ _ _ _ _ (ks_tree _ _ _ _ _ K) p Hp). lia. }
  split; [exact D|]. destruct (S3_end P 1 T (at_ s) W Nat.lt_0_1 (ks_blocks _ _ _ _ _ K) D) as (F & Re).
  split; [exact F|]. intros p Hp HT. apply Re; lia.
Qed.
Example S3_strata_end_instance : fly (at_ (one 4)) = [] /\ In (Entry 0 0 0) (rest (at_ (one 4))).
Proof.
  destruct (S3_strata_end 1 1 1 false 4 (one 4)) as (_ & F & Re); [lia|lia|apply one_ran; lia|exact one_over|].
  split; [exact F|]. apply (Re 0); lia.
Qed.

(** S5, strata, a release waits for all. A worker that is in round r, after r releases, knows that all others have
    sent their reports of the r rounds before: the synchronous step that convergence (C1) counts with. *)
Theorem S5_release_waits arity P T early n s p q : 0 < arity -> 0 < P -> ran arity P T early n s -> p < P -> q < P ->
  releases s q <= reports s p.
Proof.
  intros A W R Hp Hq. pose proof (kept_ran arity P T early A W n s R) as K.
  apply (release_waits P (parent arity) W (par_before arity P A) _ _ (tr s));
    [exact (ks_tree _ _ _ _ _ K)|exact Hp|exact Hq].
Qed.
Example S5_release_waits_instance : releases (one 4) 0 = 1 /\ 1 <= reports (one 4) 0.
Proof.
  split; [reflexivity|]. apply (S5_release_waits 1 1 1 false 4 (one 4) 0 0); [lia|lia|apply one_ran; lia|lia|lia].
Qed.

(** S5, strata, nothing is refused. Every letter of the tree on its way is one that its receiver expects: a worker's
    report of the round that its steward gathers, once; a steward's sum of its parent's round, once; a release of the
    round that a steward has passed up, and that a worker has reported. *)
Theorem S5_no_refusal arity P T early n s j r : 0 < arity -> 0 < P -> ran arity P T early n s -> j < P ->
  (0 < wr (tr s) j r -> r = st (tr s) j /\ oc (tr s) j = false) /\
  (0 < j -> 0 < sr (tr s) j r -> r = st (tr s) (parent arity j) /\ cc (tr s) j = false) /\
  (0 < j -> 0 < sl (tr s) j r -> r = st (tr s) j /\ up (tr s) j = true) /\
  (0 < wl (tr s) j r -> r = releases s j /\ reports s j = S (releases s j)).
Proof.
  intros A W R Hj. pose proof (kept_ran arity P T early A W n s R) as K.
  destruct (steward_accepts P (parent arity) W _ _ (tr s) j r (ks_tree _ _ _ _ _ K) Hj) as (X & Y & Z & V).
  split; [exact X|split; [exact Y|split; [|exact V]]].
  intros J H. destruct (Z J H) as (E & U & _). now split.
Qed.
Example S5_no_refusal_instance : 0 < wl (tr (one 3)) 0 0 /\ reports (one 3) 0 = S (releases (one 3) 0).
Proof.
  assert (L : 0 < wl (tr (one 3)) 0 0) by (vm_compute; lia). split; [exact L|].
  destruct (S5_no_refusal 1 1 1 false 3 (one 3) 0 0) as (_ & _ & _ & A); [lia|lia|apply one_ran; lia|lia|now apply A].
Qed.

(** S3, strata, one round ahead. A block's parcel comes to a worker for the round that it is in or for the next one,
    so that a worker needs room for one block besides its own (S8). *)
Theorem S3_one_ahead arity P T early n s e : 0 < arity -> 0 < P -> ran arity P T early n s -> In e (fly (at_ s)) ->
  done (at_ s) (who e) <= visit e <= S (done (at_ s) (who e)).
Proof.
  intros A W R I. pose proof (kept_ran arity P T early A W n s R) as K.
  pose proof (moved_kept P 1 T W Nat.lt_0_1 _ (ks_blocks _ _ _ _ _ K)) as M.
  assert (I' : In e (shelf (at_ s) ++ fly (at_ s))) by (rewrite in_app_iff; now right).
  pose proof (kept_ahead _ _ _ _ M e I') as L.
  assert (Hw : who e < P) by (apply (kept_due _ _ _ _ M); unfold all_entries; rewrite app_assoc, in_app_iff; now left).
  pose proof (source_below P _ Hw) as Hs. split; [apply L|].
  pose proof (S5_release_waits arity P T early n s (who e) (source P (who e)) A W R Hw Hs).
  pose proof (k_turn _ _ _ _ _ (ks_tree _ _ _ _ _ K) _ Hs). pose proof (k_turn _ _ _ _ _ (ks_tree _ _ _ _ _ K) _ Hw).
  pose proof (ks_done _ _ _ _ _ K _ Hw). pose proof (ks_done _ _ _ _ _ K _ Hs). destruct early; lia.
Qed.
Example S3_one_ahead_instance : exists s, done (at_ s) 1 <= 1 <= S (done (at_ s) 1) /\ done (at_ s) 1 = 0.
Proof.
  destruct one_of_two as (s & R & I & D). exists s. split; [|exact D].
  apply (S3_one_ahead 1 2 2 true 1 s (Entry 1 1 0)); [lia|lia|exact R|exact I].
Qed.

(** S5, strata, liveness. A run may be as long as one likes, and have any number of extra updates in it: if, as long as
    there is a move, one is made some time (those who wait look for letters between extra updates, letters come,
    workers live), it comes to the end where every worker has made its rounds. *)
Theorem S5_strata_live arity P T early f : 0 < arity -> 0 < P -> endless arity P T early f ->
  polled strata (step arity P T early) f -> exists i, over P T (f i).
Proof.
  intros A W ((n & R) & G) Po.
  apply (polled_ends _ (step arity P T early) (waits P T) (kept_strata arity P T early) (over P T) (left_ arity P T));
    [| | |exact G|exact Po|now apply (kept_ran arity P T early A W n)].
  - intros s s' St K. now apply (kept_step arity P T early A W s).
  - intros s K. now apply progress.
  - intros s s' K St. now apply (step_left arity P T early A W).
Qed.
Example S5_strata_live_instance : exists i, over 1 1 (one i).
Proof.
  apply (S5_strata_live 1 1 1 false one); [lia|lia| |].
  - split; [exists 0; apply ran_none|]. intros i. destruct (Nat.lt_ge_cases i 4) as [L|L].
    + left. now apply one_moves.
    + right. destruct i as [|[|[|[|i]]]]; [lia..|]. split; [reflexivity|]. left. exact one_over.
  - intros i (s & St). exists i. split; [lia|]. destruct (Nat.lt_ge_cases i 4) as [L|L]; [now apply one_moves|exfalso].
    destruct i as [|[|[|[|i]]]]; [lia..|]. change (one (4 + i)) with (one 4) in St.
    pose proof (step_left 1 1 1 false Nat.lt_0_1 Nat.lt_0_1 _ s
      (kept_ran 1 1 1 false Nat.lt_0_1 Nat.lt_0_1 4 _ (one_ran 4 (le_n 4))) St) as D. vm_compute in D. lia.
Qed.

(** S5, negative control: without polling there is a run that goes on for ever. One worker, whose release is in its
    inbox, makes extra updates and never looks; the only move that is left is to take the release. *)
Theorem S5_without_polling : exists f, endless 1 1 1 false f /\ forall i, ~ over 1 1 (f i) /\
  0 < wl (tr (f i)) 0 0 /\ forall s', step 1 1 1 false (f i) s' -> releases s' 0 = 1.
Proof.
  exists (fun _ => one 3). split; [split; [exists 3; apply one_ran; lia|]|].
  { intros i. right. split; [reflexivity|]. right. exists 0. split; [lia|reflexivity]. }
  intros _. split; [intro O; specialize (O 0 ltac:(lia)); discriminate|]. split; [vm_compute; lia|].
  intros s' St. inversion St as [d sh f1 e f2 r t rep rel E|p b b' t rep rel Hp E Lt _ _ E'|p b b' t rep rel Hp W
    Hand E|b t t' rep rel Ts E]; subst.
  - destruct f1; discriminate.
  - exfalso. replace p with 0 in E by lia. discriminate.
  - replace p with 0 by lia. reflexivity.
  - exfalso. inversion Ts as [j Hj H _|j Hj|i Hi|(F & _)|j Hj]; subst; try lia.
    + replace j with 0 in H by lia. vm_compute in H. lia.
    + discriminate.
Qed.
