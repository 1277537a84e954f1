(* Projected SGD on R^d, sampling from a finite data set: mean-square convergence
   under eta_t -> 0, sum eta_t = oo, strong monotonicity and quadratic growth. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Chung.
Import ListNotations.
Open Scope R_scope.

Definition vec := nat -> R.
Fixpoint dot (d : nat) (u v : vec) : R :=
  match d with O => 0 | S m => dot m u v + u m * v m end.
Definition nsq d u := dot d u u.
Lemma nsq_nonneg d u : 0 <= nsq d u.
Proof. unfold nsq. induction d as [|d IH]; simpl; [lra|]. pose proof (Rle_0_sqr (u d)). unfold Rsqr in *. lra. Qed.
Lemma nsq_step d e (x g xs : vec) :
  nsq d (fun i => x i - e * g i - xs i) =
  nsq d (fun i => x i - xs i) - 2 * e * dot d g (fun i => x i - xs i) + e ^ 2 * nsq d g.
Proof. unfold nsq. induction d as [|d IH]; simpl; [ring|]. rewrite IH. ring. Qed.

Section SGD.
Variables (d : nat) (Smp : Type) (data : list (R * Smp)) (grad : vec -> Smp -> vec).
Variables (proj : vec -> vec) (xs : vec) (mu L2 s2 : R).
Let D (x : vec) := nsq d (fun i => x i - xs i).
Hypothesis Hdata : prob data.
Hypothesis Hmu : 0 < mu.
Hypothesis HL : 0 <= L2.
Hypothesis Hs : 0 <= s2.
Hypothesis proj_nonexp : forall y, D (proj y) <= D y.
Hypothesis monotone : forall x, mu * D x <= Ex (fun z => dot d (grad x z) (fun i => x i - xs i)) data.
Hypothesis growth : forall x, Ex (fun z => nsq d (grad x z)) data <= L2 * D x + s2.

Definition step (e : R) (x : vec) (z : Smp) : vec := proj (fun i => x i - e * grad x z i).
Variables (eta : nat -> R) (init : list (R * vec)).
Hypothesis Hinit : prob init.
Fixpoint iter (t : nat) : list (R * vec) :=
  match t with O => init | S k => bind (step (eta k)) (iter k) data end.
Definition MSE t := Ex D (iter t).

Lemma iter_prob t : prob (iter t).
Proof. induction t; simpl; [exact Hinit|]. now apply prob_bind. Qed.

Theorem mse_step t : 0 <= eta t ->
  MSE (S t) <= (1 - 2 * mu * eta t + L2 * eta t ^ 2) * MSE t + s2 * eta t ^ 2.
Proof.
  intros He. unfold MSE. simpl iter. rewrite Ex_bind.
  destruct (iter_prob t) as (Wi & Si). destruct Hdata as (Wd & Sd).
  set (e := eta t) in *.
  apply Rle_trans with (Ex (fun x => (1 - 2 * mu * e + L2 * e ^ 2) * D x + (s2 * e ^ 2) * 1) (iter t)).
  2:{ rewrite (Ex_lin _ _ D (fun _ => 1)), Si. lra. }
  apply Ex_le; [exact Wi|]. intro x.
  apply Rle_trans with (Ex (fun z => 1 * (D x * 1 + (- 2 * e) * dot d (grad x z) (fun i => x i - xs i)) + e ^ 2 * nsq d (grad x z)) data).
  { apply Ex_le; [exact Wd|]. intro z. unfold step. eapply Rle_trans; [apply proj_nonexp|].
    unfold D. rewrite nsq_step. lra. }
  rewrite (Ex_lin 1 (e^2) (fun z => D x * 1 + (-2 * e) * dot d (grad x z) (fun i => x i - xs i)) (fun z => nsq d (grad x z))).
  rewrite (Ex_lin (D x) (-2*e) (fun _ => 1) (fun z => dot d (grad x z) (fun i => x i - xs i))), Sd.
  pose proof (monotone x) as M. pose proof (growth x) as G.
  apply (Rmult_le_compat_l (2 * e)) in M; [|lra].
  apply (Rmult_le_compat_l (e ^ 2)) in G; [|apply pow2_ge_0]. lra.
Qed.

Theorem sgd_converges :
  (forall t, 0 <= eta t) -> is_lim_seq eta 0 -> is_lim_seq (sum_n eta) p_infty ->
  is_lim_seq MSE 0.
Proof.
  intros He Hl Hsum. apply (chung MSE eta mu L2 s2); auto.
  - intro t. unfold MSE. destruct (iter_prob t) as (W & _).
    replace 0 with (Ex (fun _ : vec => 0) (iter t)).
    + apply Ex_le; [exact W|]. intro. apply nsq_nonneg.
    + clear. induction (iter t) as [|p l IH]; simpl; [reflexivity|]. rewrite IH. ring.
  - intro t. apply mse_step, He.
Qed.
End SGD.
