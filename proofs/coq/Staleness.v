(** Staleness of ssp: when workers start their clocks and what they read (S6), and that their runs end (S5).
    core/worker/push.c: a worker that has finished a clock sends its change to each of K shards, and starts the next one
    when all have answered. core/steward/server.c: a shard counts what it has taken of each worker, and answers a worker
    that is no more than `slack` clocks ahead of the slowest; or `room` of them, which is 0 where a run pauses or ends
    (`joins`). It does so whenever it takes a change, and answers all that it may. An answer holds the changes that the
    shard has taken by then; with slack 0 those of complete clocks.
    Letters take any time: a change is under way between `finish` and `take`, and an answer that is slow only means
    that its worker goes on later, so that what is proved of every moment holds of that one too. A shard takes a
    worker's changes in their order, since there is one at a time; "m clocks of q" are thus its clocks 0 .. m - 1.
    That the machines do this: a model for Spin tied to them move by move (proofs/spin/ssp.pml), every order of events
    of few workers (tests/test_explore), traces and parcels of runs (core/staleness.c, `fugue verify S6`). What a change
    is, and how changes are added, is left open. Closed under the global context. *)
From Coq Require Import Arith Lia Bool.
From Fugue Require Import Counts ProtocolOwnership.

Fixpoint slowest (P : nat) (f : nat -> nat) : nat :=
  match P with 0 => 0 | 1 => f 0 | S n => Nat.min (slowest n f) (f n) end.

Lemma slowest_succ n f : 0 < n -> slowest (S n) f = Nat.min (slowest n f) (f n).
Proof. destruct n; [lia|reflexivity]. Qed.

Lemma slowest_le P f q : q < P -> slowest P f <= f q.
Proof.
  induction P as [|n IH]; intros Hq; [lia|]. destruct n as [|n]; [replace q with 0 by lia; simpl; lia|].
  rewrite slowest_succ by lia. destruct (Nat.eq_dec q (S n)) as [->|]; [lia|]. specialize (IH ltac:(lia)). lia.
Qed.

Lemma slowest_least P f m : 0 < P -> (forall q, q < P -> m <= f q) -> m <= slowest P f.
Proof.
  induction P as [|n IH]; intros HP L; [lia|]. destruct n as [|n]; [apply L; lia|]. rewrite slowest_succ by lia.
  apply Nat.min_glb; [apply IH; [lia|]|]; intros; apply L; lia.
Qed.

(** f with x for worker p at shard d. *)
Definition upd2 {A} (f : nat -> nat -> A) (d p : nat) (x : A) : nat -> nat -> A := upd f d (upd (f d) p x).

Lemma upd2_at {A} (f : nat -> nat -> A) d p x e q :
  upd2 f d p x e q = if (e =? d) && (q =? p) then x else f e q.
Proof. unfold upd2, upd. destruct (Nat.eqb_spec e d) as [->|]; simpl; [|reflexivity]. now destruct (q =? p). Qed.

(** sent p: clocks that worker p has finished. Of shard d: clocks of p whose changes it has taken, those that it has
    answered, and clocks of each other worker whose changes the last answer held. *)
Record state := State {
  sent : nat -> nat;
  taken : nat -> nat -> nat;
  answered : nat -> nat -> nat;
  read : nat -> nat -> nat -> nat }.

Definition start : state := State (fun _ => 0) (fun _ _ => 0) (fun _ _ => 0) (fun _ _ _ => 0).

Section Ssp.
Variables (P K clocks slack : nat) (room : nat -> nat -> nat).
Hypothesis room_slack : forall p c, room p c <= slack.

(** All shards have answered: worker p is in its clock of number sent p, or may start it. *)
Definition computes (x : state) (p : nat) : Prop := forall d, d < K -> answered x d p = sent x p.

(** What a shard that has taken t is made of. *)
Definition contents (t : nat -> nat) (q : nat) : nat := if slack =? 0 then slowest P t else t q.

Inductive step : state -> state -> Prop :=
| finish s t a r p : p < P -> s p < clocks -> computes (State s t a r) p ->
    step (State s t a r) (State (upd s p (S (s p))) t a r)
| take s t a r d p : d < K -> p < P -> t d p < s p ->
    step (State s t a r) (State s (upd2 t d p (S (t d p))) a r)
| answer s t a r d p : d < K -> p < P -> a d p < t d p -> t d p <= slowest P (t d) + room p (t d p) ->
    step (State s t a r) (State s t (upd2 a d p (S (a d p))) (upd2 r d p (contents (t d)))).

Inductive reached : nat -> state -> Prop :=
| nothing : reached 0 start
| one_more n x y : reached n x -> step x y -> reached (S n) y.

Lemma contents_between t q : q < P -> slowest P t <= contents t q <= t q.
Proof. intros Hq. unfold contents. pose proof (slowest_le P t q Hq). destruct (slack =? 0); lia. Qed.

Lemma sent_bound n x p : reached n x -> sent x p <= clocks.
Proof.
  intros R. induction R as [|n x y _ IH M]; [simpl; lia|]. destruct M as [s t a r w _ L _| |]; simpl in *; try exact IH.
  unfold upd. destruct (Nat.eqb_spec p w); subst; lia.
Qed.

(** What holds at every moment, of two workers and a shard. *)
Lemma invariant n x d p q : reached n x -> d < K -> p < P -> q < P ->
  taken x d p <= sent x p /\ answered x d p <= taken x d p /\ sent x p <= S (answered x d p) /\
  read x d p q <= taken x d q /\ answered x d p <= read x d p q + slack /\ read x d p p = answered x d p /\
  (slack = 0 -> read x d p q = answered x d p).
Proof.
  intros R Hd. revert p q. induction R as [|n x y _ IH M]; intros p q Hp Hq; [simpl; lia|].
  pose proof (IH p q Hp Hq) as I. pose proof (IH q p Hq Hp) as J.
  destruct M as [s t a r w Hw L C|s t a r e w He Hw L|s t a r e w He Hw L G]; cbn [sent taken answered read] in *.
  - specialize (C d Hd). simpl in C. unfold upd. destruct (Nat.eqb_spec p w) as [->|]; lia.
  - rewrite !upd2_at.
    destruct (Nat.eqb_spec d e) as [->|], (Nat.eqb_spec p w) as [->|], (Nat.eqb_spec q w) as [->|]; simpl; lia.
  - rewrite !upd2_at. destruct (Nat.eqb_spec d e) as [->|]; [|simpl; lia].
    destruct (Nat.eqb_spec p w) as [->|]; simpl; [|lia].
    pose proof (room_slack w (t e w)).
    pose proof (contents_between (t e) q Hq). pose proof (contents_between (t e) w Hw).
    assert (Own : contents (t e) w = S (a e w)) by (unfold contents in *; destruct (Nat.eqb_spec slack 0); lia).
    assert (All : slack = 0 -> contents (t e) q = S (a e w)).
    { intros Z. unfold contents in *. rewrite Z in *. simpl in *. lia. }
    lia.
Qed.

(** S6, start. A worker that starts clock c, or is in it, does so when every other one has finished all clocks up to
    number c - slack - 1: c - slack of them. Any numbers of workers, shards and clocks, any speeds and letters. Source:
    Ho et al. 2013. *)
Theorem S6_start n x p q : reached n x -> 0 < K -> p < P -> q < P -> computes x p -> sent x p <= sent x q + slack.
Proof.
  intros R HK Hp Hq C. specialize (C 0 HK). pose proof (invariant n x 0 p q R HK Hp Hq).
  pose proof (invariant n x 0 q p R HK Hq Hp). lia.
Qed.

(** S6, bounded. At every moment the numbers of finished clocks differ by no more than slack + 1. *)
Theorem S6_bounded n x p q : reached n x -> 0 < K -> p < P -> q < P -> sent x p <= sent x q + S slack.
Proof.
  intros R HK Hp Hq. pose proof (invariant n x 0 p q R HK Hp Hq). pose proof (invariant n x 0 q p R HK Hq Hp). lia.
Qed.

(** S6, reads. What a worker reads in its clock c, whichever shard it is of, holds the changes of all clocks up to
    number c - slack - 1 of every worker, all of its own, and none that was not made. Nothing is said of changes that
    are newer: which of them it holds depends on timing. *)
Theorem S6_reads n x d p q : reached n x -> d < K -> p < P -> q < P -> computes x p ->
  sent x p <= read x d p q + slack /\ read x d p p = sent x p /\ read x d p q <= sent x q.
Proof.
  intros R Hd Hp Hq C. specialize (C d Hd). pose proof (invariant n x d p q R Hd Hp Hq).
  pose proof (invariant n x d q p R Hd Hq Hp). lia.
Qed.

(** S6, synchronous. With slack 0 a worker reads in its clock c the changes of exactly the clocks before c, of every
    worker: what it reads does not depend on timing. *)
Theorem S6_synchronous n x d p q : slack = 0 -> reached n x -> d < K -> p < P -> q < P -> computes x p ->
  read x d p q = sent x p.
Proof.
  intros Z R Hd Hp Hq C. specialize (C d Hd). pose proof (invariant n x d p q R Hd Hp Hq) as I.
  decompose [and] I. rewrite <- C. auto.
Qed.

(** The run has ended: all clocks are finished, and answered. *)
Definition ended (x : state) : Prop :=
  forall p, p < P -> sent x p = clocks /\ forall d, d < K -> answered x d p = clocks.

Lemma search2 k n (f : nat -> nat -> bool) :
  (exists d p, d < k /\ p < n /\ f d p = true) \/ forall d p, d < k -> p < n -> f d p = false.
Proof.
  induction k as [|k [(d & p & Hd & H)|IH]]; [right; lia|left; exists d, p; split; [lia|exact H]|].
  destruct (search n (f k)) as [(p & H)|N]; [left; exists k, p; split; [lia|exact H]|right].
  intros d p Hd Hp. destruct (Nat.eq_dec d k) as [->|]; [now apply N|apply IH; [lia|exact Hp]].
Qed.

(** S5, ssp: no deadlock. As long as the run has not ended somebody can move: a worker finish its clock, or a shard take
    a change or answer. Boundaries, where all wait for all, are included (room 0). *)
Theorem S5_ssp_no_deadlock n x : 0 < P -> reached n x -> ended x \/ exists y, step x y.
Proof.
  intros HP R. pose proof (fun d p => invariant n x d p p R) as I.
  destruct x as [s t a r]. cbn [sent taken answered read] in I.
  destruct (search2 K P (fun d p => t d p <? s p)) as [(d & p & Hd & Hp & L)|T].
  { apply Nat.ltb_lt in L. right. eexists. exact (take s t a r d p Hd Hp L). }
  assert (A : forall d p, d < K -> p < P -> (forall q, q < P -> s p <= s q) -> a d p < s p ->
    exists y, step (State s t a r) y).
  { intros d p Hd Hp Low L. assert (E : forall q, q < P -> t d q = s q).
    { intros q Hq. specialize (T d q Hd Hq). apply Nat.ltb_ge in T. specialize (I d q Hd Hq Hq). lia. }
    eexists. apply (answer s t a r d p Hd Hp); rewrite E by exact Hp; [exact L|].
    enough (s p <= slowest P (t d)) by lia. apply slowest_least; [exact HP|].
    intros q Hq. rewrite E by exact Hq. now apply Low. }
  destruct (least P s HP) as (p & Hp & Low).
  destruct (search K (fun d => a d p <? s p)) as [(d & Hd & L)|C].
  { apply Nat.ltb_lt in L. right. exact (A d p Hd Hp Low L). }
  destruct (Nat.lt_ge_cases (s p) clocks) as [L|E].
  { right. eexists. apply (finish s t a r p Hp L). intros d Hd. simpl. specialize (C d Hd). apply Nat.ltb_ge in C.
    specialize (I d p Hd Hp Hp). lia. }
  destruct (search2 K P (fun d q => a d q <? s q)) as [(d & q & Hd & Hq & L)|D].
  { apply Nat.ltb_lt in L. right. apply (A d q Hd Hq); [|exact L]. intros w Hw. specialize (Low w Hw).
    pose proof (sent_bound n _ q R) as B. simpl in B. lia. }
  left. intros q Hq. simpl. specialize (Low q Hq). pose proof (sent_bound n _ q R) as B. simpl in B.
  assert (s q = clocks) as Eq by lia. split; [exact Eq|]. intros d Hd. specialize (D d q Hd Hq). apply Nat.ltb_ge in D.
  specialize (I d q Hd Hq Hq). lia.
Qed.

Lemma sum_le f : (forall d p, d < K -> p < P -> f d p <= clocks) ->
  total K (fun d => total P (f d)) <= K * (P * clocks).
Proof.
  intros B. rewrite <- total_const. apply total_le. intros d Hd. rewrite <- total_const. apply total_le. auto.
Qed.

Lemma sum_grows f d p : d < K -> p < P ->
  total K (fun e => total P (f e)) < total K (fun e => total P (upd2 f d p (S (f d p)) e)).
Proof.
  assert (G : forall e q, f e q <= upd2 f d p (S (f d p)) e q).
  { intros e q. rewrite upd2_at. destruct (Nat.eqb_spec e d) as [->|], (Nat.eqb_spec q p) as [->|]; simpl; lia. }
  intros Hd Hp. apply (total_lt K _ _ d); [|exact Hd|].
  - intros e He. apply total_le. auto.
  - apply (total_lt P _ _ p); [auto|exact Hp|]. rewrite upd2_at, !Nat.eqb_refl. simpl. lia.
Qed.

(** S5, ssp: termination. A run has at most P clocks (2 K + 1) moves, whatever their order: so it ends. *)
Theorem S5_ssp_terminates n x : reached n x -> n <= P * clocks * (2 * K + 1).
Proof.
  intros R.
  assert (M : n <= total P (sent x) + total K (fun d => total P (taken x d)) +
    total K (fun d => total P (answered x d))).
  { induction R as [|n x y _ IH M]; [lia|].
    destruct M as [s t a r p Hp _ _|s t a r d p Hd Hp _|s t a r d p Hd Hp _ _]; cbn [sent taken answered] in *.
    - assert (total P s < total P (upd s p (S (s p)))); [|lia].
      apply (total_lt P _ _ p); [|exact Hp|rewrite upd_same; lia].
      intros q _. unfold upd. destruct (Nat.eqb_spec q p) as [->|]; lia.
    - pose proof (sum_grows t d p Hd Hp). lia.
    - pose proof (sum_grows a d p Hd Hp). lia. }
  assert (S1 : total P (sent x) <= P * clocks).
  { rewrite <- total_const. apply total_le. intros p _. exact (sent_bound n x p R). }
  assert (S2 : total K (fun d => total P (taken x d)) <= K * (P * clocks)).
  { apply sum_le. intros d p Hd Hp. pose proof (invariant n x d p p R Hd Hp Hp). pose proof (sent_bound n x p R). lia. }
  assert (S3 : total K (fun d => total P (answered x d)) <= K * (P * clocks)).
  { apply sum_le. intros d p Hd Hp. pose proof (invariant n x d p p R Hd Hp Hp). pose proof (sent_bound n x p R). lia. }
  nia.
Qed.
End Ssp.

(* ---- instances: two workers, one shard *)

(* slack 1: worker 0 has finished a clock, and may start the next one, the other one is in its first *)
Definition one_ahead : state :=
  State (upd (fun _ => 0) 0 1) (upd2 (fun _ _ => 0) 0 0 1) (upd2 (fun _ _ => 0) 0 0 1)
    (upd2 (fun _ _ _ => 0) 0 0 (contents 2 1 (upd2 (fun _ _ => 0) 0 0 1 0))).

Lemma one_ahead_reached : reached 2 1 2 1 (fun _ _ => 1) 3 one_ahead.
Proof.
  apply one_more with (x := State (upd (fun _ => 0) 0 1) (upd2 (fun _ _ => 0) 0 0 1) (fun _ _ => 0) (fun _ _ _ => 0)).
  2:{ apply answer; vm_compute; lia. }
  apply one_more with (x := State (upd (fun _ => 0) 0 1) (fun _ _ => 0) (fun _ _ => 0) (fun _ _ _ => 0)).
  2:{ apply take; vm_compute; lia. }
  apply one_more with (x := start); [constructor|]. apply finish; [lia|lia|intros d _; reflexivity].
Qed.

Lemma one_ahead_computes : computes 1 one_ahead 0.
Proof. intros d Hd. replace d with 0 by lia. reflexivity. Qed.

Lemma within (slack : nat) : forall p c : nat, (fun _ _ : nat => slack) p c <= slack.
Proof. intros. apply Nat.le_refl. Qed.

Example S6_start_instance : 1 <= 0 + 1.
Proof.
  exact (S6_start 2 1 2 1 _ (within 1) 3 one_ahead 0 1 one_ahead_reached ltac:(lia) ltac:(lia) ltac:(lia)
    one_ahead_computes).
Qed.
Example S6_bounded_instance : 1 <= 0 + 2.
Proof. exact (S6_bounded 2 1 2 1 _ (within 1) 3 one_ahead 0 1 one_ahead_reached ltac:(lia) ltac:(lia) ltac:(lia)). Qed.
Example S6_reads_instance : 1 <= 0 + 1 /\ 1 = 1 /\ 0 <= 0.
Proof.
  exact (S6_reads 2 1 2 1 _ (within 1) 3 one_ahead 0 0 1 one_ahead_reached ltac:(lia) ltac:(lia) ltac:(lia)
    one_ahead_computes).
Qed.
Example S5_ssp_no_deadlock_instance :
  ended 2 1 2 one_ahead \/ exists y, step 2 1 2 1 (fun _ _ => 1) one_ahead y.
Proof. exact (S5_ssp_no_deadlock 2 1 2 1 _ (within 1) 3 one_ahead ltac:(lia) one_ahead_reached). Qed.
Example S5_ssp_terminates_instance : 3 <= 2 * 2 * (2 * 1 + 1).
Proof. exact (S5_ssp_terminates 2 1 2 1 _ (within 1) 3 one_ahead one_ahead_reached). Qed.

(* slack 0: both have finished a clock, and worker 0 is answered *)
Lemma together_reached : let t := upd2 (upd2 (fun _ _ => 0) 0 0 1) 0 1 1 in
  reached 2 1 2 0 (fun _ _ => 0) 5
    (State (upd (upd (fun _ => 0) 0 1) 1 1) t (upd2 (fun _ _ => 0) 0 0 1)
      (upd2 (fun _ _ _ => 0) 0 0 (contents 2 0 (t 0)))).
Proof.
  cbv zeta. set (s := upd (upd (fun _ => 0) 0 1) 1 1). set (none := fun _ _ : nat => 0). set (t := upd2 none 0 0 1).
  apply one_more with (x := State s (upd2 t 0 1 1) none (fun _ _ _ => 0)); [|apply answer; vm_compute; lia].
  apply one_more with (x := State s t none (fun _ _ _ => 0)); [|apply take; vm_compute; lia].
  apply one_more with (x := State s none none (fun _ _ _ => 0)); [|apply take; vm_compute; lia].
  apply one_more with (x := State (upd (fun _ => 0) 0 1) none none (fun _ _ _ => 0));
    [|apply finish; [lia|vm_compute; lia|intros d _; reflexivity]].
  apply one_more with (x := start); [constructor|]. apply finish; [lia|vm_compute; lia|intros d _; reflexivity].
Qed.
Example S6_synchronous_instance : contents 2 0 (upd2 (upd2 (fun _ _ => 0) 0 0 1) 0 1 1 0) 1 = 1.
Proof.
  apply (S6_synchronous 2 1 2 0 _ (within 0) 5 _ 0 0 1 eq_refl together_reached); try lia.
  intros d Hd. replace d with 0 by lia. reflexivity.
Qed.

(** S6, negative control: shards whose slack is one more than was asked for, here none. A worker starts its second clock
    while the other one is in its first, and reads nothing of it. *)
Theorem S6_off_by_one : exists n x, reached 2 1 2 1 (fun _ _ => 1) n x /\ computes 1 x 0 /\
  sent x 1 + 0 < sent x 0 /\ read x 0 0 1 + 0 < sent x 0.
Proof.
  exists 3, one_ahead. split; [exact one_ahead_reached|]. split; [exact one_ahead_computes|]. vm_compute. lia.
Qed.
