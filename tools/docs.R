# Builds the documentation site into docs/, without asking the internet for anything.
options(pkgdown.internet = FALSE)
pkgdown::build_site(preview = FALSE, new_process = FALSE)
