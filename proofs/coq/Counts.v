(** Numbers that workers have: their sum, one of them, the least. *)
From Coq Require Import Arith Lia.

Fixpoint total (n : nat) (f : nat -> nat) : nat := match n with 0 => 0 | S m => total m f + f m end.

Lemma total_le n f g : (forall j, j < n -> f j <= g j) -> total n f <= total n g.
Proof. induction n as [|n IH]; intros H; simpl; [lia|]. pose proof (H n).
specialize (IH (fun j L => H j (Nat.lt_lt_succ_r _ _ L))). lia. Qed.

Lemma total_lt n f g k : (forall j, j < n -> f j <= g j) -> k < n -> f k < g k -> total n f < total n g.
Proof.
  induction n as [|n IH]; intros H Hk L; simpl; [lia|]. pose proof (H n (Nat.lt_succ_diag_r n)).
  pose proof (total_le n f g (fun j L => H j (Nat.lt_lt_succ_r _ _ L))).
  destruct (Nat.eq_dec k n) as [->|N]; [lia|].
  specialize (IH (fun j L => H j (Nat.lt_lt_succ_r _ _ L))). lia.
Qed.

Lemma total_const n c : total n (fun _ => c) = n * c.
Proof. induction n as [|n IH]; simpl; [reflexivity|]. rewrite IH. lia. Qed.

(* somebody, or nobody *)
Lemma search n (f : nat -> bool) : (exists j, j < n /\ f j = true) \/ forall j, j < n -> f j = false.
Proof.
  induction n as [|n [(j & L & E)|IH]]; [right; lia|left; exists j; split; [lia|exact E]|].
  destruct (f n) eqn:E; [left; exists n; split; [lia|exact E]|right].
  intros j L. destruct (Nat.eq_dec j n) as [->|]; [exact E|apply IH; lia].
Qed.

(* of P numbers one is the least *)
Lemma least n (f : nat -> nat) : 0 < n -> exists p, p < n /\ forall q, q < n -> f p <= f q.
Proof.
  induction n as [|n IH]; [lia|]. intros _. destruct (Nat.eq_dec n 0) as [->|N].
  - exists 0. split; [lia|]. intros q Hq. replace q with 0 by lia. lia.
  - destruct IH as (p & Hp & L); [lia|]. destruct (Nat.le_gt_cases (f p) (f n)) as [A|A].
    + exists p. split; [lia|]. intros q Hq. destruct (Nat.eq_dec q n) as [->|]; [exact A|apply L; lia].
    + exists n. split; [lia|]. intros q Hq. destruct (Nat.eq_dec q n) as [->|]; [lia|]. specialize (L q ltac:(lia)).
      lia.
Qed.


Lemma total_ext n f g : (forall j, j < n -> f j = g j) -> total n f = total n g.
Proof.
  induction n as [|n IH]; intros H; [reflexivity|]. simpl. rewrite (H n) by lia. f_equal. apply IH. intros j Hj.
  apply H. lia.
Qed.

Lemma total_plus n f g : total n (fun j => f j + g j) = total n f + total n g.
Proof. induction n as [|n IH]; simpl; [reflexivity|]. rewrite IH. lia. Qed.

(* one is counted *)
Lemma total_at n p : p < n -> total n (fun j => if j =? p then 1 else 0) = 1.
Proof.
  induction n as [|n IH]; [lia|]. intros Hp. simpl. destruct (Nat.eqb_spec n p) as [->|N]; [|rewrite IH by lia; lia].
  rewrite (total_ext p _ (fun _ => 0)); [rewrite total_const; lia|].
  intros j Hj. destruct (Nat.eqb_spec j p); lia.
Qed.
