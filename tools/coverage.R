# Prints the share of R/ that the tests run, and fails under 90 %.
#   Rscript tools/coverage.R
# Child processes of the tests count too; with a Python that has the package
# (RETICULATE_PYTHON), the real core's tests run as well. A test that fails ends nothing: while its
# lines are counted, the code is slow.

Sys.setenv(NOT_CRAN = "true") # the printing snapshots count
code <- sprintf(
  "testthat::test_dir(%s, package = 'deepdreamr', load_package = 'installed',
                      stop_on_failure = FALSE, reporter = 'check')",
  dQuote(normalizePath("tests/testthat", "/"), FALSE)
)
coverage <- covr::package_coverage(".", type = "none", code = code)
files <- covr::coverage_to_list(coverage)$filecoverage
cat(sprintf("%6.1f %%  %s\n", files, names(files)), sep = "")
not_run <- subset(as.data.frame(coverage), value == 0)
cat(sprintf("not run: %s:%d\n", not_run$filename, not_run$first_line), sep = "")
total <- covr::percent_coverage(coverage)
cat(sprintf("%6.1f %%  R/\n", total))
if (total < 90) {
  stop("The tests run less than 90 % of R/.")
}
