# Dreams the sample picture as an R user does, and writes it to the file named on the command line.
library(deepdreamr)

file <- commandArgs(TRUE)[[1]]
d <- dream(sample_image("jelly"), LContrib)
print(d)
save_dream(d, file, overwrite = TRUE)
