#' Let a network dream
#'
#' Changes a picture so that the chosen layers of a network respond more
#' strongly to it: first at a small size, then, octave by octave, at larger
#' ones, each time putting back the detail that the smaller size had lost.
#'
#' @param image The picture: the path of a file, its bytes (a raw vector), an
#'   array (height x width, or height x width x 1 to 4, values from 0 to 1), a
#'   raster or `nativeRaster`, an image of the packages magick or imager, or an earlier
#'   dream. It can be left out if `size` is given: then the dream starts from noise.
#' @param layers What to make stronger: weights named by layer, as
#'   [layer_contrib()], a list or a vector; or names of layers alone, each with
#'   the weight 1; or terms, as [layer_term()] and lists of them. Left at `NULL`, the
#'   recipe's own. Names that the network does not have are left out with one warning
#'   (see `missing`).
#' @param ... Settings of the recipe, by name: `octaves = 3`, `iterations = 10`,
#'   `octave_scale = 1.3`, `step = 0.02`. [recipe_settings()] lists them all.
#' @param recipe Name of a published schedule: see [recipes()]. Left at `NULL`,
#'   `"rblog"`, the script "Deep Dreaming in R".
#' @param network Name of a network (`"inception_v3"`, `"vgg16"`, ...), the path of
#'   a model (`.keras`, `.h5`, a SavedModel's folder, a frozen graph), or a Keras model.
#' @param weights Where the network's parameters come from: `"auto"` (a model's own,
#'   or the bundled ones, or else ImageNet's), `"bundled"`, `"imagenet"` (downloaded by
#'   Keras), `"untrained"` (random, from `seed`), `"download"` (for inception5h), or the path of a
#'   file.
#' @param convention What a network from a file takes for a picture: `"tf"` (-1 to 1, the
#'   default), `"caffe"`, `"torch"`, `"0-255"` or `"0-1"`.
#' @param engine What runs the network: `"fast"`, deepdreamr's own, or `"keras"`, plain and
#'   slower, to check the other against; for the networks of Keras and a Keras model.
#' @param guide A second picture: dream towards what it contains.
#' @param size `c(height, width)` of a dream that starts from noise.
#' @param max_size The most pixels of the longer side: a larger picture is scaled down
#'   first.
#' @param mask Where the dream grows: a picture, as `image`, that is white where it does and grey
#'   where it does partly; where it is black the original is kept. If it has transparency, its
#'   opaque part grows; `"alpha"` is that of `image` itself. It may have any size.
#' @param masks Several masks with layers of their own, in place of `mask` and `layers`:
#'   `list(list(mask = "sky.png", layers = c(mixed3 = 1)), list(mask = ..., layers = ...))`.
#' @param keep_colors `TRUE` takes no more than the dream's brightness: the colours stay the
#'   picture's.
#' @param strength How much of the dream is mixed into the picture, from 0 to 1.
#' @param missing What to do with layers that the network does not have:
#'   `"warn"` or `"error"`.
#' @param training `TRUE` runs batch normalisation on the picture's own
#'   statistics, which the blog calls the trained phase.
#' @param seed A whole number. The same call with the same seed gives the same
#'   pixels. Left at `NULL`, [set.seed()] decides it where it was called last, before anything
#'   else drew random numbers, and Python draws it if not; the dream
#'   holds it as `seed`.
#' @param precision In what the network computes: `"float32"`, `"bfloat16"`,
#'   `"float16"`, or `"auto"` for `"bfloat16"` where the machine has it.
#' @param max_memory The most memory to use, in bytes or as `"2GB"`; large pictures are
#'   dreamed in parts.
#' @param save_octaves A folder for the picture at the end of each octave:
#'   `at_scale_<height>x<width>.png`.
#' @param save_steps A file for the ascent as a short animation; the ending says how: `.gif`,
#'   `.webp`, `.png` or `.apng` (both animated PNG). It has at most 100 frames, of the picture's
#'   size but of at most 640 pixels.
#' @param every How many steps lie between two frames of `save_steps`, and between two pictures for
#'   `on_step`. Left at `NULL`, as few as there may be between frames, and `on_step` gets none.
#' @param checkpoint A file that keeps the dream after each octave. The same call goes on
#'   from it after an interrupt, to the same pixels; it is deleted at the end.
#' @param overwrite Whether files of `save_octaves` and `save_steps` that are there already may be
#'   replaced.
#' @param on_step A function that is called after each iteration with a list of
#'   `octave`, `octaves`, `height`, `width`, `iteration`, `iterations`,
#'   `loss` and, where `every` asks for it, `image`: the picture after that step, which can be
#'   plotted and saved as a dream can (see [pictures]), else `NULL`. If it returns `FALSE` the
#'   dream stops there.
#'
#' @details
#' Whatever is left at `NULL` takes the default of the Python package, so that
#' both languages make the same picture. A setting in `...` is different: where
#' it may be off, `NULL` turns it off, as in `max_loss = NULL`. Ctrl-C or Escape
#' stops a dream and gives the prompt back; [dream_interrupted()] has the picture so far.
#'
#' A recipe's own `max_loss` belongs to its own layers: with other layers, weights or channels,
#' a guide, another network or objective there is none, unless it is given. A dream that does
#' nothing, or nothing at some octaves, gives a warning of class `deepdreamr_warning_stopped`.
#'
#' @returns An object of class `dream`. It is plain R (see [pictures] for what can
#'   be done with it), and it can be saved with [saveRDS()]. Among its elements:
#'   \describe{
#'     \item{`png`}{the picture, as the bytes of a PNG file;}
#'     \item{`size`}{its height and width;}
#'     \item{`losses`}{a data frame of `octave`, `iteration` and `loss`;}
#'     \item{`octaves`}{a data frame of each octave's `height` and `width`;}
#'     \item{`recipe`, `settings`, `layers`, `network`, `weights`, `training`,
#'       `precision`, `engine`, `seed`}{what made it;}
#'     \item{`seconds`, `device`}{how long it took, and where;}
#'     \item{`stopped`}{`NULL`, or why it ended early (`"callback"`, `"interrupted"`,
#'       `"not finite"`), or why whole octaves were not dreamed (`"max_loss"`, `"no gradient"`).}
#'   }
#' @seealso [plan_dream()], [save_dream()], [replay_dream()], [layer_contrib()], [recipes()],
#'   [layer_names()], [summary.dream()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), LContrib, octaves = 3, iterations = 5)
#' d
#' plot(d)
#'
#' # stop as soon as the loss is large enough
#' enough <- function(step) step$loss < 2
#' dream(sample_image(), c(mixed4 = 1), max_size = 200, octaves = 2, on_step = enough)
#'
#' # look at every fifth step
#' look <- function(step) if (!is.null(step$image)) plot(step$image)
#' dream(sample_image(), c(mixed4 = 1), max_size = 200, octaves = 2, every = 5, on_step = look)
dream <- function(image, layers = NULL, ..., recipe = NULL, network = NULL, weights = NULL,
                  convention = NULL, engine = NULL, guide = NULL, size = NULL, max_size = NULL,
                  mask = NULL, masks = NULL, keep_colors = NULL, strength = NULL, missing = NULL,
                  training = NULL, seed = NULL, precision = NULL, max_memory = NULL,
                  save_octaves = NULL, save_steps = NULL, every = NULL, checkpoint = NULL,
                  overwrite = NULL, on_step = NULL) {
  call <- current_env()
  if (missing(image)) {
    image <- NULL
  }
  options <- session_seed(given_options(own_arguments(), ..., call = call))
  image <- one_picture(evaluate_argument(image, "image", call), call)
  picture <- start_picture(image, size, call)
  layers <- as_layers(evaluate_argument(layers, "layers", call), call)
  check_every(options, on_step, call)
  show <- cell_preview()
  answer <- watch_steps(
    function(report) {
      bridge_call("dream", image = picture, layers = layers, options = options,
                  on_step = report, on_preview = show, call = call)
    },
    on_step, call
  )
  dream <- finish_dream(answer, source = source_name(image))
  if (is.null(show)) dream else note_cell(dream)
}

# A dream is of one picture: several files are another function's work.
one_picture <- function(image, call) {
  files <- plain_text(if (is_list_of_paths(image)) unlist(image) else image)
  if (is.character(files) && is.null(dim(image)) && length(files) > 1) { # a raster has colours
    stop_image(
      paste0("`image` must be one picture, not ", length(files), " files: `dream_many()` dreams ",
             "of each."),
      call = call
    )
  }
  if (is_string(files) && nchar(files, "bytes") <= 2000) {
    path <- path.expand(native_path(files))
    if (dir.exists(path)) {
      stop_image(paste0("`image` is a folder, not a picture: '", files, "'."),
                 "`dream_many()` dreams of all that are in it.", call = call)
    }
    if (grepl("[*?[]", path) && !file.exists(path)) {
      stop_image(paste0("There is no file '", files, "'."),
                 "`dream_many()` dreams of all that a glob finds.", call = call)
    }
  }
  image
}

is_list_of_paths <- function(image) {
  is.list(image) && !is.object(image) && all(vapply(image, is_string, logical(1)))
}

# What the dream starts from: a picture, or NULL for noise of the given size.
start_picture <- function(image, size, call) {
  if (!is.null(image)) {
    return(as_picture(image, "image", call))
  }
  if (is.null(size)) {
    stop_argument(
      "`image` is missing: there is no picture to start from.",
      c(
        "For example: `dream(\"jelly.jpg\", LContrib)`, with a file of yours.",
        "`dream(sample_image(), LContrib)` takes the sample picture.",
        "`dream(size = c(240, 320), seed = 1)` starts from noise."
      ),
      call = call
    )
  }
  NULL
}

source_name <- function(image) {
  image <- plain_text(image)
  if (is_string(image)) {
    as_utf8(basename(native_path(image)))
  } else if (inherits(image, "dream")) {
    "a dream"
  }
}

# What made a dream is the record that its picture carries.
new_dream <- function(answer, source = NULL) {
  record <- answer$record
  new_picture(
    list(
      png = answer$png,
      size = as.integer(answer$size),
      losses = as_losses(answer$losses),
      octaves = as_sizes(record$octaves),
      recipe = record$recipe,
      settings = record$settings,
      layers = from_layers(record$layers),
      network = record$network,
      weights = record$weights,
      training = record$training,
      precision = record$precision,
      engine = record$engine,
      seed = record$seed,
      seconds = answer$seconds,
      device = record$device,
      stopped = record$stopped,
      source = source %||% record$source,
      details = answer$details
    ),
    "dream"
  )
}

#' @export
format.dream <- function(x, ...) {
  run <- paste0(count(nrow(x$octaves), "octave"), ", ", count(nrow(x$losses), "iteration"), ", ",
                limit_text(x$settings$max_loss))
  c(
    paste0("<dream> ", x$size[2], " x ", x$size[1], of_source(x$source)),
    paste0("  layers   ", layers_text(x$layers)),
    paste0("  network  ", x$network, ", ", x$weights),
    paste0("  recipe   ", x$recipe, ": ", run),
    if (nrow(x$losses)) paste0("  loss     ", loss_text(x$losses$loss)),
    paste0("  time     ", format(x$seconds, digits = 2), " s",
           if (!is.null(x$device)) paste(" on", x$device)),
    if (!is.null(x$stopped)) paste0("  stopped  ", x$stopped)
  )
}

#' The run of a dream
#'
#' @param object A dream.
#' @param x A dream or its summary.
#' @param row.names,optional As in [as.data.frame()].
#' @param what `"picture"`, or `"loss"` for the loss at each iteration, octave by
#'   octave.
#' @param ... Handed on to [graphics::rasterImage()] or [graphics::plot()].
#'
#' @returns `summary()` gives a list of class `summary.dream`: the data frame
#'   `octaves`, with the size, the number of iterations and the first and last
#'   loss of each octave, and what was used to make the picture. `as.data.frame()` gives the
#'   losses, a row for each iteration: `octave`, `iteration` and `loss`. `plot()` returns
#'   its argument, invisibly.
#' @seealso [autoplot.dream()], which draws both side by side
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), LContrib, max_size = 200, octaves = 2)
#' summary(d)
#' plot(d, "loss")
#' tail(as.data.frame(d), 3)
summary.dream <- function(object, ...) {
  losses <- split(object$losses$loss, factor(object$losses$octave, seq_len(nrow(object$octaves))))
  octaves <- cbind(
    octave = seq_len(nrow(object$octaves)),
    object$octaves,
    iterations = lengths(losses, use.names = FALSE),
    first_loss = vapply(losses, function(loss) loss[1], numeric(1), USE.NAMES = FALSE),
    last_loss = vapply(losses, function(loss) loss[max(1, length(loss))], numeric(1),
                       USE.NAMES = FALSE)
  )
  structure(
    c(list(octaves = octaves, heading = format(object)), unclass(object)[c("settings", "seed")]),
    class = "summary.dream"
  )
}

#' @rdname summary.dream
#' @export
as.data.frame.dream <- function(x, row.names = NULL, # nolint: object_name_linter. R's own name.
                                optional = FALSE, ...) {
  as.data.frame(x$losses, row.names = row.names, optional = optional, ...)
}

#' @export
print.summary.dream <- function(x, ...) {
  writeLines(x$heading)
  cat("\n")
  print(x$octaves, row.names = FALSE, digits = 4)
  cat("\nSettings:\n")
  settings <- vapply(x$settings, format_setting, character(1))
  cat(strwrap(paste0(paste(names(settings), settings, sep = " = "), collapse = ", "),
              indent = 2, exdent = 2), sep = "\n")
  cat("  seed = ", format_setting(x$seed), "\n", sep = "")
  invisible(x)
}

limit_text <- function(max_loss) {
  if (is.null(max_loss)) "no max_loss" else paste("max_loss", format(max_loss))
}

loss_text <- function(loss) {
  paste(format(loss[c(1, length(loss))], digits = 3, trim = TRUE), collapse = " to ")
}

format_setting <- function(value) {
  if (is.null(value)) "NULL" else paste(format(unlist(value), trim = TRUE), collapse = " ")
}

#' @rdname summary.dream
#' @export
plot.dream <- function(x, what = c("picture", "loss"), ...) {
  if (check_choice(what, c("picture", "loss"), "what") == "picture") {
    return(plot.deepdreamr_picture(x, ...))
  }
  plot_losses(x$losses, ...)
  invisible(x)
}

plot_losses <- function(losses, xlab = "step", ylab = "loss", ...) {
  check_steps(losses)
  step <- seq_along(losses$loss)
  graphics::plot(step, losses$loss, type = "n", xlab = xlab, ylab = ylab, ...)
  starts <- step[!duplicated(losses$octave)]
  graphics::abline(v = starts[-1] - 0.5, col = "grey80")
  graphics::mtext(losses$octave[starts], at = starts, cex = 0.8, col = "grey40")
  graphics::mtext("octave", at = graphics::par("usr")[1], adj = 1.2, cex = 0.8, col = "grey40")
  for (octave in unique(losses$octave)) {
    here <- losses$octave == octave
    graphics::lines(step[here], losses$loss[here], type = "o", pch = 20, cex = 0.6)
  }
}

check_steps <- function(losses, call = caller_env()) {
  if (!nrow(losses)) {
    stop_argument("There is no step whose loss could be drawn.", call = call)
  }
}

of_source <- function(source) {
  if (!is.null(source)) paste(" of", source)
}

count <- function(number, noun) {
  paste0(number, " ", noun, if (number != 1) "s")
}
