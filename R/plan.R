#' What a dream would do
#'
#' Makes all the checks of [dream()] without dreaming: the sizes of the octaves, the
#' memory and the time that it would take, layers that the network does not have or that
#' get nothing because an octave is too small for them, and what would stop it.
#'
#' @inheritParams dream
#' @param ... Any other argument of [dream()] but `save_octaves`, `save_steps`, `every`,
#'   `checkpoint`, `overwrite` and `on_step`, and the settings of the recipe. `measure = FALSE`
#'   loads nothing and predicts no time.
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
    options = given_options(list(), ..., call = call)
  )
  new_plan(answer, source_name(image))
}

new_plan <- function(answer, source) {
  plan <- answer$plan
  structure(
    list(
      text = answer$text,
      can_run = answer$can_run,
      recipe = plan$recipe,
      network = plan$network,
      weights = plan$weights,
      memory = if (!is.null(plan$memory)) as.numeric(plan$memory),
      seconds = plan$seconds,
      octaves = as_planned_octaves(plan$octaves),
      layers = from_layers(plan$layers),
      unknown = as.character(unlist(plan$unknown)),
      notes = as.character(unlist(plan$notes)),
      problems = as.character(unlist(plan$problems)),
      source = source
    ),
    class = "dream_plan"
  )
}

as_planned_octaves <- function(octaves) {
  windows <- vapply(octaves, function(octave) as.integer(octave$windows), integer(1))
  cbind(as_sizes(lapply(octaves, function(octave) octave$shape)), windows = windows)
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
