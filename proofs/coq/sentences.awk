# The sentences of a file for Coq, one a line: line number, the first word of the documentation comment directly before it
# (without its comma; - if there is no comment), text. Comments are dropped (they nest, and hold strings), bullets and braces too.
function emit() {
  sub(/^[-+*{} \t]+/, "", text)
  gsub(/[ \t]+/, " ", text)
  if (text != "") printf "%s\t%d\t%s\t%s\n", FILENAME, begun, doc == "" ? "-" : doc, text
  text = ""; doc = ""; begun = 0
}
{
  n = length($0)
  for (i = 1; i <= n; i++) {
    c = substr($0, i, 1); two = substr($0, i, 2)
    if (quoted) {
      if (!depth) text = text c
      else comment = comment c
      if (c == "\"") quoted = 0   # "" inside a string closes and opens it again
    } else if (two == "(*") {
      if (!depth++) { comment = ""; plain = substr($0, i + 2, 1) != "*" }
      i++
    } else if (depth && two == "*)") {
      i++
      if (!--depth && text ~ /^[ \t]*$/) {
        doc = ""
        sub(/^[* \t\n]+/, "", comment)
        if (!plain && match(comment, /^[A-Za-z0-9]+[ ,\n]/)) doc = substr(comment, 1, RLENGTH - 1)
      }
    } else {
      if (c == "\"") quoted = 1
      if (depth) comment = comment c
      else {
        if (!begun && c !~ /[ \t]/) begun = FNR
        text = text c
        if (c == "." && (i == n || substr($0, i + 1, 1) ~ /[ \t]/) && text !~ /^\.$/) { emit(); continue }
        if (text ~ /^[-+*{} \t]+$/) { text = ""; begun = 0 }
      }
    }
  }
  if (depth) comment = comment "\n"
  else if (text != "") text = text " "
}
END { emit() }
