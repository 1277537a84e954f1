(* Progress of ring (claim S5): column blocks go round P workers, B of them each, without a barrier and in any timing.
   In core/worker/roving.c (FG_ROVING_RING) worker p makes its visits in the order of fg_schedule_ring, each as soon as
   the block that is due is on its shelf, and then lets the block go: the moves of ProtocolOwnership.v, where a visit of
   any number of chunks is one move. Left out: the statistic's reports and answers, and boundaries (job->pause). *)
From Coq Require Import Arith Lia List.
From Fugue Require Import Schedule Counts ProtocolOwnership.
Import ListNotations.

Definition moves_left (P T : nat) (b : blocks) : nat := 2 * total P (fun p => T - done b p) + length (fly b).

Lemma move_left P B T b b' : move P B T b b' -> moves_left P T b' < moves_left P T b.
Proof.
  unfold moves_left. intros [d s f1 e f2 r|d s1 p c s2 f r Hp Ht].
  - simpl. rewrite !app_length. simpl. lia.
  - assert (L : total P (fun q => T - upd d p (S (d p)) q) < total P (fun q => T - d q)).
    { apply (total_lt P _ _ p); [|exact Hp|rewrite upd_same; lia].
      intros q _. unfold upd. destruct (Nat.eqb_spec q p) as [->|]; lia. }
    unfold let_go. destruct (T <=? d p + B); [|destruct (P =? 1)]; simpl; lia.
Qed.

(* n moves from the start *)
Inductive moved_by (P B T : nat) : nat -> blocks -> Prop :=
| by_none : moved_by P B T 0 (first_blocks P B)
| by_one n b b' : moved_by P B T n b -> move P B T b b' -> moved_by P B T (S n) b'.

(** S5 for ring, no deadlock. Unless all workers have made their T visits, a block's parcel can be taken, or some
    worker has the block of its next visit: one whose number of visits is least. For any P, B and T. *)
Theorem S5_ring_no_deadlock P B T b : 0 < P -> 0 < B -> moved P B T b ->
  (exists p, p < P /\ done b p < T) -> exists b', move P B T b b'.
Proof.
  intros HP HB M (p0 & Hp0 & L0). apply moved_kept in M; [|exact HP|exact HB].
  destruct (least P (done b) HP) as (p & Hp & L).
  assert (Lt : done b p < T) by (specialize (L p0 Hp0); lia).
  pose proof (L (source P p) (source_below P p Hp)) as Ln.
  assert (I : In (Entry p (done b p) (ring_col P B p (done b p))) (shelf b ++ fly b)).
  { apply (kept_here _ _ _ _ M); [exact Hp|exact Lt|lia]. }
  destruct b as [d s f r]. simpl in *. apply in_app_iff in I as [I|I]; apply in_split in I as (l1 & l2 & ->); eexists.
  - apply move_leave; assumption.
  - apply move_take.
Qed.

Example S5_ring_no_deadlock_instance : exists b', move 3 2 6 (after 3 2 6 [Leave 0; Leave 0; Leave 1]) b'.
Proof. apply (S5_ring_no_deadlock 3 2 6); [lia|lia|apply moved_after|exists 2; split; [lia|vm_compute; lia]]. Qed.

(** S5 for ring, the end. No run has more than 2 P T moves (visits and parcels taken): with S5_ring_no_deadlock every
    run whose workers are live and whose parcels arrive ends, and then each worker has made T visits. *)
Theorem S5_ring_terminates P B T n b : moved_by P B T n b -> n <= 2 * (P * T).
Proof.
  intros M. assert (H : n + moves_left P T b <= 2 * (P * T)); [|lia].
  induction M as [|n b b' _ IH Mv].
  - unfold moves_left. simpl. rewrite (total_const P (T - 0)). rewrite Nat.sub_0_r. lia.
  - apply move_left in Mv. lia.
Qed.

Example S5_ring_terminates_instance : 1 <= 2 * (3 * 4).
Proof.
  apply (S5_ring_terminates 3 1 4 1 (let_go 3 1 4 (fun _ => 0) [Entry 1 0 1; Entry 2 0 2] [] [] 0 0)).
  eapply by_one; [apply by_none|]. apply (move_leave 3 1 4 (fun _ => 0) [] 0 0 [Entry 1 0 1; Entry 2 0 2] [] []); lia.
Qed.
