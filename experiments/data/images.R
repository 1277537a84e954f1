# Images in IDX files -> NAME.mtx.gz, a row per image, a column per pixel, all of them, also the black ones; NAME.labels.txt
# (experiments/data/README.md).
#   Rscript images.R IMAGES LABELS N FOLDER NAME CLASS...
# The first N images (0: all); CLASS...: names of the labels 0, 1, ... Pixels 0..255 become 0..1 with six digits.
# The format: a magic number (0, 0, type 8 = bytes, dimensions), the size of each dimension (32-bit, big-endian), the bytes.
args <- commandArgs(TRUE)
stopifnot(length(args) >= 6)
n <- as.integer(args[3])
class <- args[-(1:5)]

header <- function(path, dimensions) {
  connection <- gzfile(path, "rb") # reads what is not compressed, too
  magic <- readBin(connection, "raw", 4)
  size <- readBin(connection, "integer", dimensions, 4, endian = "big")
  if (!identical(magic, as.raw(c(0, 0, 8, dimensions))) || length(size) < dimensions || any(size < 1)) {
    message(path, ": not an IDX file of bytes in ", dimensions, " dimensions")
    quit(status = 1)
  }
  list(connection = connection, size = size)
}
bytes <- function(idx, n) {
  values <- readBin(idx$connection, "integer", n, 1, FALSE)
  if (length(values) < n) {
    message(summary(idx$connection)$description, ": ends in the middle")
    quit(status = 1)
  }
  values
}

images <- header(args[1], 3)
labels <- header(args[2], 1)
pixels <- prod(images$size[-1])
all <- images$size[1]
if (labels$size[1] != all) {
  message(args[2], ": ", labels$size[1], " labels for ", all, " images")
  quit(status = 1)
}
if (n == 0)
  n <- all
if (n > all) {
  message(args[1], ": has ", all, " images, not ", n)
  quit(status = 1)
}
label <- bytes(labels, n)
if (max(label) >= length(class)) {
  message(args[2], ": a label ", max(label), " for classes 0 .. ", length(class) - 1)
  quit(status = 1)
}
writeLines(class[label + 1], file.path(args[4], paste0(args[5], ".labels.txt")))

cell <- outer(seq_len(pixels), sprintf("%.6g", 0:255 / 255), paste) # "column value"
file <- gzfile(file.path(args[4], paste0(args[5], ".mtx.gz")), "wb")
writeLines(c("%%MatrixMarket matrix coordinate real general", paste(n, pixels, format(n * pixels, scientific = FALSE))), file)
column <- seq_len(pixels)
for (i in seq_len(n)) # one at a time: what is in memory does not grow with their number
  writeLines(paste(i, cell[cbind(column, bytes(images, pixels) + 1)]), file)
close(file)
cat(n, "images of", pixels, "pixels\n")
