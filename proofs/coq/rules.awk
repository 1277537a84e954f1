# What may stand in proofs/coq, by sentence (sentences.awk); claims: the ids of the register, separated by blanks. Prints
#   theorem FILE LINE NAME ID     each Theorem
#   example FILE LINE NAME        each Example
#   refused FILE:LINE: WHY        and goes on
# Outside proofs only the commands of the list are known, so that what can assume something is refused by not being there;
# inside, no command at all.
BEGIN {
  FS = "\t"
  split(claims, list, " ")
  for (i in list) known[list[i]] = 1
  # what a proof may follow, which begins with "Proof"
  n = split("Lemma Fact Theorem Example Definition Fixpoint Instance Let", list, " ")
  for (i = 1; i <= n; i++) stated[list[i]] = 1
  n = split("From Require Import Export Open Close Section End Inductive Record Variant Notation Infix Reserved Arguments Ltac " \
    "Scheme Functional Coercion Canonical Hint Create Implicit Delimit Bind Opaque Transparent Class Existing", list, " ")
  for (i = 1; i <= n; i++) plain[list[i]] = 1
  n = split("Variable Variables Hypothesis Hypotheses Context", list, " ")
  for (i = 1; i <= n; i++) sectional[list[i]] = 1
  n = split("Admitted admit give_up Axiom Axioms Parameter Parameters Conjecture Conjectures Unset Declare Module Redirect " \
    "bypass_check Extraction Obligations Program Abort Load Fail", list, " ")
  for (i = 1; i <= n; i++) forbidden[list[i]] = 1
}
function refuse(why) { printf "refused\t%s:%d: %s\n", $1, $2, why }
function close_file() { if (open_proof) printf "refused\t%s: a proof is not ended\n", file; open_proof = section = 0 }
$1 != file { close_file(); file = $1 }
{
  text = $4
  # strings say nothing
  gsub(/"[^"]*"/, "\"\"", text)
  n = split(text, word, /[^A-Za-z0-9_'\'']+/)
  for (i = 1; i <= n; i++) if (word[i] in forbidden) refuse("'" word[i] "' is forbidden")
  head = word[1] == "" ? word[2] : word[1]
  if (head == "Local") head = word[word[1] == "" ? 3 : 2]
  if (text ~ /^#\[/) { refuse("attributes are not used here"); next }
  if (open_proof) {
    if (head == "Qed" || head == "Defined") open_proof = 0
    else if (head ~ /^[A-Z]/ && head != "Proof" && head != "Unshelve") refuse("'" head "' inside a proof, or one that does not end in Qed")
    next
  }
  if (head == "Proof" && NR == provable) open_proof = 1
  else if (head == "Section") section++
  else if (head == "End") section--
  else if (head in sectional) { if (section < 1) refuse("'" head "' outside a section is an axiom") }
  else if (head in stated) {
    name = text
    sub("^(Local )?" head " ", "", name)
    match(name, /^[A-Za-z0-9_'\'']+/)
    name = substr(name, 1, RLENGTH)
    provable = NR + 1
    if (head == "Example") printf "example\t%s\t%d\t%s\n", $1, $2, name
    if (head == "Theorem") {
      id = name
      sub(/_.*/, "", id)
      printf "theorem\t%s\t%d\t%s\t%s\n", $1, $2, name, id
      if (!(id in known)) refuse("Theorem " name ": its name begins with no claim's id (what is a step is a Lemma)")
      else if ($3 != id) refuse("Theorem " name ": no comment '(** " id ", ...' directly before it")
    }
  } else if (!(head in plain)) refuse("'" head "' is not among the commands of proofs (proofs/coq/rules.awk)")
}
END { close_file() }
