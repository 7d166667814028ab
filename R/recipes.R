#' The recipes and their settings
#'
#' A recipe is a published schedule with its own numbers: how many octaves, how
#' large a step, how the gradient is normalised, which layers. `recipes()` lists
#' them. `recipe_settings()` lists what a recipe consists of: each of these
#' settings can be given to [dream()] under its name, to change it for one call.
#'
#' @eval recipe_items()
#'
#' @param recipe Name of a recipe; left at `NULL`, the default one of [dream()].
#'
#' @returns `recipes()` gives a data frame with a row for each recipe: `name`,
#'   `description`, `source` (where it was published), `network` (that its layers belong
#'   to), and the list columns `layers` (a [layer_contrib()] each) and `settings`.
#'   `recipe_settings()` gives a data frame with a row for each setting: `name`, `value`
#'   (a list column), `type` and `help`.
#' @seealso [dream()]
#' @export
#' @examplesIf deepdreamr_available()
#' recipes()
#' recipes()$layers[[1]]
#' recipe_settings("rblog")
recipes <- function() {
  known <- bridge_call("recipes")$recipes
  column <- function(field) vapply(known, function(recipe) recipe[[field]], character(1))
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
  recipe <- recipe %||% bridge_call("arguments")$arguments$recipe
  names <- vapply(answer$recipes, function(known) known$name, character(1))
  recipe <- plain_text(recipe)
  if (!is_string(recipe) || !recipe %in% names) {
    stop_argument(
      paste0("There is no recipe of that name. Received: recipe=", shown(recipe), "."),
      paste0("There are: ", quoted(names), ".")
    )
  }
  values <- answer$recipes[[match(recipe, names)]]$settings
  column <- function(field) vapply(answer$settings, function(setting) setting[[field]], "")
  frame <- data.frame(name = column("name"), type = unname(r_types[column("type")]),
                      help = column("help"))
  frame$value <- unname(values[frame$name])
  structure(frame[c("name", "value", "type", "help")], class = c("recipe_settings", "data.frame"))
}

# Python's types, and what R calls them.
r_types <- c(int = "integer", float = "numeric", bool = "logical", str = "character",
             tuple = "character")

# A section of the help page, for roxygen: what Python says of each recipe.
recipe_items <- function() {
  frame <- recipes()
  text <- gsub("([[%])", "\\\\\\1", paste0(frame$description, " Source: ", frame$source, "."))
  c(
    "@section The recipes:",
    "\\describe{", sprintf("\\item{`%s`}{%s}", frame$name, text), "}",
    "Where other layers stand in for the published ones, the schedule is the published one, and",
    "the picture is another network's."
  )
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
