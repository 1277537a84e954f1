(** Expectations over finite probability spaces: a law is a list of weights and values. *)
From Coq Require Import Reals Lra List.
Import ListNotations.
Open Scope R_scope.

Section Fin.   (* expectation over finite weighted lists, any carrier *)
Context {A : Type}.
Fixpoint Ex (f : A -> R) (d : list (R * A)) : R :=
  match d with [] => 0 | p :: l => fst p * f (snd p) + Ex f l end.
Definition prob (d : list (R * A)) := (forall p, In p d -> 0 <= fst p) /\ Ex (fun _ => 1) d = 1.
Lemma Ex_ext f g d : (forall x, f x = g x) -> Ex f d = Ex g d.
Proof. intros H. induction d as [|p d IH]; simpl; [reflexivity|]. now rewrite H, IH. Qed.
Lemma Ex_lin a b f g d : Ex (fun x => a * f x + b * g x) d = a * Ex f d + b * Ex g d.
Proof. induction d as [|p d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma Ex_le f g d : (forall p, In p d -> 0 <= fst p) -> (forall x, f x <= g x) -> Ex f d <= Ex g d.
Proof.
  intros W H. induction d as [|p d IH]; simpl; [lra|].
  assert (fst p * f (snd p) <= fst p * g (snd p)) by (apply Rmult_le_compat_l; [apply W; now left|apply H]).
  specialize (IH (fun q Hq => W q (or_intror Hq))). lra.
Qed.
Lemma Ex_app f d e : Ex f (d ++ e) = Ex f d + Ex f e.
Proof. induction d as [|p d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
End Fin.
Definition bind {A B C} (g : A -> B -> C) (d : list (R * A)) (e : list (R * B)) : list (R * C) :=
  flat_map (fun p => map (fun q => (fst p * fst q, g (snd p) (snd q))) e) d.
Lemma Ex_bind {A B C} (f : C -> R) (g : A -> B -> C) d e :
  Ex f (bind g d e) = Ex (fun x => Ex (fun y => f (g x y)) e) d.
Proof.
  induction d as [|p d IH]; [reflexivity|]. unfold bind in *. cbn [flat_map Ex].
  rewrite Ex_app, IH. f_equal. clear. induction e as [|q e IH]; simpl; [ring|]. rewrite IH. ring.
Qed.
Lemma prob_bind {A B C} (g : A -> B -> C) d e : prob d -> prob e -> prob (bind g d e).
Proof.
  intros (Wd & Sd) (We & Se). split.
  - intros p Hp. apply in_flat_map in Hp as (a & Ia & Hp). apply in_map_iff in Hp as (b & <- & Ib).
    simpl. apply Rmult_le_pos; auto.
  - rewrite Ex_bind. rewrite (Ex_ext _ (fun _ => 1)); auto.
Qed.
