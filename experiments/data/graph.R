# A network in graph-tool's binary format -> edges.txt, vocab.txt, labels.txt (experiments/data/README.md).
#   Rscript graph.R FILE.gt[.gz] FOLDER all|component [PROPERTY VALUE=NAME...]
# all: every node, links in the file's order with the file's order of ends; component: the largest connected one, its nodes
# renumbered in their order, every link once, undirected. PROPERTY: a number of nodes that becomes their label; VALUE=NAME
# says how it is written. Nodes are named by their property "label", if there is one.
# The format: https://graph-tool.skewed.de/static/doc/gt_format.html
args <- commandArgs(TRUE)
stopifnot(length(args) >= 3, args[3] %in% c("all", "component"))

connection <- gzfile(args[1], "rb") # reads what is not compressed, too
bytes <- raw()
while (length(chunk <- readBin(connection, "raw", 2^22)) > 0)
  bytes <- c(bytes, chunk)
close(connection)
refuse <- function(...) {
  message(args[1], ": ", ...)
  quit(status = 1)
}

at <- 0 # bytes read so far
endian <- "little"
take <- function(n) {
  if (at + n > length(bytes))
    refuse("ends in the middle")
  piece <- bytes[at + seq_len(n)]
  at <<- at + n
  piece
}
whole <- function(size, n = 1) readBin(take(size * n), "integer", n, size, size == 4, endian)
long <- function(n = 1) { # 64-bit; counts and labels are small, and R's integers are not of that size
  half <- matrix(readBin(take(8 * n), "integer", 2 * n, 4, endian = endian), 2)
  if (endian == "big")
    half <- half[2:1, , drop = FALSE]
  if (any(half[2, ] != ifelse(half[1, ] < 0, -1, 0), na.rm = TRUE) || anyNA(half))
    refuse("a number is too large")
  half[1, ]
}
count <- function() {
  n <- long()
  if (n < 0)
    refuse("a length is negative or too large")
  n
}
text <- function() rawToChar(take(count()))

if (length(bytes) < 8 || !identical(bytes[1:6], as.raw(c(0xe2, 0x9b, 0xbe, 0x20, 0x67, 0x74))))
  refuse("not a file of graph-tool")
invisible(take(6))
if (whole(1) != 1)
  refuse("not version 1 of the format")
endian <- if (whole(1) == 0) "little" else "big"
invisible(text())
directed <- whole(1) == 1
nodes <- count()
width <- if (nodes < 2^8) 1 else if (nodes < 2^16) 2 else 4
links <- vector("list", nodes)
for (v in seq_len(nodes)) {
  n <- count()
  links[[v]] <- whole(width, n)
}
from <- rep(seq_len(nodes), lengths(links))
to <- as.integer(unlist(links)) + 1L
if (length(to) > 0 && (min(to) < 1 || max(to) > nodes))
  refuse("a link leads to a node that does not exist")

# property maps: of the graph, its nodes, its links
properties <- list()
size <- c(1, 2, 4, 8, 8, NA, NA, 1, 2, 4, 8, 8) # bytes of a value, or of an entry of a vector, by type
for (i in seq_len(count())) {
  key <- whole(1)
  name <- text()
  type <- whole(1)
  n <- c(1, nodes, length(from))[key + 1]
  values <-
    if (type == 3) long(n)
    else if (type <= 2) whole(size[type + 1], n)
    else if (type == 4) readBin(take(8 * n), "double", n, endian = endian)
    else if (type %in% c(5, 6, 14)) vapply(seq_len(n), function(j) text(), "")
    else if (type %in% c(12, 13)) for (j in seq_len(n)) for (k in seq_len(count())) text()
    else if (type < 12) for (j in seq_len(n)) take(count() * size[type + 1])
    else refuse("has a property of unknown type ", type)
  if (key == 1)
    properties[[name]] <- values
}
if (at != length(bytes))
  refuse("has ", length(bytes) - at, " bytes too many")

names <- properties[["label"]]
labels <- NULL
if (length(args) > 3) {
  labels <- as.character(properties[[args[4]]])
  if (length(labels) != nodes)
    refuse("has no property '", args[4], "' of nodes")
  for (pair in strsplit(args[-(1:4)], "="))
    labels[labels == pair[1]] <- pair[2]
}

loop <- from == to
from <- from[!loop]
to <- to[!loop]
component <- args[3] == "component"
undirected <- component || !directed
one_way <- if (undirected) cbind(pmin(from, to), pmax(from, to)) else cbind(from, to)
again <- duplicated((one_way[, 1] - 1) * nodes + one_way[, 2])
if (component) {
  from <- one_way[, 1]
  to <- one_way[, 2]
}
from <- from[!again]
to <- to[!again]
cat(nodes, "nodes; left out:", sum(loop), "loops,", sum(again), "repeated links\n")

if (component) {
  # nodes hand on the smallest number that they have heard of
  group <- seq_len(nodes)
  end <- factor(c(from, to), seq_len(nodes))
  repeat {
    least <- pmin(group[from], group[to])
    heard <- pmin(group, tapply(c(least, least), end, min), na.rm = TRUE)
    if (all(heard == group))
      break
    group <- heard
  }
  largest <- as.integer(names(which.max(table(group))))
  kept <- which(group == largest)
  link <- group[from] == largest
  number <- match(seq_len(nodes), kept)
  from <- number[from[link]]
  to <- number[to[link]]
  names <- names[kept]
  labels <- labels[kept]
  nodes <- length(kept)
}
cat(nodes, "nodes,", length(from), if (undirected) "undirected" else "directed", "links\n")

write <- function(lines, name) {
  file <- file(file.path(args[2], name), "wb") # bytes as they are, whatever the locale
  writeLines(lines, file, useBytes = TRUE)
  close(file)
}
write(paste(from, to), "edges.txt")
if (!is.null(names))
  write(names, "vocab.txt")
if (!is.null(labels))
  write(labels, "labels.txt")
