(** M3's exact step and M5 in matrix form, in R^d: a vector is a function of its coordinates, a matrix of two,
    and only indices below d count. An update is x <- x - eta (A_z x - b_z), where z = (A_z, b_z) is drawn from
    a finite law: `additive` (proofs/lab/quadratic.h; there A_z = e_z e_z^T + ridge diag(e_z)), or, when A_z is
    the same for all z, additive noise, as M5 asks. M5_matrix is behind fg_bound_extras_trace of
    proofs/m5_safe_extras.c, which takes the positive part of the spectral decomposition of V_0 - V* for A; the
    theorems take any. M5_linear is its other half, for the noise of `additive`. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Fugue Require Import Finite Vectors Moments.
Import ListNotations.
Open Scope R_scope.

Notation matrix := (nat -> nat -> R).

Definition one : matrix := fun i j => if Nat.eqb i j then 1 else 0.
Lemma one_same i : one i i = 1.
Proof. unfold one. now rewrite Nat.eqb_refl. Qed.
Lemma one_other i j : i <> j -> one i j = 0.
Proof. intros H. unfold one. now rewrite (proj2 (Nat.eqb_neq i j) H). Qed.
Lemma sum_one d i f : (i < d)%nat -> sum d (fun k => one i k * f k) = f i.
Proof.
  induction d as [|d IH]; intros H; [lia|]. cbn [sum]. destruct (Nat.eq_dec i d) as [->|N].
  - rewrite one_same, (sum_ext d _ (fun _ => 0)), sum_zero; [ring|]. intros k Hk. rewrite one_other by lia.
    ring.
  - rewrite IH, one_other by lia. ring.
Qed.

(** ** Vectors and matrices *)
Definition apply (d : nat) (a : matrix) (x : vector) : vector := fun i => sum d (fun k => a i k * x k).
Definition form (d : nat) (a : matrix) (x : vector) := dot d x (apply d a x).
Definition trace (d : nat) (a : matrix) := sum d (fun i => a i i).
Definition symmetric (a : matrix) := forall i j, a i j = a j i.
(** Positive semidefinite. *)
Definition psd (d : nat) (a : matrix) := symmetric a /\ forall x, 0 <= form d a x.
(** b v b^T *)
Definition congruence (d : nat) (b v : matrix) : matrix := fun i j =>
  sum d (fun k => sum d (fun l => b i k * b j l * v k l)).
Definition contraction_of (eta : R) (h : matrix) : matrix := fun i j => one i j - eta * h i j.

Lemma congruence_ext d b v w i j : (forall k l, (k < d)%nat -> (l < d)%nat -> v k l = w k l) ->
  congruence d b v i j = congruence d b w i j.
Proof. intros H. apply sum_ext. intros k Hk. apply sum_ext. intros l Hl. now rewrite H. Qed.
Lemma congruence_minus d b v w i j :
  congruence d b (fun k l => v k l - w k l) i j = congruence d b v i j - congruence d b w i j.
Proof.
  unfold congruence. rewrite (sum_ext d _ (fun k => sum d (fun l => b i k * b j l * v k l)
    + (-1) * sum d (fun l => b i k * b j l * w k l))).
  - rewrite sum_plus, sum_scal. ring.
  - intros k _. rewrite <- sum_scal, <- sum_plus. apply sum_ext. intros l _. ring.
Qed.

(** ** One update, from its law *)
Notation sample := (matrix * vector)%type.
Definition vector_step (d : nat) (eta : R) (x : vector) (z : sample) : vector :=
  fun i => x i - eta * (apply d (fst z) x i - snd z i).
Definition mean_vector (l : list (R * vector)) : vector := fun i => Ex (fun x => x i) l.
Definition covariance (l : list (R * vector)) : matrix := fun i j => cov (fun x => x i) (fun x => x j) l.
(** G(m): covariance over the points of the gradient at m. *)
Definition gradient_covariance (d : nat) (pts : list (R * sample)) (m : vector) : matrix := fun i j =>
  cov (fun z => apply d (fst z) m i - snd z i) (fun z => apply d (fst z) m j - snd z j) pts.

Lemma mean_vector_step d eta l pts i : prob l -> prob pts -> (i < d)%nat ->
  mean_vector (bind (vector_step d eta) l pts) i
  = mean_vector l i - eta * Ex (fun z => apply d (fst z) (mean_vector l) i - snd z i) pts.
Proof.
  intros L P Hi. unfold mean_vector at 1. rewrite Ex_bind, Ex_swap.
  rewrite (Ex_ext _ (fun z => mean_vector l i + (- eta) * (apply d (fst z) (mean_vector l) i - snd z i))).
  - rewrite Ex_plus, Ex_scal, (Ex_const _ pts P). ring.
  - intro z. rewrite (Ex_ext _ (fun x => x i + ((- eta) * apply d (fst z) x i + eta * snd z i))).
    2:{ intro x. unfold vector_step. ring. }
    rewrite !Ex_plus, (Ex_const (eta * snd z i) l L), Ex_scal. unfold apply. rewrite Ex_sum.
    rewrite (sum_ext d (fun k => Ex (fun x => fst z i k * x k) l) (fun k => fst z i k * mean_vector l k))
      by (intros; apply Ex_scal).
    change (Ex (fun x : vector => x i) l) with (mean_vector l i). ring.
Qed.

(** H, the mean of A_z. *)
Definition mean_curvature (pts : list (R * sample)) : matrix := fun i k => Ex (fun z => fst z i k) pts.
Lemma step_mean d eta pts x i : prob pts -> (i < d)%nat ->
  Ex (fun z => vector_step d eta x z i) pts
  = sum d (fun k => contraction_of eta (mean_curvature pts) i k * x k) + eta * Ex (fun z => snd z i) pts.
Proof.
  intros P Hi. unfold vector_step, apply.
  rewrite (Ex_ext _ (fun z => x i + ((- eta) * sum d (fun k => x k * fst z i k) + eta * snd z i))).
  - rewrite !Ex_plus, !Ex_scal, (Ex_const (x i) pts P), Ex_sum.
    rewrite (sum_ext d (fun k => Ex _ pts) (fun k => x k * mean_curvature pts i k)) by (intros; apply Ex_scal).
    unfold contraction_of. rewrite (sum_ext d (fun k => (one i k - eta * mean_curvature pts i k) * x k)
      (fun k => one i k * x k + (- eta) * (x k * mean_curvature pts i k))) by (intros; ring).
    rewrite sum_plus, sum_scal, sum_one by exact Hi. ring.
  - intro z. rewrite (sum_ext d _ (fun k => x k * fst z i k)) by (intros; ring). ring.
Qed.

(** M3, the exact step for matrices. Any law of points (A_z, b_z), any start law, one update with a point drawn
    independently of the iterate: V^+ = E_z[(I - eta A_z) V (I - eta A_z)^T] + eta^2 G(m), m the mean before,
    G(m) the covariance over the points of A_z m - b_z. For every pair of coordinates below d. Source: ours,
    after Murata 1998. *)
Theorem M3_matrix_step d eta l pts i j : prob l -> prob pts -> (i < d)%nat -> (j < d)%nat ->
  covariance (bind (vector_step d eta) l pts) i j =
  Ex (fun z => congruence d (contraction_of eta (fst z)) (covariance l) i j) pts
  + eta ^ 2 * gradient_covariance d pts (mean_vector l) i j.
Proof.
  intros L P Hi Hj. set (m := mean_vector l). set (g := fun k (z : sample) => apply d (fst z) m k - snd z k).
  assert (Dev : forall k x z, (k < d)%nat ->
            vector_step d eta x z k - mean_vector (bind (vector_step d eta) l pts) k
            = sum d (fun n => contraction_of eta (fst z) k n * (x n - m n)) + (- eta) * (g k z - Ex (g k) pts)).
  { intros k x z Hk. rewrite mean_vector_step by assumption. fold m. 
    change (Ex (fun z0 : sample => apply d (fst z0) m k - snd z0 k) pts) with (Ex (g k) pts).
    unfold contraction_of. rewrite (sum_ext d _ (fun n => one k n * (x n - m n)
       + ((- eta) * (fst z k n * x n) + eta * (fst z k n * m n)))) by (intros; ring).
    rewrite !sum_plus, !sum_scal, sum_one by assumption. unfold vector_step, g, apply. ring. }
  unfold covariance at 1, cov.
  fold (mean_vector (bind (vector_step d eta) l pts) i) (mean_vector (bind (vector_step d eta) l pts) j).
  rewrite Ex_bind, Ex_swap.
  rewrite (Ex_ext _ (fun z => congruence d (contraction_of eta (fst z)) (covariance l) i j
                              + eta ^ 2 * ((g i z - Ex (g i) pts) * (g j z - Ex (g j) pts)))).
  { rewrite Ex_plus, Ex_scal. reflexivity. }
  intro z. set (c := contraction_of eta (fst z)). set (ci := g i z - Ex (g i) pts).
  set (cj := g j z - Ex (g j) pts).
  rewrite (Ex_ext _ (fun x => sum d (fun k => sum d (fun n => c i k * c j n * ((x k - m k) * (x n - m n))))
     + ((- eta * cj) * sum d (fun k => c i k * (x k - m k)) + ((- eta * ci) * sum d (fun k => c j k * (x k - m k))
     + eta ^ 2 * (ci * cj))))).
  2:{ intro x. rewrite !Dev by assumption. fold c ci cj.
      rewrite (sum_ext d (fun k => sum d _) (fun k => sum d (fun n => (c i k * (x k - m k)) * (c j n * (x n - m n)))))
        by (intros; apply sum_ext; intros; ring).
      rewrite <- sum_product. ring. }
  rewrite !Ex_plus, !Ex_scal, (Ex_const _ l L), !Ex_sum.
  assert (Centred : forall k n, Ex (fun x => c k n * (x n - m n)) l = 0).
  { intros k n. rewrite Ex_scal, (Ex_ext _ (fun x : vector => x n + - m n)) by (intro; ring).
    rewrite Ex_plus, (Ex_const _ l L). fold (mean_vector l n). unfold m. ring. }
  rewrite (sum_ext d (fun k => Ex (fun x => c i k * (x k - m k)) l) (fun _ => 0)) by (intros; apply Centred).
  rewrite (sum_ext d (fun k => Ex (fun x => c j k * (x k - m k)) l) (fun _ => 0)) by (intros; apply Centred).
  rewrite sum_zero. replace (sum d (fun k => Ex _ l)) with (congruence d c (covariance l) i j); [ring|].
  apply sum_ext. intros k _. rewrite Ex_sum. apply sum_ext. intros n _. now rewrite Ex_scal.
Qed.

(** ** Additive noise: A_z = H for all points *)
Definition covariance_step (d : nat) (eta : R) (h g v : matrix) : matrix := fun i j =>
  congruence d (contraction_of eta h) v i j + eta ^ 2 * g i j.
Fixpoint covariance_after d eta h g v n : matrix :=
  match n with O => v | S k => covariance_step d eta h g (covariance_after d eta h g v k) end.
Fixpoint congruences d b v n : matrix := match n with O => v | S k => congruence d b (congruences d b v k) end.
Fixpoint vector_law d eta (pts : list (R * sample)) start n : list (R * vector) :=
  match n with O => start | S k => bind (vector_step d eta) (vector_law d eta pts start k) pts end.
(** Points of curvature h whose pulls are drawn from [pulls]. *)
Definition additive_noise (h : matrix) (pulls : list (R * vector)) : list (R * sample) :=
  map (fun p => (fst p, (h, snd p))) pulls.

Lemma Ex_additive h f pulls : Ex f (additive_noise h pulls) = Ex (fun y => f (h, y)) pulls.
Proof. induction pulls as [|p l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.
Lemma prob_additive h pulls : prob pulls -> prob (additive_noise h pulls).
Proof.
  intros (W & S1). split; [|now rewrite Ex_additive].
  intros p Hp. apply in_map_iff in Hp as (q & <- & Hq). exact (W q Hq).
Qed.
Lemma gradient_covariance_additive d h pulls m i j : prob pulls ->
  gradient_covariance d (additive_noise h pulls) m i j = covariance pulls i j.
Proof.
  intros P. unfold gradient_covariance, covariance, cov. rewrite !Ex_additive. cbn [fst snd].
  apply Ex_ext. intro y. unfold Rminus. rewrite !Ex_plus, !(Ex_const _ pulls P).
  rewrite !(Ex_ext (fun x => - x _) (fun x : vector => (-1) * x _)) by (intro; ring). rewrite !Ex_scal. ring.
Qed.
Lemma covariance_law d eta h pulls start n : prob start -> prob pulls ->
  forall i j, (i < d)%nat -> (j < d)%nat ->
  covariance (vector_law d eta (additive_noise h pulls) start n) i j
  = covariance_after d eta h (covariance pulls) (covariance start) n i j.
Proof.
  intros S0 P. assert (Pr : forall n, prob (vector_law d eta (additive_noise h pulls) start n)).
  { intro k. induction k as [|k IH]; [exact S0|]. apply prob_bind; auto using prob_additive. }
  induction n as [|n IH]; intros i j Hi Hj; [reflexivity|]. cbn [vector_law covariance_after].
  rewrite M3_matrix_step by auto using prob_additive. unfold covariance_step.
  rewrite gradient_covariance_additive, Ex_additive by assumption. cbn [fst]. rewrite Ex_const by assumption.
  f_equal.   apply congruence_ext. intros k l Hk Hl. now apply IH.
Qed.
Lemma covariance_closed d eta h g v rest n :
  (forall i j, (i < d)%nat -> (j < d)%nat -> covariance_step d eta h g rest i j = rest i j) ->
  forall i j, (i < d)%nat -> (j < d)%nat ->
  covariance_after d eta h g v n i j - rest i j
  = congruences d (contraction_of eta h) (fun k l => v k l - rest k l) n i j.
Proof.
  intros F. induction n as [|n IH]; intros i j Hi Hj; [reflexivity|]. cbn [covariance_after congruences].
  rewrite <- (F i j Hi Hj). unfold covariance_step.
  transitivity (congruence d (contraction_of eta h) (fun k l => covariance_after d eta h g v n k l - rest k l) i j).
  - rewrite congruence_minus. ring.
  - apply congruence_ext. intros k l Hk Hl. now apply IH.
Qed.

(** ** Positive semidefinite matrices are sums of v v^T *)
Definition outer_sum (vs : list vector) : matrix := fun i j => fold_right (fun v a => v i * v j + a) 0 vs.

Lemma form_expand d a x : form d a x = sum d (fun i => sum d (fun k => x i * (a i k * x k))).
Proof. unfold form, dot, apply. apply sum_ext. intros i _. now rewrite <- sum_scal. Qed.
Lemma form_grow d a x : symmetric a ->
  form (S d) a x = form d a x + 2 * (x d * apply d a x d) + a d d * x d ^ 2.
Proof.
  intros Sy. rewrite !form_expand. cbn [sum]. rewrite (sum_plus d). unfold apply.
  rewrite (sum_ext d (fun i => x i * (a i d * x d)) (fun i => x d * (a d i * x i))) by (intros; rewrite (Sy i d); ring).
  rewrite sum_scal. ring.
Qed.
Lemma form_ext d a b x y : (forall i, (i < d)%nat -> x i = y i) ->
  (forall i j, (i < d)%nat -> (j < d)%nat -> a i j = b i j) ->
  form d a x = form d b y.
Proof. intros X A. rewrite !form_expand. apply sum_ext. intros. apply sum_ext. intros. now rewrite !X, A. Qed.

Lemma psd_outer_sum d : forall a, psd d a ->
  exists vs, forall i j, (i < d)%nat -> (j < d)%nat -> a i j = outer_sum vs i j.
Proof.
  induction d as [|d IH]; intros a (Sy & Pa); [exists nil; lia|].
  set (put := fun (x : vector) t i => if Nat.eqb i d then t else x i : R).
  assert (Pd : forall x t, put x t d = t) by (intros; unfold put; now rewrite Nat.eqb_refl).
  assert (Pi : forall x t i, (i < d)%nat -> put x t i = x i)
    by (intros x t i Hi; unfold put; now rewrite (proj2 (Nat.eqb_neq i d) ltac:(lia))).
  assert (Grow : forall x t, 0 <= form d a x + 2 * (t * apply d a x d) + a d d * t ^ 2).
  { intros x t. specialize (Pa (put x t)). rewrite form_grow, Pd in Pa by assumption.
    rewrite (form_ext d a a (put x t) x) in Pa by auto. unfold apply in *.
    rewrite (sum_ext d _ (fun k => a d k * x k)) in Pa by (intros; now rewrite Pi). exact Pa. }
  assert (Add : 0 <= a d d).
  { specialize (Grow (fun _ => 0) 1). rewrite form_expand in Grow. unfold apply in Grow.
    rewrite (sum_ext d _ (fun _ => 0)) in Grow by (intros; apply sum_of_zeros; intros; ring).
    rewrite (sum_ext d (fun k => a d k * 0) (fun _ => 0)) in Grow by (intros; ring). rewrite sum_zero in Grow.
    lra. }
  set (s := a d d) in *. destruct (Req_dec s 0) as [Z|NZ].
  - (* the last row is zero *)
    assert (Row : forall x, apply d a x d = 0).
    { intro x. destruct (Req_dec (apply d a x d) 0) as [E|NE]; [exact E|exfalso].
      specialize (Grow x (- (form d a x + 1) / (2 * apply d a x d))). rewrite Z in Grow.
      replace (2 * (- (form d a x + 1) / (2 * apply d a x d) * apply d a x d)) with (- (form d a x + 1)) in Grow
        by (field; exact NE).
      lra. }
    assert (Entry : forall i, (i < d)%nat -> a d i = 0).
    { intros i Hi. rewrite <- (Row (one i)). unfold apply.
      rewrite (sum_ext d _ (fun k => one i k * a d k)) by (intros; ring). now rewrite sum_one. }
    destruct (IH a) as (vs & Hvs).
    { split; [exact Sy|]. intro x. specialize (Grow x 0). rewrite Z in Grow. lra. }
    exists (map (fun v => put v 0) vs).
    assert (Out : forall i j, outer_sum (map (fun v => put v 0) vs) i j
              = if (Nat.eqb i d || Nat.eqb j d)%bool then 0 else outer_sum vs i j).
    { intros i j. unfold outer_sum. clear. induction vs as [|v l IHl]; cbn [map fold_right].
      - now destruct (_ || _)%bool.
      - rewrite IHl. unfold put. destruct (Nat.eqb i d), (Nat.eqb j d); simpl; ring. }
    intros i j Hi Hj. rewrite Out.
    destruct (Nat.eqb_spec i d) as [->|Ni], (Nat.eqb_spec j d) as [->|Nj]; cbn [orb].
    + exact Z.
    + apply Entry. lia.
    + rewrite Sy. apply Entry. lia.
    + apply Hvs; lia.
  - (* take off the last row's outer product *)
    assert (Ps : 0 < s) by lra. set (r := sqrt s). assert (Rr : r * r = s) by (apply sqrt_sqrt; lra).
    assert (Rp : 0 < r) by (apply sqrt_lt_R0; exact Ps).
    set (v := fun i => a d i / r). set (a' := fun i j => a i j - v i * v j).
    destruct (IH a') as (vs & Hvs).
    { split; [intros i j; unfold a'; rewrite (Sy i j); ring|]. intro x.
      specialize (Grow x (- apply d a x d / s)). set (y := apply d a x d) in *.
      replace (form d a' x) with (form d a x - y ^ 2 / s).
      - replace (form d a x - y ^ 2 / s) with (form d a x + 2 * (- y / s * y) + s * (- y / s) ^ 2)
          by (field; lra).
        exact Grow.
      - rewrite !form_expand. unfold a', v.
        rewrite (sum_ext d (fun i => sum d (fun k => x i * ((a i k - a d i / r * (a d k / r)) * x k)))
                   (fun i => sum d (fun k => x i * (a i k * x k)) + (- / s) * ((a d i * x i) * y))).
        + rewrite sum_plus, sum_scal. replace (sum d (fun i => a d i * x i * y)) with (y * y); [field; lra|].
          unfold y at 1, apply. rewrite Rmult_comm, <- sum_scal. apply sum_ext. intros. ring.
        + intros i _. unfold y, apply. rewrite <- !sum_scal, <- sum_plus. apply sum_ext. intros k _.
          rewrite <- Rr. field. lra. }
    exists (v :: map (fun w => put w 0) vs).
    assert (Out : forall i j, outer_sum (map (fun v => put v 0) vs) i j
              = if (Nat.eqb i d || Nat.eqb j d)%bool then 0 else outer_sum vs i j).
    { intros i j. unfold outer_sum. clear. induction vs as [|w l IHl]; cbn [map fold_right].
      - now destruct (_ || _)%bool.
      - rewrite IHl. unfold put. destruct (Nat.eqb i d), (Nat.eqb j d); simpl; ring. }
    intros i j Hi Hj. change (outer_sum (v :: map (fun w => put w 0) vs) i j)
      with (v i * v j + outer_sum (map (fun w => put w 0) vs) i j). rewrite Out.
    assert (Vd : forall k, a d k = v d * v k).
    { intro k. unfold v. fold s. rewrite <- Rr. field. lra. }
    destruct (Nat.eqb_spec i d) as [->|Ni], (Nat.eqb_spec j d) as [->|Nj]; cbn [orb].
    + rewrite Vd. ring.
    + rewrite Vd. ring.
    + rewrite Sy, Vd. ring.
    + rewrite <- Hvs by lia. unfold a'. ring.
Qed.

(** ** The trace under a congruence with |B| <= 1 *)
(** H symmetric with 0 <= eta x^T H x <= 2 |x|^2: then |(I - eta H) x| <= |x|. *)
Definition steps_below_2 (d : nat) (eta : R) (h : matrix) :=
  symmetric h /\ forall x, 0 <= eta * form d h x <= 2 * dot d x x.

Lemma form_sum d a x y k : symmetric a ->
  form d a (fun i => x i + k * y i) = form d a x + 2 * k * dot d y (apply d a x) + k ^ 2 * form d a y.
Proof.
  intros Sy. assert (E : dot d y (apply d a x) = sum d (fun i => sum d (fun j => x i * (a i j * y j)))).
  { unfold dot, apply. rewrite sum_swap. apply sum_ext. intros j _. rewrite <- sum_scal. apply sum_ext.
    intros i _.
    rewrite (Sy j i). ring. }
  assert (E' : dot d y (apply d a x) = sum d (fun i => sum d (fun j => y i * (a i j * x j)))).
  { unfold dot, apply. apply sum_ext. intros i _. now rewrite <- sum_scal. }
  replace (2 * k * dot d y (apply d a x)) with (k * dot d y (apply d a x) + k * dot d y (apply d a x)) by ring.
  rewrite E at 1. rewrite E', !form_expand, <- !sum_scal, <- !sum_plus. apply sum_ext. intros i _.
  rewrite <- !sum_scal, <- !sum_plus. apply sum_ext. intros j _. ring.
Qed.
Lemma apply_contraction d eta h x i : (i < d)%nat -> apply d (contraction_of eta h) x i = x i - eta * apply d h x i.
Proof.
  intros Hi. unfold apply, contraction_of.
  rewrite (sum_ext d _ (fun k => one i k * x k + (- eta) * (h i k * x k))) by (intros; ring).
  rewrite sum_plus, sum_scal, sum_one by exact Hi. ring.
Qed.
Lemma form_contraction d eta h x : form d (contraction_of eta h) x = dot d x x - eta * form d h x.
Proof.
  unfold form, dot. rewrite (sum_ext d _ (fun i => x i * x i + (- eta) * (x i * apply d h x i)))
    by (intros; rewrite apply_contraction by assumption; ring).
  rewrite sum_plus, sum_scal. ring.
Qed.
Lemma contraction_symmetric eta h : symmetric h -> symmetric (contraction_of eta h).
Proof.
  intros Sy i j. unfold contraction_of, one. now rewrite (Sy i j), Nat.eqb_sym.
Qed.
Lemma contraction_shrinks d eta h x : steps_below_2 d eta h ->
  dot d (apply d (contraction_of eta h) x) (apply d (contraction_of eta h) x) <= dot d x x.
Proof.
  intros (Sy & B). set (b := contraction_of eta h). set (y := apply d b x).
  pose proof (contraction_symmetric eta h Sy) as Sb. fold b in Sb.
  assert (F : forall z, - dot d z z <= form d b z <= dot d z z).
  { intro z. unfold b. rewrite form_contraction. specialize (B z). lra. }
  assert (N : forall k, k = 1 \/ k = -1 -> dot d (fun i => x i + k * y i) (fun i => x i + k * y i)
                                 = dot d x x + 2 * k * dot d y x + dot d y y).
  { intros k Hk. replace (dot d y y) with (k ^ 2 * dot d y y) by (destruct Hk as [-> | ->]; ring).
    unfold dot. rewrite <- !sum_scal, <- !sum_plus. apply sum_ext. intros. ring. }
  pose proof (form_sum d b x y 1 Sb) as P1. pose proof (form_sum d b x y (-1) Sb) as P2.
  pose proof (proj2 (F (fun i => x i + 1 * y i))) as U. pose proof (proj1 (F (fun i => x i + -1 * y i))) as L.
  rewrite N in U by now left. rewrite N in L by now right. fold y in P1, P2. lra.
Qed.

Lemma trace_outer d b vs : trace d (congruence d b (outer_sum vs))
  = fold_right (fun v a => dot d (apply d b v) (apply d b v) + a) 0 vs.
Proof.
  induction vs as [|v l IH]; cbn [fold_right].
  - unfold trace, congruence, outer_sum. cbn [fold_right]. rewrite (sum_ext d _ (fun _ => 0)); [apply sum_zero|].
    intros i _. rewrite (sum_ext d _ (fun _ => 0)); [apply sum_zero|]. intros k _.
    rewrite (sum_ext d _ (fun _ => 0)); [apply sum_zero|]. intros; ring.
  - rewrite <- IH. unfold trace, dot. rewrite <- sum_plus. apply sum_ext. intros i _.
    unfold apply. rewrite sum_product. unfold congruence. rewrite <- sum_plus. apply sum_ext. intros k _.
    rewrite <- sum_plus. apply sum_ext. intros j _. unfold outer_sum. cbn [fold_right]. ring.
Qed.
Lemma trace_id_outer d vs : trace d (outer_sum vs) = fold_right (fun v a => dot d v v + a) 0 vs.
Proof.
  induction vs as [|v l IH]; cbn [fold_right]; [unfold trace, outer_sum; simpl; apply sum_zero|].
  rewrite <- IH. unfold trace, dot. rewrite <- sum_plus. reflexivity.
Qed.
Lemma congruence_psd d b a : psd d a -> psd d (congruence d b a).
Proof.
  intros (Sy & Pa). split.
  - intros i j. unfold congruence. rewrite sum_swap. apply sum_ext. intros k _. apply sum_ext. intros l _.
    rewrite (Sy l k). ring.
  - intro x. set (y := fun k => sum d (fun i => x i * b i k)).
    replace (form d (congruence d b a) x) with (form d a y); [apply Pa|].
    rewrite !form_expand. unfold congruence, y.
    set (term := fun i j k l => x i * (b i k * b j l * a k l * x j)).
    rewrite (sum_ext d _ (fun k => sum d (fun l => sum d (fun i => sum d (fun j => term i j k l))))).
    2:{ intros k _. apply sum_ext. intros l _.
        transitivity (a k l * (sum d (fun i => x i * b i k) * sum d (fun j => x j * b j l))); [ring|].
        rewrite sum_product, <- sum_scal. apply sum_ext. intros i _. rewrite <- sum_scal. apply sum_ext. intros j _.
        unfold term. ring. }
    rewrite (sum_ext d _ (fun k => sum d (fun i => sum d (fun l => sum d (fun j => term i j k l)))))
      by (intros k _; apply sum_swap).
    rewrite sum_swap. apply sum_ext. intros i _.
    rewrite (sum_ext d _ (fun k => sum d (fun j => sum d (fun l => term i j k l)))) by (intros k _; apply sum_swap).
    rewrite sum_swap. apply sum_ext. intros j _.
    transitivity (x i * x j * sum d (fun k => sum d (fun l => b i k * b j l * a k l))); [|ring].
    rewrite <- sum_scal. apply sum_ext. intros k _. rewrite <- sum_scal. apply sum_ext. intros l _.
    unfold term. ring.
Qed.
Lemma congruence_trace d eta h a : steps_below_2 d eta h -> psd d a ->
  0 <= trace d (congruence d (contraction_of eta h) a) <= trace d a.
Proof.
  intros B Pa. destruct (psd_outer_sum d a Pa) as (vs & Hvs).
  assert (T : trace d (congruence d (contraction_of eta h) a)
              = trace d (congruence d (contraction_of eta h) (outer_sum vs)))
    by (apply sum_ext; intros; now apply congruence_ext).
  assert (T' : trace d a = trace d (outer_sum vs)) by (apply sum_ext; intros; now apply Hvs).
  rewrite T, T', trace_outer, trace_id_outer. clear - B. induction vs as [|v l IH]; cbn [fold_right]; [lra|].
  pose proof (contraction_shrinks d eta h v B).
  pose proof (nsq_nonneg d (apply d (contraction_of eta h) v)) as N. unfold nsq in N. lra.
Qed.
Lemma congruences_trace d eta h a n : steps_below_2 d eta h -> psd d a ->
  0 <= trace d (congruences d (contraction_of eta h) a n) <= trace d a.
Proof.
  intros B Pa. assert (P : forall n, psd d (congruences d (contraction_of eta h) a n))
    by (intro k; induction k; [exact Pa|now apply congruence_psd]).
  induction n as [|n IH]; cbn [congruences].
  - split; [|lra]. destruct (psd_outer_sum d a Pa) as (vs & Hvs).
    replace (trace d a) with (trace d (outer_sum vs)) by (apply sum_ext; intros; now rewrite Hvs).
    rewrite trace_id_outer. clear. induction vs as [|v l IH]; cbn [fold_right]; [lra|].
    pose proof (nsq_nonneg d v) as N. unfold nsq in N. lra.
  - pose proof (congruence_trace d eta h _ B (P n)). lra.
Qed.

(** M5, matrix form. In R^d, additive noise of covariance G, H symmetric with 0 <= eta x^T H x <= 2 |x|^2 for
    all x, V* a covariance that the update leaves as it is, B = I - eta H. From any start law, after n updates,
    V_n - V* = B^n (V_0 - V* ) B^n; and if V_0 - V* = A - C with A, C positive semidefinite, tr V_n <= tr V* +
    tr A. The spectral decomposition is the best such A. n is fixed in advance; the noise is additive, which
    `additive`'s is not; V* is given (M5_by_coordinates has it in the eigenbasis). Source: ours. *)
Theorem M5_matrix d eta h pulls start rest a c n : prob start -> prob pulls -> steps_below_2 d eta h ->
  (forall i j, (i < d)%nat -> (j < d)%nat -> covariance_step d eta h (covariance pulls) rest i j = rest i j) ->
  psd d a -> psd d c -> (forall i j, (i < d)%nat -> (j < d)%nat -> covariance start i j - rest i j = a i j - c i j) ->
  let v := covariance (vector_law d eta (additive_noise h pulls) start n) in
  (forall i j, (i < d)%nat -> (j < d)%nat -> v i j - rest i j
     = congruences d (contraction_of eta h) (fun k l => covariance start k l - rest k l) n i j) /\
  trace d v <= trace d rest + trace d a.
Proof.
  intros S0 P B F Pa Pc D v.
  assert (E : forall i j, (i < d)%nat -> (j < d)%nat -> v i j - rest i j
     = congruences d (contraction_of eta h) (fun k l => covariance start k l - rest k l) n i j).
  { intros i j Hi Hj. unfold v. rewrite covariance_law by assumption. now apply covariance_closed. }
  split; [exact E|].
  assert (Diff : forall n i j, (i < d)%nat -> (j < d)%nat ->
     congruences d (contraction_of eta h) (fun k l => covariance start k l - rest k l) n i j
     = congruences d (contraction_of eta h) a n i j - congruences d (contraction_of eta h) c n i j).
  { intro k. induction k as [|k IH]; intros i j Hi Hj; cbn [congruences]; [now apply D|].
    rewrite <- congruence_minus. apply congruence_ext. intros; now apply IH. }
  destruct (congruences_trace d eta h a n B Pa) as (_ & Ta).
  destruct (congruences_trace d eta h c n B Pc) as (Tc & _).
  assert (T : trace d v = trace d rest + (trace d (congruences d (contraction_of eta h) a n)
                                          + (-1) * trace d (congruences d (contraction_of eta h) c n))).
  { unfold trace. rewrite <- sum_scal, <- !sum_plus. apply sum_ext. intros i Hi. specialize (E i i Hi Hi).
    rewrite Diff in E by assumption. lra. }
  lra.
Qed.

(** ** Linear updates, as `additive`'s: A_z differs from point to point *)
(** What an update makes of a covariance, but for the noise. *)
Definition transfer (d : nat) (eta : R) (pts : list (R * sample)) (v : matrix) : matrix := fun i j =>
  Ex (fun z => congruence d (contraction_of eta (fst z)) v i j) pts.
Fixpoint transfers d eta pts v n : matrix :=
  match n with O => v | S k => transfer d eta pts (transfers d eta pts v k) end.
(** At the optimum of a block the mean of its gradient is 0; updates leave a mean there. *)
Definition at_optimum d (pts : list (R * sample)) (m : vector) :=
  forall i, (i < d)%nat -> Ex (fun z => apply d (fst z) m i - snd z i) pts = 0.

Lemma apply_ext d a x y i : (forall k, (k < d)%nat -> x k = y k) -> apply d a x i = apply d a y i.
Proof. intros H. apply sum_ext. intros k Hk. now rewrite H. Qed.
Lemma optimum_stays d eta pts l m i : prob pts -> prob l -> at_optimum d pts m ->
  (forall k, (k < d)%nat -> mean_vector l k = m k) -> (i < d)%nat ->
  mean_vector (bind (vector_step d eta) l pts) i = m i.
Proof.
  intros P L O M Hi. rewrite mean_vector_step, M by assumption.
  rewrite (Ex_ext _ (fun z => apply d (fst z) m i - snd z i)) by (intro z; now rewrite (apply_ext d _ _ m)).
  rewrite O by exact Hi. ring.
Qed.
Lemma gradient_covariance_ext d pts m m' i j : (forall k, (k < d)%nat -> m k = m' k) ->
  gradient_covariance d pts m i j = gradient_covariance d pts m' i j.
Proof. intros H. apply cov_ext; intro z; now rewrite (apply_ext d _ m m'). Qed.
Lemma transfer_ext d eta pts v w i j : (forall k l, (k < d)%nat -> (l < d)%nat -> v k l = w k l) ->
  transfer d eta pts v i j = transfer d eta pts w i j.
Proof. intros H. apply Ex_ext. intro z. now apply congruence_ext. Qed.
Lemma transfer_minus d eta pts v w i j :
  transfer d eta pts (fun k l => v k l - w k l) i j = transfer d eta pts v i j - transfer d eta pts w i j.
Proof.
  unfold transfer. rewrite (Ex_ext _ (fun z => congruence d (contraction_of eta (fst z)) v i j
    + (-1) * congruence d (contraction_of eta (fst z)) w i j)) by (intro; rewrite congruence_minus; ring).
  rewrite Ex_plus, Ex_scal. ring.
Qed.
Lemma transfer_psd d eta pts a : prob pts -> psd d a -> psd d (transfer d eta pts a).
Proof.
  intros P Pa. split.
  - intros i j. apply Ex_ext. intro z. apply (congruence_psd d (contraction_of eta (fst z)) a Pa).
  - intro x. replace (form d (transfer d eta pts a) x)
      with (Ex (fun z => form d (congruence d (contraction_of eta (fst z)) a) x) pts).
    + apply Ex_nonneg; [exact P|]. intro z. apply (congruence_psd d (contraction_of eta (fst z)) a Pa).
    + rewrite (Ex_ext _ _ pts (fun z => form_expand d _ x)), Ex_sum, form_expand. apply sum_ext. intros i _.
      rewrite Ex_sum. apply sum_ext. intros k _. unfold transfer.
      rewrite (Ex_ext _ (fun z => (x i * x k) * congruence d (contraction_of eta (fst z)) a i k)) by (intro; ring).
      rewrite Ex_scal. ring.
Qed.
Lemma transfer_trace d eta pts a : prob pts -> (forall z, In z (map snd pts) -> steps_below_2 d eta (fst z)) ->
  psd d a -> 0 <= trace d (transfer d eta pts a) <= trace d a.
Proof.
  intros P B Pa.
  assert (T : forall p, In p pts -> 0 <= trace d (congruence d (contraction_of eta (fst (snd p))) a) <= trace d a)
    by (intros p Hp; apply congruence_trace; [apply B, (in_map snd), Hp|exact Pa]).
  replace (trace d (transfer d eta pts a))
    with (Ex (fun z => trace d (congruence d (contraction_of eta (fst z)) a)) pts) by (unfold trace; apply Ex_sum).
  split.
  - rewrite <- (Ex_zero pts). apply Ex_le_in; [apply P|]. intros p Hp. now apply T.
  - rewrite <- (Ex_const (trace d a) pts P). apply Ex_le_in; [apply P|]. intros p Hp. now apply T.
Qed.
Lemma psd_trace d a : psd d a -> 0 <= trace d a.
Proof.
  intros Pa. destruct (psd_outer_sum d a Pa) as (vs & Hvs).
  replace (trace d a) with (trace d (outer_sum vs)) by (apply sum_ext; intros; now rewrite Hvs).
  rewrite trace_id_outer. clear. induction vs as [|v l IH]; cbn [fold_right]; [lra|].
  pose proof (nsq_nonneg d v) as N. unfold nsq in N. lra.
Qed.
Lemma transfers_trace d eta pts a n : prob pts -> (forall z, In z (map snd pts) -> steps_below_2 d eta (fst z)) ->
  psd d a -> 0 <= trace d (transfers d eta pts a n) <= trace d a.
Proof.
  intros P B Pa. assert (Pn : forall n, psd d (transfers d eta pts a n))
    by (intro k; induction k; [exact Pa|now apply transfer_psd]).
  induction n as [|n IH]; cbn [transfers]; [split; [now apply psd_trace|lra]|].
  pose proof (transfer_trace d eta pts _ P B (Pn n)). lra.
Qed.

(** M5, linear updates. A law of points (A_z, b_z), every A_z symmetric with 0 <= eta x^T A_z x <= 2 |x|^2 for
    all x (on `additive` that is eta (2 + ridge) <= 2: additive_below_2), the mean at the block's optimum m at
    the start, V* a covariance with V* = T(V* ) + eta^2 G(m), T(V) = E_z[(I - eta A_z) V (I - eta A_z)^T]. After
    n updates V_n - V* = T^n(V_0 - V* ), and if V_0 - V* = A - C with A, C positive semidefinite, tr V_n <= tr
    V* + tr A. n is fixed in advance; V* is given. Source: ours. *)
Theorem M5_linear d eta pts start m rest a c n : prob start -> prob pts ->
  (forall z, In z (map snd pts) -> steps_below_2 d eta (fst z)) ->
  at_optimum d pts m -> (forall i, (i < d)%nat -> mean_vector start i = m i) ->
  (forall i j, (i < d)%nat -> (j < d)%nat ->
     transfer d eta pts rest i j + eta ^ 2 * gradient_covariance d pts m i j = rest i j) ->
  psd d a -> psd d c -> (forall i j, (i < d)%nat -> (j < d)%nat -> covariance start i j - rest i j = a i j - c i j) ->
  let v := covariance (vector_law d eta pts start n) in
  (forall i j, (i < d)%nat -> (j < d)%nat ->
     v i j - rest i j = transfers d eta pts (fun k l => covariance start k l - rest k l) n i j) /\
  trace d v <= trace d rest + trace d a.
Proof.
  intros S0 P B O M F Pa Pc D v.
  assert (Pr : forall n, prob (vector_law d eta pts start n)) by (intro k; induction k; [exact S0|now apply prob_bind]).
  assert (Mn : forall n i, (i < d)%nat -> mean_vector (vector_law d eta pts start n) i = m i).
  { intro k. induction k as [|k IH]; intros i Hi; [now apply M|]. cbn [vector_law]. now apply optimum_stays. }
  assert (E : forall n i j, (i < d)%nat -> (j < d)%nat -> covariance (vector_law d eta pts start n) i j - rest i j
     = transfers d eta pts (fun k l => covariance start k l - rest k l) n i j).
  { intro k. induction k as [|k IH]; intros i j Hi Hj; [reflexivity|]. cbn [vector_law transfers].
    rewrite M3_matrix_step by auto. rewrite (gradient_covariance_ext d pts _ m) by (intros; now apply Mn).
    rewrite <- (F i j Hi Hj). fold (transfer d eta pts (covariance (vector_law d eta pts start k)) i j).
    transitivity (transfer d eta pts (fun x y => covariance (vector_law d eta pts start k) x y - rest x y) i j).
    - rewrite transfer_minus. ring.
    - apply transfer_ext. intros; now apply IH. }
  split; [intros; now apply E|].
  assert (Diff : forall n i j, (i < d)%nat -> (j < d)%nat ->
     transfers d eta pts (fun k l => covariance start k l - rest k l) n i j
     = transfers d eta pts a n i j - transfers d eta pts c n i j).
  { intro k. induction k as [|k IH]; intros i j Hi Hj; cbn [transfers]; [now apply D|].
    rewrite <- transfer_minus. apply transfer_ext. intros; now apply IH. }
  destruct (transfers_trace d eta pts a n P B Pa) as (_ & Ta).
  destruct (transfers_trace d eta pts c n P B Pc) as (Tc & _).
  assert (T : trace d v
    = trace d rest + (trace d (transfers d eta pts a n) + (-1) * trace d (transfers d eta pts c n))).
  { unfold trace. rewrite <- sum_scal, <- !sum_plus. apply sum_ext. intros i Hi. specialize (E n i i Hi Hi).
    fold v in E.
    rewrite Diff in E by assumption. lra. }
  lra.
Qed.

(** `additive`: a point touches the coordinates i and j; A_z = e_z e_z^T + ridge diag(e_z). *)
Definition additive_curvature (ridge : R) (i j : nat) : matrix := fun a b =>
  (one i a + one j a) * (one i b + one j b) + ridge * (one a b * (one i a + one j a)).
(** A point of `additive` with the value v. *)
Definition additive_point (ridge : R) (i j : nat) (v : R) : sample :=
  (additive_curvature ridge i j, fun k => v * (one i k + one j k)).
Lemma sum_one_right d i f : (i < d)%nat -> sum d (fun k => f k * one i k) = f i.
Proof. intros H. rewrite (sum_ext d _ (fun k => one i k * f k)) by (intros; ring). now apply sum_one. Qed.
Lemma two_squares d x i j : (i < j)%nat -> (j < d)%nat -> x i ^ 2 + x j ^ 2 <= dot d x x.
Proof.
  intros Hij Hj. rewrite <- (sum_one d i (fun k => x k ^ 2)) by lia. rewrite <- (sum_one d j (fun k => x k ^ 2)) by lia.
  rewrite <- sum_plus. apply sum_le. intros k _. pose proof (pow2_ge_0 (x k)).
  destruct (Nat.eq_dec i k) as [<-|Ni].
  - rewrite one_same, one_other by lia. lra.
  - rewrite (one_other i k) by exact Ni. destruct (Nat.eq_dec j k) as [<-|Nj];
      [rewrite one_same|rewrite one_other by exact Nj]; lra.
Qed.
Lemma additive_below_2 d eta ridge i j : 0 <= eta -> 0 <= ridge -> eta * (2 + ridge) <= 2 ->
  (i < j)%nat -> (j < d)%nat -> steps_below_2 d eta (additive_curvature ridge i j).
Proof.
  intros E Rg B Hij Hj. split.
  - intros a b. unfold additive_curvature. destruct (Nat.eq_dec a b) as [->|N]; [reflexivity|].
    rewrite !(one_other a b), !(one_other b a) by auto. ring.
  - intro x. replace (form d (additive_curvature ridge i j) x) with ((x i + x j) ^ 2 + ridge * (x i ^ 2 + x j ^ 2)).
    + pose proof (two_squares d x i j Hij Hj) as Q. pose proof (pow2_ge_0 (x i + x j)).
      pose proof (pow2_ge_0 (x i - x j)).
      pose proof (pow2_ge_0 (x i)). pose proof (pow2_ge_0 (x j)).
      assert (W : 0 <= ridge * (x i ^ 2 + x j ^ 2)) by (apply Rmult_le_pos; lra).
      set (q := x i ^ 2 + x j ^ 2) in *.
      assert (U : (x i + x j) ^ 2 + ridge * q <= (2 + ridge) * q) by (unfold q in *; lra).
      split; [apply Rmult_le_pos; lra|]. apply Rle_trans with (eta * ((2 + ridge) * q)); [now apply Rmult_le_compat_l|].
      apply Rle_trans with (2 * q); [|unfold q in *; lra]. rewrite <- Rmult_assoc.
      apply Rmult_le_compat_r; [unfold q; lra|exact B].
    + rewrite form_expand. unfold additive_curvature.
      rewrite (sum_ext d _ (fun a => (x i + x j) * (x a * one i a + x a * one j a)
                                     + ridge * (x a ^ 2 * one i a + x a ^ 2 * one j a))).
      * rewrite (sum_plus d), !sum_scal, !sum_plus, !sum_one_right by lia. ring.
      * intros a Ha. rewrite (sum_ext d _ (fun b => (x a * (one i a + one j a)) * (x b * one i b + x b * one j b)
           + (ridge * x a * (one i a + one j a)) * (one a b * x b))) by (intros; ring).
        rewrite sum_plus, !sum_scal, sum_plus, !sum_one_right, sum_one by lia. ring.
Qed.

(** ** In the eigenbasis *)
Definition diagonal (f : nat -> R) : matrix := fun i j => one i j * f i.
Definition stationary_diagonal (eta : R) (f : nat -> R) (g : matrix) : matrix := fun i j =>
  eta ^ 2 * g i j / (1 - (1 - eta * f i) * (1 - eta * f j)).

Lemma congruence_diagonal d eta f v i j : (i < d)%nat -> (j < d)%nat ->
  congruence d (contraction_of eta (diagonal f)) v i j = (1 - eta * f i) * (1 - eta * f j) * v i j.
Proof.
  intros Hi Hj. unfold congruence, contraction_of, diagonal.
  rewrite (sum_ext d _ (fun k => one i k * ((1 - eta * f i) * ((1 - eta * f j) * v k j)))).
  - rewrite sum_one by exact Hi. ring.
  - intros k _.
    rewrite (sum_ext d _ (fun l => one j l * ((one i k * (1 - eta * f i)) * ((1 - eta * f j) * v k l))))
      by (intros; ring).
    rewrite sum_one by exact Hj. ring.
Qed.
Lemma product_below_1 x y : 0 < x < 2 -> 0 < y < 2 -> Rabs ((1 - x) * (1 - y)) < 1.
Proof.
  intros X Y. rewrite Rabs_mult. assert (Rabs (1 - x) < 1) by (apply Rabs_def1; lra).
  assert (Rabs (1 - y) < 1) by (apply Rabs_def1; lra). pose proof (Rabs_pos (1 - x)).
  pose proof (Rabs_pos (1 - y)).
  apply Rle_lt_trans with (1 * Rabs (1 - y)); [apply Rmult_le_compat_r|]; lra.
Qed.

(** M5, by coordinates. H diagonal (the eigenbasis of a symmetric one) with 0 < eta h_i < 2 for all i < d,
    additive noise of covariance G, b_i = 1 - eta h_i: V*_ij = eta^2 G_ij / (1 - b_i b_j) is what the update
    leaves as it is, every entry of V_n is V*_ij + (b_i b_j)^n (V_0 - V* )_ij and tends to V*_ij, and tr V_n =
    tr V* + sum of b_i^(2 n) (V_0 - V* )_ii. Source: ours. *)
Theorem M5_by_coordinates d eta f pulls start : prob start -> prob pulls ->
  (forall i, (i < d)%nat -> 0 < eta * f i < 2) ->
  let rest := stationary_diagonal eta f (covariance pulls) in
  let v n := covariance (vector_law d eta (additive_noise (diagonal f) pulls) start n) in
  (forall i j, (i < d)%nat -> (j < d)%nat ->
     covariance_step d eta (diagonal f) (covariance pulls) rest i j = rest i j /\
     (forall n, v n i j = rest i j + ((1 - eta * f i) * (1 - eta * f j)) ^ n * (covariance start i j - rest i j)) /\
     is_lim_seq (fun n => v n i j) (rest i j)) /\
  (forall n, trace d (v n) = trace d rest
     + sum d (fun i => (1 - eta * f i) ^ (2 * n) * (covariance start i i - rest i i))).
Proof.
  intros S0 P B rest v.
  assert (Fix : forall i j, (i < d)%nat -> (j < d)%nat ->
            covariance_step d eta (diagonal f) (covariance pulls) rest i j = rest i j).
  { intros i j Hi Hj. unfold covariance_step. rewrite congruence_diagonal by assumption.
    pose proof (product_below_1 _ _ (B i Hi) (B j Hj)) as Q. apply Rabs_def2 in Q.
    unfold rest, stationary_diagonal.
    field. lra. }
  assert (Closed : forall n i j, (i < d)%nat -> (j < d)%nat ->
            v n i j = rest i j + ((1 - eta * f i) * (1 - eta * f j)) ^ n * (covariance start i j - rest i j)).
  { intro n. unfold v. intros i j Hi Hj. rewrite covariance_law by assumption.
    pose proof (covariance_closed d eta (diagonal f) (covariance pulls) (covariance start) rest n Fix i j Hi Hj) as C.
    replace (((1 - eta * f i) * (1 - eta * f j)) ^ n * (covariance start i j - rest i j)) with
      (congruences d (contraction_of eta (diagonal f)) (fun k l => covariance start k l - rest k l) n i j); [lra|].
    clear C. revert i j Hi Hj. induction n as [|n IH]; intros i j Hi Hj; cbn [congruences pow]; [ring|].
    rewrite congruence_diagonal, IH by assumption. ring. }
  split.
  - intros i j Hi Hj. split; [now apply Fix|]. split; [intro; now apply Closed|].
    apply is_lim_seq_ext with
      (fun n => rest i j + ((1 - eta * f i) * (1 - eta * f j)) ^ n * (covariance start i j - rest i j));
      [intro; symmetry; now apply Closed|].
    replace (Rbar.Finite (rest i j)) with (Rbar.Finite (rest i j + 0 * (covariance start i j - rest i j)))
      by (f_equal; ring).
    apply is_lim_seq_plus'; [apply is_lim_seq_const|]. apply is_lim_seq_mult'; [|apply is_lim_seq_const].
    apply is_lim_seq_geom. apply product_below_1; auto.
  - intro n. unfold trace. rewrite <- sum_plus. apply sum_ext. intros i Hi. rewrite Closed by assumption.
    rewrite pow_mult. simpl ((1 - eta * f i) ^ 2). rewrite Rmult_1_r. reflexivity.
Qed.

(** ** A counterexample, and instances *)
(** Pulls of independent signs: a along the first axis or b along the second, of either sign. *)
Definition axis (i : nat) (a : R) : vector := fun k => if Nat.eqb k i then a else 0.
Definition cross_pulls (a b : R) : list (R * vector) :=
  [(1 / 4, axis 0 a); (1 / 4, axis 0 (- a)); (1 / 4, axis 1 b); (1 / 4, axis 1 (- b))].
Lemma cross_pulls_prob a b : prob (cross_pulls a b).
Proof. split; [|simpl; lra]. intros p Hp. repeat (destruct Hp as [<-|Hp]; [simpl; lra|]). contradiction. Qed.
Definition slow_and_fast (i : nat) : R := match i with O => 1 / 2 | _ => 1 end.

(** M5, counterexample: the trace overshoots. H = diag(1/2, 1), eta = 1, additive noise of covariance diag(9/2,
    2), a start of covariance diag((14/5)^2, 0): tr V_1 exceeds both tr V_0 and tr V* (so the maximum of the
    two, which bounds the scalar case, does not bound the trace), and tr V_2 is below tr V_1: the trace is not
    monotone. Source: ours. *)
Theorem M5_trace_overshoots :
  let v n := covariance (vector_law 2 1 (additive_noise (diagonal slow_and_fast) (cross_pulls 3 2))
                           (either (axis 0 (14 / 5)) (axis 0 (- (14 / 5)))) n) in
  let rest := stationary_diagonal 1 slow_and_fast (covariance (cross_pulls 3 2)) in
  Rmax (trace 2 (v 0%nat)) (trace 2 rest) < trace 2 (v 1%nat) /\ trace 2 (v 2%nat) < trace 2 (v 1%nat).
Proof.
  intros v rest. set (start := either (axis 0 (14 / 5)) (axis 0 (- (14 / 5)))) in *.
  destruct (M5_by_coordinates 2 1 slow_and_fast (cross_pulls 3 2) start) as (_ & T).
  { apply prob_either. } { apply cross_pulls_prob. } { intros [|[|i]] Hi; simpl; try lia; lra. }
  fold v rest in T. unfold v in T.
  assert (R : rest 0%nat 0%nat = 6 /\ rest 1%nat 1%nat = 2)
    by (unfold rest, stationary_diagonal, covariance, cov, cross_pulls, axis; simpl; split; field).
  assert (S : covariance start 0%nat 0%nat = 196 / 25 /\ covariance start 1%nat 1%nat = 0)
    by (unfold start, covariance, cov, either, axis; simpl; split; field).
  destruct R as (R0 & R1), S as (S0 & S1).
  unfold v. rewrite !T. unfold trace. cbn [sum]. rewrite R0, R1, S0, S1. simpl.
  split; [apply Rmax_lub_lt|]; lra.
Qed.

(** One row and two columns of `additive`, without a ridge: coordinates u, w_1, w_2; two points. *)
Definition two_touches : list (R * sample) := either (additive_point 0 0 1 3) (additive_point 0 0 2 1).

Example M3_matrix_step_instance :
  let start := either (axis 0 1) (axis 1 1) in
  covariance (bind (vector_step 3 (1 / 2)) start two_touches) 1 2 =
  Ex (fun z => congruence 3 (contraction_of (1 / 2) (fst z)) (covariance start) 1 2) two_touches
  + (1 / 2) ^ 2 * gradient_covariance 3 two_touches (mean_vector start) 1 2.
Proof.
  exact (M3_matrix_step 3 (1 / 2) (either (axis 0 1) (axis 1 1)) two_touches 1 2 (prob_either _ _) (prob_either _ _)
           ltac:(lia) ltac:(lia)).
Qed.

(** A cell of `additive` with a ridge of 1 and two points, of value 1 and -1: d = 2, optimum 0. *)
Definition cell : list (R * sample) := either (additive_point 1 0 1 1) (additive_point 1 0 1 (-1)).
Example M5_linear_instance :
  trace 2 (covariance (vector_law 2 (1 / 2) cell (surely (fun _ => 0)) 7))
  <= trace 2 (fun _ _ => 1 / 3) + trace 2 (fun _ _ => 0).
Proof.
  assert (Q : forall x y, 0 <= x * (1 / 3 * x + 1 / 3 * y) + y * (1 / 3 * x + 1 / 3 * y)).
  { intros x y. pose proof (pow2_ge_0 (x + y)). lra. }
  apply (M5_linear 2 (1 / 2) cell (surely (fun _ => 0)) (fun _ => 0) (fun _ _ => 1 / 3) (fun _ _ => 0)
           (fun _ _ => 1 / 3) 7).
  - apply prob_surely.
  - apply prob_either.
  - intros z [<-|[<-|[]]]; apply additive_below_2; lra || lia.
  - intros i Hi. unfold cell, additive_point, either, apply, one. destruct i as [|[|i]]; simpl; lra.
  - intros i _. unfold mean_vector, surely. simpl. field.
  - intros [|[|i]] [|[|j]] Hi Hj; try lia;
      unfold transfer, congruence, contraction_of, gradient_covariance, cov, cell, additive_point, either, apply,
        additive_curvature, one; simpl; lra.
  - split; [now intros i j|]. intro x. unfold form, dot, apply. simpl. lra.
  - split; [now intros i j|]. intro x. unfold form, dot, apply. simpl. specialize (Q (x 0%nat) (x 1%nat)). lra.
  - intros [|[|i]] [|[|j]] Hi Hj; try lia; unfold covariance, cov, surely; simpl; lra.
Qed.

(** A curvature that is not diagonal: 1 on the diagonal, 1/2 beside it. *)
Definition coupled : matrix := fun i j => if Nat.eqb i j then 1 else 1 / 2.
Lemma diagonal_psd f : (forall i, 0 <= f i) -> psd 2 (diagonal f).
Proof.
  intros F. split.
  - intros i j. unfold diagonal. destruct (Nat.eq_dec i j) as [->|N]; [reflexivity|].
    rewrite !one_other by auto. ring.
  - intro x. unfold form, dot, apply, diagonal, one. simpl. pose proof (F 0%nat). pose proof (F 1%nat).
    assert (0 <= f 0%nat * (x 0%nat * x 0%nat)) by (apply Rmult_le_pos; [assumption|apply Rle_0_sqr]).
    assert (0 <= f 1%nat * (x 1%nat * x 1%nat)) by (apply Rmult_le_pos; [assumption|apply Rle_0_sqr]). lra.
Qed.
Example M5_matrix_instance :
  trace 2 (covariance (vector_law 2 1 (additive_noise coupled (cross_pulls 1 1)) (either (axis 0 2) (axis 0 0)) 5))
  <= trace 2 (diagonal (fun _ => 2 / 3)) + trace 2 (diagonal (fun i => match i with O => 1 / 3 | _ => 0 end)).
Proof.
  apply (M5_matrix 2 1 coupled (cross_pulls 1 1) (either (axis 0 2) (axis 0 0)) (diagonal (fun _ => 2 / 3))
           (diagonal (fun i => match i with O => 1 / 3 | _ => 0 end))
           (diagonal (fun i => match i with O => 0 | _ => 2 / 3 end)) 5).
  - apply prob_either.
  - apply cross_pulls_prob.
  - split.
    + intros i j. unfold coupled. now rewrite Nat.eqb_sym.
    + intro x. unfold form, dot, apply, coupled. simpl. set (a := x 0%nat). set (b := x 1%nat).
      pose proof (Rle_0_sqr (a + b)) as P. pose proof (Rle_0_sqr (a - b)) as M.
      pose proof (Rle_0_sqr a). pose proof (Rle_0_sqr b). unfold Rsqr in *. split; lra.
  - intros [|[|i]] [|[|j]] Hi Hj; try lia;
      unfold covariance_step, congruence, contraction_of, coupled, diagonal, one, covariance, cov, cross_pulls,
        axis; simpl; lra.
  - apply diagonal_psd. intros [|i]; lra.
  - apply diagonal_psd. intros [|i]; lra.
  - intros [|[|i]] [|[|j]] Hi Hj; try lia; unfold covariance, cov, cross_pulls, either, axis, diagonal, one; simpl; lra.
Qed.
Example M5_by_coordinates_instance :
  let pulls := cross_pulls 3 2 in let start := either (axis 0 5) (axis 1 5) in
  let rest := stationary_diagonal 1 slow_and_fast (covariance pulls) in
  let v n := covariance (vector_law 2 1 (additive_noise (diagonal slow_and_fast) pulls) start n) in
  v 3%nat 0%nat 1%nat = rest 0%nat 1%nat
    + ((1 - 1 * slow_and_fast 0) * (1 - 1 * slow_and_fast 1)) ^ 3 * (covariance start 0%nat 1%nat - rest 0%nat 1%nat) /\
  is_lim_seq (fun n => v n 0%nat 0%nat) (rest 0%nat 0%nat) /\
  trace 2 (v 3%nat)
  = trace 2 rest + sum 2 (fun i => (1 - 1 * slow_and_fast i) ^ (2 * 3) * (covariance start i i - rest i i)).
Proof.
  intros pulls start rest v.
  destruct (M5_by_coordinates 2 1 slow_and_fast pulls start) as (E & T).
  { apply prob_either. } { apply cross_pulls_prob. } { intros [|[|i]] Hi; simpl; try lia; lra. }
  split; [apply (E 0%nat 1%nat); lia|]. split; [apply (E 0%nat 0%nat); lia|apply T].
Qed.
