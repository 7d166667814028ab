# Prints the share of R/ that the tests run, and fails under 90 %.
#   Rscript tools/coverage.R
# Child processes of the tests count too; with a Python that has the package
# (RETICULATE_PYTHON), the real core's tests run as well.

coverage <- covr::package_coverage(".", type = "tests")
files <- covr::coverage_to_list(coverage)$filecoverage
cat(sprintf("%6.1f %%  %s\n", files, names(files)), sep = "")
uncovered <- covr::zero_coverage(coverage)
if (nrow(uncovered)) {
  cat("not run:\n", sprintf("  %s:%d\n", uncovered$filename, uncovered$line), sep = "")
}
total <- covr::percent_coverage(coverage)
cat(sprintf("%6.1f %%  R/\n", total))
if (total < 90) {
  stop("The tests run less than 90 % of R/.")
}
