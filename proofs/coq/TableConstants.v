(** What of Constants.v is compared with the functions of proofs/bounds.h: rows of rational arguments and, last, the
    bound. Each argument is a number that a double holds exactly (`tenth` is the double nearest to 0.1), so that the
    C code is asked for just this. proofs/coq/tables has Coq evaluate and print them; nothing else stands between the
    mirrors, which Constants.v proves equal to the bounds of the theorems, and proofs/table/constants.txt. *)
From Coq Require Import QArith List.
From Fugue Require Import Constants.
Import ListNotations.
Open Scope Q_scope.

Definition tenth : Q := 3602879701896397 # 36028797018963968.
Definition third : Q := 6004799503160661 # 18014398509481984.
Definition tiny : Q := 1 # 1048576.

(** A row: numerator and denominator of each. *)
Definition row (l : list Q) : list Z := flat_map (fun q => let r := Qred q in [Qnum r; Zpos (Qden r)]) l.
Definition each {A} (l : list A) (f : A -> list (list Z)) := flat_map f l.

(** Steps and curvatures with 0 < eta h < 2, far from both ends and near them. *)
Definition paces : list (Q * Q) :=
  [(tenth, 1); (third, 5 # 4); (tiny, 3 # 2); (1 # 2, 1); (1, 1); (127 # 64, 1); (tenth, 19)].
Definition noises : list Q := [0; 1; tenth; 1024].
Definition starts : list Q := [third; 100].

(** eta, h, noise: fg_bound_stationary. *)
Definition stationary_rows := each paces (fun '(eta, h) => each noises (fun noise =>
  [row [eta; h; noise; bound_stationary_Q eta h noise]])).
(** start, eta, h, noise: fg_bound_extras. *)
Definition extras_rows := each paces (fun '(eta, h) => each noises (fun noise => each starts (fun start =>
  [row [start; eta; h; noise; bound_extras_Q start eta h noise]]))).
(** eta, n, omega0, omega1, var: fg_bound_block_variance. *)
Definition block_variance_rows := each paces (fun '(eta, h) => each [0; 1; 1000]%nat (fun n => each [0;
  tenth] (fun noise =>
  each starts (fun start => [row [eta; count_Q n; h; noise; start; bound_block_variance_Q eta n h noise start]])))).
(** eta, n, h, q, var, noise: fg_bound_block_remainder. *)
Definition block_remainder_rows := each paces (fun '(eta, h) => each [0; 1; 1000]%nat (fun n => each [0;
  tenth] (fun noise =>
  each starts (fun start => [row [eta; count_Q n; h; 2 * h; start; noise;
    bound_block_remainder_Q eta n h (2 * h) start noise]])))).
(** eta, points, decay: fg_bound_wait_mass. *)
Definition wait_mass_rows := each [1; tenth; tiny] (fun eta => each [1; 17; 4096]%nat (fun n => each [tenth; 1 # 2;
  127 # 128; tiny]
  (fun decay => [row [eta; count_Q n; decay; bound_wait_mass_Q eta n decay]]))).
(** eta, h, n, from, optimum: fg_bound_drift. *)
Definition drift_rows := each paces (fun '(eta, h) => each [0; 1; 6]%nat (fun n => each [(1, 0); (third, -5 # 4)]
  (fun '(from, optimum) => [row [eta; h; count_Q n; from; optimum; bound_drift_Q eta h n from optimum]]))).
(** eta, h, n, m1, m2: fg_bound_order_bias. *)
Definition order_bias_rows := each paces (fun '(eta, h) => each [1; 2; 6]%nat (fun n => each [(1, -1); (third, 1 # 4)]
  (fun '(m1, m2) => [row [eta; h; count_Q n; m1; m2; bound_order_bias_Q eta h n m1 m2]]))).
