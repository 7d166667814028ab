#' What a layer sees in a picture
#'
#' Runs a picture through the network up to one layer. Each channel of the layer
#' gives a map of how strongly it responds where: the feature maps.
#'
#' @inheritParams dream
#' @param image The picture, as in [dream()].
#' @param layer Name of one layer; [layer_names()] lists them.
#' @param ... Further options: `convention`, `engine` and `seed` as in [dream()]; of the contact
#'   sheet, `scale` (`"channel"`, or `"layer"` for one scale of colours for all) and `zoom`.
#' @param order How to sort the contact sheet: by `"strength"` or by `"index"`.
#' @param channels Numbers of the channels on the contact sheet, counted from 0;
#'   left at `NULL`, as many as there is room for.
#' @param colormap Name of the contact sheet's colours.
#' @param columns Number of columns of the contact sheet.
#'
#' @returns An object of class `feature_maps`, plain R like a [dream()]. `as.array()`
#'   gives the activations as an array of height x width x channels, whose
#'   channels are named by their numbers from 0: `as.array(f)[, , "66"]`. `dim()` gives
#'   its dimensions. `plot()` draws the contact sheet, or with `channel = 66` the map
#'   of one channel. [save_dream()] saves the contact sheet.
#' @seealso [layer_sheet()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' f <- feature_maps(sample_image(), "mixed3")
#' f
#' plot(f)
#' plot(f, channel = 12)
#' range(as.array(f)[, , "12"])
feature_maps <- function(image, layer, ..., network = NULL, weights = NULL, training = NULL,
                         precision = NULL, order = NULL, channels = NULL, colormap = NULL,
                         columns = NULL) {
  call <- current_env()
  picture <- as_picture(evaluate_argument(image, "image", call), "image", call)
  layer <- as_layer(evaluate_argument(layer, "layer", call), call)
  channels <- as_channel_numbers(channels)
  options <- session_seed(given_options(own_arguments(), ..., call = call))
  answer <- bridge_call("feature_maps", image = picture, layer = layer, options = options,
                        call = call)
  new_picture(
    list(
      png = answer$png,
      size = png_size(answer$png),
      activations = as_activations(answer$activations, answer$shape),
      layer = answer$layer,
      network = answer$network,
      weights = answer$weights,
      source = source_name(image)
    ),
    "feature_maps"
  )
}

#' @export
format.feature_maps <- function(x, ...) {
  size <- dim(x)
  strength <- sort(colMeans(x$activations, dims = 2), decreasing = TRUE)
  strongest <- utils::head(strength, 5)
  c(
    paste0("<feature_maps>", of_source(x$source), ": ", x$layer, ", ", count(size[3], "channel"),
           " of ", size[2], " x ", size[1]),
    paste0("  network    ", x$network, ", ", x$weights),
    paste0("  strongest  ", paste0(names(strongest), " (", format(strongest, digits = 2), ")",
                                   collapse = ", "))
  )
}

#' @export
dim.feature_maps <- function(x) {
  dim(unclass(x)$activations)
}

#' @export
as.array.feature_maps <- function(x, ...) {
  x$activations
}

#' @rdname feature_maps
#' @param x A `feature_maps`.
#' @param channel Number of one channel, counted from 0; left at `NULL`, the contact
#'   sheet is drawn.
#' @export
plot.feature_maps <- function(x, channel = NULL, ...) {
  if (is.null(channel)) {
    return(NextMethod())
  }
  known <- dimnames(x$activations)[[3]]
  if (!(is_finite_number(channel) || is_string(channel)) || !as.character(channel) %in% known) {
    stop_argument(paste0("`channel` must be one number from 0 to ", length(known) - 1, "."))
  }
  draw_map(x$activations[, , as.character(channel)], ...)
  invisible(x)
}

draw_map <- function(map, col = grDevices::hcl.colors(64, "viridis"), ...) {
  upright <- t(map[rev(seq_len(nrow(map))), , drop = FALSE])
  old <- graphics::par(mar = rep(0, 4))
  on.exit(graphics::par(old))
  graphics::image(
    seq_len(ncol(map)), seq_len(nrow(map)), upright,
    col = col, asp = 1, axes = FALSE, ann = FALSE, useRaster = TRUE, ...
  )
}
