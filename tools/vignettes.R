# Runs the package's vignettes with the real core; a chunk that fails ends it.
stopifnot(deepdreamr::deepdreamr_available())
for (file in list.files("vignettes", "[.]Rmd$", full.names = TRUE)) {
  made <- rmarkdown::render(file, output_dir = tempdir(), intermediates_dir = tempdir(), quiet = TRUE)
  cat(sprintf("%s: %.1f MB\n", basename(made), file.size(made) / 1e6))
}
