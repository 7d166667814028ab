# Prints the Debian packages of the R packages that DESCRIPTION (and the command line) name and that
# are not installed.
fields <- read.dcf("DESCRIPTION", c("Imports", "Suggests"))
packages <- unlist(strsplit(fields, ","))
packages <- c(gsub("\\s|\\(.*\\)", "", packages), commandArgs(TRUE))
missing <- setdiff(packages, rownames(installed.packages()))
cat(if (length(missing)) paste0("r-cran-", tolower(missing)))
