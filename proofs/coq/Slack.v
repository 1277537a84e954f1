(** Bounded slack of relay (C6). core/steward/directory.c grants worker p a visit of column block q only if q is parked
    and the visits granted to this pair are fewer than `slack` above m, the least number of completed visits of all
    pairs (`eligible`). Pairs are numbered as there, p C + q, below N = P C. Which of the eligible blocks is granted, in
    which order workers ask, where blocks are parked and how long visits take is left open, so that what is proved holds
    of any policy. m may be stale: it is then lower, and no less safe.
    What the code must do: count a grant and a report once each, and never grant another block than `eligible` says:
    its contract (make check-proofs), traces and every moment of runs (`fugue verify C6`), every order of events of few
    workers (tests/test_explore). Closed under the global context. *)
From Coq Require Import Arith Lia.
From Fugue Require Import Counts ProtocolOwnership.

(** m is at most the least of the first N numbers. *)
Definition floor (N : nat) (v : nat -> nat) (m : nat) : Prop := forall j, j < N -> m <= v j.

(** n grants lead to the numbers of visits v. *)
Inductive granted (N slack : nat) : nat -> (nat -> nat) -> Prop :=
| no_grant : granted N slack 0 (fun _ => 0)
| one_grant n v m i : granted N slack n v -> i < N -> floor N v m -> v i < m + slack ->
    granted N slack (S n) (upd v i (S (v i))).

Lemma total_grant N (v : nat -> nat) i : i < N -> total N (upd v i (S (v i))) = S (total N v).
Proof.
  induction N as [|N IH]; intros Hi; [lia|]. simpl. destruct (Nat.eq_dec i N) as [->|Ne].
  - rewrite upd_same. replace (total N (upd v N (S (v N)))) with (total N v); [lia|].
    assert (E : forall k, k <= N -> total k (upd v N (S (v N))) = total k v).
    { induction k as [|k IHk]; intros Hk; [reflexivity|]. simpl. rewrite IHk, upd_other by lia. reflexivity. }
    now rewrite E.
  - rewrite IH, upd_other by lia. lia.
Qed.

Lemma granted_total N slack n v : granted N slack n v -> total N v = n.
Proof.
  intros G. induction G as [|n v m i _ IH Hi _ _]; [|rewrite total_grant by exact Hi; lia].
  rewrite total_const. lia.
Qed.

(** C6, slack. Whatever is granted in whatever order, and with whatever stale minimum: the numbers of visits of two
    pairs never differ by more than slack; after T grants, their shares of T by no more than slack / T. Source: ours. *)
Theorem C6_bounded N slack n v i j : granted N slack n v -> i < N -> j < N -> v i <= v j + slack.
Proof.
  intros G. revert i j. induction G as [|n v m k _ IH Hk F L]; intros i j Hi Hj; [lia|].
  specialize (IH i j Hi Hj). unfold upd. destruct (Nat.eqb_spec i k) as [->|], (Nat.eqb_spec j k) as [->|]; try lia.
  specialize (F j Hj). lia.
Qed.
Example C6_bounded_instance : 2 <= 0 + 2.
Proof.
  assert (G : granted 4 2 2 (upd (upd (fun _ => 0) 3 1) 3 2)).
  { apply (one_grant 4 2 1 (upd (fun _ => 0) 3 1) 0 3); [|lia|intros j _; lia|vm_compute; lia].
    apply (one_grant 4 2 0 (fun _ => 0) 0 3); [apply no_grant|lia|intros j _; lia|lia]. }
  exact (C6_bounded 4 2 2 _ 3 0 G ltac:(lia) ltac:(lia)).
Qed.

(** C6, a level of the minimum. From a moment at which all numbers are at least m to one at which some is still m
    there are at most slack N grants: nobody is starved. *)
Theorem C6_level N slack n v n' v' m j : granted N slack n v -> granted N slack n' v' -> floor N v m -> j < N ->
  v' j = m -> n' <= n + N * slack.
Proof.
  intros G G' F Hj E. apply granted_total in G as T.
  assert (Low : N * m <= n) by (rewrite <- T, <- total_const; now apply total_le).
  assert (High : n' <= N * (m + slack)); [|nia].
  rewrite <- (granted_total _ _ _ _ G'), <- total_const. apply total_le. intros i Hi.
  pose proof (C6_bounded N slack n' v' i j G' Hi Hj). lia.
Qed.
Example C6_level_instance : 2 <= 0 + 4 * 2.
Proof.
  assert (G : granted 4 2 2 (upd (upd (fun _ => 0) 3 1) 3 2)).
  { apply (one_grant 4 2 1 (upd (fun _ => 0) 3 1) 0 3); [|lia|intros j _; lia|vm_compute; lia].
    apply (one_grant 4 2 0 (fun _ => 0) 0 3); [apply no_grant|lia|intros j _; lia|lia]. }
  exact (C6_level 4 2 0 (fun _ => 0) 2 _ 0 0 (no_grant 4 2) G ltac:(intros j _; lia) ltac:(lia) eq_refl).
Qed.

(** C6, slack 1. After every N m grants each pair has been visited m times: every block exactly once a round. *)
Theorem C6_once_a_round N m v i : granted N 1 (N * m) v -> i < N -> v i = m.
Proof.
  intros G Hi. pose proof (granted_total _ _ _ _ G) as T. pose proof (fun a b => C6_bounded N 1 _ v a b G) as B.
  destruct (Nat.lt_trichotomy (v i) m) as [L|[E|L]]; [exfalso|exact E|exfalso].
  - assert (total N v < total N (fun _ => m)); [|rewrite total_const in *; lia].
    apply (total_lt N v (fun _ => m) i); [|exact Hi|exact L]. intros j Hj. specialize (B j i Hj Hi). lia.
  - assert (total N (fun _ => m) < total N v); [|rewrite total_const in *; lia].
    apply (total_lt N (fun _ => m) v i); [|exact Hi|exact L]. intros j Hj. specialize (B i j Hi Hj). lia.
Qed.
(* two pairs, one visit each *)
Lemma one_each : granted 2 1 (2 * 1) (upd (upd (fun _ => 0) 0 1) 1 1).
Proof.
  apply (one_grant 2 1 1 (upd (fun _ => 0) 0 1) 0 1); [|lia|intros j _; lia|vm_compute; lia].
  apply (one_grant 2 1 0 (fun _ => 0) 0 0); [apply no_grant|lia|intros j _; lia|lia].
Qed.
Example C6_once_a_round_instance : upd (upd (fun _ => 0) 0 1) 1 1 0 = 1.
Proof. exact (C6_once_a_round 2 1 _ 0 one_each ltac:(lia)). Qed.

(** C6, equal weights. After n grants a pair has been visited n / N times up to slack: its share of all visits is 1 /
    N up to slack / n, so that weights are equal in the limit under any speeds. *)
Theorem C6_equal_shares N slack n v i : granted N slack n v -> i < N ->
  N * v i <= n + N * slack /\ n <= N * v i + N * slack.
Proof.
  intros G Hi. pose proof (granted_total _ _ _ _ G) as T. pose proof (fun a b => C6_bounded N slack n v a b G) as B.
  rewrite <- T, <- !Nat.mul_add_distr_l, <- !total_const. split.
  - assert (E : total N (fun _ => v i) <= total N (fun j => v j + slack)) by (apply total_le; intros j Hj; now apply B).
    assert (P : forall k, total k (fun j => v j + slack) = total k v + total k (fun _ => slack)).
    { induction k as [|k IH]; [reflexivity|]. simpl. lia. }
    rewrite P in E. exact E.
  - apply total_le. intros j Hj. now apply B.
Qed.
Example C6_equal_shares_instance : 2 * 1 <= 2 + 2 * 1 /\ 2 <= 2 * 1 + 2 * 1.
Proof. exact (C6_equal_shares 2 1 2 _ 1 one_each ltac:(lia)). Qed.

(** Grants by a worker's own row alone: the minimum is over its pairs only (one column block: N rows of one pair). *)
Inductive granted_by_row (N slack : nat) : nat -> (nat -> nat) -> Prop :=
| no_grant_by_row : granted_by_row N slack 0 (fun _ => 0)
| one_grant_by_row n v i : granted_by_row N slack n v -> i < N -> v i < v i + slack ->
    granted_by_row N slack (S n) (upd v i (S (v i))).

(** C6, negative control: a minimum over the worker's own row. A fast worker gets ahead by any number k of visits. *)
Theorem C6_own_row : forall k, exists v, granted_by_row 2 1 k v /\ v 0 = k /\ v 1 = 0.
Proof.
  induction k as [|k (v & G & E & Z)]; [exists (fun _ => 0); repeat split; constructor|].
  exists (upd v 0 (S (v 0))). split; [apply one_grant_by_row; [exact G|lia|lia]|].
  split; [rewrite upd_same; lia|rewrite upd_other by lia; exact Z].
Qed.
Example C6_own_row_instance : exists v, granted_by_row 2 1 3 v /\ v 0 = 3 /\ v 1 = 0.
Proof. exact (C6_own_row 3). Qed.

(** * Blocks: a visit is granted, and completed when its block is parked again *)

(** held q: the pair that a visit of block q is under way of. *)
Definition completed (C : nat) (v : nat -> nat) (held : nat -> option nat) (i : nat) : nat :=
  match held (i mod C) with Some j => if j =? i then v i - 1 else v i | None => v i end.

(** The directory after n grants: v i visits are granted to pair i. Runs begin with P grants, one to each worker. *)
Inductive relay (N C slack : nat) : nat -> (nat -> nat) -> (nat -> option nat) -> Prop :=
| at_start : relay N C slack 0 (fun _ => 0) (fun _ => None)
| grant n v held m i : relay N C slack n v held -> i < N -> held (i mod C) = None ->
    floor N (completed C v held) m -> v i < m + slack ->
    relay N C slack (S n) (upd v i (S (v i))) (upd held (i mod C) (Some i))
| park n v held i q : relay N C slack n v held -> held q = Some i -> relay N C slack n v (upd held q None).

Lemma completed_le C v held i : completed C v held i <= v i.
Proof. unfold completed. destruct (held (i mod C)) as [j|]; [destruct (j =? i)|]; lia. Qed.

Lemma completed_parked C v held i : held (i mod C) = None -> completed C v held i = v i.
Proof. unfold completed. now intros ->. Qed.

(* a grant completes nothing *)
Lemma completed_grant C v held i j : held (i mod C) = None ->
  completed C (upd v i (S (v i))) (upd held (i mod C) (Some i)) j = completed C v held j.
Proof.
  intros E. unfold completed, upd. destruct (Nat.eqb_spec (j mod C) (i mod C)) as [Q|Q].
  - rewrite Q, E. destruct (Nat.eqb_spec i j) as [->|Ne]; [rewrite Nat.eqb_refl; lia|].
    destruct (Nat.eqb_spec j i) as [->|]; [congruence|reflexivity].
  - destruct (Nat.eqb_spec j i) as [->|]; [congruence|reflexivity].
Qed.

Lemma completed_park C v held q j : completed C v held j <= completed C v (upd held q None) j.
Proof.
  unfold completed, upd. destruct (j mod C =? q); [|reflexivity].
  destruct (held (j mod C)) as [k|]; [destruct (k =? j)|]; lia.
Qed.

(** What is proved of grants holds of relay. *)
Lemma relay_granted N C slack n v held : relay N C slack n v held -> granted N slack n v.
Proof.
  intros R. induction R as [|n v held m i R IH Hi _ F L|n v held i q R IH _]; [constructor| |exact IH].
  apply (one_grant N slack n v m i IH Hi); [|exact L].
  intros j Hj. exact (Nat.le_trans _ _ _ (F j Hj) (completed_le C v held j)).
Qed.

(** C6, visits under way. At every moment: the visits granted to a pair, the one under way included, are at most slack
    more than those that any other pair has completed. So neither granted nor completed visits differ by more than
    slack; with a stale minimum, too. Source: ours. *)
Theorem C6_under_way N C slack n v held i j : relay N C slack n v held -> i < N -> j < N ->
  v i <= completed C v held j + slack.
Proof.
  intros R. revert i j. induction R as [|n v held m k R IH Hk E F L|n v held k q R IH _]; intros i j Hi Hj.
  - unfold completed. simpl. lia.
  - rewrite completed_grant by exact E. unfold upd. destruct (i =? k); [|now apply IH]. specialize (F j Hj). lia.
  - pose proof (completed_park C v held q j). specialize (IH i j Hi Hj). lia.
Qed.

(* P = C = 2, slack 1: both workers have begun, and worker 0 has finished *)
Lemma begun : relay 4 2 1 2 (upd (upd (fun _ => 0) 0 1) 3 1)
  (upd (upd (upd (fun _ => None) 0 (Some 0)) 1 (Some 3)) 0 None).
Proof.
  apply park with (i := 0); [|reflexivity].
  apply (grant 4 2 1 1 (upd (fun _ => 0) 0 1) (upd (fun _ => None) 0 (Some 0)) 0 3);
    [|lia|reflexivity|intros j _; lia|vm_compute; lia].
  apply (grant 4 2 1 0 (fun _ => 0) (fun _ => None) 0 0); [constructor|lia|reflexivity|intros j _; lia|lia].
Qed.
Example C6_under_way_instance : 1 <= 0 + 1.
Proof. exact (C6_under_way 4 2 1 2 _ _ 0 3 begun ltac:(lia) ltac:(lia)). Qed.

(** C6, slack 1, rises. A park by which the true minimum of completed visits comes to m, from less, leaves every pair
    with exactly m granted visits: between two rises every block is visited exactly once by every worker. *)
Theorem C6_rise N C n v held q m i j : relay N C 1 n v held -> i < N -> j < N -> completed C v held j < m ->
  floor N (completed C v (upd held q None)) m -> v i = m.
Proof.
  intros R Hi Hj L F. pose proof (C6_under_way N C 1 n v held i j R Hi Hj). specialize (F i Hi).
  pose proof (completed_le C v (upd held q None) i). lia.
Qed.
(* P = C = 1: the only visit is parked *)
Example C6_rise_instance : upd (fun _ => 0) 0 1 0 = 1.
Proof.
  assert (R : relay 1 1 1 1 (upd (fun _ => 0) 0 1) (upd (fun _ => None) 0 (Some 0))).
  { apply (grant 1 1 1 0 (fun _ => 0) (fun _ => None) 0 0); [constructor|lia|reflexivity|intros j _; lia|lia]. }
  apply (C6_rise 1 1 1 _ _ 0 1 0 0 R); [lia|lia|vm_compute; lia|].
  intros j Hj. replace j with 0 by lia. vm_compute. lia.
Qed.

(** C6, no deadlock. Let slack be positive. Whenever all blocks are parked - so when all workers are idle, and their
    letters have arrived - a pair has the fewest visits, and its block can be granted to its worker: with the true
    minimum no run stands still before its last round. That workers ask, and that visits end, is S5's. *)
Theorem C6_no_deadlock N C slack n v held : 0 < N -> 0 < slack -> relay N C slack n v held ->
  (forall q, held q = None) ->
  exists i, i < N /\ floor N (completed C v held) (v i) /\
    relay N C slack (S n) (upd v i (S (v i))) (upd held (i mod C) (Some i)).
Proof.
  intros HN HS R A. destruct (least N v HN) as (i & Hi & L).
  assert (F : floor N (completed C v held) (v i)).
  { intros j Hj. rewrite completed_parked by apply A. now apply L. }
  exists i. split; [exact Hi|]. split; [exact F|]. apply (grant N C slack n v held (v i) i R Hi); [apply A|exact F|lia].
Qed.
Example C6_no_deadlock_instance :
  exists i, i < 6 /\ relay 6 3 1 1 (upd (fun _ => 0) i 1) (upd (fun _ => None) (i mod 3) (Some i)).
Proof.
  destruct (C6_no_deadlock 6 3 1 0 (fun _ => 0) (fun _ => None)) as (i & Hi & _ & R); [lia|lia|constructor|auto|].
  now exists i.
Qed.

(** Visits beyond the minimum as the directory's `level` computes them, from numbers modulo 2^16. Literals of that size
    are kept from being computed with. *)
Definition wrap : nat := 2 ^ 16.
Definition level (granted min : nat) : nat := (granted mod wrap + wrap - min mod wrap) mod wrap.

Lemma level_exact a m : m <= a -> a < m + wrap -> level a m = a - m.
Proof.
  unfold level. assert (W : wrap <> 0) by (apply Nat.pow_nonzero; discriminate). revert W.
  generalize wrap. intros w W L H. pose proof (Nat.mod_upper_bound m w W). pose proof (Nat.mod_upper_bound a w W).
  pose proof (Nat.div_mod m w W). pose proof (Nat.div_mod a w W).
  assert (a / w = m / w \/ a / w = S (m / w)) as [E|E] by nia; rewrite E in *.
  - replace (a mod w + w - m mod w) with (a - m + 1 * w) by lia. rewrite Nat.mod_add, Nat.mod_small by lia. reflexivity.
  - replace (a mod w + w - m mod w) with (a - m) by nia. now rewrite Nat.mod_small by lia.
Qed.

(** C6, counts of 16 bits. Let m be the number of completed visits of some pair j, and no pair have fewer. If slack is
    less than 2^16 - 1 (SLACK_MOST is), then numbers modulo 2^16 tell visits beyond the minimum exactly; they are less
    than 2^16 - 1, by which a block that is not parked is marked. So the directory's comparison is that of the whole
    numbers, however long a run is. Not said of a minimum that is stale by more than 2^16 - 1 - slack: the directory's
    is not stale. *)
Theorem C6_wrapped_counts N C slack n v held i j : relay N C slack n v held -> S slack < wrap -> i < N -> j < N ->
  floor N (completed C v held) (completed C v held j) ->
  let m := completed C v held j in
  level (v i) m = v i - m /\ S (level (v i) m) < wrap /\ (level (v i) m < slack <-> v i < m + slack).
Proof.
  intros R W Hi Hj F m. pose proof (C6_under_way N C slack n v held i j R Hi Hj) as B.
  assert (G : m <= v i) by exact (Nat.le_trans _ _ _ (F i Hi) (completed_le C v held i)).
  fold m in B. rewrite level_exact by lia. lia.
Qed.
Example C6_wrapped_counts_instance : level 1 0 = 1 - 0.
Proof.
  apply (C6_wrapped_counts 4 2 1 2 _ _ 0 3 begun); [|lia|lia|intros j _; apply Nat.le_0_l].
  apply (Nat.lt_le_trans _ (2 ^ 2)); [simpl; lia|apply Nat.pow_le_mono_r; lia].
Qed.

(** C6, negative control: a directory that grants up to slack inclusive. Visits differ by one more than slack. *)
Theorem C6_off_by_one : exists v held, relay 2 1 2 2 v held /\ completed 1 v held 1 + 1 < v 0.
Proof.
  assert (R : relay 2 1 2 1 (upd (fun _ => 0) 0 1) (upd (upd (fun _ => None) 0 (Some 0)) 0 None)).
  { apply park with (i := 0); [|reflexivity].
    apply (grant 2 1 2 0 (fun _ => 0) (fun _ => None) 0 0); [constructor|lia|reflexivity|intros j _; lia|lia]. }
  do 2 eexists. split.
  - apply (grant 2 1 2 1 _ _ 0 0 R); [lia|reflexivity|intros j _; lia|vm_compute; lia].
  - vm_compute. lia.
Qed.
