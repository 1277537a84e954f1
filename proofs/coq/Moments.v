(** Means, variances and covariances over the finite laws of Finite.v, and mixtures of such laws: what a number
    that is itself random (a count of updates) makes of them. Tools of the claims M1 to M7; no theorem of a
    claim is here. *)
From Coq Require Import Reals Lra List.
From Fugue Require Import Finite.
Import ListNotations.
Open Scope R_scope.

Section Rules.
Context {A : Type}.
Implicit Types (f g : A -> R) (d : list (R * A)).

(** [cov f g d]: covariance of two functions of the value that law d draws; [var f d]: variance of one. *)
Definition cov f g d := Ex (fun x => (f x - Ex f d) * (g x - Ex g d)) d.
Definition var f d := cov f f d.

Lemma cov_moments f g d : prob d -> cov f g d = Ex (fun x => f x * g x) d - Ex f d * Ex g d.
Proof.
  intros D. unfold cov. set (a := Ex f d) at 1. set (b := Ex g d) at 1.
  rewrite (Ex_ext _ (fun x => (f x * g x + - b * f x) + (- a * g x + a * b))) by (intro; ring).
  rewrite !Ex_plus, !Ex_scal, (Ex_const _ d D). unfold a, b. ring.
Qed.
Lemma cov_sym f g d : cov f g d = cov g f d.
Proof. apply Ex_ext. intro. ring. Qed.
Lemma cov_ext f f' g g' d : (forall x, f x = f' x) -> (forall x, g x = g' x) -> cov f g d = cov f' g' d.
Proof.
  intros F G. unfold cov. rewrite (Ex_ext f f' d F), (Ex_ext g g' d G). apply Ex_ext. intro x. now rewrite F, G.
Qed.
Lemma var_nonneg f d : prob d -> 0 <= var f d.
Proof. intros D. apply Ex_nonneg; [exact D|]. intro x. apply Rle_0_sqr. Qed.
Lemma var_sum f g d : prob d -> var (fun x => f x + g x) d = var f d + var g d + 2 * cov f g d.
Proof.
  intros D. unfold var. rewrite !cov_moments by exact D. rewrite Ex_plus.
  rewrite (Ex_ext (fun x => (f x + g x) * (f x + g x)) (fun x => (f x * f x + g x * g x) + 2 * (f x * g x)))
    by (intro; ring).
  rewrite !Ex_plus, Ex_scal. ring.
Qed.
Lemma cov_const k g d : prob d -> cov (fun _ => k) g d = 0.
Proof. intros D. rewrite cov_moments by exact D. rewrite Ex_scal, (Ex_const _ d D). ring. Qed.
End Rules.

(** A law that always draws x. *)
Definition surely {A} (x : A) : list (R * A) := [(1, x)].
Lemma prob_surely {A} (x : A) : prob (surely x).
Proof. split; [intros p [<-|[]]; simpl; lra|simpl; ring]. Qed.

(** One of two values, with the same chance. *)
Definition either {A} (x y : A) : list (R * A) := [(1 / 2, x); (1 / 2, y)].
Lemma prob_either {A} (x y : A) : prob (either x y).
Proof. split; [intros p [<-|[<-|[]]]; simpl; lra|simpl; lra]. Qed.

(** Expectations may be taken in either order. *)
Lemma Ex_swap {A B} (f : A -> B -> R) (d : list (R * A)) (e : list (R * B)) :
  Ex (fun x => Ex (f x) e) d = Ex (fun y => Ex (fun x => f x y) d) e.
Proof.
  induction d as [|p d IH]; simpl; [now rewrite Ex_zero|]. rewrite IH, <- Ex_scal, <- Ex_plus. reflexivity.
Qed.

(** The law of total covariance. *)
Lemma cov_mix {A B} (f g : B -> R) (d : list (R * A)) law : prob d -> (forall n, prob (law n)) ->
  cov f g (mixture d law) = Ex (fun n => cov f g (law n)) d + cov (fun n => Ex f (law n)) (fun n => Ex g (law n)) d.
Proof.
  intros D L. rewrite !cov_moments; auto using prob_mixture. rewrite !Ex_mixture.
  rewrite (Ex_ext (fun n => cov f g (law n))
             (fun n => Ex (fun x => f x * g x) (law n) + -1 * (Ex f (law n) * Ex g (law n)))).
  - rewrite Ex_plus, Ex_scal. ring.
  - intro n. rewrite cov_moments by apply L. ring.
Qed.
