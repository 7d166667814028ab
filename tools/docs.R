# Builds the documentation site into docs/, without asking the internet for anything.
options(pkgdown.internet = FALSE)
pkgdown::build_site(preview = FALSE, new_process = FALSE)

# The guides, as pages beside those of R.
site <- pkgdown::as_pkgdown()
for (guide in list.files("guides", "[.]md$", full.names = TRUE)) {
  body <- tempfile(fileext = ".html")
  rmarkdown::pandoc_convert(
    normalizePath(guide), to = "html", from = "gfm", output = body, verbose = FALSE
  )
  text <- readLines(body, encoding = "UTF-8")
  title <- sub("^# ", "", readLines(guide, n = 1, encoding = "UTF-8"))
  pkgdown::render_page(
    site, "title-body", data = list(pagetitle = title, body = paste(text, collapse = "\n")),
    path = sub("[.]md$", ".html", guide)
  )
}
