(** Sums over indices below n, and vectors of R^d: functions of which the coordinates 0 .. d-1 count. Tools of the
    proofs over the reals; no theorem of a claim is here. *)
From Coq Require Import Reals Lra Lia Psatz List Permutation.
From Fugue Require Import Finite.
Import ListNotations.
Open Scope R_scope.

Notation vector := (nat -> R).

(** ** Sums *)
Fixpoint sum (n : nat) (f : nat -> R) : R := match n with O => 0 | S k => sum k f + f k end.
Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof. induction n as [|n IH]; intros H; simpl; [reflexivity|]. rewrite IH, H by auto. reflexivity. Qed.
Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma sum_scal n k f : sum n (fun i => k * f i) = k * sum n f.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma sum_zero n : sum n (fun _ => 0) = 0.
Proof. induction n as [|n IH]; simpl; lra. Qed.
Lemma sum_of_zeros n f : (forall i, (i < n)%nat -> f i = 0) -> sum n f = 0.
Proof. intros H. rewrite <- (sum_zero n). apply sum_ext, H. Qed.
Lemma sum_const n k : sum n (fun _ => k) = INR n * k.
Proof. induction n as [|n IH]; cbn [sum]; [simpl; ring|]. rewrite IH, S_INR. ring. Qed.
Lemma sum_swap m n f : sum m (fun i => sum n (f i)) = sum n (fun j => sum m (fun i => f i j)).
Proof. induction m as [|m IH]; simpl; [now rewrite sum_zero|]. now rewrite IH, sum_plus. Qed.
Lemma sum_product m n f g : sum m f * sum n g = sum m (fun i => sum n (fun j => f i * g j)).
Proof. rewrite Rmult_comm, <- sum_scal. apply sum_ext. intros i _. now rewrite sum_scal, Rmult_comm. Qed.
Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof. induction n as [|n IH]; intros H; simpl; [lra|]. apply Rplus_le_compat; auto. Qed.
Lemma sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof. intros H. rewrite <- (sum_zero n). apply sum_le, H. Qed.
Lemma sum_term n f i : (forall k, (k < n)%nat -> 0 <= f k) -> (i < n)%nat -> f i <= sum n f.
Proof.
  induction n as [|n IH]; simpl; intros H Hi; [lia|]. pose proof (H n (Nat.lt_succ_diag_r n)).
  destruct (Nat.eq_dec i n) as [->|N].
  - assert (0 <= sum n f) by (apply sum_nonneg; auto). lra.
  - assert (f i <= sum n f) by (apply IH; auto; lia). lra.
Qed.
Lemma sum_pick n k h i : (i < n)%nat -> sum n (fun c => (if Nat.eqb i c then k else 0) * h c) = k * h i.
Proof.
  induction n as [|n IH]; simpl; intros Hi; [lia|]. destruct (Nat.eq_dec i n) as [->|N].
  - rewrite Nat.eqb_refl, sum_of_zeros; [ring|]. intros c Hc. rewrite (proj2 (Nat.eqb_neq n c)) by lia. ring.
  - rewrite IH, (proj2 (Nat.eqb_neq i n) N) by lia. ring.
Qed.
Lemma sum_perm (f : nat -> R) l k : Permutation l k ->
  fold_right (fun b a => f b + a) 0 l = fold_right (fun b a => f b + a) 0 k.
Proof. induction 1; simpl; lra. Qed.
Lemma sum_seq n f : fold_right (fun b a => f b + a) 0 (seq 0 n) = sum n f.
Proof.
  assert (G : forall l c, fold_right (fun b a => f b + a) c l = fold_right (fun b a => f b + a) 0 l + c)
    by (intro l; induction l as [|x l IH]; intro c; simpl; [ring|]; rewrite IH; ring).
  induction n as [|n IH]; [reflexivity|]. rewrite seq_S, fold_right_app. simpl. rewrite G, IH. ring.
Qed.
Lemma Ex_sum {A} n (f : nat -> A -> R) l : Ex (fun x => sum n (fun i => f i x)) l = sum n (fun i => Ex (f i) l).
Proof. induction n as [|n IH]; simpl; [apply Ex_zero|]. now rewrite Ex_plus, IH. Qed.

(** ** Vectors *)
Definition dot (d : nat) (u v : vector) := sum d (fun i => u i * v i).
(** |u|^2 and |x - y|^2 *)
Definition nsq d u := dot d u u.
Definition dist2 d (x y : vector) := nsq d (fun i => x i - y i).

Lemma dot_plus d u v w : dot d (fun i => u i + v i) w = dot d u w + dot d v w.
Proof. unfold dot. rewrite <- sum_plus. apply sum_ext. intros. ring. Qed.
Lemma dot_scal d k u w : dot d (fun i => k * u i) w = k * dot d u w.
Proof. unfold dot. rewrite <- sum_scal. apply sum_ext. intros. ring. Qed.
Lemma dot_zero d u w : (forall i, (i < d)%nat -> u i = 0) -> dot d u w = 0.
Proof. intros H. apply sum_of_zeros. intros i Hi. rewrite H by exact Hi. ring. Qed.
Lemma dot_sum d n (u : nat -> vector) w : dot d (fun i => sum n (fun b => u b i)) w = sum n (fun b => dot d (u b) w).
Proof. induction n as [|n IH]; simpl; [now apply dot_zero|]. now rewrite dot_plus, IH. Qed.
Lemma dot_Ex {A} d (u : A -> vector) (l : list (R * A)) w :
  dot d (fun i => Ex (fun z => u z i) l) w = Ex (fun z => dot d (u z) w) l.
Proof. induction l as [|p l IH]; simpl; [now apply dot_zero|]. now rewrite dot_plus, dot_scal, IH. Qed.

Lemma nsq_nonneg d u : 0 <= nsq d u.
Proof. apply sum_nonneg. intros i _. apply Rle_0_sqr. Qed.
Lemma nsq_step d e (x g xs : vector) :
  nsq d (fun i => x i - e * g i - xs i) =
  nsq d (fun i => x i - xs i) - 2 * e * dot d g (fun i => x i - xs i) + e ^ 2 * nsq d g.
Proof. unfold nsq, dot. induction d as [|d IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma nsq_le d (u v : vector) : (forall i, (i < d)%nat -> u i ^ 2 <= v i ^ 2) -> nsq d u <= nsq d v.
Proof. intros H. apply sum_le. intros i Hi. specialize (H i Hi). lra. Qed.
(** |u|^2 <= 2 |u - v|^2 + 2 |v|^2, in two uses *)
Lemma nsq_triangle d (u v : vector) : nsq d u <= 2 * nsq d (fun i => u i - v i) + 2 * nsq d v.
Proof.
  unfold nsq, dot. induction d as [|d IH]; simpl; [lra|]. pose proof (pow2_ge_0 (u d - 2 * v d)). nra.
Qed.
Lemma dist2_triangle d x y z : dist2 d x z <= 2 * dist2 d y z + 2 * dist2 d x y.
Proof.
  unfold dist2, nsq, dot. induction d as [|d IH]; simpl; [lra|]. pose proof (pow2_ge_0 (x d - 2 * y d + z d)). nra.
Qed.

(** |u| *)
Definition norm d u := sqrt (nsq d u).
Lemma norm_nonneg d u : 0 <= norm d u.
Proof. apply sqrt_pos. Qed.
Lemma norm_square d u : norm d u * norm d u = nsq d u.
Proof. apply sqrt_sqrt, nsq_nonneg. Qed.
Lemma dot_square d u v : dot d u v * dot d u v <= nsq d u * nsq d v.
Proof.
  unfold nsq, dot. induction d as [|d IH]; cbn [sum]; [lra|].
  pose proof (nsq_nonneg d u) as U. pose proof (nsq_nonneg d v) as V. unfold nsq, dot in U, V.
  set (a := sum d (fun i => u i * v i)) in *. set (A := sum d (fun i => u i * u i)) in *.
  set (B := sum d (fun i => v i * v i)) in *. set (x := u d). set (y := v d).
  enough (2 * (a * (x * y)) <= A * (y * y) + B * (x * x)) by lra.
  assert (X : 0 <= x * x) by apply Rle_0_sqr. assert (Y : 0 <= y * y) by apply Rle_0_sqr.
  assert (0 <= A * (y * y)) by now apply Rmult_le_pos. assert (0 <= B * (x * x)) by now apply Rmult_le_pos.
  apply Rsqr_incr_0_var; [|lra]. unfold Rsqr.
  assert ((a * a) * ((x * x) * (y * y)) <= (A * B) * ((x * x) * (y * y)))
    by (apply Rmult_le_compat_r; [now apply Rmult_le_pos|exact IH]).
  pose proof (Rle_0_sqr (A * (y * y) - B * (x * x))) as Q. unfold Rsqr in Q. lra.
Qed.
Lemma dot_norms d u v : - dot d u v <= norm d u * norm d v.
Proof.
  pose proof (norm_nonneg d u). pose proof (norm_nonneg d v).
  apply Rsqr_incr_0_var; [|now apply Rmult_le_pos]. unfold Rsqr.
  replace (norm d u * norm d v * (norm d u * norm d v)) with (nsq d u * nsq d v)
    by (rewrite <- !norm_square; ring).
  pose proof (dot_square d u v). lra.
Qed.
