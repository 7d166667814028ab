#' The recipes and their settings
#'
#' A recipe is a published schedule with its own numbers: how many octaves, how
#' large a step, how the gradient is normalised, which layers. `recipes()` lists
#' them. `recipe_settings()` lists what a recipe consists of: each of these
#' settings can be given to [dream()] under its name, to change it for one call.
#'
#' @section The recipes:
#' \describe{
#'   \item{`rblog`}{The script "Deep Dreaming in R": weighted mean squares of the five layers
#'     of [LContrib], six octaves, lost detail put back. The default.}
#'   \item{`keras`}{F. Chollet's notebook with the values of "Lab One": as `rblog`, but the cells at
#'     the edge of each activation do not count; seven octaves.}
#'   \item{`keras-io`}{The example on keras.io: deeper layers, three octaves.}
#'   \item{`inception5h`}{The tutorial for Google's Inception5h: gradients of tiles with random
#'     starts, smoothed by three gaussians; octaves are blended. `smooth_color = FALSE` gives pastel
#'     colours.}
#'   \item{`tf2`}{The TensorFlow tutorial, first part: plain means of two layers at one size.}
#'   \item{`tf2-octaves`}{The TensorFlow tutorial, last part: five octaves, two of them larger than
#'     the picture.}
#'   \item{`google2015`}{The notebook that began it: half the sum of squares of one layer, with a
#'     random roll before each step.}
#'   \item{`gordic`}{A. Gordic's pytorch-deepdream: gradients smoothed and standardised.}
#'   \item{`vivid`}{deepdreamr's own: the parts of the others that give the best picture with the
#'     bundled parameters.}
#' }
#' Where the published layers belong to another network, layers of InceptionV3 stand in for
#' them: the schedule is the published one, the picture is another network's.
#'
#' @param recipe Name of a recipe; left at `NULL`, the default one of [dream()].
#'
#' @returns `recipes()` gives a data frame with a row for each recipe: `name`,
#'   `description`, `source` (where it was published), `network`, and the list columns
#'   `layers` (a [layer_contrib()] each) and `settings`. `recipe_settings()` gives
#'   a data frame with a row for each setting: `name`, `value` (a list column),
#'   `type` and `help`.
#' @seealso [dream()]
#' @export
#' @examplesIf deepdreamr_available()
#' recipes()
#' recipes()$layers[[1]]
#' recipe_settings("rblog")
recipes <- function() {
  known <- bridge_call("recipes")$recipes
  column <- function(field) {
    vapply(known, function(recipe) recipe[[field]] %||% NA_character_, character(1))
  }
  frame <- data.frame(name = column("name"), description = column("description"),
                      source = column("source"), network = column("network"))
  frame$layers <- lapply(known, function(recipe) from_layers(recipe$layers))
  frame$settings <- lapply(known, function(recipe) recipe$settings)
  structure(frame, class = c("recipes", "data.frame"))
}

#' @rdname recipes
#' @export
recipe_settings <- function(recipe = NULL) {
  answer <- bridge_call("recipes")
  recipe <- recipe %||% bridge_call("defaults")$dream$recipe
  names <- vapply(answer$recipes, function(known) known$name, character(1))
  if (!recipe %in% names) {
    stop_argument(
      paste0("There is no recipe of that name. Received: recipe=", deparse(recipe)[1], "."),
      paste0("There are: ", quoted(names), ".")
    )
  }
  values <- answer$recipes[[match(recipe, names)]]$settings
  column <- function(field) vapply(answer$settings, function(setting) setting[[field]], "")
  frame <- data.frame(name = column("name"), type = column("type"), help = column("help"))
  frame$value <- unname(values[frame$name])
  structure(frame[c("name", "value", "type", "help")], class = c("recipe_settings", "data.frame"))
}

#' @export
print.recipes <- function(x, ...) {
  if (is.null(x$name) || is.null(x$description)) {
    return(NextMethod())
  }
  for (i in seq_len(nrow(x))) {
    cat(x$name[i], "\n", sep = "")
    cat(strwrap(x$description[i], indent = 2, exdent = 2), sep = "\n")
  }
  invisible(x)
}

#' @export
print.recipe_settings <- function(x, ...) {
  if (!all(c("name", "value", "help") %in% names(x))) {
    return(NextMethod())
  }
  setting <- paste0(x$name, " = ", vapply(x$value, format_setting, ""))
  for (i in seq_len(nrow(x))) {
    cat(setting[i], "\n", sep = "")
    cat(strwrap(x$help[i], indent = 2, exdent = 2), sep = "\n")
  }
  invisible(x)
}
