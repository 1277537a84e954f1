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

(* caveat: with a constant step, visiting two blocks one after the other is biased
   even with equal weights; the bias is exactly eta h (m2 - m1) / (2 (2 - eta h)) *)
Definition two_blocks eta h m1 m2 x := let y := x - eta * (h * (x - m1)) in y - eta * (h * (y - m2)).
Theorem order_bias eta h m1 m2 x : 0 < eta * h < 2 ->
  two_blocks eta h m1 m2 x = x ->
  x - root2 1 1 h h m1 m2 = eta * h * (m2 - m1) / (2 * (2 - eta * h)).
Proof.
  intros H E. assert (Hh : h <> 0) by (intros ->; lra).
  assert (X : x * ((eta*h) * (2 - eta*h)) = (eta*h) * ((1 - eta*h)*m1 + m2)) by (unfold two_blocks in E; lra).
  assert (X2 : x = ((1 - eta*h)*m1 + m2) / (2 - eta*h)).
  { apply Rmult_eq_reg_r with ((eta*h) * (2 - eta*h)); [|apply Rmult_integral_contrapositive; lra].
    rewrite X. field. lra. }
  rewrite X2. unfold root2. field. lra.
Qed.

(* extra updates are variance-safe but not bias-free: n noiseless (= mean) updates inside
   block b pull the iterate geometrically to the block's own optimum *)
Fixpoint drift (eta h m x : R) (n : nat) : R :=
  match n with O => x | S k => let y := drift eta h m x k in y - eta * (h * (y - m)) end.
Theorem drift_closed eta h m x n : drift eta h m x n - m = (1 - eta * h) ^ n * (x - m).
Proof.
  induction n as [|n IH]; cbn [drift pow]; [ring|].
  replace (drift eta h m x n) with (m + (1 - eta*h)^n * (x - m)) by lra. ring.
Qed.
(* fixed point of n1 updates on block 1 followed by n2 on block 2 (constant step) *)
Theorem cycle_fixed_point eta h1 h2 m1 m2 n1 n2 x :
  let r1 := (1 - eta*h1)^n1 in let r2 := (1 - eta*h2)^n2 in r1 * r2 <> 1 ->
  drift eta h2 m2 (drift eta h1 m1 x n1) n2 = x ->
  x = (r2 * (1 - r1) * m1 + (1 - r2) * m2) / (1 - r1 * r2).
Proof.
  intros r1 r2 Hr E. pose proof (drift_closed eta h1 m1 x n1) as D1.
  pose proof (drift_closed eta h2 m2 (drift eta h1 m1 x n1) n2) as D2.
  fold r1 in D1. fold r2 in D2. rewrite E in D2.
  replace (drift eta h1 m1 x n1) with (m1 + r1 * (x - m1)) in D2 by lra.
  apply Rmult_eq_reg_r with (1 - r1 * r2); [|lra]. field_simplify; lra.
Qed.
