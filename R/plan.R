#' What a dream would do
#'
#' Makes all the checks of [dream()] without dreaming: the sizes of the octaves, the
#' memory and the time that it would take, layers that the network does not have or that
#' get nothing because an octave is too small for them, and what would stop it.
#'
#' @inheritParams dream
#' @param ... Any other argument of [dream()], and the settings of the recipe.
#'
#' @returns A list of class `dream_plan`. Among its elements: `can_run` (`TRUE` or
#'   `FALSE`), `octaves` (a data frame of `height`, `width` and `windows`, the number of parts
#'   in which the octave would be dreamed), `memory` (bytes), `seconds`, `unknown` (layers),
#'   `notes` and `problems` (what there is to say, as strings).
#' @seealso [dream()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' plan_dream(sample_image(), LContrib)
plan_dream <- function(image, layers = NULL, ...) {
  call <- current_env()
  image <- if (!missing(image)) evaluate_argument(image, "image")
  answer <- bridge_call(
    "plan",
    image = start_picture(image, list(...)$size, call),
    layers = as_layers(evaluate_argument(layers, "layers"), call),
    options = given_options(list(), ...)
  )
  plan <- answer[c("text", "can_run", "recipe", "network", "weights", "memory", "seconds")]
  structure(
    c(plan, list(
      octaves = as_planned_octaves(answer$octaves),
      layers = from_layers(answer$layers),
      unknown = as.character(unlist(answer$unknown)),
      notes = as.character(unlist(answer$notes)),
      problems = as.character(unlist(answer$problems)),
      source = source_name(image)
    )),
    class = "dream_plan"
  )
}

as_planned_octaves <- function(octaves) {
  column <- function(name) vapply(octaves, function(octave) as.integer(octave[[name]]), integer(1))
  data.frame(height = column("height"), width = column("width"), windows = column("windows"))
}

#' @export
format.dream_plan <- function(x, ...) {
  strsplit(x$text, "\n", fixed = TRUE)[[1]]
}

#' @export
print.dream_plan <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}
