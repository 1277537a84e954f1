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

(** ** Rules of expectations, and what holds on the support *)
Lemma Ex_plus {A} (f g : A -> R) d : Ex (fun x => f x + g x) d = Ex f d + Ex g d.
Proof. rewrite (Ex_ext _ (fun x => 1 * f x + 1 * g x)) by (intro; ring). rewrite Ex_lin. ring. Qed.
Lemma Ex_scal {A} k (f : A -> R) d : Ex (fun x => k * f x) d = k * Ex f d.
Proof. rewrite (Ex_ext _ (fun x => k * f x + 0 * f x)) by (intro; ring). rewrite Ex_lin. ring. Qed.
Lemma Ex_zero {A} (d : list (R * A)) : Ex (fun _ => 0) d = 0.
Proof. rewrite (Ex_ext _ (fun _ => 0 * 0)) by (intro; ring). rewrite Ex_scal. ring. Qed.
Lemma Ex_const {A} k (d : list (R * A)) : prob d -> Ex (fun _ => k) d = k.
Proof. intros (_ & S). rewrite (Ex_ext _ (fun _ => k * 1)) by (intro; ring). rewrite Ex_scal, S. ring. Qed.
Lemma Ex_le_in {A} (f g : A -> R) d :
  (forall p, In p d -> 0 <= fst p) -> (forall p, In p d -> f (snd p) <= g (snd p)) -> Ex f d <= Ex g d.
Proof.
  induction d as [|p d IH]; simpl; intros W H; [lra|].
  assert (fst p * f (snd p) <= fst p * g (snd p)) by (apply Rmult_le_compat_l; [apply W|apply H]; now left).
  specialize (IH (fun q Hq => W q (or_intror Hq)) (fun q Hq => H q (or_intror Hq))). lra.
Qed.
Lemma Ex_ext_in {A} (f g : A -> R) d : (forall p, In p d -> f (snd p) = g (snd p)) -> Ex f d = Ex g d.
Proof.
  induction d as [|p d IH]; simpl; intros H; [reflexivity|].
  rewrite (H p), IH by (intros; try apply H; auto). reflexivity.
Qed.
Lemma Ex_nonneg {A} (f : A -> R) d : prob d -> (forall x, 0 <= f x) -> 0 <= Ex f d.
Proof. intros D H. rewrite <- (Ex_zero d). apply Ex_le; [apply D|exact H]. Qed.
Lemma in_bind {A B C} (g : A -> B -> C) d e r : In r (bind g d e) ->
  exists p q, In p d /\ In q e /\ snd r = g (snd p) (snd q).
Proof.
  intros H. apply in_flat_map in H as (p & Ip & H). apply in_map_iff in H as (q & <- & Iq). now exists p, q.
Qed.

(** A draw whose law depends on a draw before it. *)
Definition mixture {A B} (d : list (R * A)) (k : A -> list (R * B)) : list (R * B) :=
  flat_map (fun p => map (fun q => (fst p * fst q, snd q)) (k (snd p))) d.
Lemma Ex_mixture {A B} (f : B -> R) (d : list (R * A)) k : Ex f (mixture d k) = Ex (fun x => Ex f (k x)) d.
Proof.
  induction d as [|p d IH]; [reflexivity|]. unfold mixture in *. cbn [flat_map Ex].
  rewrite Ex_app, IH. f_equal. clear. induction (k (snd p)) as [|q e IH]; simpl; [ring|]. rewrite IH. ring.
Qed.
Lemma in_mixture {A B} (d : list (R * A)) (k : A -> list (R * B)) r : In r (mixture d k) ->
  exists p q, In p d /\ In q (k (snd p)) /\ r = (fst p * fst q, snd q).
Proof.
  intros H. apply in_flat_map in H as (p & Ip & H). apply in_map_iff in H as (q & <- & Iq). now exists p, q.
Qed.
Lemma prob_mixture {A B} (d : list (R * A)) (k : A -> list (R * B)) :
  prob d -> (forall p, In p d -> prob (k (snd p))) -> prob (mixture d k).
Proof.
  intros (W & S) H. split.
  - intros r Hr. apply in_mixture in Hr as (p & q & Ip & Iq & ->). simpl.
    apply Rmult_le_pos; [now apply W|now apply (H p Ip)].
  - rewrite Ex_mixture, (Ex_ext_in _ (fun _ => 1)); [exact S|]. intros p Ip. apply (H p Ip).
Qed.
