library(testthat)
library(deepdreamr)

test_check("deepdreamr")
