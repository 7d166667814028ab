#' A term of the loss
#'
#' What one layer adds to the loss, where its name and a weight are not enough: single channels
#' with weights of their own, or an objective of its own. Terms are put together with `c()`, also
#' with a [layer_contrib()] or a named vector of weights, and given to [dream()] as `layers`.
#'
#' @param layer The layer's name, or `"image"` for a penalty on the picture itself.
#' @param weight Its factor in the sum; a negative one suppresses.
#' @param channels Only these channels count: numbers from 0, such as `60:69`, or weights that are
#'   named by them, such as `c("66" = 1, "143" = -0.5)`. Left at `NULL`, all.
#' @param objective What of the layer's activation counts, as a string; left at `NULL`, the
#'   recipe's `objective`:
#'   \describe{
#'     \item{`"mean_square"`, `"mean"`, `"half_sum_square"`}{of all its cells, as a recipe has
#'       them;}
#'     \item{`"neuron(66)"`, `"neuron(66, y = 0.2, x = 0.8)"`}{one cell of a channel: the middle
#'       one, or at a position in fractions of the picture, from the top and from the left;}
#'     \item{`"direction"`, `"direction(2)"`}{the mean of the product with the channels' weights,
#'       times a power of the cosine between them;}
#'     \item{`"class_logit('jellyfish')"`, `"class_logit(107)"`}{what the network's own classifier
#'       gives to a class, before softmax: by number from 0, or by its name in [class_names()]; the
#'       layer is the classifier's last one;}
#'     \item{`"guide"`, `"guide('mean')"`}{the product with the guide's features, at each position
#'       with those that fit best, or with their mean;}
#'     \item{`"strongest(5)"`}{the recipe's objective of the channels that respond most to this
#'       picture;}
#'     \item{`"total_variation"`, `"distance"`}{of the layer `"image"`: how much neighbouring pixels
#'       differ, and how far the picture is from the original. With a negative weight they are
#'       penalties; as `"total_variation('mean')"` they do not grow with the picture.}
#'   }
#'
#' @returns A list of class `layer_terms`, with one element for each term.
#' @seealso [layer_contrib()], which is shorter where weights are all there is to say.
#' @export
#' @examples
#' layer_term("mixed4", objective = "neuron(66)")
#' c(layer_term("mixed4", 2, 60:69), mixed3 = 0.5)
#' c(LContrib, layer_term("image", -0.1, objective = "total_variation('mean')"))
layer_term <- function(layer, weight = 1, channels = NULL, objective = NULL) {
  call <- current_env()
  layer <- plain_text(layer)
  if (!is_filled_string(layer)) {
    stop_argument("`layer` must be one layer's name, as a string.", call = call)
  }
  if (!is_finite_number(weight)) {
    stop_argument("`weight` must be a finite number.", call = call)
  }
  if (!is.null(objective) && !is_string(objective)) {
    stop_argument(
      "`objective` must be one string.", "For example: `objective = \"neuron(66)\"`.", call = call
    )
  }
  term <- list(layer = layer, weight = as.numeric(weight), channels = as_channels(channels, call))
  term["objective"] <- list(objective)
  structure(list(term), class = "layer_terms")
}

# Channels as a list of numbers, or of pairs of a number and its weight; NULL for all.
as_channels <- function(channels, call) {
  if (is.null(channels)) {
    return(NULL)
  }
  numbers <- suppressWarnings(as.numeric(names(channels) %||% channels))
  plain <- is.numeric(channels) && !is.object(channels) && all(is.finite(channels))
  if (!length(channels) || !plain || !all(is_whole(numbers) & numbers >= 0)) {
    stop_argument(
      "`channels` must be whole numbers from 0, or weights named by them.",
      "For example: `60:69`, or `c(\"66\" = 1, \"143\" = -0.5)`.",
      call = call
    )
  }
  if (is.null(names(channels))) {
    return(as.list(as.integer(numbers)))
  }
  unname(Map(list, as.integer(numbers), as.numeric(channels)))
}

#' @export
c.layer_terms <- function(...) {
  bind_terms(list(...), current_env())
}

# Terms, contributions and named weights, as one object of class layer_terms.
bind_terms <- function(values, call) {
  values <- values[lengths(values) > 0]
  parts <- Map(function(value, name) {
    if (inherits(value, "layer_terms")) {
      return(unclass(value))
    }
    if (is_term(value)) {
      return(list(value))
    }
    named <- if (is.null(names(value))) stats::setNames(list(value), name) else list(value)
    weights <- new_layer_contrib(named, call)
    Map(as_term, names(weights), unclass(weights))
  }, values, names(values) %||% rep("", length(values)))
  structure(do.call(c, unname(lapply(parts, unname))), class = "layer_terms")
}

# Whether it is an element of layer_terms, which c() has taken out of its class.
is_term <- function(value) {
  is.list(value) && identical(names(value), c("layer", "weight", "channels", "objective"))
}

#' @export
`[.layer_terms` <- function(x, i) {
  structure(unclass(x)[i], class = "layer_terms")
}

#' @export
format.layer_terms <- function(x, ...) {
  names <- vapply(x, term_label, character(1))
  weights <- vapply(x, function(term) as.numeric(term$weight), numeric(1))
  paste0(format(names), "  ", format(weights, drop0trailing = TRUE))
}

#' @export
print.layer_terms <- function(x, ...) {
  cat("<layer_terms> ", count(length(x), "term"), "\n", sep = "")
  cat(paste0("  ", format(x, ...), "\n"), sep = "")
  invisible(x)
}

# A term without its weight: mixed4[66, 143 x 2.5] direction.
term_label <- function(term) {
  channels <- vapply(term$channels, function(channel) {
    weight <- if (length(channel) > 1) as.numeric(channel[[2]]) else 1
    paste0(channel[[1]], if (weight != 1) paste(" x", format(weight)))
  }, character(1))
  if (length(channels) > 5) {
    channels <- c(channels[1:4], "...")
  }
  inside <- if (length(channels)) paste0("[", paste(channels, collapse = ", "), "]")
  paste(c(paste0(term$layer, inside), term$objective), collapse = " ")
}

# Layers as they are printed in one line.
layers_text <- function(layers) {
  if (inherits(layers, "layer_terms")) {
    return(paste(trimws(gsub("  +", " ", format(layers))), collapse = ", "))
  }
  weights <- format(unclass(layers), trim = TRUE, drop0trailing = TRUE)
  paste(names(layers), weights, collapse = ", ")
}

#' Names of ImageNet's classes
#'
#' @returns A character vector of the thousand names, in their order. The first is the class 0 of a
#'   classifier, and so on: the number is one less than the place in this vector. Any of them can be
#'   used in an objective of [layer_term()], `"class_logit('jellyfish')"`.
#' @export
#' @examplesIf deepdreamr_available()
#' grep("shark", class_names(), value = TRUE)
class_names <- function() {
  as.character(unlist(bridge_call("class_names")$classes))
}
