#' Layer contributions
#'
#' A dream makes the weighted sum of what several layers respond grow.
#' `layer_contrib()` says which layers and with what weights; a negative weight
#' suppresses what the layer sees. `LContrib` holds the contributions that were
#' published with the script "Deep Dreaming in R", without the four layers
#' that InceptionV3 does not have.
#'
#' @param ... Weights, named by layer: `mixed3 = 0.8`. A name such as
#'   `"mixed4[66]"` or `"mixed4[66,143]"` takes only these channels of the layer;
#'   channels are counted from 0, as in the network and on its contact sheets.
#'   A named vector or list, and another `layer_contrib`, can be given too.
#'   For channels with weights, and for objectives, there is [layer_term()].
#'
#' @returns A named numeric vector of class `layer_contrib`. `c()` and `[` keep
#'   the class; a layer that is named twice, or a weight that is not a finite
#'   number, is an error of class `deepdreamr_error_argument`.
#' @seealso [dream()], which also takes a plain named list or vector;
#'   [layer_names()] for the names.
#' @export
#' @examples
#' LContrib
#' layer_contrib(mixed2 = 0.2, mixed3 = 0.8, mixed4 = 2)
#' layer_contrib("mixed4[66]" = 1, "mixed4[143]" = 0.5)
#' c(LContrib["mixed3"], mixed7 = 1)
#' LContrib[c("mixed4", "mixed5")] * 2
layer_contrib <- function(...) {
  new_layer_contrib(list(...))
}

new_layer_contrib <- function(values, call = caller_env()) {
  weights <- flatten_weights(values)
  check_contributions(weights, call)
  structure(as.numeric(weights), names = names(weights), class = "layer_contrib")
}

# A list of single weights and of named vectors or lists, as one list of weights.
flatten_weights <- function(values) {
  flat <- Map(function(value, name) {
    odd <- is.object(value) && !inherits(value, "layer_contrib") # a factor is no weight
    value <- if (odd) list(value) else unclass(value)
    if (is.null(names(value)) && length(value) == 1) stats::setNames(list(value), name) else value
  }, values, names(values) %||% rep("", length(values)))
  as.list(do.call(c, unname(flat)))
}

check_contributions <- function(weights, call) {
  layers <- names(weights) %||% rep("", length(weights))
  complain <- function(message, hint = NULL) {
    example <- "For example: `layer_contrib(mixed3 = 0.8, mixed4 = 2)`."
    stop_argument(message, hint %||% example, call = call)
  }
  if (!length(weights)) {
    complain("There is no layer.")
  }
  if (!all(nzchar(layers)) || anyNA(layers)) {
    complain("Every weight must be named by its layer.")
  }
  if (anyDuplicated(layers)) {
    complain(
      paste0("A layer is named twice: ", quoted(unique(layers[duplicated(layers)])), "."),
      "Give each layer once, with the sum of its weights."
    )
  }
  wrong <- layers[!vapply(weights, is_finite_number, logical(1))]
  if (length(wrong)) {
    complain(paste0("The weight of ", quoted(wrong), " must be a finite number."))
  }
}

#' @rdname layer_contrib
#' @format NULL
#' @usage NULL
#' @export
LContrib <- layer_contrib( # nolint: object_name_linter. The published name.
  mixed2 = 0.2, mixed3 = 0.8, mixed4 = 2, mixed5 = 4, mixed6 = 5
)

#' @export
c.layer_contrib <- function(...) {
  values <- list(...)
  if (any(vapply(values, inherits, logical(1), "layer_terms"))) {
    return(bind_terms(values, current_env()))
  }
  new_layer_contrib(values, call = current_env())
}

#' @export
`[.layer_contrib` <- function(x, i) {
  chosen <- unclass(x)[i]
  if (anyNA(names(chosen))) {
    stop_argument(
      "There is no such layer in these contributions.",
      paste0("They hold: ", quoted(names(x)), "."),
      call = current_env()
    )
  }
  structure(chosen, class = "layer_contrib")
}

#' @export
format.layer_contrib <- function(x, ...) {
  paste0(format(names(x)), "  ", format(unclass(unname(x)), drop0trailing = TRUE))
}

#' @export
print.layer_contrib <- function(x, ...) {
  cat("<layer_contrib> ", count(length(x), "layer"), "\n", sep = "")
  cat(paste0("  ", format(x, ...), "\n"), sep = "")
  invisible(x)
}

#' Names of a network's layers
#'
#' @param network Name of a network, or the path of a model file; left at
#'   `NULL`, InceptionV3.
#' @param weights Where its parameters come from, as in [dream()].
#'
#' @returns A character vector, from the layer nearest to the picture to the
#'   deepest. Any of these names can be used in [layer_contrib()].
#' @export
#' @examplesIf deepdreamr_available()
#' grep("^mixed", layer_names(), value = TRUE)
layer_names <- function(network = NULL, weights = NULL) {
  answer <- bridge_call("layer_names", network = network, weights = weights)
  as.character(unlist(answer$layers))
}

# The name of one layer.
as_layer <- function(layer, call) {
  layer <- plain_text(layer)
  if (!is_string(layer)) {
    stop_argument("`layer` must be the name of one layer.", "`layer_names()` lists them.",
                  call = call)
  }
  layer
}

# Numbers of channels, as a list also where there is one; whatever else is refused in Python.
as_channel_numbers <- function(channels) {
  if (is.numeric(channels)) as.list(unname(channels)) else channels
}

# What a user may give as `layers`, as the bridge takes it: NULL (the recipe's
# own), {layer: weight}, or, where channels are chosen, a list of terms.
as_layers <- function(layers, call = caller_env()) {
  if (is.null(layers)) {
    return(NULL)
  }
  if (is.character(layers) && !is.null(names(layers))) {
    stop_argument("The weights of `layers` must be numbers, not strings.", call = call)
  }
  layers <- plain_text(layers)
  if (inherits(layers, "layer_terms")) {
    return(unclass(layers))
  }
  if (holds_terms(layers)) {
    return(unclass(bind_terms(layers, call)))
  }
  layers <- as_weights(layers, call)
  if (any(has_channels(names(layers)))) {
    return(unname(Map(as_term, names(layers), unclass(layers))))
  }
  as.list(unclass(layers))
}

holds_terms <- function(layers) {
  is_one <- function(value) inherits(value, "layer_terms") || is_term(value)
  is.list(layers) && any(vapply(layers, is_one, logical(1)))
}

# Weights named by layer, or names alone, as a layer_contrib.
as_weights <- function(layers, call) {
  if (is.list(layers) && is.null(names(layers)) && all(vapply(layers, is_string, logical(1)))) {
    layers <- as.character(unlist(layers))
  }
  if (is.character(layers)) {
    layers <- stats::setNames(rep(1, length(layers)), layers)
  }
  odd <- is.object(layers) && !inherits(layers, c("layer_contrib", "AsIs"))
  if (odd || (!is.list(layers) && !is.numeric(layers))) {
    stop_argument(
      paste0("`layers` must be weights named by layer, not ", a_class(layers), "."),
      "For example: `LContrib`, `list(mixed3 = 1)` or `c(mixed3 = 1, mixed4 = 2)`.",
      call = call
    )
  }
  new_layer_contrib(list(layers), call)
}

channel_pattern <- "^(.+)\\[([0-9]+(?: *, *[0-9]+)*)\\]$"

has_channels <- function(names) {
  grepl(channel_pattern, names, perl = TRUE)
}

as_term <- function(name, weight) {
  if (!has_channels(name)) {
    return(list(layer = name, weight = weight, channels = NULL))
  }
  channels <- strsplit(sub(channel_pattern, "\\2", name, perl = TRUE), ",", fixed = TRUE)[[1]]
  list(
    layer = sub(channel_pattern, "\\1", name, perl = TRUE),
    weight = weight,
    channels = as.list(as.integer(channels))
  )
}

# The layers of an answer, {layer: weight} or terms, as a layer_contrib.
from_layers <- function(layers) {
  if (!length(layers)) {
    return(structure(numeric(), names = character(), class = "layer_contrib"))
  }
  if (is.null(names(layers))) {
    plain <- all(vapply(layers, is_plain_term, logical(1)))
    if (!plain || anyDuplicated(lapply(layers, term_name))) {
      return(structure(lapply(layers, full_term), class = "layer_terms"))
    }
    layers <- stats::setNames(
      lapply(layers, function(term) term$weight), vapply(layers, term_name, character(1))
    )
  }
  new_layer_contrib(list(layers))
}

# Whether a term is a layer, or channels without weights of their own, and a weight.
is_plain_term <- function(term) {
  weights <- vapply(term$channels, function(channel) as.numeric(channel[[2]]), numeric(1))
  is.null(term$objective) && all(weights == 1)
}

full_term <- function(term) {
  list(layer = term$layer, weight = as.numeric(term$weight), channels = term$channels,
       objective = term$objective)
}

# A channel comes back with a weight of its own, which is 1 in what R sends.
term_name <- function(term) {
  if (is.null(term$channels)) {
    return(term$layer)
  }
  numbers <- vapply(term$channels, function(channel) as.integer(channel[[1]]), integer(1))
  paste0(term$layer, "[", paste(numbers, collapse = ","), "]")
}

quoted <- function(names) {
  paste0("\"", names, "\"", collapse = ", ")
}

a_class <- function(value) {
  paste0("an object of class \"", class(value)[1], "\"")
}
