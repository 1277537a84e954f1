(** The release tree (S5): core/steward.h's fg_tree_parent and fg_tree_children, for every arity and number of ranks.
    `parent` and `children` are compared with C's functions in tests/test_table, for up to 64 ranks. *)
From Coq Require Import Arith Lia List.
Import ListNotations.

(** Parent of a rank > 0. *)
Definition parent (arity rank : nat) : nat := (rank - 1) / arity.

(** Children of a rank among `ranks` of them, in order. *)
Definition children (arity ranks rank : nat) : list nat :=
  filter (fun c => c <? ranks) (seq (rank * arity + 1) arity).

(** Where so many steps to the parent lead. *)
Fixpoint ancestor (arity steps rank : nat) : nat :=
  match steps with 0 => rank | S more => ancestor arity more (parent arity rank) end.

Lemma parent_less arity rank : 0 < arity -> 0 < rank -> parent arity rank < rank.
Proof.
  intros A R. unfold parent. apply Nat.le_lt_trans with (rank - 1); [|lia].
  apply Nat.div_le_upper_bound; nia.
Qed.

Lemma child_of_parent arity ranks rank c : 0 < arity -> 0 < c < ranks ->
  (In c (children arity ranks rank) <-> rank = parent arity c).
Proof.
  intros A C. unfold children, parent. rewrite filter_In, in_seq, Nat.ltb_lt. split.
  - intros (I & _). apply Nat.div_unique with (c - 1 - rank * arity); lia.
  - intros ->. pose proof (Nat.div_mod (c - 1) arity). pose proof (Nat.mod_upper_bound (c - 1) arity). lia.
Qed.

(** S5, every rank but 0 hangs on one other. Whatever the arity, a rank c > 0 is among the children of exactly one
    rank, that one is its parent, and it is a smaller rank: so reports go up to rank 0 and a release comes down to
    all, without a circle. Says nothing of what is sent along the tree (ProtocolTree.v). Source: ours. *)
Theorem S5_tree arity ranks c : 0 < arity -> 0 < c < ranks ->
  In c (children arity ranks (parent arity c)) /\ parent arity c < c /\
  (forall rank, In c (children arity ranks rank) -> rank = parent arity c).
Proof.
  intros A C. split; [|split].
  - now apply child_of_parent.
  - apply parent_less; lia.
  - intros rank. now apply child_of_parent.
Qed.
Example S5_tree_instance : In 7 (children 4 9 1) /\ 1 < 7.
Proof. destruct (S5_tree 4 9 7) as (I & L & _); [repeat constructor..|]. exact (conj I L). Qed.

(** S5, rank 0 is reached. From any rank, at most `rank` steps to the parent lead to rank 0. Source: ours. *)
Theorem S5_tree_root arity rank : 0 < arity -> exists steps, steps <= rank /\ ancestor arity steps rank = 0.
Proof.
  intros A. induction rank as [rank IH] using lt_wf_ind. destruct rank as [|r].
  - exists 0. now split.
  - destruct (IH (parent arity (S r))) as (steps & L & E); [apply parent_less; lia|].
    exists (S steps). split.
    + pose proof (parent_less arity (S r)). lia.
    + exact E.
Qed.
Example S5_tree_root_instance : exists steps, steps <= 63 /\ ancestor 4 steps 63 = 0.
Proof. apply S5_tree_root. repeat constructor. Qed.
