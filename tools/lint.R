# Lints R/ and the R tests by .lintr; the exit status is 1 if there is anything.
pkgload::load_all(quiet = TRUE)
found <- lintr::lint_package()
print(found)
quit(status = as.integer(length(found) > 0))
