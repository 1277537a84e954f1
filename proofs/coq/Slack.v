(** Bounded slack: relay's visits (C6) and ssp's clocks (S6). relay: core/steward/directory.c grants a visit of a
    worker (a row block) to a column block only if the number of visits of this pair is less than `slack` above the
    least number of all pairs (`eligible`); the least number that it works with may be stale, and is then lower.
    Pairs are numbered 0 .. N - 1 here, N = P C; a grant counts as the visit. Which of the eligible blocks is
    granted, in which order workers ask, and where blocks are parked is left open, so that what is proved holds of
    any policy. ssp: core/steward/server.c answers a worker that has finished its clocks 0 .. c - 1 only when every
    other one has finished c - slack of them. Traces and every order of events of few workers are held to both
    (`fugue verify C6 S6`, tests/test_explore; contract of `eligible`). Closed under the global context. *)
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
    pairs never differ by more than slack. Source: ours. *)
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

(** C6, no deadlock. With slack > 0 some pair has the least number of visits, and it can be granted: so when all
    workers are idle, and therefore all blocks parked, the worker of that pair can be given its block. *)
Theorem C6_no_deadlock N slack n v : 0 < N -> 0 < slack -> granted N slack n v ->
  exists i, i < N /\ floor N v (v i) /\ granted N slack (S n) (upd v i (S (v i))).
Proof.
  intros HN HS G. destruct (least N v HN) as (i & Hi & L). exists i. split; [exact Hi|]. split; [exact L|].
  apply (one_grant N slack n v (v i) i G Hi L). lia.
Qed.
Example C6_no_deadlock_instance : exists i, i < 6 /\ granted 6 1 1 (upd (fun _ => 0) i 1).
Proof.
  destruct (C6_no_deadlock 6 1 0 (fun _ => 0)) as (i & Hi & _ & G); [lia|lia|apply no_grant|]. now exists i.
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
Example C6_level_instance : 0 <= 0 + 4 * 3.
Proof.
  apply (C6_level 4 3 0 (fun _ => 0) 0 (fun _ => 0) 0 0); [apply no_grant|apply no_grant|intros j _;
    lia|lia|reflexivity].
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
Example C6_once_a_round_instance : exists v, granted 1 1 1 v /\ v 0 = 1.
Proof.
  assert (G : granted 1 1 1 (upd (fun _ => 0) 0 1)).
  { apply (one_grant 1 1 0 (fun _ => 0) 0 0); [apply no_grant|lia|intros j _; lia|lia]. }
  exists (upd (fun _ => 0) 0 1). split; [exact G|]. exact (C6_once_a_round 1 1 _ 0 G ltac:(lia)).
Qed.

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
Example C6_equal_shares_instance : exists v, granted 6 1 1 v /\ 6 * v 0 <= 1 + 6 * 1.
Proof.
  destruct (C6_no_deadlock 6 1 0 (fun _ => 0)) as (i & Hi & _ & G); [lia|lia|apply no_grant|].
  exists (upd (fun _ => 0) i 1). split; [exact G|]. apply (C6_equal_shares 6 1 1 _ 0 G). lia.
Qed.

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

(** * Clocks of ssp: how many each of P workers has finished *)

(** A worker that has finished f p clocks finishes the next one, which it started when all had finished f p - slack. *)
Inductive clocks (P slack : nat) : (nat -> nat) -> Prop :=
| no_clock : clocks P slack (fun _ => 0)
| one_clock f p : clocks P slack f -> p < P -> (forall q, q < P -> f p <= f q + slack) ->
    clocks P slack (upd f p (S (f p))).

(** S6, staleness. Numbers of finished clocks never differ by more than slack + 1, whatever the speeds; with slack 0
    by one: a clock is a synchronous step. Source: Ho et al. 2013. *)
Theorem S6_bounded P slack f p q : clocks P slack f -> p < P -> q < P -> f p <= f q + S slack.
Proof.
  intros C. revert p q. induction C as [|f k _ IH Hk L]; intros p q Hp Hq; [lia|].
  specialize (IH p q Hp Hq). unfold upd. destruct (Nat.eqb_spec p k) as [->|], (Nat.eqb_spec q k) as [->|]; try lia.
  specialize (L q Hq). lia.
Qed.
Example S6_bounded_instance : 2 <= 0 + 2.
Proof.
  assert (C : clocks 2 1 (upd (upd (fun _ => 0) 0 1) 0 2)).
  { apply (one_clock 2 1 (upd (fun _ => 0) 0 1) 0); [|lia|intros [|q] _; vm_compute; lia].
    apply (one_clock 2 1 (fun _ => 0) 0); [apply no_clock|lia|intros; lia]. }
  exact (S6_bounded 2 1 _ 0 1 C ltac:(lia) ltac:(lia)).
Qed.

(** S6, negative control: servers whose slack is one more break the bound of the slack that was asked for. *)
Theorem S6_off_by_one : exists f, clocks 2 1 f /\ f 1 + S 0 < f 0.
Proof.
  exists (upd (upd (fun _ => 0) 0 1) 0 2). split; [|vm_compute; lia].
  apply (one_clock 2 1 (upd (fun _ => 0) 0 1) 0); [|lia|intros [|q] _; vm_compute; lia].
  apply (one_clock 2 1 (fun _ => 0) 0); [apply no_clock|lia|intros; lia].
Qed.
