# Runs the R tests against the installed package and closes with one line: passed, failed, skipped.
# With DEEPDREAMR_TEST_REAL=1 a missing real core is a failure, not a skip.
#   Rscript tools/test.R          all of them
#   Rscript tools/test.R slow     those that dream with the real core (test-real*.R), or take long
#                                 (test-slow*.R)
#   Rscript tools/test.R quick    the others
library(deepdreamr)

for (tool in list.files("tools", "[.]R$", full.names = TRUE)) parse(tool) # all can be read

part <- c(commandArgs(TRUE), "all")[[1]]
stopifnot(part %in% c("all", "quick", "slow"))
Sys.setenv(NOT_CRAN = "true") # snapshots too

results <- as.data.frame(testthat::test_dir(
  "tests/testthat",
  package = "deepdreamr", load_package = "installed", stop_on_failure = FALSE,
  filter = if (part != "all") "^(real|slow)", invert = part == "quick"
))
failed <- sum(results$failed) + sum(results$error)
skipped <- sum(results$skipped)
slowest <- utils::head(results[order(-results$real), c("file", "test", "real")], 10)
cat(sprintf("%6.1f s  %s: %s\n", slowest$real, slowest$file, slowest$test), sep = "")
cat(sprintf(
  "testthat: %d passed, %d failed, %d skipped\n", sum(results$passed), failed, skipped
))
quit(status = if (failed || !any(results$passed)) 1 else 0)
