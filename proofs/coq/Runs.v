(** Runs that may go on for ever (S5): machines make moves, and those who wait make extra updates, which change nothing
    that a protocol's state knows. If all moves together are few, and whoever waits looks for letters now and then, a
    run comes to its end. ProtocolStrata.v and ProtocolQuorum.v say of which runs this is true. *)
From Coq Require Import Arith Lia.

Section Runs.
Variables (state : Type) (step : state -> state -> Prop) (waits : state -> Prop).

(** State number i of the run is f i; between two of them is a move, or extra updates. *)
Definition goes_on (f : nat -> state) : Prop := forall i, step (f i) (f (S i)) \/ (f (S i) = f i /\ waits (f i)).

(** As long as there is a move, extra updates are not all that is made from some time on: those who wait look for
    letters between them, letters come, and machines that have work do it. *)
Definition polled (f : nat -> state) : Prop :=
  forall i, (exists s, step (f i) s) -> exists j, i <= j /\ step (f j) (f (S j)).

Variables (kept over : state -> Prop) (left_ : state -> nat).
Hypothesis kept_step : forall s s', step s s' -> kept s -> kept s'.
Hypothesis progress : forall s, kept s -> over s \/ exists s', step s s'.
Hypothesis step_left : forall s s', kept s -> step s s' -> left_ s' < left_ s.

Lemma goes_down f i j : goes_on f -> kept (f i) -> i <= j -> kept (f j) /\ left_ (f j) <= left_ (f i).
Proof.
  intros G K L. induction L as [|j L (Kj & Lj)]; [now split|]. destruct (G j) as [St|(-> & _)]; [|now split].
  split; [now apply (kept_step (f j))|]. pose proof (step_left _ _ Kj St). lia.
Qed.

Lemma polled_ends f : goes_on f -> polled f -> kept (f 0) -> exists i, over (f i).
Proof.
  intros G Po K.
  enough (H : forall n i, kept (f i) -> left_ (f i) <= n -> exists k, over (f k)) by exact (H _ 0 K (le_n _)).
  induction n as [|n IH]; intros i Ki Li; (destruct (progress _ Ki) as [O|M]; [now exists i|]);
    destruct (Po i M) as (j & L & St); destruct (goes_down f i j G Ki L) as (Kj & Lj);
    pose proof (step_left _ _ Kj St); [lia|].
  apply (IH (S j)); [now apply (kept_step (f j))|lia].
Qed.
End Runs.
