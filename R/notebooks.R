#' Pictures in a notebook
#'
#' In a notebook of Jupyter's R kernel a dream shows as its picture, as it does in R Markdown.
#'
#' @param obj The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param ... Not used.
#' @returns The picture's PNG file, as raw bytes.
#' @exportS3Method repr::repr_png
#' @keywords internal
repr_png.deepdreamr_picture <- # nolint: object_name_linter. A method of repr's.
  function(obj, ...) {
    obj$png
  }
