(** Progress of quorum (S5): a round is over when q of P workers have reported, and who is late is cut short. For any
    number of workers P, of rounds T and any q from 1 to P.

    What stands for what. Rank 0 gathers alone (core/steward/tree.c with `flat`): `round`, `missing`, `late` and `came`
    are its variables of these names, and s_gather is take_report with the release that it may end in. A worker
    (core/worker/strata.c with has_quorum) has `done` hand-offs behind it, which is its round; `reported` and `freed`
    count the reports that it has sent and the releases that it has taken (`released` there); rank 0 has taken `heard`
    of its reports. A worker reports after its required pass or after the part of it that a cut leaves: when that is
    does not matter here. A release may be taken at any time, before the visit as well; one that has reported and has
    the release of its round hands its block on. Extra updates while it waits change nothing: s_extra.
    Reports of one worker come in the order in which it sends them, and so do releases to one worker: that is what the
    stages promise (a worker refuses releases in another order), and `heard .. reported - 1` are then the rounds of its
    reports on their way, `freed .. round - 1` those of its releases. Left out: the statistic, row blocks that rotate,
    boundaries. Blocks are those of ProtocolOwnership.v, so S3_ownership and S3_window hold, too. That the C code makes
    these moves is not proved: Promela models and the machines are compared for few workers (tests/spin.test,
    tests/test_explore). Closed under the global context. *)
From Coq Require Import Arith Bool Lia List.
From Fugue Require Import Schedule Counts Runs ProtocolOwnership ProtocolTree ProtocolRing ProtocolStrata.
Import ListNotations.

(** Rank 0 *)
Record gatherer := Gatherer { round : nat; missing : nat; late : nat; came : nat -> bool }.

Record quorum := Quorum {
  where_ : blocks; root : gatherer; reported : nat -> nat; freed : nat -> nat; heard : nat -> nat }.

Section Run.
Variables (P T q : nat).

(** Rank 0 takes worker p's report of round r. *)
Definition gather (g : gatherer) (p r : nat) : gatherer :=
  if r <? round g then Gatherer (round g) (missing g) (late g - 1) (came g)
  else if missing g =? 1 then Gatherer (S (round g)) q (late g + (P - q)) (fun _ => false)
  else Gatherer (round g) (missing g - 1) (late g) (upd (came g) p true).

Definition first_quorum : quorum :=
  Quorum (first_blocks P 1) (Gatherer 0 q 0 (fun _ => false)) (fun _ => 0) (fun _ => 0) (fun _ => 0).

Inductive step : quorum -> quorum -> Prop :=
| s_take d s f1 e f2 r g rep rel got :
    step (Quorum (Blocks d s (f1 ++ e :: f2) r) g rep rel got)
         (Quorum (Blocks d (e :: s) (f1 ++ f2) r) g rep rel got)
| s_report p b g rep rel got : p < P -> rep p = done b p -> rep p < T -> (exists c, In (Entry p (rep p) c) (shelf b)) ->
    step (Quorum b g rep rel got) (Quorum b g (upd rep p (S (rep p))) rel got)
| s_freed p b g rep rel got : p < P -> rel p < round g ->
    step (Quorum b g rep rel got) (Quorum b g rep (upd rel p (S (rel p))) got)
| s_hand p b b' g rep rel got : p < P -> rep p = S (done b p) -> done b p < rel p -> hands_on P T p b b' ->
    step (Quorum b g rep rel got) (Quorum b' g rep rel got)
| s_gather p b g rep rel got : p < P -> got p < rep p ->
    step (Quorum b g rep rel got) (Quorum b (gather g p (got p)) rep rel (upd got p (S (got p)))).

(** n steps from the start, and any number of extra updates of workers who have reported and wait *)
Inductive ran : nat -> quorum -> Prop :=
| ran_none : ran 0 first_quorum
| ran_on n s s' : ran n s -> step s s' -> ran (S n) s'
| ran_extra n s p : ran n s -> p < P -> reported s p = S (done (where_ s) p) -> ran n s.

(** Every worker has made its T rounds, and no report is on its way. *)
Definition over (s : quorum) : Prop := forall p, p < P -> done (where_ s) p = T /\ heard s p = T.

(** Somebody has reported and waits, and may make extra updates, or all is over. *)
Definition waits (s : quorum) : Prop := over s \/ exists p, p < P /\ reported s p = S (done (where_ s) p).

(** A run without end from a state that can be reached. *)
Definition endless (f : nat -> quorum) : Prop := (exists n, ran n (f 0)) /\ goes_on quorum step waits f.

Hypothesis some : 0 < q.
Hypothesis most : q <= P.

(** Workers whose report of round r rank 0 has. *)
Definition reports_of (got : nat -> nat) (r : nat) : nat := total P (fun p => b2n (r <? got p)).

Record kept (s : quorum) : Prop := Kept {
  kq_blocks : moved P 1 T (where_ s);
  kq_turn : forall p, p < P -> done (where_ s) p <= reported s p <= S (done (where_ s) p);
  kq_most : forall p, p < P -> reported s p <= T;
  kq_freed : forall p, p < P -> done (where_ s) p <= freed s p <= round (root s);
  kq_heard : forall p, p < P -> heard s p <= reported s p;
  kq_round : round (root s) <= T;
  kq_came : forall p, p < P -> came (root s) p = (round (root s) <? heard s p);
  kq_missing : missing (root s) + reports_of (heard s) (round (root s)) = q /\ 0 < missing (root s);
  kq_late : late (root s) = total P (fun p => round (root s) - heard s p);
  kq_waited : forall r, r < round (root s) -> q <= reports_of (heard s) r;
  kq_holds : forall p, p < P -> reported s p = S (done (where_ s) p) ->
    exists c, In (Entry p (done (where_ s) p) c) (shelf (where_ s)) }.

Lemma kept_first : kept first_quorum.
Proof.
  assert (E : total P (fun _ => 0) = 0) by (rewrite total_const; lia).
  constructor; simpl; intros; try lia; try reflexivity.
  - apply moved_first.
  - unfold reports_of. simpl. rewrite E. lia.
Qed.

(** What rank 0 has heard is at most one round ahead of it. *)
Lemma heard_ahead s p : kept s -> p < P -> heard s p <= S (round (root s)).
Proof.
  intros K Hp. pose proof (kq_turn s K p Hp). pose proof (kq_freed s K p Hp). pose proof (kq_heard s K p Hp). lia.
Qed.

(** What rank 0 says to a report: it is late, and late ones are waited for; or it is of the round, and has not come. *)
Lemma report_due s p : kept s -> p < P -> heard s p < reported s p ->
  heard s p < round (root s) /\ 0 < late (root s) \/ heard s p = round (root s) /\ came (root s) p = false.
Proof.
  intros K Hp L. pose proof (kq_turn s K p Hp). pose proof (kq_freed s K p Hp).
  destruct (Nat.lt_ge_cases (heard s p) (round (root s))) as [A|A].
  - left. split; [exact A|]. rewrite (kq_late s K).
    apply Nat.lt_le_trans with (total P (fun j => if j =? p then 1 else 0)); [rewrite total_at by exact Hp; lia|].
    apply total_le. intros j Hj. destruct (Nat.eqb_spec j p) as [->|]; lia.
  - right. assert (E : heard s p = round (root s)) by lia. split; [exact E|].
    rewrite (kq_came s K p Hp). apply Nat.ltb_ge. lia.
Qed.

Lemma reports_grow got p r : reports_of got r <= reports_of (upd got p (S (got p))) r.
Proof.
  apply total_le. intros j _. unfold upd. destruct (Nat.eqb_spec j p) as [->|]; [|lia].
  destruct (Nat.ltb_spec r (got p)), (Nat.ltb_spec r (S (got p))); cbn [b2n]; lia.
Qed.

(** A report of another round than r counts nothing there; one of round r counts one. *)
Lemma reports_other got p r : got p <> r -> reports_of (upd got p (S (got p))) r = reports_of got r.
Proof.
  intros N. apply total_ext. intros j _. unfold upd. destruct (Nat.eqb_spec j p) as [->|]; [|reflexivity].
  destruct (Nat.ltb_spec r (got p)), (Nat.ltb_spec r (S (got p))); cbn [b2n]; lia.
Qed.

Lemma reports_one got p r : p < P -> got p = r -> reports_of (upd got p (S (got p))) r = S (reports_of got r).
Proof.
  intros Hp <-. pose proof (total_at P p Hp) as One. unfold reports_of.
  rewrite (total_ext P _ (fun j => b2n (got p <? got j) + (if j =? p then 1 else 0))).
  { rewrite total_plus. lia. }
  intros j _. unfold upd. destruct (Nat.eqb_spec j p) as [->|]; [|lia].
  destruct (Nat.ltb_spec (got p) (got p)), (Nat.ltb_spec (got p) (S (got p))); cbn [b2n]; lia.
Qed.

Lemma kept_gather b g rep rel got p : p < P -> got p < rep p -> kept (Quorum b g rep rel got) ->
  kept (Quorum b (gather g p (got p)) rep rel (upd got p (S (got p)))).
Proof.
  intros Hp L K. pose proof (report_due _ p K Hp L) as Due. pose proof (fun j => heard_ahead _ j K) as Ahead.
  destruct K as [Kb Kt Km Kf Kh Kr Kc (Ks & Ks0) Kl Kw Ko]. simpl in *.
  set (got' := upd got p (S (got p))) in *.
  assert (Heard : forall j, j < P -> got' j <= rep j).
  { intros j Hj. unfold got', upd. destruct (Nat.eqb_spec j p) as [->|]; [lia|now apply Kh]. }
  assert (Waited : forall r, r < round g -> q <= reports_of got' r).
  { intros r Hr. specialize (Kw r Hr). pose proof (reports_grow got p r). unfold got'. lia. }
  destruct Due as [(Lt & Ll)|(E & C)].
  - (* a late one *)
    unfold gather. rewrite (proj2 (Nat.ltb_lt _ _) Lt). constructor;
      cbn [where_ root reported freed heard round missing late came]; try assumption.
    + intros j Hj. rewrite Kc by exact Hj. unfold got', upd. destruct (Nat.eqb_spec j p) as [->|]; [|reflexivity].
      destruct (Nat.ltb_spec (round g) (got p)), (Nat.ltb_spec (round g) (S (got p))); (reflexivity || lia).
    + unfold got'. rewrite reports_other by lia. now split.
    + rewrite Kl. assert (Sum : total P (fun j => round g - got j) = total P (fun j => round g - got' j) + 1).
      { pose proof (total_at P p Hp) as One. rewrite <- One, <- total_plus. apply total_ext. intros j _.
        unfold got', upd. destruct (Nat.eqb_spec j p) as [->|]; lia. }
      lia.
  - (* of the round *)
    unfold gather. rewrite (proj2 (Nat.ltb_ge _ _)) by lia.
    assert (One : reports_of got' (round g) = S (reports_of got (round g))) by now apply reports_one.
    destruct (Nat.eqb_spec (missing g) 1) as [M|M]; constructor;
      cbn [where_ root reported freed heard round missing late came]; try assumption.
    + intros j Hj. specialize (Kf j Hj). lia.
    + specialize (Km p Hp). lia.
    + intros j Hj. symmetry. apply Nat.ltb_ge. specialize (Ahead j Hj). unfold got', upd.
      destruct (Nat.eqb_spec j p) as [->|]; lia.
    + assert (Z : reports_of got' (S (round g)) = 0).
      { rewrite <- (Nat.mul_0_r P), <- (total_const P 0). apply total_ext. intros j Hj. specialize (Ahead j Hj).
        unfold got', upd. destruct (Nat.eqb_spec j p) as [->|];
          match goal with |- b2n (?a <? ?c) = 0 => destruct (Nat.ltb_spec a c) end; cbn [b2n]; lia. }
      rewrite Z. lia.
    + assert (Sum : total P (fun j => S (round g) - got' j) + reports_of got' (round g) =
                    total P (fun j => round g - got j) + P).
      { assert (All : total P (fun _ => 1) = P) by (rewrite total_const; lia). unfold reports_of.
        rewrite <- All at 4. rewrite <- !total_plus. apply total_ext. intros j Hj. specialize (Ahead j Hj).
        unfold got', upd. destruct (Nat.eqb_spec j p) as [->|];
          match goal with |- context [b2n (?a <? ?c)] => destruct (Nat.ltb_spec a c) end; cbn [b2n]; lia. }
      lia.
    + intros r Hr. destruct (Nat.eq_dec r (round g)) as [->|]; [lia|apply Waited; lia].
    + intros j Hj. specialize (Kc j Hj). unfold got', upd. destruct (Nat.eqb_spec j p) as [->|]; [|exact Kc].
      symmetry. apply Nat.ltb_lt. lia.
    + lia.
    + rewrite Kl. apply total_ext. intros j _. unfold got', upd. destruct (Nat.eqb_spec j p) as [->|]; lia.
Qed.

Lemma kept_step s s' : step s s' -> kept s -> kept s'.
Proof.
  intros St K. destruct St as [d sh f1 e f2 r g rep rel got|p b g rep rel got Hp Eq Lt (c & Ic)|p b g rep rel got Hp Lt|
    p b b' g rep rel got Hp Eq Fr Hand|p b g rep rel got Hp Lt]; [| | | |now apply kept_gather];
    destruct K as [Kb Kt Km Kf Kh Kr Kc Ks Kl Kw Ko]; simpl in *; constructor; simpl; try assumption.
  - eapply moved_on; [exact Kb|]. apply move_take.
  - intros p Hp H. destruct (Ko p Hp H) as (c & I). exists c. now right.
  - intros j Hj. unfold upd. destruct (Nat.eqb_spec j p) as [->|]; [lia|now apply Kt].
  - intros j Hj. unfold upd. destruct (Nat.eqb_spec j p) as [->|]; [lia|now apply Km].
  - intros j Hj. unfold upd. specialize (Kh j Hj). destruct (Nat.eqb_spec j p) as [->|]; lia.
  - intros j Hj H. destruct (Nat.eq_dec j p) as [->|N].
    + exists c. now rewrite <- Eq.
    + rewrite upd_other in H by exact N. now apply Ko.
  - intros j Hj. unfold upd. specialize (Kf j Hj). destruct (Nat.eqb_spec j p) as [->|]; lia.
  - eapply moved_on; [exact Kb|]. now apply (hands_on_moves P T p).
  - intros j Hj. rewrite (hands_on_done P T p b b' Hand). unfold upd. specialize (Kt j Hj).
    destruct (Nat.eqb_spec j p) as [->|]; lia.
  - intros j Hj. rewrite (hands_on_done P T p b b' Hand). unfold upd. specialize (Kf j Hj).
    destruct (Nat.eqb_spec j p) as [->|]; lia.
  - intros j Hj. rewrite (hands_on_done P T p b b' Hand). unfold upd.
    destruct (Nat.eqb_spec j p) as [->|N]; intros H; [lia|].
    destruct (Ko j Hj H) as (c & I). exists c. now apply (hands_on_shelf P T p b b').
Qed.

Lemma kept_ran n s : ran n s -> kept s.
Proof. intros R. induction R as [|n s s' _ IH St|]; [apply kept_first|now apply (kept_step s)|assumption]. Qed.

(** Unless all is over, somebody can make a move that is no extra update: the worker that is least far, or rank 0. *)
Lemma progress s : kept s -> over s \/ exists s', step s s'.
Proof.
  intros K. destruct (search P (fun p => heard s p <? reported s p)) as [(p & Hp & L)|All].
  { apply Nat.ltb_lt in L. right. destruct s as [b g rep rel got]. eexists. now apply (s_gather p). }
  assert (Heard : forall p, p < P -> heard s p = reported s p).
  { intros p Hp. specialize (All p Hp). apply Nat.ltb_ge in All. pose proof (kq_heard s K p Hp). lia. }
  clear All. destruct (least P (done (where_ s))) as (p & Hp & Least); [lia|].
  pose proof (kq_turn s K p Hp) as Turn. pose proof (kq_most s K p Hp) as Most. pose proof (kq_freed s K p Hp) as Freed.
  destruct (Nat.le_gt_cases T (done (where_ s) p)) as [End|Lt].
  { left. intros j Hj. specialize (Least j Hj). pose proof (kq_turn s K j Hj). pose proof (kq_most s K j Hj).
    pose proof (Heard j Hj). lia. }
  right. destruct (Nat.eq_dec (reported s p) (done (where_ s) p)) as [Not|N].
  - (* its block is here or on its way *)
    pose proof (source_below P p Hp) as Hs. pose proof (Least _ Hs) as Ls.
    pose proof (moved_kept P 1 T ltac:(lia) Nat.lt_0_1 _ (kq_blocks s K)) as M.
    assert (I : In (Entry p (done (where_ s) p) (ring_col P 1 p (done (where_ s) p)))
                   (shelf (where_ s) ++ fly (where_ s))).
    { apply (kept_here _ _ _ _ M); [exact Hp|exact Lt|lia]. }
    destruct s as [[d sh f r] g rep rel got]. simpl in *. apply in_app_iff in I as [I|I].
    + eexists. apply (s_report p); [exact Hp|exact Not|lia|]. simpl. rewrite Not. eexists. exact I.
    + apply in_split in I as (l1 & l2 & ->). eexists. apply s_take.
  - assert (Rep : reported s p = S (done (where_ s) p)) by lia.
    destruct (kq_holds s K p Hp Rep) as (c & I).
    destruct (Nat.lt_ge_cases (done (where_ s) p) (freed s p)) as [Free|Wait].
    + destruct (hands_on_can P T p (where_ s) c Hp Lt I) as (b' & H). destruct s as [b g rep rel got]. simpl in *.
      exists (Quorum b' g rep rel got). now apply (s_hand p).
    + destruct (Nat.lt_ge_cases (freed s p) (round (root s))) as [Due|Level].
      * destruct s as [b g rep rel got]. simpl in *. eexists. now apply (s_freed p).
      * (* rank 0 is in this round too, so all are: somebody has not reported *)
        assert (Same : forall j, j < P -> done (where_ s) j = round (root s)).
        { intros j Hj. specialize (Least j Hj). pose proof (kq_freed s K j Hj). lia. }
        destruct (search P (fun j => reported s j =? done (where_ s) j)) as [(j & Hj & E)|None].
        -- apply Nat.eqb_eq in E. pose proof (source_below P j Hj) as Hs. pose proof (Same _ Hs) as Ss.
           pose proof (Same j Hj) as Sj. pose proof (Same p Hp) as Sp.
           pose proof (moved_kept P 1 T ltac:(lia) Nat.lt_0_1 _ (kq_blocks s K)) as M.
           assert (J : In (Entry j (done (where_ s) j) (ring_col P 1 j (done (where_ s) j)))
                          (shelf (where_ s) ++ fly (where_ s))).
           { apply (kept_here _ _ _ _ M); [exact Hj|lia|lia]. }
           destruct s as [[d sh f r] g rep rel got]. simpl in *. apply in_app_iff in J as [J|J].
           ++ eexists. apply (s_report j); [exact Hj|exact E|lia|]. simpl. rewrite E. eexists. exact J.
           ++ apply in_split in J as (l1 & l2 & ->). eexists. apply s_take.
        -- exfalso. destruct (kq_missing s K) as (Sum & Pos).
           assert (Full : reports_of (heard s) (round (root s)) = P); [|lia].
           transitivity (total P (fun _ => 1)); [|rewrite total_const; lia]. apply total_ext. intros j Hj.
           specialize (None j Hj). apply Nat.eqb_neq in None. pose proof (kq_turn s K j Hj). pose proof (Same j Hj).
           pose proof (Heard j Hj). destruct (Nat.ltb_spec (round (root s)) (heard s j)); cbn [b2n]; lia.
Qed.

Definition left_ (s : quorum) : nat :=
  moves_left P T (where_ s) + total P (fun p => T - reported s p) + total P (fun p => T - freed s p) +
  total P (fun p => T - heard s p).

Lemma one_less (f : nat -> nat) p : p < P -> f p < T ->
  total P (fun j => T - upd f p (S (f p)) j) < total P (fun j => T - f j).
Proof. apply (total_upd 1 P T); lia. Qed.

Lemma step_left s s' : kept s -> step s s' -> left_ s' < left_ s.
Proof.
  intros K St. destruct St as [d sh f1 e f2 r g rep rel got|p b g rep rel got Hp Eq Lt _|p b g rep rel got Hp Lt|
    p b b' g rep rel got Hp Eq Fr Hand|p b g rep rel got Hp Lt]; unfold left_; simpl.
  - pose proof (move_left P 1 T _ _ (move_take P 1 T d sh f1 e f2 r)). lia.
  - pose proof (one_less rep p Hp Lt). lia.
  - pose proof (kq_round _ K) as R. simpl in R. pose proof (one_less rel p Hp ltac:(lia)). lia.
  - pose proof (move_left P 1 T _ _ (hands_on_moves P T p b b' Hand)). lia.
  - pose proof (kq_most _ K p Hp) as M. simpl in M. pose proof (one_less got p Hp ltac:(lia)). lia.
Qed.

Lemma ran_left n s : ran n s -> n + left_ s <= 5 * (P * T).
Proof.
  intros R. induction R as [|n s s' R IH St|n s p R IH Hp E]; [| |exact IH];
    [|pose proof (step_left s s' (kept_ran n s R) St); lia].
  unfold left_, moves_left. simpl. rewrite (total_const P (T - 0)), Nat.sub_0_r. lia.
Qed.
End Run.

(** * A run, for instances: two workers and one round, of which one report is enough *)

(** After i moves: worker 0 reports, rank 0 releases; worker 1 is cut, reports late, and rank 0 takes that, too; worker
    0 takes its release, and both let their blocks go. *)
Definition half (i : nat) : quorum :=
  let r0 := fun _ => 0 in let a := upd r0 0 1 in let b := upd r0 1 1 in let both := upd a 1 1 in let all := upd b 0 1 in
  let b0 := first_blocks 2 1 in let g0 := Gatherer 0 1 0 (fun _ => false) in
  let g1 := gather 2 1 g0 0 0 in let g2 := gather 2 1 g1 1 0 in
  let b1 := let_go 2 1 1 r0 [Entry 1 0 1] [] [] 0 0 in
  match i with
  | 0 => first_quorum 2 1
  | 1 => Quorum b0 g0 a r0 r0
  | 2 => Quorum b0 g1 a r0 a
  | 3 => Quorum b0 g1 a b a
  | 4 => Quorum b0 g1 both b a
  | 5 => Quorum b0 g2 both b both
  | 6 => Quorum b0 g2 both all both
  | 7 => Quorum b1 g2 both all both
  | _ => Quorum (let_go 2 1 1 a [] [] [Entry 0 0 0] 1 1) g2 both all both
  end.

Lemma half_moves i : i < 8 -> step 2 1 1 (half i) (half (S i)).
Proof.
  destruct i as [|[|[|[|[|[|[|[|i]]]]]]]]; [intros _..|lia].
  - apply (s_report 2 1 1 0); [lia|reflexivity|simpl; lia|exists 0; now left].
  - apply (s_gather 2 1 1 0); [lia|vm_compute; lia].
  - apply (s_freed 2 1 1 1); [lia|vm_compute; lia].
  - apply (s_report 2 1 1 1); [lia|reflexivity|vm_compute; lia|exists 1; right; now left].
  - apply (s_gather 2 1 1 1); [lia|vm_compute; lia].
  - apply (s_freed 2 1 1 0); [lia|vm_compute; lia].
  - apply (s_hand 2 1 1 0); [lia|reflexivity|vm_compute; lia|].
    apply (hands 2 1 0 (fun _ => 0) [] 0 [Entry 1 0 1] []); lia.
  - apply (s_hand 2 1 1 1); [lia|reflexivity|vm_compute; lia|].
    apply (hands 2 1 1 (upd (fun _ => 0) 0 1) [] 1 [] [] [Entry 0 0 0]); [lia|vm_compute; lia].
Qed.

Lemma half_ran i : i <= 8 -> ran 2 1 1 i (half i).
Proof.
  induction i as [|i IH]; intros L; [apply ran_none|]. apply (ran_on 2 1 1 i (half i)); [apply IH; lia|].
  apply half_moves. lia.
Qed.

Lemma half_over : over 2 1 (half 8).
Proof. intros [|[|p]] Hp; [split; reflexivity|split; reflexivity|lia]. Qed.

(** * What is proved *)

(** S5, quorum, no deadlock. Any number of workers P, of rounds T and any q with 0 < q <= P, any timing of blocks;
    reports of one worker, and releases to one, keep their order: in every state that can be reached either all workers
    have made their T rounds and rank 0 has all reports, or somebody has a move that is no extra update. The
    statistic, rotating rows and boundaries are left out. Source: ours. *)
Theorem S5_quorum_no_deadlock P T q n s : 0 < q -> q <= P -> ran P T q n s ->
  over P T s \/ exists s', step P T q s s'.
Proof. intros Q L R. apply progress; [exact Q|exact L|]. now apply (kept_ran P T q Q L n). Qed.
Example S5_quorum_no_deadlock_instance : over 2 1 (half 4) \/ exists s, step 2 1 1 (half 4) s.
Proof. apply (S5_quorum_no_deadlock 2 1 1 4); [lia|lia|apply half_ran; lia]. Qed.

(** S5, quorum, the end. No run has more than 5 P T moves besides extra updates. *)
Theorem S5_quorum_terminates P T q n s : 0 < q -> q <= P -> ran P T q n s -> n <= 5 * (P * T).
Proof. intros Q L R. pose proof (ran_left P T q Q L n s R). lia. Qed.
Example S5_quorum_terminates_instance : 8 <= 5 * (2 * 1).
Proof. apply (S5_quorum_terminates 2 1 1 8 (half 8)); [lia|lia|apply half_ran; lia]. Qed.

(** S5, quorum, liveness. A run of any length, with any number of extra updates, in which, as long as there is a move,
    one is made some time (who waits looks for letters, letters come, workers live), comes to its end. *)
Theorem S5_quorum_live P T q f : 0 < q -> q <= P -> endless P T q f -> polled quorum (step P T q) f ->
  exists i, over P T (f i).
Proof.
  intros Q L ((n & R) & G) Po.
  apply (polled_ends _ (step P T q) (waits P T) (kept P T q) (over P T) (left_ P T));
    [| | |exact G|exact Po|now apply (kept_ran P T q Q L n)].
  - intros s s' St K. now apply (kept_step P T q Q L s).
  - intros s K. now apply progress.
  - intros s s' K St. now apply (step_left P T q Q L).
Qed.
Example S5_quorum_live_instance : exists i, over 2 1 (half i).
Proof.
  assert (Q : 0 < 1) by lia. assert (L2 : 1 <= 2) by lia. apply (S5_quorum_live 2 1 1 half Q L2).
  - split; [exists 0; apply ran_none|]. intros i. destruct (Nat.lt_ge_cases i 8) as [L|L].
    + left. now apply half_moves.
    + right. replace i with (8 + (i - 8)) by lia. split; [reflexivity|]. left. exact half_over.
  - intros i (s & St). exists i. split; [lia|]. destruct (Nat.lt_ge_cases i 8) as [L|L]; [now apply half_moves|exfalso].
    replace i with (8 + (i - 8)) in St by lia. change (half (8 + (i - 8))) with (half 8) in St.
    pose proof (step_left 2 1 1 Q L2 _ s (kept_ran 2 1 1 Q L2 8 _ (half_ran 8 (le_n 8))) St) as D. vm_compute in D. lia.
Qed.

(** S5, quorum, what a release says. Who has taken the release of round r knows that at least q workers have reported
    round r: no fewer are enough. *)
Theorem S5_quorum_waits P T q n s p r : 0 < q -> q <= P -> ran P T q n s -> p < P -> r < freed s p ->
  q <= total P (fun j => b2n (r <? reported s j)).
Proof.
  intros Q L R Hp Hr. pose proof (kept_ran P T q Q L n s R) as K. pose proof (kq_freed _ _ _ s K p Hp).
  pose proof (kq_waited _ _ _ s K r ltac:(lia)) as W. unfold reports_of in W. eapply Nat.le_trans; [exact W|].
  apply total_le. intros j Hj. pose proof (kq_heard _ _ _ s K j Hj).
  destruct (Nat.ltb_spec r (heard s j)), (Nat.ltb_spec r (reported s j)); cbn [b2n]; lia.
Qed.
Example S5_quorum_waits_instance : 1 <= total 2 (fun j => b2n (0 <? reported (half 3) j)).
Proof. apply (S5_quorum_waits 2 1 1 3 (half 3) 1 0); [lia|lia|apply half_ran; lia|lia|vm_compute; lia]. Qed.

(** S5, quorum, nothing is refused. The next report of a worker on its way to rank 0 is of a round released before,
    and then it is waited for (late > 0), or of the round that rank 0 gathers, and that worker's has not come. `late`
    counts just the reports of released rounds that rank 0 does not have. Who has a release on its way has not stopped.
    A block's parcel is for the round that its receiver is in or one of the P - 1 next ones, of which it has none. *)
Theorem S5_quorum_no_refusal P T q n s p : 0 < q -> q <= P -> ran P T q n s -> p < P ->
  (heard s p < reported s p -> heard s p < round (root s) /\ 0 < late (root s) \/
     heard s p = round (root s) /\ came (root s) p = false) /\
  late (root s) = total P (fun j => round (root s) - heard s j) /\
  (freed s p < round (root s) -> done (where_ s) p < T) /\
  (forall e, In e (fly (where_ s)) -> who e = p -> done (where_ s) p <= visit e < done (where_ s) p + P /\
     forall e', In e' (shelf (where_ s)) -> who e' = p -> visit e' <> visit e).
Proof.
  intros Q L R Hp. pose proof (kept_ran P T q Q L n s R) as K.
  split; [now apply (report_due P T q)|]. split; [exact (kq_late _ _ _ s K)|]. split.
  - intros F. pose proof (kq_freed _ _ _ s K p Hp). pose proof (kq_round _ _ _ s K). lia.
  - intros e I <-.
    destruct (S3_window P 1 T (where_ s) e) as (W & _ & A); [lia|lia|exact (kq_blocks _ _ _ s K)|exact I|].
    split; [lia|exact A].
Qed.
Example S5_quorum_no_refusal_instance : heard (half 4) 1 < round (root (half 4)) /\ late (root (half 4)) = 1.
Proof.
  destruct (S5_quorum_no_refusal 2 1 1 4 (half 4) 1) as (_ & E & _); [lia|lia|apply half_ran; lia|lia|].
  split; [vm_compute; lia|exact E].
Qed.

(** S3, quorum, the end. When all is over, nothing is on its way and no report is missing: no block, no report, no
    release; and worker p has the block of its last visit. *)
Theorem S3_quorum_end P T q n s : 0 < q -> q <= P -> ran P T q n s -> over P T s ->
  fly (where_ s) = [] /\ late (root s) = 0 /\ round (root s) = T /\
  (forall p, p < P -> reported s p = T /\ freed s p = T) /\
  forall p, p < P -> 0 < T -> In (Entry p (T - 1) (ring P 1 (T - 1) p)) (rest (where_ s)).
Proof.
  intros Q L R O. pose proof (kept_ran P T q Q L n s R) as K. pose proof (kq_round _ _ _ s K) as Rd.
  assert (Each : forall p, p < P -> reported s p = T /\ freed s p = T /\ round (root s) = T).
  { intros p Hp. destruct (O p Hp) as (D & _). pose proof (kq_turn _ _ _ s K p Hp). pose proof (kq_most _ _ _ s K p Hp).
    pose proof (kq_freed _ _ _ s K p Hp). lia. }
  destruct (S3_end P 1 T (where_ s)) as (F & Re);
    [lia|lia|exact (kq_blocks _ _ _ s K)|intros p Hp; now apply O|].
  split; [exact F|]. split; [|split; [now apply (Each 0); lia|split]].
  - rewrite (kq_late _ _ _ s K), <- (Nat.mul_0_r P), <- (total_const P 0). apply total_ext. intros p Hp.
    destruct (O p Hp) as (_ & E). lia.
  - intros p Hp. destruct (Each p Hp) as (A & B & _). now split.
  - intros p Hp HT. apply Re; lia.
Qed.
Example S3_quorum_end_instance : fly (where_ (half 8)) = [] /\ In (Entry 1 0 1) (rest (where_ (half 8))).
Proof.
  destruct (S3_quorum_end 2 1 1 8 (half 8)) as (F & _ & _ & _ & Re); [lia|lia|apply half_ran; lia|exact half_over|].
  split; [exact F|]. apply (Re 1); lia.
Qed.

(** S5, negative control: a quorum of more workers than there are. One worker of one, two reports waited for: after its
    report nobody can move, and nothing is over. *)
Theorem S5_quorum_of_more : exists s, ran 1 1 2 2 s /\ ~ over 1 1 s /\ forall s', ~ step 1 1 2 s s'.
Proof.
  eexists. split; [eapply ran_on; [eapply ran_on; [apply ran_none|]|]|].
  - apply (s_report 1 1 2 0); [lia|reflexivity|simpl; lia|exists 0; now left].
  - apply (s_gather 1 1 2 0); [lia|vm_compute; lia].
  - split; [intro O; destruct (O 0 ltac:(lia)) as (D & _); discriminate D|].
    intros s' St. inversion St as [d sh f1 e f2 r g rep rel got E|p b g rep rel got Hp E Lt _|p b g rep rel got Hp Lt|
      p b b' g rep rel got Hp E Fr _|p b g rep rel got Hp Lt]; subst.
    + destruct f1; discriminate.
    + replace p with 0 in E by lia. discriminate.
    + replace p with 0 in Lt by lia. vm_compute in Lt. lia.
    + replace p with 0 in Fr by lia. vm_compute in Fr. lia.
    + replace p with 0 in Lt by lia. vm_compute in Lt. lia.
Qed.
