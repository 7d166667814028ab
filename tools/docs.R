# Builds R's part of the site, without asking the internet for anything. Its pages are made of what is
# in the package alone; the scripts that they use lie beside them.
# usage: docs.R FOLDER SCRIPTS
folders <- commandArgs(TRUE)
options(pkgdown.internet = FALSE)

package <- file.path(tempfile("package"), "deepdreamr")
dir.create(package, recursive = TRUE)
parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "LICENSE.md", "R", "man", "inst", "vignettes",
           "_pkgdown.yml", "pkgdown")
invisible(file.copy(parts, package, recursive = TRUE))

dir.create(folders[1], recursive = TRUE, showWarnings = FALSE)
folders <- normalizePath(folders)
given <- list(
  destination = folders[1], template = list(path = file.path(package, "pkgdown", "templates"))
)
# The examples of help pages are run by R CMD check, those of articles are run here. So whether Python is
# there need not be asked for each help page; it only decides whether an example is shown.
deepdreamr_available <- function() TRUE
pkgdown::build_site(
  package, examples = FALSE, override = given, preview = FALSE, new_process = FALSE
)
invisible(file.copy(folders[2], folders[1], recursive = TRUE))
