# Prints the Debian packages of the R packages that are not installed, of those that DESCRIPTION
# imports and that the command line names; the word Suggests there means all that it suggests.
# With --install it installs them, from the repositories that R's options name.
words <- commandArgs(TRUE)
named <- setdiff(words, "--install")
fields <- read.dcf("DESCRIPTION", c("Imports", intersect("Suggests", named)))
packages <- gsub("\\s|\\(.*\\)", "", unlist(strsplit(fields, ",")))
missing <- setdiff(c(packages, named), c("Suggests", rownames(installed.packages())))
if ("--install" %in% words) {
  install.packages(missing)
} else {
  cat(if (length(missing)) paste0("r-cran-", tolower(missing)))
}
