(** What of Schedule.v and Tree.v is compared with the C code: rows of numbers, arguments first. proofs/coq/tables
    has Coq evaluate and print them; nothing else stands between the definitions of the theorems and
    proofs/table/schedule.txt. *)
From Coq Require Import Arith List.
From Fugue Require Import Schedule Tree.
Import ListNotations.

Definition workers : list nat := seq 1 64.

(** P, s, then the column blocks of workers 0 .. P - 1: fg_schedule_col. *)
Definition col_rows := flat_map (fun P => map (fun s => P :: s :: map (col P s) (seq 0 P)) (seq 0 P)) workers.

(** P, then whom workers 0 .. P - 1 send to: fg_schedule_next. *)
Definition next_rows := map (fun P => P :: map (next P) (seq 0 P)) workers.

(** P, B, k, then the column blocks of workers 0 .. P - 1 in visit k: fg_schedule_ring. Visits about the first hand-
    off, and about the end of the first epoch. *)
Definition ring_rows := flat_map (fun P => flat_map (fun B =>
  map (fun k => P :: B :: k :: map (ring P B k) (seq 0 P)) (seq 0 (2 * B) ++ seq (B * P + B) (2 * B)))
  [1; 2; 3; 5]) [1; 2; 3; 4; 5; 7; 8; 16; 31; 64].

(** Arity, P, rank, its parent (0 for rank 0, whose parent nobody asks for), its children: fg_tree_parent,
    fg_tree_children. *)
Definition tree_rows := flat_map (fun arity => flat_map (fun P =>
  map (fun rank => arity :: P :: rank :: parent arity rank :: children arity P rank) (seq 0 P))
  [1; 2; 3; 4; 5; 6; 7; 8; 9; 15; 16; 17; 31; 64]) [1; 2; 3; 4; 8].
