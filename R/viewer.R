# A printed picture in the pane that RStudio, Positron and VS Code have for it.

# Shows the picture beside the console, where there is a place for it.
show_picture <- function(x) {
  viewer <- getOption("viewer")
  if (!shows_pictures()) {
    return(invisible())
  }
  if (isTRUE(getOption("rstudio.notebook.executing"))) {
    draw_picture(x$png)
  } else if (is.function(viewer)) {
    viewer(picture_page(x))
  }
  invisible()
}

shows_pictures <- function() {
  rlang::is_interactive() && isTRUE(getOption("deepdreamr.viewer", TRUE)) &&
    !isTRUE(getOption("knitr.in.progress"))
}

# A page with the picture, in the session's temporary folder, as a viewer wants it.
picture_page <- function(x) {
  folder <- page_folder(rlang::hash(x$png))
  writeBin(x$png, file.path(folder, "picture.png"))
  write_page(folder, paste0(
    "<img src=\"picture.png\" style=\"max-width: 100%; height: auto\" alt=\"",
    html_text(alt_text(x)), "\">"
  ))
}

page_folder <- function(hash) {
  folder <- file.path(tempdir(), paste0("deepdreamr-", substr(hash, 1, 16)))
  dir.create(folder, showWarnings = FALSE)
  folder
}

write_page <- function(folder, tag) {
  page <- file.path(folder, "index.html")
  writeLines(c(
    "<!DOCTYPE html>",
    "<html><head><meta charset=\"utf-8\"><title>deepdreamr</title></head>",
    "<body style=\"margin: 0\">",
    tag,
    "</body></html>"
  ), page, useBytes = TRUE)
  page
}

html_text <- function(text) {
  marks <- c("&" = "&amp;", "<" = "&lt;", ">" = "&gt;", "\"" = "&quot;")
  for (mark in names(marks)) {
    text <- gsub(mark, marks[[mark]], text, fixed = TRUE)
  }
  as_utf8(text)
}
