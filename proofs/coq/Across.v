(** M4: two blocks b, c of one stratum. They share no coordinate (S1), so that an update of the one is x <- x -
    eta (A_z x - b_z) on its own coordinates, z drawn from its own points; between the blocks' updates any
    interleaving may happen. What the code must do: draw points independently, with replacement, and not let
    steps or counts depend on the iterates. Not for models with a global statistic. proofs/m4_across_blocks.c
    measures both halves, proofs/lab/moments.h computes them. *)
From Coq Require Import Reals Lra Lia List.
From Fugue Require Import Finite Vectors Moments Matrix.
Import ListNotations.
Open Scope R_scope.

Notation state := (vector * vector)%type.

(** ** Two tools *)
Lemma cov_bind {A B} (f g F G : A -> R) (step : A -> B -> A) d e : prob d -> prob e ->
  (forall s, Ex (fun z => f (step s z)) e = F s) -> (forall s z, g (step s z) = G s) ->
  cov f g (bind step d e) = cov F G d.
Proof.
  intros D E HF HG. rewrite !cov_moments by auto using prob_bind. rewrite !Ex_bind. f_equal; [|f_equal].
  - apply Ex_ext. intro s. rewrite (Ex_ext _ (fun z => G s * f (step s z))) by (intro; rewrite HG; ring).
    rewrite Ex_scal, HF. ring.
  - apply Ex_ext, HF.
  - apply Ex_ext. intro s. rewrite (Ex_ext _ (fun _ => G s)) by (intro; apply HG). now apply Ex_const.
Qed.
Lemma cov_sum_left {A} d (c : nat -> R) (f : nat -> A -> R) a g l : prob l ->
  cov (fun s => sum d (fun k => c k * f k s) + a) g l = sum d (fun k => c k * cov (f k) g l).
Proof.
  intros L. rewrite cov_moments by exact L. rewrite (Ex_ext (fun s => (sum d _ + a) * g s)
    (fun s => sum d (fun k => c k * (f k s * g s)) + a * g s)).
  - rewrite !Ex_plus, Ex_scal, (Ex_const a l L), !Ex_sum.
    rewrite (sum_ext d (fun k => Ex (fun x => c k * (f k x * g x)) l) (fun k => c k * Ex (fun x => f k x * g x) l))
      by (intros; apply Ex_scal).
    rewrite (sum_ext d (fun k => Ex (fun x => c k * f k x) l) (fun k => c k * Ex (f k) l)) by (intros; apply Ex_scal).
    rewrite (sum_ext d (fun k => c k * cov (f k) g l)
               (fun k => c k * Ex (fun x => f k x * g x) l + (- Ex g l) * (c k * Ex (f k) l)))
      by (intros; rewrite cov_moments by exact L; ring).
    rewrite sum_plus, sum_scal. ring.
  - intro s. rewrite Rmult_plus_distr_r. f_equal. rewrite Rmult_comm, <- sum_scal. apply sum_ext. intros. ring.
Qed.

(** ** The two blocks *)
Inductive block := B | C.
Section Stratum.
Variables (db dc : nat) (pts_b pts_c : list (R * sample)).
(** What one update, of a block and with a step, makes of the law of both. *)
Definition pair_step (op : block * R) (l : list (R * state)) : list (R * state) :=
  match fst op with
  | B => bind (fun s z => (vector_step db (snd op) (fst s) z, snd s)) l pts_b
  | C => bind (fun s z => (fst s, vector_step dc (snd op) (snd s) z)) l pts_c
  end.
Definition pair_law (ops : list (block * R)) (start : list (R * state)) :=
  fold_left (fun l op => pair_step op l) ops start.
Definition steps_of (b : block) (ops : list (block * R)) : list R :=
  flat_map (fun op => match fst op, b with B, B => [snd op] | C, C => [snd op] | _, _ => [] end) ops.
End Stratum.

(** Product of (I - eta_k H) over the updates, the last one leftmost. *)
Fixpoint product (d : nat) (h : matrix) (etas : list R) : matrix :=
  match etas with [] => one | e :: l => fun i k => sum d (fun n => product d h l i n * contraction_of e h n k) end.
Definition cross (l : list (R * state)) : matrix := fun i j => cov (fun s => fst s i) (fun s => snd s j) l.
(** p c q^T *)
Definition carried db dc (p q c : matrix) : matrix := fun i j =>
  sum db (fun k => sum dc (fun l => p i k * q j l * c k l)).

Lemma pair_step_prob db dc pb pc op l : prob pb -> prob pc -> prob l -> prob (pair_step db dc pb pc op l).
Proof. intros Pb Pc L. unfold pair_step. destruct (fst op); now apply prob_bind. Qed.
Lemma pair_law_prob db dc pb pc ops l : prob pb -> prob pc -> prob l -> prob (pair_law db dc pb pc ops l).
Proof.
  intros Pb Pc. revert l. induction ops as [|o r IH]; intros l L; [exact L|]. apply IH.
  now apply pair_step_prob.
Qed.
Lemma cross_step_b db dc pb pc e l i j : prob pb -> prob l -> (i < db)%nat ->
  cross (pair_step db dc pb pc (B, e) l) i j
  = sum db (fun k => contraction_of e (mean_curvature pb) i k * cross l k j).
Proof.
  intros Pb L Hi. unfold cross at 1. cbn [pair_step fst snd].
  rewrite (cov_bind _ _ (fun s => sum db (fun k => contraction_of e (mean_curvature pb) i k * fst s k)
                                  + e * Ex (fun z => snd z i) pb) (fun s : state => snd s j)); auto.
  - now rewrite cov_sum_left.
  - intro s. cbn [fst]. now apply step_mean.
Qed.
Lemma cross_step_c db dc pb pc e l i j : prob pc -> prob l -> (j < dc)%nat ->
  cross (pair_step db dc pb pc (C, e) l) i j
  = sum dc (fun k => contraction_of e (mean_curvature pc) j k * cross l i k).
Proof.
  intros Pc L Hj. unfold cross at 1. cbn [pair_step fst snd]. rewrite cov_sym.
  rewrite (cov_bind _ _ (fun s => sum dc (fun k => contraction_of e (mean_curvature pc) j k * snd s k)
                                  + e * Ex (fun z => snd z j) pc) (fun s : state => fst s i)); auto.
  - rewrite cov_sum_left by exact L. apply sum_ext. intros k _. unfold cross. now rewrite cov_sym.
  - intro s. cbn [snd]. now apply step_mean.
Qed.

(** M4, given the counts. Two blocks of a stratum with points of their own, any joint start law (the blocks may
    be correlated), any interleaving of their updates with steps fixed in advance, points drawn independently.
    Then Cov(psi_b, psi_c) after = B_b Cov(psi_b, psi_c) before B_c^T, B_b the product of (I - eta_k H_b) over
    b's updates, H_b the mean of its A_z: no covariance is new, what was there is carried on. Steps and counts
    are given. Source: Kumar et al. 2014, the bound across blocks; this form is ours. *)
Theorem M4_given_counts db dc pb pc ops start i j : prob pb -> prob pc -> prob start ->
  (i < db)%nat -> (j < dc)%nat -> cross (pair_law db dc pb pc ops start) i j
  = carried db dc (product db (mean_curvature pb) (steps_of B ops))
      (product dc (mean_curvature pc) (steps_of C ops)) (cross start) i j.
Proof.
  intros Pb Pc S0 Hi Hj. revert start S0. induction ops as [|(b & e) r IH]; intros start S0.
  - cbn [pair_law fold_left steps_of flat_map product]. unfold carried.
    rewrite (sum_ext db _ (fun k => one i k * sum dc (fun l => one j l * cross start k l))).
    + now rewrite sum_one, sum_one.
    + intros k _. rewrite <- sum_scal. apply sum_ext. intros. ring.
  - change (pair_law db dc pb pc ((b, e) :: r) start)
      with (pair_law db dc pb pc r (pair_step db dc pb pc (b, e) start)).
    rewrite IH by now apply pair_step_prob. unfold carried.
    destruct b; cbn [steps_of flat_map fst snd app product];
      fold (steps_of B r) (steps_of C r).
    + set (p := product db (mean_curvature pb) (steps_of B r)).
      set (q := product dc (mean_curvature pc) (steps_of C r)).
      set (c := contraction_of e (mean_curvature pb)).
      rewrite (sum_ext db _ (fun k => sum db (fun n => sum dc (fun l => p i k * c k n * q j l * cross start n l)))).
      * rewrite sum_swap. apply sum_ext. intros n _. rewrite sum_swap. apply sum_ext. intros l _.
        transitivity (q j l * cross start n l * sum db (fun k => p i k * c k n)); [|ring].
        rewrite <- sum_scal. apply sum_ext. intros. ring.
      * intros k Hk. rewrite sum_swap. apply sum_ext. intros l _. rewrite cross_step_b by assumption. fold c.
        rewrite <- sum_scal. apply sum_ext. intros. ring.
    + set (p := product db (mean_curvature pb) (steps_of B r)).
      set (q := product dc (mean_curvature pc) (steps_of C r)).
      set (c := contraction_of e (mean_curvature pc)).
      apply sum_ext. intros k _.
      rewrite (sum_ext dc _ (fun l => sum dc (fun n => p i k * (q j l * c l n) * cross start k n))).
      * rewrite sum_swap. apply sum_ext. intros n _.
        transitivity (p i k * cross start k n * sum dc (fun l => q j l * c l n)); [|ring].
        rewrite <- sum_scal. apply sum_ext. intros. ring.
      * intros l Hl. rewrite cross_step_c by assumption. fold c. rewrite <- sum_scal. apply sum_ext. intros.
        ring.
Qed.

(** M4, variances add. Under the hypotheses of M4_given_counts: if no coordinate of b has covariance with one of c
    before (a first stratum from an independent start), none has after, and the variance of any linear function of
    both blocks is the sum of the two parts' variances. Source: Kumar et al. 2014. *)
Theorem M4_variances_add db dc pb pc ops start (u w : vector) : prob pb -> prob pc -> prob start ->
  (forall k l, (k < db)%nat -> (l < dc)%nat -> cross start k l = 0) ->
  let after := pair_law db dc pb pc ops start in
  (forall i j, (i < db)%nat -> (j < dc)%nat -> cross after i j = 0) /\
  var (fun s => dot db u (fst s) + dot dc w (snd s)) after
  = var (fun s => dot db u (fst s)) after + var (fun s => dot dc w (snd s)) after.
Proof.
  intros Pb Pc S0 Z after.
  assert (A : prob after) by now apply pair_law_prob.
  assert (X : forall i j, (i < db)%nat -> (j < dc)%nat -> cross after i j = 0).
  { intros i j Hi Hj. unfold after. rewrite M4_given_counts by assumption. unfold carried.
    rewrite (sum_ext db _ (fun _ => 0)); [apply sum_zero|]. intros k Hk.
    rewrite (sum_ext dc _ (fun _ => 0)); [apply sum_zero|]. intros l Hl. rewrite Z by assumption. ring. }
  split; [exact X|]. rewrite var_sum by exact A.
  enough (E : cov (fun s => dot db u (fst s)) (fun s => dot dc w (snd s)) after = 0) by (rewrite E; ring).
  rewrite (cov_ext _ (fun s : state => sum db (fun k => u k * fst s k) + 0) _ (fun s => dot dc w (snd s)))
    by (intro; unfold dot; ring).
  rewrite cov_sum_left by exact A. rewrite (sum_ext db _ (fun _ => 0)); [apply sum_zero|]. intros k Hk.
  rewrite cov_sym.
  rewrite (cov_ext _ (fun s : state => sum dc (fun l => w l * snd s l) + 0) _ (fun s : state => fst s k))
    by (intro; unfold dot; ring).
  rewrite cov_sum_left by exact A. rewrite (sum_ext dc _ (fun _ => 0)); [rewrite sum_zero; ring|]. intros l Hl.
  rewrite cov_sym. fold (cross after k l). rewrite X by assumption. ring.
Qed.

(** ** A block alone *)
Fixpoint alone d (pts : list (R * sample)) (etas : list R) (l : list (R * vector)) : list (R * vector) :=
  match etas with [] => l | e :: r => alone d pts r (bind (vector_step d e) l pts) end.
Definition part_b (l : list (R * state)) : list (R * vector) := map (fun p => (fst p, fst (snd p))) l.
Definition part_c (l : list (R * state)) : list (R * vector) := map (fun p => (fst p, snd (snd p))) l.

Lemma Ex_part_b f l : Ex f (part_b l) = Ex (fun s => f (fst s)) l.
Proof. induction l as [|p l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.
Lemma Ex_part_c f l : Ex f (part_c l) = Ex (fun s => f (snd s)) l.
Proof. induction l as [|p l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.
Lemma prob_part_b l : prob l -> prob (part_b l).
Proof.
  intros (W & S1). split; [|now rewrite Ex_part_b]. intros p Hp. apply in_map_iff in Hp as (q & <- & Hq).
  exact (W q Hq).
Qed.

(** M4, a block's own law. Whatever updates the other block receives, and in whichever order: any expectation of
    a block's coordinates after the stratum is that of the block alone with its own updates (so that the bound
    inside a block, M3, and M5 apply to each). Source: ours. *)
Theorem M4_own_law db dc pb pc ops start (f : vector -> R) : prob pb -> prob pc -> prob start ->
  Ex (fun s => f (fst s)) (pair_law db dc pb pc ops start) = Ex f (alone db pb (steps_of B ops) (part_b start)) /\
  Ex (fun s => f (snd s)) (pair_law db dc pb pc ops start) = Ex f (alone dc pc (steps_of C ops) (part_c start)).
Proof.
  intros Pb Pc S0. split.
  - enough (G : forall ops l m, prob l -> (forall f, Ex (fun s : state => f (fst s)) l = Ex f m) ->
             forall f, Ex (fun s => f (fst s)) (pair_law db dc pb pc ops l) = Ex f (alone db pb (steps_of B ops) m)).
    { apply G; [exact S0|]. intro. symmetry. apply Ex_part_b. }
    clear - Pb Pc. intro ops. induction ops as [|(b & e) r IH]; intros l m L E f; [apply E|].
    change (pair_law db dc pb pc ((b, e) :: r) l) with (pair_law db dc pb pc r (pair_step db dc pb pc (b, e) l)).
    destruct b; cbn [steps_of flat_map fst snd app]; fold (steps_of B r).
    + cbn [alone]. apply IH; [now apply pair_step_prob|]. intro g. cbn [pair_step fst snd].
      rewrite !Ex_bind. cbn [fst]. exact (E (fun x => Ex (fun z => g (vector_step db e x z)) pb)).
    + apply IH; [now apply pair_step_prob|]. intro g. cbn [pair_step fst snd]. rewrite Ex_bind. cbn [fst].
      rewrite <- E. apply Ex_ext. intro s. now apply Ex_const.
  - enough (G : forall ops l m, prob l -> (forall f, Ex (fun s : state => f (snd s)) l = Ex f m) ->
             forall f, Ex (fun s => f (snd s)) (pair_law db dc pb pc ops l) = Ex f (alone dc pc (steps_of C ops) m)).
    { apply G; [exact S0|]. intro. symmetry. apply Ex_part_c. }
    clear - Pb Pc. intro ops. induction ops as [|(b & e) r IH]; intros l m L E f; [apply E|].
    change (pair_law db dc pb pc ((b, e) :: r) l) with (pair_law db dc pb pc r (pair_step db dc pb pc (b, e) l)).
    destruct b; cbn [steps_of flat_map fst snd app]; fold (steps_of C r).
    + apply IH; [now apply pair_step_prob|]. intro g. cbn [pair_step fst snd]. rewrite Ex_bind. cbn [snd].
      rewrite <- E. apply Ex_ext. intro s. now apply Ex_const.
    + cbn [alone]. apply IH; [now apply pair_step_prob|]. intro g. cbn [pair_step fst snd].
      rewrite !Ex_bind. cbn [snd]. exact (E (fun x => Ex (fun z => g (vector_step dc e x z)) pc)).
Qed.

(** ** Counts that vary *)
Lemma mean_at_optimum d pts etas m : prob pts -> at_optimum d pts m -> forall l, prob l ->
  (forall i, (i < d)%nat -> mean_vector l i = m i) ->
  forall i, (i < d)%nat -> mean_vector (alone d pts etas l) i = m i.
Proof.
  intros P O. induction etas as [|e r IH]; intros l L M i Hi; [now apply M|]. cbn [alone].
  apply IH; [now apply prob_bind| |exact Hi]. intros k Hk. now apply optimum_stays.
Qed.

(** M4, counts that vary. Updates (blocks, order, steps) are drawn from a law of their own, independent of start
    and points. The covariance between the blocks is the mean over that law of the covariance given the updates
    (M4_given_counts) plus Cov_n(E[psi_b | n], E[psi_c | n]). Source: the law of total covariance. *)
Theorem M4_unconditional db dc pb pc waits start i j : prob pb -> prob pc -> prob start -> prob waits ->
  cross (mixture waits (fun ops => pair_law db dc pb pc ops start)) i j
  = Ex (fun ops => cross (pair_law db dc pb pc ops start) i j) waits
    + cov (fun ops => Ex (fun s => fst s i) (pair_law db dc pb pc ops start))
          (fun ops => Ex (fun s => snd s j) (pair_law db dc pb pc ops start)) waits.
Proof. intros Pb Pc S0 W. apply cov_mix; [exact W|]. intro. now apply pair_law_prob. Qed.

Lemma cov_independent {A D E} (f g : A -> R) F G (weave : D -> E -> A) d e : prob d -> prob e ->
  (forall x y, f (weave x y) = F x) -> (forall x y, g (weave x y) = G y) -> cov f g (bind weave d e) = 0.
Proof.
  intros Pd Pe HF HG. rewrite cov_moments by now apply prob_bind. rewrite !Ex_bind.
  rewrite (Ex_ext (fun x => Ex (fun y => f (weave x y)) e) F)
    by (intro x; rewrite (Ex_ext _ (fun _ => F x)) by (intro; apply HF); now apply Ex_const).
  rewrite (Ex_ext (fun x => Ex (fun y => g (weave x y)) e) (fun _ => Ex G e)) by (intro; apply Ex_ext; intro; apply HG).
  rewrite (Ex_ext _ (fun x => Ex G e * F x)), Ex_scal, (Ex_const _ d Pd); [ring|].
  intro x. rewrite (Ex_ext _ (fun y => F x * G y)) by (intro; now rewrite HF, HG). rewrite Ex_scal. ring.
Qed.

(** M4, where counts add nothing. The second term of M4_unconditional is 0 (i) where the steps of b and those of
    c are drawn independently of each other, in whichever way they are then interleaved; (ii) where b's mean is
    at its optimum at the start, whatever the law of the updates. Source: ours. *)
Theorem M4_counts_add_nothing db dc pb pc start i j : prob pb -> prob pc -> prob start -> (i < db)%nat ->
  let mean_b ops := Ex (fun s => fst s i) (pair_law db dc pb pc ops start) in
  let mean_c ops := Ex (fun s => snd s j) (pair_law db dc pb pc ops start) in
  (forall steps_b steps_c weave, prob steps_b -> prob steps_c ->
     (forall x y, steps_of B (weave x y) = x) -> (forall x y, steps_of C (weave x y) = y) ->
     cov mean_b mean_c (bind weave steps_b steps_c) = 0) /\
  (forall waits m, prob waits -> at_optimum db pb m -> (forall k, (k < db)%nat -> Ex (fun s => fst s k) start = m k) ->
     cov mean_b mean_c waits = 0).
Proof.
  intros Pb Pc S0 Hi mean_b mean_c.
  assert (Mb : forall ops, mean_b ops = mean_vector (alone db pb (steps_of B ops) (part_b start)) i)
    by (intro; apply (M4_own_law db dc pb pc ops start (fun x => x i)); assumption).
  assert (Mc : forall ops, mean_c ops = mean_vector (alone dc pc (steps_of C ops) (part_c start)) j)
    by (intro; apply (M4_own_law db dc pb pc ops start (fun x => x j)); assumption).
  split.
  - intros sb sc weave Sb Sc Wb Wc.
    apply (cov_independent _ _ (fun x => mean_vector (alone db pb x (part_b start)) i)
             (fun y => mean_vector (alone dc pc y (part_c start)) j)); auto.
    + intros. now rewrite Mb, Wb.
    + intros. now rewrite Mc, Wc.
  - intros waits m W O M. rewrite (cov_ext _ (fun _ => m i) _ mean_c); [now apply cov_const| |reflexivity].
    intro ops. rewrite Mb. apply mean_at_optimum; auto using prob_part_b.
    intros k Hk. unfold mean_vector. rewrite Ex_part_b. now apply M.
Qed.

(** ** A counterexample, and instances *)
(** One coordinate, curvature 1, optimum 0, no noise: an update with the step e multiplies by 1 - e. *)
Definition calm : list (R * sample) := surely ((fun _ _ => 1), (fun _ => 0)).
Definition ones : state := ((fun _ => 1), (fun _ => 1)).

(** M4, counterexample: a shared release. Two blocks that start at a sure point, off their optima, and wait for
    the same release: both make one more update, or neither does, with the same chance. Given the counts their
    covariance is 0; over the counts it is 1/16. Source: ours. *)
Theorem M4_shared_release_correlates :
  let law ops := pair_law 1 1 calm calm ops (surely ones) in let waits := either [] [(B, 1 / 2); (C, 1 / 2)] in
  cross (law []) 0 0 = 0 /\ cross (law [(B, 1 / 2); (C, 1 / 2)]) 0 0 = 0 /\ 0 < cross (mixture waits law) 0 0 /\
  cross (mixture waits law) 0 0 = 1 / 16.
Proof.
  unfold cross, cov, pair_law, pair_step, calm, ones, either, surely, mixture, bind, vector_step, apply. simpl.
  repeat split; lra.
Qed.

(** Coordinates of b: u, w_1, w_2 and points of different kinds (Matrix.v); of c: one. The start correlates
    them. *)
Definition apart : list (R * state) := either (axis 0 1, axis 0 1) (axis 1 1, axis 0 0).
Definition some_ops := [(B, 1 / 2); (C, 1 / 4); (B, 1 / 4)].

Example M4_given_counts_instance :
  cross (pair_law 3 1 two_touches calm some_ops apart) 1 0
  = carried 3 1 (product 3 (mean_curvature two_touches) [1 / 2; 1 / 4])
      (product 1 (mean_curvature calm) [1 / 4]) (cross apart) 1 0.
Proof.
  exact (M4_given_counts 3 1 two_touches calm some_ops apart 1 0 (prob_either _ _) (prob_surely _) (prob_either _ _)
           ltac:(lia) ltac:(lia)).
Qed.
(** Both blocks spread, independently of each other, and both have noise. *)
Definition noisy : list (R * sample) := either ((fun _ _ => 1), (fun _ => 1)) ((fun _ _ => 1), (fun _ => -1)).
Definition spread : list (R * state) := bind pair (either (axis 0 1) (axis 1 1)) (either (axis 0 0) (axis 0 1)).
Example M4_variances_add_instance :
  let after := pair_law 3 1 two_touches noisy some_ops spread in
  var (fun s => dot 3 (fun _ => 1) (fst s) + dot 1 (fun _ => 1) (snd s)) after
  = var (fun s => dot 3 (fun _ => 1) (fst s)) after + var (fun s => dot 1 (fun _ => 1) (snd s)) after.
Proof.
  apply (M4_variances_add 3 1 two_touches noisy some_ops spread (fun _ => 1) (fun _ => 1) (prob_either _ _)
           (prob_either _ _)); [apply prob_bind; apply prob_either|].
  intros k [|l] Hk Hl; [|lia]. unfold cross, cov, spread, bind, either, axis. simpl. field.
Qed.
Example M4_own_law_instance :
  Ex (fun s => fst s 0%nat ^ 2) (pair_law 3 1 two_touches calm some_ops apart)
  = Ex (fun x => x 0%nat ^ 2) (alone 3 two_touches [1 / 2; 1 / 4] (part_b apart)).
Proof.
  exact (proj1 (M4_own_law 3 1 two_touches calm some_ops apart (fun x => x 0%nat ^ 2) (prob_either _ _) (prob_surely _)
           (prob_either _ _))).
Qed.
Example M4_unconditional_instance :
  let law ops := pair_law 3 1 two_touches calm ops apart in let waits := either [] some_ops in
  cross (mixture waits law) 1 0 = Ex (fun ops => cross (law ops) 1 0) waits
    + cov (fun ops => Ex (fun s => fst s 1%nat) (law ops)) (fun ops => Ex (fun s => snd s 0%nat) (law ops)) waits.
Proof.
  exact (M4_unconditional 3 1 two_touches calm (either [] some_ops) apart 1 0 (prob_either _ _) (prob_surely _)
           (prob_either _ _) (prob_either _ _)).
Qed.
Definition b_then_c (x y : list R) := map (pair B) x ++ map (pair C) y.
Lemma b_then_c_steps x y : steps_of B (b_then_c x y) = x /\ steps_of C (b_then_c x y) = y.
Proof.
  unfold b_then_c, steps_of. induction x as [|e x (Hb & Hc)]; cbn [map app flat_map fst snd].
  - induction y as [|e y (Hb & Hc)]; cbn [map app flat_map fst snd]; [now split|].
    split; [exact Hb|now rewrite Hc].
  - split; [now rewrite Hb|exact Hc].
Qed.
Example M4_counts_add_nothing_instance :
  let law start ops := pair_law 1 1 calm calm ops start in
  let mean_b start ops := Ex (fun s => fst s 0%nat) (law start ops) in
  let mean_c start ops := Ex (fun s => snd s 0%nat) (law start ops) in
  cov (mean_b (surely ones)) (mean_c (surely ones)) (bind b_then_c (either [] [1 / 2]) (either [] [1 / 2])) = 0 /\
  cov (mean_b (surely (axis 0 0, axis 0 1))) (mean_c (surely (axis 0 0, axis 0 1)))
    (either [] [(B, 1 / 2); (C, 1 / 2)]) = 0.
Proof.
  split.
  - apply (M4_counts_add_nothing 1 1 calm calm (surely ones) 0 0 (prob_surely _) (prob_surely _) (prob_surely _));
      [lia|apply prob_either|apply prob_either| |]; intros; apply b_then_c_steps.
  - apply (M4_counts_add_nothing 1 1 calm calm (surely (axis 0 0, axis 0 1)) 0 0 (prob_surely _) (prob_surely _)
             (prob_surely _)) with (m := fun _ => 0); [lia|apply prob_either| |].
    + intros k Hk. unfold calm, surely, apply. simpl. ring.
    + intros [|k] Hk; [|lia]. unfold surely, axis. simpl. ring.
Qed.
