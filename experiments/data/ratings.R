# The data frame `movielens` of the R package dslabs -> ratings.mtx.gz, vocab.txt (experiments/data/README.md).
#   Rscript ratings.R FOLDER/Rdata FOLDER          (Rdata.rdb and Rdata.rdx)
# Users and movies are numbered in the order of their ids; the ratings are in the order of the data frame.
args <- commandArgs(TRUE)
packed <- new.env()
invisible(lazyLoad(args[1], packed, filter = function(name) name == "movielens"))
ratings <- packed$movielens
users <- sort(unique(ratings$userId))
movies <- sort(unique(ratings$movieId))

file <- gzfile(file.path(args[2], "ratings.mtx.gz"), "wb")
writeLines(c("%%MatrixMarket matrix coordinate real general", paste(length(users), length(movies), nrow(ratings))), file)
writeLines(paste(match(ratings$userId, users), match(ratings$movieId, movies), ratings$rating), file)
close(file)

first <- match(movies, ratings$movieId)
title <- enc2utf8(ratings$title[first])
year <- ratings$year[first]
title <- ifelse(is.na(title), paste("movie", movies), ifelse(is.na(year), title, paste0(title, " (", year, ")")))
file <- file(file.path(args[2], "vocab.txt"), "wb") # bytes as they are, whatever the locale
writeLines(title, file, useBytes = TRUE)
close(file)
cat(length(users), "users,", length(movies), "movies,", nrow(ratings), "ratings\n")
