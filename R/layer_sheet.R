#' What each of several layers makes of a picture
#'
#' Dreams the same picture once with each layer and puts the results, labelled, side
#' by side in one picture.
#'
#' @inheritParams dream
#' @param layers The layers, one tile each: names, or weights named by layer as in
#'   [dream()]. Left at `NULL`, the recipe's, or twelve from the first to the last of a network
#'   that has none of those. Layers that only pictures of one other size have are left out with
#'   a warning.
#' @param ... Any other argument of [dream()] but `masks`, `save_octaves`, `save_steps` and
#'   `checkpoint`, the settings of the recipe, `overwrite = TRUE` to replace the files in `folder`,
#'   and `zoom`, the size of a tile divided by the picture's.
#' @param columns Number of tiles in a row.
#' @param folder A folder that gets a file for each tile, too.
#' @param on_step As in [dream()]; its list also has `layer`, `number` and `layers`: the
#'   layer's name, its number, and how many there are.
#'
#' @returns An object of class `layer_sheet`; see [pictures] for what can be done with
#'   it. Its element `layers` has the layers' names in the order of the tiles.
#' @seealso [channel_sheet()], [feature_maps()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' layers <- c("mixed0", "mixed3", "mixed6")
#' sheet <- layer_sheet(sample_image(), layers, octaves = 2, max_size = 200)
#' plot(sheet)
layer_sheet <- function(image = NULL, layers = NULL, ..., columns = NULL, folder = NULL,
                        on_step = NULL) {
  call <- current_env()
  picture <- start_picture(evaluate_argument(image, "image"), list(...)$size, call)
  layers <- as_layers(evaluate_argument(layers, "layers"), call)
  options <- session_seed(given_options(own_arguments(), ..., call = call))
  answer <- watch_steps(
    function(report) {
      bridge_call("layer_sheet", image = picture, layers = layers, options = options,
                  on_step = report, call = call)
    },
    on_step, call
  )
  new_picture(
    list(
      png = answer$png,
      size = png_size(answer$png),
      layers = as.character(unlist(answer$layers)),
      recipe = answer$record$recipe,
      network = answer$record$network,
      weights = answer$record$weights,
      seed = answer$record$seed,
      stopped = answer$stopped,
      source = source_name(image)
    ),
    "layer_sheet"
  )
}

#' @export
format.layer_sheet <- function(x, ...) {
  c(
    paste0("<layer_sheet> ", x$size[2], " x ", x$size[1], of_source(x$source)),
    paste0("  layers   ", paste(x$layers, collapse = ", ")),
    paste0("  network  ", x$network, ", ", x$weights),
    paste0("  recipe   ", x$recipe),
    if (!is.null(x$stopped)) paste0("  stopped  ", x$stopped)
  )
}

#' What each channel of a layer dreams
#'
#' Dreams once with each of several channels of a layer, from noise or from a picture, and puts
#' the results, with the channels' numbers, side by side in one picture: a sheet to choose
#' channels from.
#'
#' @inheritParams layer_sheet
#' @param layer Name of one layer; [layer_names()] lists them.
#' @param image The picture, as in [dream()]; left at `NULL`, noise of the given `size`, or of
#'   300 x 300 pixels.
#' @param ... Any other argument of [dream()] but `layers`, `missing`, `guide`, `masks`,
#'   `save_octaves`, `save_steps` and `checkpoint`, the settings of the recipe, `overwrite = TRUE`
#'   to replace the files in `folder`, and `zoom`, the size of a tile divided by the picture's.
#' @param channels Numbers of the channels, counted from 0. Left at `NULL`, twelve: from a
#'   picture the strongest there, from noise the strongest of each twelfth of the layer.
#' @param recipe As in [dream()]; left at `NULL`, `"vivid"`.
#' @param on_step As in [dream()]; its list also has `layer`, `number` and `layers`: the tile's
#'   name, such as `"mixed3 [500]"`, its number, and how many there are.
#'
#' @returns An object of class `channel_sheet`; see [pictures] for what can be done with it. Its
#'   elements `layer` and `channels` have the layer's name and the channels' numbers in the
#'   order of the tiles.
#' @seealso [layer_sheet()]; `dream(size = c(300, 300), layers = "mixed4[66]")` dreams of one.
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' sheet <- channel_sheet("mixed3", channels = c(500, 573), octaves = 1, iterations = 20)
#' plot(sheet)
channel_sheet <- function(layer, image = NULL, ..., channels = NULL, recipe = NULL,
                          columns = NULL, folder = NULL, on_step = NULL) {
  call <- current_env()
  layer <- as_layer(evaluate_argument(layer, "layer", call), call)
  from <- evaluate_argument(image, "image", call)
  picture <- if (!is.null(from)) as_picture(from, "image", call)
  channels <- as_channel_numbers(channels)
  options <- session_seed(given_options(own_arguments(), ..., call = call))
  answer <- watch_steps(
    function(report) {
      bridge_call("channel_sheet", layer = layer, image = picture, options = options,
                  on_step = report, call = call)
    },
    on_step, call
  )
  new_picture(
    list(
      png = answer$png,
      size = png_size(answer$png),
      layer = answer$layer,
      channels = as.integer(unlist(answer$channels)),
      recipe = answer$record$recipe,
      network = answer$record$network,
      weights = answer$record$weights,
      seed = answer$record$seed,
      stopped = answer$stopped,
      source = source_name(from)
    ),
    "channel_sheet"
  )
}

#' @export
format.channel_sheet <- function(x, ...) {
  c(
    paste0("<channel_sheet> ", x$size[2], " x ", x$size[1], of_source(x$source)),
    paste0("  layer    ", x$layer, ", channels ", paste(x$channels, collapse = ", ")),
    paste0("  network  ", x$network, ", ", x$weights),
    paste0("  recipe   ", x$recipe),
    if (!is.null(x$stopped)) paste0("  stopped  ", x$stopped)
  )
}

#' The gradient as a picture
#'
#' Where, and in which colours, a picture would have to change so that the layers
#' respond more strongly: what the first step of a dream adds to it.
#'
#' @inheritParams dream
#' @param image The picture, as in [dream()].
#' @param ... `recipe`, `network`, `weights`, `convention`, `engine`, `missing`, `training`, `seed`,
#'   `precision`, `max_memory` and `guide` as in [dream()], the settings of the recipe, and
#'   `percentile`: how many per cent of the gradient lie between black and white (99.5).
#'
#' @returns An object of class `gradient_picture`; see [pictures] for what can be done
#'   with it. Its element `loss` has the loss of the picture as it is.
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' plot(gradient_picture(sample_image(), c(mixed4 = 1)))
gradient_picture <- function(image, layers = NULL, ...) {
  call <- current_env()
  answer <- bridge_call(
    "gradient_picture",
    image = as_picture(evaluate_argument(image, "image"), "image", call),
    layers = as_layers(evaluate_argument(layers, "layers"), call),
    options = session_seed(given_options(list(), ..., call = call))
  )
  new_picture(
    list(png = answer$png, size = png_size(answer$png), loss = answer$loss,
         source = source_name(image)),
    "gradient_picture"
  )
}

#' @export
format.gradient_picture <- function(x, ...) {
  c(
    paste0("<gradient_picture> ", x$size[2], " x ", x$size[1], of_source(x$source)),
    paste0("  loss     ", format(x$loss, digits = 3))
  )
}
