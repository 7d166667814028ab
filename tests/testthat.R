library(testthat)
library(deepdreamr)

# DEEPDREAMR_TEST_REAL=0 leaves out what dreams with the real core, as tools/check.sh does.
without_real <- identical(Sys.getenv("DEEPDREAMR_TEST_REAL"), "0")
test_check("deepdreamr", filter = if (without_real) "^real", invert = without_real)
