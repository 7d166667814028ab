# Runs the R tests against the installed package and closes with one line: passed, failed, skipped.
# With DEEPDREAMR_TEST_REAL=1 a missing real core is a failure, not a skip.
library(deepdreamr)

for (tool in list.files("tools", "[.]R$", full.names = TRUE)) parse(tool) # all can be read

Sys.setenv(NOT_CRAN = "true") # snapshots too

results <- as.data.frame(testthat::test_dir(
  "tests/testthat",
  package = "deepdreamr", load_package = "installed", stop_on_failure = FALSE
))
failed <- sum(results$failed) + sum(results$error)
skipped <- sum(results$skipped)
cat(sprintf(
  "testthat: %d passed, %d failed, %d skipped\n", sum(results$passed), failed, skipped
))
quit(status = if (failed || !any(results$passed)) 1 else 0)
