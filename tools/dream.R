# Dreams the sample picture as an R user does, and writes it to the file named on the command line.
# A number behind it: a small dream, of a picture of at most so many pixels.
library(deepdreamr)

words <- commandArgs(TRUE)
small <- if (length(words) > 1) {
  list(max_size = as.integer(words[[2]]), octaves = 2, iterations = 5, max_loss = 1000, seed = 1)
}
d <- do.call(dream, c(list(sample_image("jelly"), LContrib), small))
print(d)
save_dream(d, words[[1]], overwrite = TRUE)
