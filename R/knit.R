#' Pictures in a document
#'
#' In a chunk of an R Markdown or Quarto document a dream shows as its picture. The
#' text for those who cannot see it says what it is; the chunk options `fig.alt`,
#' `fig.cap`, `fig.show = "hide"`, `out.width` and the like work as for a plot.
#' In a page (HTML) what made the dream, and the curve of its loss, stand below it, folded;
#' `options(deepdreamr.details = FALSE)` does without.
#'
#' @param x The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param options The chunk's options.
#' @param ... Not used.
#' @returns The document's text for the picture.
#' @exportS3Method knitr::knit_print
#' @keywords internal
knit_print.deepdreamr_picture <- # nolint: object_name_linter. A method of knitr's.
  function(x, options = knitr::opts_current$get(), ...) {
    path <- picture_in_document(x$png, options)
    if (identical(options$fig.show, "hide")) {
      return(knitr::asis_output(""))
    }
    options$fig.alt <- options$fig.alt %||% options$fig.cap %||% alt_text(x)
    options$fig.num <- options$fig.cur <- 1L
    picture <- knitr::knit_hooks$get("plot")(path, options)
    knitr::asis_output(paste0("\n", picture, "\n", details_in_document(x)))
  }

# What made a dream, folded, as a page has it; nothing in any other document.
details_in_document <- function(x) {
  if (!is_string(x$details) || !shows_details() || !is_page()) {
    return("")
  }
  paste0("\n", knitr::raw_html(x$details), "\n")
}

shows_details <- function() {
  isTRUE(getOption("deepdreamr.details", TRUE))
}

# Whether the document is one that a browser shows as it is.
is_page <- function() {
  knitr::is_html_output(excludes = c("markdown", "gfm", "epub", "epub2", "epub3"))
}

# Each picture has a name of its own, also where a chunk shows several.
picture_in_document <- function(png, options) {
  path <- knitr::fig_path(".png", options, paste0("picture-", substr(rlang::hash(png), 1, 8)))
  dir.create(dirname(path), showWarnings = FALSE, recursive = TRUE)
  part <- tempfile(".part-", dirname(path))
  on.exit(unlink(part))
  writeBin(png, part)
  if (!identical(file.size(part), as.numeric(length(png))) || !file.rename(part, path)) {
    stop_deepdreamr("output", paste0("'", path, "' cannot be written."))
  }
  path
}

alt_text <- function(x) {
  UseMethod("alt_text")
}

alt_text.dream <- function(x) {
  terms <- inherits(x$layers, "layer_terms")
  layers <- if (terms) vapply(x$layers, term_label, character(1)) else names(x$layers)
  paste0("A deep dream", of_source(x$source), " with ", paste(layers, collapse = ", "), " of ",
         x$network, ".")
}

alt_text.feature_maps <- function(x) {
  paste0("Feature maps", of_source(x$source), ": channels of ", x$layer, " of ", x$network, ".")
}

alt_text.layer_sheet <- function(x) {
  paste0("Deep dreams", of_source(x$source), ", one for each of ",
         paste(x$layers, collapse = ", "), ".")
}

alt_text.channel_sheet <- function(x) {
  paste0("Deep dreams", of_source(x$source), ", one for each of the channels ",
         paste(x$channels, collapse = ", "), " of ", x$layer, ".")
}

alt_text.step_image <- function(x) {
  paste0("A deep dream at iteration ", x$iteration, " of octave ", x$octave, ".")
}

alt_text.gradient_picture <- function(x) {
  paste0("The gradient", of_source(x$source), " as a picture.")
}
