(** Projected stochastic gradient descent in R^d, samples drawn independently from one finite data set: what `--sampling
    replace` does with one worker and one block. Blocks one after the other are in Stratified.v. Arithmetic is exact;
    the code's is float32. Vectors are functions of which coordinates 0 .. d-1 count. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Vectors Chung.
Import ListNotations.
Open Scope R_scope.

Section SGD.
Variables (d : nat) (Smp : Type) (data : list (R * Smp)) (grad : vector -> Smp -> vector).
Variables (proj : vector -> vector) (feasible : vector -> Prop) (xs : vector) (mu L2 s2 : R).
Let D (x : vector) := dist2 d x xs.
Hypothesis Hdata : prob data.
Hypothesis Hmu : 0 < mu.
Hypothesis HL : 0 <= L2.
Hypothesis Hs : 0 <= s2.
Hypothesis proj_feasible : forall y, feasible (proj y).
Hypothesis proj_closer : forall y, D (proj y) <= D y.
Hypothesis monotone : forall x, feasible x ->
  mu * D x <= Ex (fun z => dot d (grad x z) (fun i => x i - xs i)) data.
Hypothesis growth : forall x, feasible x -> Ex (fun z => nsq d (grad x z)) data <= L2 * D x + s2.

Definition sgd_update (e : R) (x : vector) (z : Smp) : vector := proj (fun i => x i - e * grad x z i).
Variables (eta : nat -> R) (init : list (R * vector)).
Hypothesis Hinit : prob init.
Hypothesis Hfeas : forall p, In p init -> feasible (snd p).
Fixpoint sgd_law (t : nat) : list (R * vector) :=
  match t with O => init | S k => bind (sgd_update (eta k)) (sgd_law k) data end.
Definition sgd_error t := Ex D (sgd_law t).

Lemma sgd_law_prob t : prob (sgd_law t).
Proof. induction t; simpl; [exact Hinit|]. now apply prob_bind. Qed.
Lemma sgd_law_feasible t p : In p (sgd_law t) -> feasible (snd p).
Proof.
  destruct t; simpl; [apply Hfeas|]. intros H. apply in_bind in H as (a & b & _ & _ & ->). apply proj_feasible.
Qed.

Lemma sgd_error_step t : 0 <= eta t ->
  sgd_error (S t) <= (1 - 2 * mu * eta t + L2 * eta t ^ 2) * sgd_error t + s2 * eta t ^ 2.
Proof.
  intros He. unfold sgd_error. simpl sgd_law. rewrite Ex_bind.
  destruct (sgd_law_prob t) as (Wi & Si). destruct Hdata as (Wd & Sd).
  set (e := eta t) in *.
  apply Rle_trans with (Ex (fun x => (1 - 2 * mu * e + L2 * e ^ 2) * D x + (s2 * e ^ 2) * 1) (sgd_law t)).
  2:{ rewrite (Ex_lin _ _ D (fun _ => 1)), Si. lra. }
  apply Ex_le_in; [exact Wi|]. intros p Hp. set (x := snd p).
  assert (Fx : feasible x) by apply (sgd_law_feasible t p Hp).
  apply Rle_trans with
    (Ex (fun z => 1 * (D x * 1 + (- 2 * e) * dot d (grad x z) (fun i => x i - xs i)) + e ^ 2 * nsq d (grad x z)) data).
  { apply Ex_le; [exact Wd|]. intro z. unfold sgd_update. eapply Rle_trans; [apply proj_closer|].
    unfold D, dist2. rewrite nsq_step. lra. }
  rewrite (Ex_lin 1 (e ^ 2) (fun z => D x * 1 + (-2 * e) * dot d (grad x z) (fun i => x i - xs i))
             (fun z => nsq d (grad x z))).
  rewrite (Ex_lin (D x) (-2 * e) (fun _ => 1) (fun z => dot d (grad x z) (fun i => x i - xs i))), Sd.
  pose proof (monotone x Fx) as M. pose proof (growth x Fx) as G.
  apply (Rmult_le_compat_l (2 * e)) in M; [|lra].
  apply (Rmult_le_compat_l (e ^ 2)) in G; [|apply pow2_ge_0]. lra.
Qed.

(** C1, independent draws. Each update draws a point from one finite data set, independently of what went before; steps
    eta_t >= 0 vanish with an infinite sum; the projection leads to feasible points and never away from the optimum xs;
    on feasible points the mean gradient points away from xs with strength mu > 0, and its second moment is at most
    L2 |x - xs|^2 + s2. Then E |x_t - xs|^2 tends to 0. Says nothing of single paths, nor of non-convex losses. *)
Theorem C1_sgd :
  (forall t, 0 <= eta t) -> is_lim_seq eta 0 -> is_lim_seq (sum_n eta) p_infty ->
  is_lim_seq sgd_error 0.
Proof.
  intros He Hl Hsum. apply (C1_robbins_monro sgd_error eta mu L2 s2); auto.
  - intro t. unfold sgd_error. apply Ex_nonneg; [apply sgd_law_prob|]. intro. apply nsq_nonneg.
  - intro t. apply sgd_error_step, He.
Qed.
End SGD.

(** Non-negative least squares in one dimension: the points -3 and 1, loss (x - z)^2 / 2 under x >= 0, start 5. Their
    mean is -1; the optimum is 0, where the constraint holds x back. *)
Definition nonnegative (x : vector) : vector := fun i => Rmax 0 (x i).
Example C1_sgd_instance :
  is_lim_seq (sgd_error 1 R [(1 / 2, -3); (1 / 2, 1)] (fun x z _ => x 0%nat - z) nonnegative (fun _ => 0)
                (paper_step 1) [(1, fun _ => 5)]) 0.
Proof.
  destruct (C1_paper_steps 1 Rlt_0_1) as (Lim & Sum).
  apply (C1_sgd 1 R _ _ _ (fun x => 0 <= x 0%nat) (fun _ => 0) 1 2 10); try lra; try assumption.
  - split; [|simpl; lra]. intros p [<-|[<-|[]]]; simpl; lra.
  - intro y. apply Rmax_l.
  - intro y. apply nsq_le. intros i _. unfold nonnegative. unfold Rmax. destruct (Rle_dec 0 (y i)); nra.
  - intros x Hx. unfold dist2, nsq, dot. simpl. nra.
  - intros x Hx. unfold dist2, nsq, dot. simpl. nra.
  - split; [|simpl; lra]. intros p [<-|[]]; simpl; lra.
  - intros p [<-|[]]; simpl; lra.
  - intro t. left. apply paper_step_pos. lra.
Qed.
