(* Heterogeneous update counts re-weight the loss; equal weights restore it. *)
From Coq Require Import Reals Lra Lia List Permutation Arith.
From Fugue Require Import Schedule.
Import ListNotations.
Open Scope R_scope.

(* two quadratic blocks h_b (x - m_b)^2 / 2 with weights w_b *)
Definition field2 w1 w2 h1 h2 m1 m2 x := w1 * (h1 * (x - m1)) + w2 * (h2 * (x - m2)).
Definition root2 w1 w2 h1 h2 m1 m2 := (w1*h1*m1 + w2*h2*m2) / (w1*h1 + w2*h2).

Lemma root2_unique w1 w2 h1 h2 m1 m2 x : 0 < w1 -> 0 < w2 -> 0 < h1 -> 0 < h2 ->
  (field2 w1 w2 h1 h2 m1 m2 x = 0 <-> x = root2 w1 w2 h1 h2 m1 m2).
Proof.
  intros. assert (0 < w1*h1 + w2*h2) by (assert (0 < w1*h1) by (apply Rmult_lt_0_compat; auto); assert (0 < w2*h2) by (apply Rmult_lt_0_compat; auto); lra).
  unfold field2, root2. split; intro E.
  - apply Rmult_eq_reg_r with (w1*h1 + w2*h2); [|lra]. field_simplify; lra.
  - subst. field. lra.
Qed.

Theorem bias_iff w1 w2 h1 h2 m1 m2 : 0 < w1 -> 0 < w2 -> 0 < h1 -> 0 < h2 ->
  (root2 w1 w2 h1 h2 m1 m2 = root2 1 1 h1 h2 m1 m2 <-> w1 = w2 \/ m1 = m2).
Proof.
  intros W1 W2 H1 H2.
  assert (A : 0 < w1*h1) by (apply Rmult_lt_0_compat; auto).
  assert (B : 0 < w2*h2) by (apply Rmult_lt_0_compat; auto).
  assert (D : root2 w1 w2 h1 h2 m1 m2 - root2 1 1 h1 h2 m1 m2
     = (h1 * h2) * ((w1 - w2) * (m1 - m2)) / ((w1*h1 + w2*h2) * (h1 + h2))).
  { unfold root2. field. lra. }
  assert (Dn : 0 < (w1*h1 + w2*h2) * (h1 + h2)) by (apply Rmult_lt_0_compat; lra).
  split; intro E.
  - rewrite E, Rminus_diag_eq in D by reflexivity. symmetry in D.
    apply (Rmult_eq_compat_r ((w1*h1 + w2*h2) * (h1 + h2))) in D.
    unfold Rdiv in D. rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_0_l in D by lra.
    apply Rmult_integral in D as [D|D]; [exfalso; apply Rmult_integral in D as [D|D]; lra|].
    apply Rmult_integral in D as [D|D]; [left|right]; lra.
  - apply Rminus_diag_uniq. rewrite D. destruct E as [->| ->]; field; lra.
Qed.

(* n blocks in any space where the mean field is a weighted sum: equal non-zero
   weights keep exactly the original stationary points *)
Definition wsum (w g : nat -> R) (P : nat) := fold_right (fun b a => w b * g b + a) 0 (seq 0 P).
Lemma fold_ext (f g : nat -> R) l : (forall b, In b l -> f b = g b) ->
  fold_right (fun b a => f b + a) 0 l = fold_right (fun b a => g b + a) 0 l.
Proof. induction l as [|x l IH]; intros H; simpl; [reflexivity|]. rewrite H by now left. f_equal. apply IH. intros; apply H; now right. Qed.
Theorem equal_weights_stationary w c g P : c <> 0 -> (forall b, (b < P)%nat -> w b = c) ->
  (wsum w g P = 0 <-> wsum (fun _ => 1) g P = 0).
Proof.
  intros Hc Hw. assert (E : wsum w g P = c * wsum (fun _ => 1) g P).
  { unfold wsum. rewrite (fold_ext _ (fun b => c * g b)) by (intros b Hb; apply in_seq in Hb; rewrite Hw by lia; ring).
    induction (seq 0 P) as [|x l IH]; simpl; [ring|]. rewrite IH. ring. }
  rewrite E. split; intro H; [|rewrite H; ring].
  apply Rmult_integral in H as [H|H]; [contradiction|exact H].
Qed.

(* (i) step scaling: n_b updates with step eta * nmin / n_b give total weight eta * nmin *)
Theorem step_scaling n nmin eta (b : nat) : 0 < n b -> n b * (eta * (nmin / n b)) = eta * nmin.
Proof. intros H. field. lra. Qed.

(* (ii) rotating which worker serves which row block: over P epochs every row block
   receives sum_w speed w, whatever the speeds *)
Lemma sum_perm (f : nat -> R) l k : Permutation l k ->
  fold_right (fun b a => f b + a) 0 l = fold_right (fun b a => f b + a) 0 k.
Proof. induction 1; simpl; lra. Qed.
Theorem rotation_equalises P (speed : nat -> R) b : (b < P)%nat ->
  fold_right (fun e a => speed (rot P e b) + a) 0 (seq 0 P) =
  fold_right (fun w a => speed w + a) 0 (seq 0 P).
Proof.
  intros Hb.
  assert (PM : Permutation (map (fun e => rot P e b) (seq 0 P)) (seq 0 P)).
  { destruct (rot_latin P) as (B & _ & I). apply inj_perm; intros; [apply B|eapply (I b)]; eauto. }
  rewrite <- (sum_perm speed _ _ PM). clear. induction (seq 0 P) as [|x l IH]; simpl; [reflexivity|]. now rewrite IH.
Qed.
