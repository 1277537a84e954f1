# The facts of an experiment (spec.awk prints them), for other scripts: awk -v facts=FILE -f facts.awk -f SCRIPT.
#   n_facts[kind]  label[kind, i]  fact[kind, label]         in the order of the specification
#   of tasks: n_of[kind, task]  value[kind, task, i]         kind: step, option (value: the option's name)
#   option[task, name]
BEGIN {
  FS = "\t"
  while ((status = (getline <facts)) > 0) {
    label[$1, ++n_facts[$1]] = $2
    fact[$1, $2] = $3
    value[$1, $2, ++n_of[$1, $2]] = $3
    if ($1 == "option") option[$2, $3] = $4
  }
  if (status < 0) { print facts " cannot be read" >"/dev/stderr"; exit 3 }
  close(facts)
  baseline = fact["baseline", "-"]
}
# "mf, 8 workers, 10Mbps" of the dimensions that are named
function place_name(task, workers, network,   text) {
  text = task == "-" ? "" : task
  if (workers != "-") text = text (text == "" ? "" : ", ") workers " workers"
  if (network != "-") text = text (text == "" ? "" : ", ") network
  return text
}
