(* Who has which column block while blocks are handed from worker to worker (claims S3 and S1 at run time), for any
   number of workers P, of column blocks per worker B and of visits per worker T.

   What stands for what in the C code. An `entry` is a column block with the visit that it is meant for. `shelf` holds
   the blocks that are with a worker and still to be visited by it: of core/worker/strata.c `w->block` and `incoming`,
   of core/worker/roving.c (ring) `here`. `fly` holds the parcels of kind FG_PARCEL_BLOCK between the sender's hand_off
   (strata.c; hand_to in roving.c) and the receiver's take. `rest` holds blocks after their last visit of the run, which
   stay where they are. `done p` counts the visits after which worker p has let its block go. A `move` is one of the two
   things that can happen to a block: its parcel is taken, or its worker lets it go, to fg_schedule_next.

   A worker may let its block go at any time here: nothing is assumed of releases, cuts, or of the order in which
   parcels come. So what is proved holds for barrier, fugue and quorum (B = 1) and for ring (any B) alike. When a worker
   may go on is the business of ProtocolStrata.v and ProtocolRing.v. Left out: statistics, row shards (balance=rotate),
   memory, the number of updates. That the C code moves blocks in this way is not proved: core's machines are explored
   for few workers (proofs/explore, property OWNERSHIP), and every trace is audited. *)
From Coq Require Import Arith Bool Lia List Permutation.
From Fugue Require Import Schedule.
Import ListNotations.

(** * Workers round a ring *)

(** Whose blocks come to worker p; where its own go is `next`. *)
Definition source (P p : nat) : nat := if S p =? P then 0 else S p.

(** The schedule as it is read here: of worker p in visit k. *)
Notation ring_col P B p k := (ring P B k p).

Lemma source_below P p : p < P -> source P p < P.
Proof. unfold source. intros. destruct (Nat.eqb_spec (S p) P); lia. Qed.

Lemma source_next P p : p < P -> source P (next P p) = p.
Proof.
  unfold source. intros. destruct p as [|p]; simpl next.
  - replace (S (P - 1)) with P by lia. now rewrite Nat.eqb_refl.
  - destruct (Nat.eqb_spec (S p) P); lia.
Qed.

Lemma next_source P p : p < P -> next P (source P p) = p.
Proof. unfold source. intros. destruct (Nat.eqb_spec (S p) P); simpl; lia. Qed.

Lemma ring_col_start P B p k : p < P -> k < B -> ring_col P B p k = k * P + p.
Proof.
  intros. unfold ring. rewrite (Nat.mod_small k), (Nat.div_small k) by lia.
  now rewrite Nat.add_0_r, Nat.mod_small by lia.
Qed.

(* the neighbour visits the same block, B visits later *)
Lemma ring_col_handed P B p k : 0 < B -> p < P -> ring_col P B (next P p) (k + B) = ring_col P B p k.
Proof. intros HB Hp. now apply S1_ring_hand_off; [|apply Hp|apply next_bound|]. Qed.

(** * The model *)

Definition upd {A} (f : nat -> A) (p : nat) (x : A) : nat -> A := fun q => if q =? p then x else f q.

Lemma upd_same {A} (f : nat -> A) p x : upd f p x p = x.
Proof. unfold upd. now rewrite Nat.eqb_refl. Qed.

Lemma upd_other {A} (f : nat -> A) p x q : q <> p -> upd f p x q = f q.
Proof. intros. unfold upd. now destruct (Nat.eqb_spec q p). Qed.

(* column block `col` is meant for visit number `visit` of worker `who` *)
Record entry := Entry { who : nat; visit : nat; col : nat }.

Record blocks := Blocks { done : nat -> nat; shelf : list entry; fly : list entry; rest : list entry }.

Definition all_entries (b : blocks) := shelf b ++ fly b ++ rest b.
Definition owners (b : blocks) := map col (all_entries b).

Definition first_shelf (P B : nat) : list entry :=
  flat_map (fun k => map (fun p => Entry p k (k * P + p)) (seq 0 P)) (seq 0 B).
Definition first_blocks (P B : nat) : blocks := Blocks (fun _ => 0) (first_shelf P B) [] [].

(* Worker p lets go the block of its visit, which is no longer on the shelf: to stay if it has no further visit, or if
   there is no other worker. *)
Definition let_go (P B T : nat) (d : nat -> nat) (s f r : list entry) (p c : nat) : blocks :=
  let d' := upd d p (S (d p)) in
  if T <=? d p + B then Blocks d' s f (Entry p (d p) c :: r)
  else if P =? 1 then Blocks d' (Entry p (d p + B) c :: s) f r
  else Blocks d' s (Entry (next P p) (d p + B) c :: f) r.

Inductive move (P B T : nat) : blocks -> blocks -> Prop :=
| move_take d s f1 e f2 r : move P B T (Blocks d s (f1 ++ e :: f2) r) (Blocks d (e :: s) (f1 ++ f2) r)
| move_leave d s1 p c s2 f r : p < P -> d p < T ->
    move P B T (Blocks d (s1 ++ Entry p (d p) c :: s2) f r) (let_go P B T d (s1 ++ s2) f r p c).

Inductive moved (P B T : nat) : blocks -> Prop :=
| moved_first : moved P B T (first_blocks P B)
| moved_on b b' : moved P B T b -> move P B T b b' -> moved P B T b'.

(* worker p has the block of its current visit *)
Definition has_block (b : blocks) (p c : nat) : Prop := In (Entry p (done b p) c) (shelf b).

(** * What every move keeps *)

Section Kept.

Variables P B T : nat.
Hypothesis workers : 0 < P.
Hypothesis per_worker : 0 < B.

Record kept (b : blocks) : Prop := Kept {
  kept_owners : Permutation (owners b) (seq 0 (B * P));
  kept_due : forall e, In e (all_entries b) -> who e < P /\ col e = ring_col P B (who e) (visit e);
  kept_ahead : forall e, In e (shelf b ++ fly b) -> done b (who e) <= visit e < done b (source P (who e)) + B;
  kept_flying : forall e, In e (fly b) -> visit e < T /\ 1 < P;
  kept_resting : forall e, In e (rest b) -> visit e < done b (who e);
  kept_lag : forall p, p < P -> done b p <= done b (source P p) + B;
  kept_here : forall p k, p < P -> k < T -> done b p <= k < done b (source P p) + B ->
    In (Entry p k (ring_col P B p k)) (shelf b ++ fly b);
  kept_rest : forall p k, p < P -> k < done b p -> T <= k + B -> In (Entry p k (ring_col P B p k)) (rest b);
  kept_end : forall p, p < P -> done b p <= T }.

Lemma seq_shifted a s n : map (fun p => a + p) (seq s n) = seq (a + s) n.
Proof.
  revert s. induction n as [|n IH]; intros s; [reflexivity|].
  simpl. rewrite IH. f_equal. f_equal. lia.
Qed.

Lemma first_owners n :
  map col (flat_map (fun k => map (fun p => Entry p k (k * P + p)) (seq 0 P)) (seq 0 n)) = seq 0 (n * P).
Proof.
  induction n as [|n IH]; [reflexivity|].
  rewrite seq_S, flat_map_app, map_app, IH.
  replace (S n * P) with (n * P + P) by lia. rewrite seq_app. f_equal.
  simpl. rewrite app_nil_r, map_map. simpl. rewrite seq_shifted. f_equal. lia.
Qed.

Lemma in_first e : In e (first_shelf P B) <-> who e < P /\ visit e < B /\ col e = ring_col P B (who e) (visit e).
Proof.
  unfold first_shelf. rewrite in_flat_map. split.
  - intros (k & Ik & I). apply in_map_iff in I as (p & <- & Ip). apply in_seq in Ik, Ip. simpl.
    rewrite ring_col_start by lia. lia.
  - destruct e as [p k c]. simpl. intros (Hp & Hk & ->). exists k. rewrite in_seq. split; [lia|].
    apply in_map_iff. exists p. rewrite in_seq, ring_col_start by lia. split; [reflexivity|lia].
Qed.

Lemma kept_first : kept (first_blocks P B).
Proof.
  constructor; unfold owners, all_entries; simpl.
  - rewrite app_nil_r. unfold first_shelf. rewrite first_owners. apply Permutation_refl.
  - intros e. rewrite app_nil_r, in_first. intuition.
  - intros e. rewrite app_nil_r, in_first. intuition lia.
  - tauto.
  - tauto.
  - lia.
  - intros p k Hp Hk H. rewrite app_nil_r. apply in_first. simpl. intuition lia.
  - lia.
  - lia.
Qed.

(* nothing else on any list has the block of one entry *)
Lemma only_once l1 e l2 m e' :
  NoDup (map col ((l1 ++ e :: l2) ++ m)) -> In e' ((l1 ++ l2) ++ m) -> col e' <> col e.
Proof.
  rewrite <- app_assoc. simpl. rewrite map_app. simpl. intros N I E.
  apply NoDup_remove_2 in N. apply N. rewrite <- map_app, <- E.
  apply in_map. rewrite app_assoc. exact I.
Qed.

Lemma kept_no_dup b : kept b -> NoDup (owners b).
Proof.
  intros K. apply (Permutation_NoDup (Permutation_sym (kept_owners b K))). apply seq_NoDup.
Qed.

Lemma in_moved {A} (x e : A) l1 l2 : In x (l1 ++ e :: l2) <-> x = e \/ In x (l1 ++ l2).
Proof. rewrite !in_app_iff. simpl. intuition. Qed.

Lemma kept_take d s f1 e f2 r : kept (Blocks d s (f1 ++ e :: f2) r) -> kept (Blocks d (e :: s) (f1 ++ f2) r).
Proof.
  intros [Kown Kdue Kahead Kfly Krest Klag Khere Kall Kend]. unfold owners, all_entries in *. simpl in *.
  assert (Same : forall x, In x (e :: s ++ f1 ++ f2) <-> In x (s ++ f1 ++ e :: f2)).
  { intros x. simpl. rewrite !in_app_iff. simpl. intuition. }
  constructor; unfold owners, all_entries; simpl.
  - etransitivity; [|exact Kown]. apply (Permutation_map col (l := e :: s ++ (f1 ++ f2) ++ r)).
    etransitivity; [apply Permutation_middle|]. apply Permutation_app_head.
    rewrite <- !app_assoc. apply Permutation_middle.
  - intros x I. apply Kdue. rewrite app_assoc. rewrite in_app_iff. rewrite <- Same.
    simpl. rewrite !in_app_iff in *. tauto.
  - intros x I. apply Kahead. now apply Same.
  - intros x I. apply Kfly. rewrite in_moved. tauto.
  - exact Krest.
  - exact Klag.
  - intros p k Hp Hk H. apply Same. now apply Khere.
  - exact Kall.
  - exact Kend.
Qed.

Lemma done_grows (d : nat -> nat) p q : d q <= upd d p (S (d p)) q.
Proof. unfold upd. destruct (Nat.eqb_spec q p); subst; lia. Qed.

(* What is true of the blocks once worker p has let one go, wherever it goes. *)
Lemma left_ahead d s f r p c s1 s2 :
  s = s1 ++ Entry p (d p) c :: s2 -> p < P -> kept (Blocks d s f r) ->
  let d' := upd d p (S (d p)) in
  forall x, In x ((s1 ++ s2) ++ f) -> d' (who x) <= visit x < d' (source P (who x)) + B.
Proof.
  intros -> Hp K d' x I. pose proof (kept_no_dup _ K) as N.
  destruct K as [_ Kdue Kahead _ _ _ _ _ _]. unfold owners, all_entries in *. simpl in *.
  assert (I' : In x ((s1 ++ Entry p (d p) c :: s2) ++ f)).
  { rewrite in_app_iff, in_moved. rewrite in_app_iff in I. tauto. }
  specialize (Kahead x I'). pose proof (done_grows d p (source P (who x))) as G. fold d' in G.
  enough (who x = p -> visit x <> d p) by (unfold d' at 1, upd; destruct (Nat.eqb_spec (who x) p) as [E|];
    [rewrite E in *|]; lia).
  intros Ew Ev.
  assert (D : forall y, In y ((s1 ++ Entry p (d p) c :: s2) ++ f) -> col y = ring_col P B (who y) (visit y)).
  { intros y Iy. apply Kdue. rewrite app_assoc, in_app_iff. tauto. }
  apply (only_once s1 (Entry p (d p) c) s2 (f ++ r) x N).
  - rewrite app_assoc, in_app_iff. tauto.
  - rewrite (D x I'), Ew, Ev. symmetry. apply D. rewrite in_app_iff, in_moved. tauto.
Qed.

Lemma kept_leave d s1 p c s2 f r :
  p < P -> d p < T -> kept (Blocks d (s1 ++ Entry p (d p) c :: s2) f r) ->
  kept (let_go P B T d (s1 ++ s2) f r p c).
Proof.
  intros Hp Ht K. pose proof (left_ahead d _ f r p c s1 s2 eq_refl Hp K) as Ahead. simpl in Ahead.
  destruct K as [Kown Kdue Kahead Kfly Krest Klag Khere Kall Kend]. unfold owners, all_entries in *. simpl in *.
  pose proof (source_below P) as Nb. pose proof (next_bound P p Hp) as Pb. pose proof (source_next P p Hp) as Np.
  assert (Mine : In (Entry p (d p) c) (s1 ++ Entry p (d p) c :: s2)) by (rewrite in_moved; tauto).
  assert (Ec : c = ring_col P B p (d p)).
  { apply (Kdue (Entry p (d p) c)). rewrite in_app_iff. tauto. }
  assert (Old : forall x, In x ((s1 ++ s2) ++ f ++ r) -> who x < P /\ col x = ring_col P B (who x) (visit x)).
  { intros x I. apply Kdue. rewrite in_app_iff, in_moved. rewrite in_app_iff in I. tauto. }
  assert (Up : d p < d (source P p) + B).
  { apply (Kahead (Entry p (d p) c)). rewrite in_app_iff. tauto. }
  set (d' := upd d p (S (d p))) in *.
  assert (Grows : forall q, d q <= d' q) by (intros; apply done_grows).
  assert (Mine' : d' p = S (d p)) by apply upd_same.
  assert (Lag : forall q, q < P -> d' q <= d' (source P q) + B).
  { intros q Hq. specialize (Klag q Hq). specialize (Grows (source P q)).
    unfold d' at 1, upd. destruct (Nat.eqb_spec q p) as [->|]; lia. }
  assert (End : forall q, q < P -> d' q <= T).
  { intros q Hq. unfold d', upd. destruct (Nat.eqb_spec q p); [lia|now apply Kend]. }
  assert (Rest : forall x, In x r -> visit x < d' (who x)).
  { intros x I. specialize (Krest x I). specialize (Grows (who x)). lia. }
  (* a visit whose block is expected now was so before, or is that of the block that leaves *)
  assert (Here : forall q k, q < P -> k < T -> d' q <= k < d' (source P q) + B ->
            In (Entry q k (ring_col P B q k)) ((s1 ++ s2) ++ f) \/ (q = next P p /\ k = d p + B)).
  { intros q k Hq Hk H. destruct (Nat.lt_ge_cases k (d (source P q) + B)) as [L|L].
    - left. assert (I : In (Entry q k (ring_col P B q k)) ((s1 ++ Entry p (d p) c :: s2) ++ f)).
      { apply Khere; [exact Hq|exact Hk|]. specialize (Grows q). lia. }
      rewrite in_app_iff, in_moved in I. rewrite in_app_iff.
      destruct I as [[E|I]|I]; [|tauto|tauto]. injection E as -> -> _. rewrite Mine' in H. lia.
    - right. unfold d', upd in H. destruct (Nat.eqb_spec (source P q) p) as [E|N]; [|lia].
      split; [rewrite <- E; symmetry; apply next_source; exact Hq|]. rewrite E in L. lia. }
  assert (All : forall q k, q < P -> k < d' q -> T <= k + B ->
            In (Entry q k (ring_col P B q k)) r \/ (q = p /\ k = d p)).
  { intros q k Hq Hk HT. unfold d', upd in Hk. destruct (Nat.eqb_spec q p) as [->|N].
    - destruct (Nat.eq_dec k (d p)); [tauto|]. left. apply Kall; lia.
    - left. now apply Kall. }
  assert (Counts : forall l, Permutation (map col l) (map col ((s1 ++ s2) ++ f ++ r)) ->
            Permutation (c :: map col l) (seq 0 (B * P))).
  { intros l Pl. etransitivity; [|exact Kown]. etransitivity; [apply perm_skip, Pl|].
    rewrite !map_app. simpl. rewrite <- !app_assoc. simpl. apply Permutation_middle. }
  unfold let_go. fold d'. destruct (Nat.leb_spec T (d p + B)) as [HT|HT]; [|destruct (Nat.eqb_spec P 1) as [P1|P1]].
  - (* no further visit: it stays *)
    constructor; unfold owners, all_entries; simpl.
    + rewrite !map_app. simpl. rewrite app_assoc.
      etransitivity; [symmetry; apply Permutation_middle|]. rewrite <- app_assoc, <- !map_app. apply Counts.
      reflexivity.
    + intros x I. rewrite app_assoc, in_moved, <- app_assoc in I. destruct I as [->|I]; [now split|now apply Old].
    + exact Ahead.
    + exact Kfly.
    + intros x [<-|I]; [simpl; lia|now apply Rest].
    + exact Lag.
    + intros q k Hq Hk H. destruct (Here q k Hq Hk H) as [I|(_ & ->)]; [exact I|lia].
    + intros q k Hq Hk HT'. destruct (All q k Hq Hk HT') as [I|(-> & ->)]; [now right|left; now rewrite Ec].
    + exact End.
  - (* alone: it stays for the visit after B others *)
    assert (p = 0) as P0 by lia. assert (next P p = p) as Pp by lia.
    assert (source P p = p) as Pn by (rewrite <- Pp at 1; exact Np).
    assert (Ec' : c = ring_col P B p (d p + B)) by (rewrite Ec, <- ring_col_handed, Pp by lia; reflexivity).
    constructor; unfold owners, all_entries; simpl.
    + apply Counts. reflexivity.
    + intros x [<-|I]; [now split|now apply Old].
    + intros x [<-|I]; [simpl; rewrite Pn; lia|now apply Ahead].
    + exact Kfly.
    + exact Rest.
    + exact Lag.
    + intros q k Hq Hk H. destruct (Here q k Hq Hk H) as [I|(-> & ->)]; [now right|left].
      rewrite Pp. now rewrite Ec' at 1.
    + intros q k Hq Hk HT'. destruct (All q k Hq Hk HT') as [I|(-> & ->)]; [exact I|lia].
    + exact End.
  - (* to the neighbour *)
    assert (Ec' : c = ring_col P B (next P p) (d p + B)) by (rewrite Ec, ring_col_handed by lia; reflexivity).
    assert (Other : next P p <> p).
    { destruct p; simpl; lia. }
    constructor; unfold owners, all_entries; simpl.
    + rewrite map_app. simpl. etransitivity; [symmetry; apply Permutation_middle|].
      rewrite <- map_app. apply Counts. reflexivity.
    + intros x I. rewrite in_moved in I. destruct I as [->|I]; [now split|now apply Old].
    + intros x I. rewrite in_moved in I. destruct I as [->|I]; [|now apply Ahead]. simpl.
      rewrite Np, Mine'. unfold d'. rewrite upd_other by exact Other. specialize (Klag (next P p) Pb).
      rewrite Np in Klag. lia.
    + intros x [<-|I]; [simpl; lia|now apply Kfly].
    + exact Rest.
    + exact Lag.
    + intros q k Hq Hk H. rewrite in_moved. destruct (Here q k Hq Hk H) as [I|(-> & ->)]; [now right|left].
      now rewrite Ec' at 1.
    + intros q k Hq Hk HT'. destruct (All q k Hq Hk HT') as [I|(-> & ->)]; [exact I|lia].
    + exact End.
Qed.

Lemma moved_kept b : moved P B T b -> kept b.
Proof.
  induction 1 as [|b b' _ IH M]; [exact kept_first|].
  destruct M as [d s f1 e f2 r|d s1 p c s2 f r Hp Ht]; [now apply kept_take|now apply kept_leave].
Qed.

(* Round the ring nobody can be further ahead than its neighbour lets it, P - 1 times over. *)
Lemma ahead_round b p : kept b -> p < P -> done b (source P p) <= done b p + (P - 1) * B.
Proof.
  intros K Hp. pose proof (kept_lag b K) as Lag.
  (* from p upwards to the last worker, from worker 0 up to p *)
  assert (Climb : forall n q, q + n < P -> done b q <= done b (q + n) + n * B).
  { induction n as [|n IH]; intros q Hq; [rewrite (Nat.add_0_r q); lia|].
    assert (Hn : q + n < P) by lia. specialize (IH q Hn). specialize (Lag (q + n) Hn).
    assert (En : source P (q + n) = q + S n) by (unfold source; destruct (Nat.eqb_spec (S (q + n)) P); lia).
    rewrite En in Lag. simpl. lia. }
  assert (Last : source P (P - 1) = 0).
  { unfold source. replace (S (P - 1)) with P by lia. now rewrite Nat.eqb_refl. }
  pose proof (Lag (P - 1)) as Wrap. rewrite Last in Wrap.
  unfold source. destruct (Nat.eqb_spec (S p) P) as [E|N].
  - specialize (Climb p 0 Hp). rewrite Nat.add_0_l in Climb. replace (P - 1) with p by lia. exact Climb.
  - assert (Up : done b (S p) <= done b (P - 1) + (P - 1 - S p) * B).
    { replace (P - 1) with (S p + (P - 1 - S p)) at 1 by lia. apply Climb. lia. }
    pose proof (Climb p 0 Hp) as Low. rewrite Nat.add_0_l in Low.
    assert (E : (P - 1) * B = (P - 1 - S p) * B + B + p * B).
    { replace (P - 1) with (P - 1 - S p + 1 + p) at 1 by lia. rewrite !Nat.mul_add_distr_r. lia. }
    lia.
Qed.

End Kept.

(** * Orders of moves, for instances: what cannot be done is passed over *)

Inductive order := Take (p k : nat) | Leave (p : nat).

Definition entry_is (p k : nat) (e : entry) : bool := (who e =? p) && (visit e =? k).

Fixpoint pull (f : entry -> bool) (l : list entry) : option (entry * list entry) :=
  match l with
  | [] => None
  | e :: l' => if f e then Some (e, l') else option_map (fun x => (fst x, e :: snd x)) (pull f l')
  end.

Lemma pull_split f l e l' : pull f l = Some (e, l') -> exists l1 l2, l = l1 ++ e :: l2 /\ l' = l1 ++ l2 /\ f e = true.
Proof.
  revert l'. induction l as [|a l IH]; intros l'; simpl; [discriminate|].
  destruct (f a) eqn:F.
  - intros [= <- <-]. now exists [], l.
  - destruct (pull f l) as [[e' m]|]; simpl; [|discriminate]. intros [= -> <-].
    destruct (IH m eq_refl) as (l1 & l2 & -> & -> & Fe). now exists (a :: l1), l2.
Qed.

Lemma entry_is_spec p k e : entry_is p k e = true <-> e = Entry p k (col e).
Proof.
  destruct e as [q j c]. unfold entry_is. simpl. rewrite Bool.andb_true_iff, !Nat.eqb_eq.
  split; [intros (-> & ->); reflexivity|intros [= -> ->]; split; reflexivity].
Qed.

Definition follow (P B T : nat) (b : blocks) (o : order) : blocks :=
  match o with
  | Take p k => match pull (entry_is p k) (fly b) with
                | Some (e, f) => Blocks (done b) (e :: shelf b) f (rest b)
                | None => b
                end
  | Leave p => match pull (entry_is p (done b p)) (shelf b) with
               | Some (e, s) => if (p <? P) && (done b p <? T) then let_go P B T (done b) s (fly b) (rest b) p (col
                 e) else b
               | None => b
               end
  end.

Definition after (P B T : nat) (l : list order) : blocks := fold_left (follow P B T) l (first_blocks P B).

Lemma moved_after P B T l : moved P B T (after P B T l).
Proof.
  unfold after. assert (G : forall b, moved P B T b -> moved P B T (fold_left (follow P B T) l b)); [|apply G,
    moved_first].
  induction l as [|o l IH]; intros b M; simpl; [exact M|]. apply IH. clear IH.
  destruct b as [d s f r], o as [p k|p]; simpl.
  - destruct (pull _ f) as [[e f']|] eqn:E; [|exact M].
    destruct (pull_split _ _ _ _ E) as (f1 & f2 & -> & -> & _). eapply moved_on; [exact M|apply move_take].
  - destruct (pull _ s) as [[e s']|] eqn:E; [|exact M].
    destruct (Nat.ltb_spec p P), (Nat.ltb_spec (d p) T); simpl; try exact M.
    destruct (pull_split _ _ _ _ E) as (s1 & s2 & -> & -> & Is). apply entry_is_spec in Is.
    rewrite Is in M at 1. eapply moved_on; [exact M|]. now apply move_leave.
Qed.

(** * Theorems *)

Lemma same_entry {A} (f : A -> nat) l a b : NoDup (map f l) -> In a l -> In b l -> f a = f b -> a = b.
Proof.
  induction l as [|x l IH]; simpl; [tauto|]. intros N. inversion N as [|y m Nx Nl]; subst.
  intros [<-|Ia] [<-|Ib] E; [reflexivity| | |now apply IH];
    exfalso; apply Nx; [rewrite E|rewrite <- E]; now apply in_map.
Qed.

(* what waits on a shelf is not on its way, too *)
Lemma apart P B T b e1 e2 : 0 < P -> 0 < B -> moved P B T b -> In e1 (shelf b) -> In e2 (fly b) ->
  who e1 = who e2 -> visit e1 <> visit e2.
Proof.
  intros HP HB M I1 I2 Ew Ev. apply moved_kept in M; [|exact HP|exact HB].
  pose proof (kept_no_dup _ _ _ _ M) as N. unfold owners, all_entries in N.
  assert (D : forall e, In e (shelf b ++ fly b) -> col e = ring_col P B (who e) (visit e)).
  { intros e I. apply (kept_due _ _ _ _ M). unfold all_entries. rewrite app_assoc, in_app_iff. tauto. }
  apply in_split in I1 as (l1 & l2 & E). rewrite E in N.
  apply (only_once l1 e1 l2 (fly b ++ rest b) e2 N).
  - rewrite !in_app_iff. tauto.
  - rewrite !D, Ew, Ev; [reflexivity| |]; rewrite in_app_iff; [rewrite E; left; apply in_elt|tauto].
Qed.

(** S3, ownership. However workers, parcels and releases interleave, every column block is at any moment in exactly
    one place: on the shelf of one worker, in one parcel, or at rest after its last visit. For any number P of
    workers, B of column blocks per worker and T of visits. It does not say that anybody goes on (S5). Kumar et al.
    2014, section 4. *)
Theorem S3_ownership P B T b : 0 < P -> 0 < B -> moved P B T b -> Permutation (owners b) (seq 0 (B * P)).
Proof. intros HP HB M. apply (kept_owners P B T). now apply moved_kept. Qed.

Example S3_ownership_instance :
  Permutation (owners (after 3 1 3 [Leave 0; Leave 2; Take 2 1; Leave 2])) (seq 0 3).
Proof. apply (S3_ownership 3 1 3); [lia|lia|apply moved_after]. Qed.

(** S3, the block that is due. The block that a worker has in its visit k is the one that the schedule says: for B =
    1 column block (p + k) mod P; and so is every block that waits for it or is on its way to it. *)
Theorem S3_due_block P B T b e : 0 < P -> 0 < B -> moved P B T b -> In e (shelf b ++ fly b) ->
  col e = ring_col P B (who e) (visit e).
Proof.
  intros HP HB M I. apply moved_kept in M; [|exact HP|exact HB].
  apply (kept_due _ _ _ _ M). unfold all_entries. rewrite app_assoc, in_app_iff. tauto.
Qed.

(* worker 2 has got block 0 of worker 0, for its visit number 1 *)
Example S3_due_block_instance : 0 = ring_col 3 1 2 1.
Proof.
  apply (S3_due_block 3 1 3 (after 3 1 3 [Leave 0; Leave 2; Take 2 1]) (Entry 2 1 0));
    [lia|lia|apply moved_after|vm_compute; tauto].
Qed.

(** S1, at run time. Two workers never have the same column block in their visits at once, whatever the timing. Of rows
    nothing is said: without balance=rotate a worker keeps its row block; with it the schedule is S1_disjoint's. *)
Theorem S1_visits_disjoint P B T b p q c : 0 < P -> 0 < B -> moved P B T b ->
  has_block b p c -> has_block b q c -> p = q.
Proof.
  intros HP HB M Ip Iq. apply moved_kept in M; [|exact HP|exact HB]. pose proof (kept_no_dup _ _ _ _ M) as N.
  unfold owners, all_entries, has_block in *. rewrite map_app in N.
  assert (E : Entry p (done b p) c = Entry q (done b q) c); [|now injection E].
  apply (same_entry col (shelf b ++ fly b ++ rest b)); [now rewrite map_app| | |reflexivity]; rewrite in_app_iff; tauto.
Qed.

Example S1_visits_disjoint_instance :
  let b := after 3 1 3 [Leave 0; Leave 2; Take 2 1] in has_block b 2 0 /\ 2 = 2.
Proof.
  set (b := after _ _ _ _). assert (H : has_block b 2 0) by (vm_compute; tauto).
  split; [exact H|]. apply (S1_visits_disjoint 3 1 3 b 2 2 0); [lia|lia|apply moved_after|exact H|exact H].
Qed.

(** S3, how far ahead a block may come. A parcel never belongs to a visit that the receiver has behind it, and is
    less than P visits per block ahead: with B = 1 of round r .. r + P - 1 for a worker that has let go r blocks
    (strata.c, may_come, under a quorum: slots for P + 2 rounds). The receiver has no block for that visit yet. With
    a release that waits for all, the bound is one or two (S3_one_ahead). *)
Theorem S3_window P B T b e : 0 < P -> 0 < B -> moved P B T b -> In e (fly b) ->
  done b (who e) <= visit e < done b (who e) + P * B /\ visit e < T /\
  forall e', In e' (shelf b) -> who e' = who e -> visit e' <> visit e.
Proof.
  intros HP HB M I. pose proof (apart P B T b) as A. assert (K := M). apply moved_kept in K; [|exact HP|exact HB].
  assert (I' : In e (shelf b ++ fly b)) by (rewrite in_app_iff; tauto).
  pose proof (kept_ahead _ _ _ _ K e I'). pose proof (kept_flying _ _ _ _ K e I).
  pose proof (ahead_round P B T HP HB b (who e) K) as R.
  assert (who e < P) as Hw by (apply (kept_due _ _ _ _ K); unfold all_entries; rewrite app_assoc, in_app_iff; tauto).
  specialize (R Hw). assert (E : P * B = (P - 1) * B + B) by (replace P with (S (P - 1)) at 1 by lia; simpl; lia).
  repeat split; [lia|lia|lia|]. intros e' Ie Ew. now apply A.
Qed.

(* worker 1 hears of worker 2's blocks of two rounds before it has let go its own *)
Example S3_window_instance :
  let b := after 3 1 3 [Leave 0; Leave 2; Take 2 1; Leave 2] in 0 <= 2 < 0 + 3 * 1 /\ 2 < 3.
Proof.
  set (b := after _ _ _ _). destruct (S3_window 3 1 3 b (Entry 1 2 0)) as (H & H' & _);
    [lia|lia|apply moved_after|vm_compute; tauto|split; [exact H|exact H']].
Qed.

(** S3, the end. When every worker has made its T visits, no block is on its way, and every worker has the blocks of
    its last B visits. *)
Theorem S3_end P B T b : 0 < P -> 0 < B -> moved P B T b -> (forall p, p < P -> done b p = T) ->
  fly b = [] /\ forall p k, p < P -> k < T -> T <= k + B -> In (Entry p k (ring_col P B p k)) (rest b).
Proof.
  intros HP HB M All. apply moved_kept in M; [|exact HP|exact HB]. split.
  - destruct (fly b) as [|e f] eqn:E; [reflexivity|exfalso].
    assert (I : In e (fly b)) by (rewrite E; now left).
    assert (I' : In e (shelf b ++ fly b)) by (rewrite in_app_iff; tauto).
    pose proof (kept_ahead _ _ _ _ M e I'). pose proof (kept_flying _ _ _ _ M e I).
    assert (who e < P) as Hw by (apply (kept_due _ _ _ _ M); unfold all_entries; rewrite app_assoc, in_app_iff; tauto).
    specialize (All (who e) Hw). lia.
  - intros p k Hp Hk HT. apply (kept_rest _ _ _ _ M); [exact Hp|rewrite All; assumption|exact HT].
Qed.

Example S3_end_instance :
  let b := after 2 1 2 [Leave 0; Leave 1; Take 0 1; Take 1 1; Leave 0; Leave 1] in
  fly b = [] /\ In (Entry 0 1 1) (rest b) /\ In (Entry 1 1 0) (rest b).
Proof.
  set (b := after _ _ _ _). assert (M : moved 2 1 2 b) by apply moved_after.
  assert (D : forall p, p < 2 -> done b p = 2) by (intros [|[|p]] Hp; [reflexivity|reflexivity|lia]).
  clearbody b. destruct (S3_end 2 1 2 b) as (F & R); [lia|lia|exact M|exact D|].
  pose proof (R 0 1) as R0. pose proof (R 1 1) as R1.
  change (ring_col 2 1 0 1) with 1 in R0. change (ring_col 2 1 1 1) with 0 in R1.
  split; [exact F|]. split; [apply R0; lia|apply R1; lia].
Qed.

(* a worker that keeps the block that it sends *)
Definition let_go_and_keep (P B : nat) (b : blocks) (p c : nat) : blocks :=
  Blocks (upd (done b) p (S (done b p))) (shelf b) (Entry (next P p) (done b p + B) c :: fly b) (rest b).

(** S3, negative control. A worker that keeps a block it sent breaks S3_ownership at once. *)
Theorem S3_kept_copy : ~ Permutation (owners (let_go_and_keep 2 1 (first_blocks 2 1) 0 0)) (seq 0 2).
Proof. intros H. apply Permutation_length in H. discriminate H. Qed.

Example S3_kept_copy_instance : ~ Permutation [0; 1; 0] [0; 1].
Proof. exact S3_kept_copy. Qed.
