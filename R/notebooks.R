#' Pictures in a notebook
#'
#' In a notebook of Jupyter's R kernel a dream shows as its picture, as it does in R Markdown. While
#' [dream()] works the picture grows there, at most twice a second, and at the end the dream is in
#' its place; `options(deepdreamr.preview = FALSE)` does without.
#'
#' @param obj The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param ... Not used.
#' @returns The picture's PNG file, as raw bytes; `NULL` where its cell shows it already.
#' @exportS3Method repr::repr_png
#' @keywords internal
repr_png.deepdreamr_picture <- # nolint: object_name_linter. A method of repr's.
  function(obj, ...) {
    if (!is_in_cell(obj)) obj$png
  }

# What shows a picture that grows in a cell of Jupyter's R kernel, called with a bundle of the
# protocol; NULL anywhere else. Nothing may be signalled from inside of it, as of watch_steps().
cell_preview <- function() {
  kernel <- jupyter_kernel()
  if (is.null(kernel) || !isTRUE(getOption("deepdreamr.preview", TRUE))) {
    return(NULL)
  }
  place <- list(display_id = basename(tempfile("deepdreamr-")))
  type <- "display_data"
  function(bundle, size) {
    tryCatch(
      {
        content <- list(data = bundle, metadata = named(size), transient = place)
        kernel$send_response(type, kernel$current_request, "iopub", content)
        type <<- "update_display_data"
        NULL
      },
      interrupt = function(condition) "interrupt",
      error = function(condition) NULL # a dream does not fail of that
    )
  }
}

# What in Jupyter's R kernel sends messages about a cell. It has no function that changes what is
# shown, which Jupyter's protocol has a message for.
jupyter_kernel <- function() {
  display <- getOption("jupyter.base_display_func")
  kernel <- if (is.function(display)) environment(display)
  if (is.function(kernel$send_response) && !is.null(kernel$current_request)) kernel
}

# A list that is an object in JSON, also where it is empty.
named <- function(list) {
  stats::setNames(as.list(list), rlang::names2(list))
}

# A cell that a dream has grown in does not show it a second time, as its value.
note_cell <- function(dream) {
  the$in_cell <- list(number = jupyter_kernel()$execution_count, png = dream$png)
  dream
}

is_in_cell <- function(picture) {
  there <- list(number = jupyter_kernel()$execution_count, png = picture$png)
  here <- !is.null(there$number) && identical(the$in_cell, there)
  if (here) the$in_cell <- NULL
  here
}
