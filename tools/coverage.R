# Prints the share of R/ that the tests run, and fails under 90 %.
#   Rscript tools/coverage.R
# Child processes of the tests count too; with a Python that has the package
# (RETICULATE_PYTHON), the real core's tests run as well.

Sys.setenv(NOT_CRAN = "true") # the printing snapshots count
coverage <- covr::package_coverage(".", type = "tests")
files <- covr::coverage_to_list(coverage)$filecoverage
cat(sprintf("%6.1f %%  %s\n", files, names(files)), sep = "")
not_run <- subset(as.data.frame(coverage), value == 0)
cat(sprintf("not run: %s:%d\n", not_run$filename, not_run$first_line), sep = "")
total <- covr::percent_coverage(coverage)
cat(sprintf("%6.1f %%  R/\n", total))
if (total < 90) {
  stop("The tests run less than 90 % of R/.")
}
