# Finished pictures, which R holds as PNG bytes.

#' The sample picture
#'
#' @param name Name of the picture.
#' @returns The path of a JPEG file that comes with the package.
#' @export
#' @examples
#' sample_image()
sample_image <- function(name = "jelly") {
  folder <- system.file("extdata", package = "deepdreamr")
  name <- plain_text(name)
  path <- if (is_string(name)) file.path(folder, paste0(name, ".jpg"))
  if (is.null(path) || !file.exists(path)) {
    names <- sub("[.]jpg$", "", list.files(folder, pattern = "[.]jpg$"))
    stop_argument(
      paste0("There is no sample picture of that name. Received: name=", shown(name), "."),
      paste0("There is: ", quoted(names), ".")
    )
  }
  path
}

# ---- what a picture can do -------------------------------------------------

# The parent class of everything that holds a finished picture as `png` (raw).
new_picture <- function(fields, class) {
  structure(fields, class = c(class, "deepdreamr_picture"))
}

#' Pictures as R's own objects
#'
#' What [dream()], the sheets and [feature_maps()] return holds the finished
#' picture, so it can be plotted and turned into R's own kinds of picture without
#' Python. Its element `png` has the bytes of a PNG file.
#'
#' Where a session has a pane for pictures (RStudio, Positron, VS Code: the option `viewer`), a
#' picture that is printed shows there, too; `options(deepdreamr.viewer = FALSE)` turns that off.
#' In a document it shows by itself: see [knit_print.deepdreamr_picture()].
#'
#' @param x The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param interpolate Whether to smooth the picture where it is drawn larger
#'   than it is.
#' @param ... Not used, but by `plot()`, which hands it to
#'   [graphics::rasterImage()].
#'
#' @returns `plot()` returns its argument, invisibly. `as.raster()` gives a
#'   [grDevices::as.raster] matrix of colours, `as.array()` an array of height x
#'   width x 3 with values from 0 to 1, `dim()` the height and the width. `as_magick()` gives an
#'   image of the package magick, for which that must be installed; the other way, [dream()] takes
#'   one. It keeps what the PNG file says of its making, whatever is done with it, until
#'   `magick::image_strip()` takes that out.
#' @name pictures
#' @seealso [save_dream()], [autoplot.dream()]
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), LContrib, max_size = 200, octaves = 2)
#' dim(d)
#' plot(d)
#' mean(as.array(d)[, , 3])
#' if (requireNamespace("magick", quietly = TRUE)) {
#'   magick::image_scale(as_magick(d), "50%")
#' }
NULL

#' @export
print.deepdreamr_picture <- function(x, ...) {
  writeLines(format(x, ...))
  show_picture(x)
  invisible(x)
}

#' @rdname pictures
#' @export
plot.deepdreamr_picture <- function(x, ..., interpolate = TRUE) {
  draw_picture(x$png, interpolate = interpolate, ...)
  invisible(x)
}

#' @rdname pictures
#' @importFrom grDevices as.raster
#' @export
as.raster.deepdreamr_picture <- function(x, ...) {
  grDevices::as.raster(picture_array(x))
}

#' @rdname pictures
#' @export
as.array.deepdreamr_picture <- function(x, ...) {
  picture_array(x)
}

#' @rdname pictures
#' @export
dim.deepdreamr_picture <- function(x) {
  unclass(x)$size
}

#' @rdname pictures
#' @export
as_magick <- function(x) {
  x <- check_finished(evaluate_argument(x, "x"), "as_magick(d)")
  check_installed("magick")
  magick::image_read(x$png)
}

picture_array <- function(x) {
  png::readPNG(x$png)[, , 1:3, drop = FALSE]
}

# A picture on the whole device, its sides in proportion.
draw_picture <- function(png, ...) {
  raster <- png::readPNG(png, native = TRUE)
  old <- graphics::par(mar = rep(0, 4))
  on.exit(graphics::par(old))
  graphics::plot.new()
  graphics::plot.window(c(0, ncol(raster)), c(0, nrow(raster)), asp = 1, xaxs = "i", yaxs = "i")
  graphics::rasterImage(raster, 0, 0, ncol(raster), nrow(raster), ...)
}

# The height and the width in a PNG file's header.
png_size <- function(png) {
  number <- function(bytes) sum(as.integer(bytes) * 256^(3:0))
  as.integer(c(number(png[21:24]), number(png[17:20])))
}

#' Save a picture
#'
#' A PNG file gets the picture as it is: the bytes of `x$png`. In the other formats it
#' has the same pixels (but in JPEG, which loses some) and says of itself the same (see
#' [show_dream()]; BMP has no place for it).
#' The file is there whole or not at all, and one that is replaced hands its rights on.
#'
#' @param x The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param path Where to write; the ending says how: `.png`, `.jpg`, `.jpeg`,
#'   `.webp`, `.tif`, `.tiff` or `.bmp`.
#' @param quality Quality of a JPEG file, 0 to 100.
#' @param overwrite Whether to replace a file that is there already.
#'
#' @returns `path`, invisibly: what comes after it in a pipe gets the file, which [show_dream()],
#'   [replay_dream()], [mix_dream()] and [dream()] take as they take a dream.
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' file <- file.path(tempdir(), "dream.png")
#' dream(sample_image(), LContrib, max_size = 200, octaves = 2) |>
#'   save_dream(file) |>
#'   show_dream()
save_dream <- function(x, path, quality = 95, overwrite = FALSE) {
  x <- check_finished(evaluate_argument(x, "x"), "save_dream(d, \"dream.png\")")
  check_number(quality, "quality", 0, 100)
  check_flag(overwrite, "overwrite")
  path <- native_path(plain_text(path))
  if (!is_string(path)) {
    stop_deepdreamr("output", "`path` must be the path of one file.")
  }
  bridge_call("save", picture = x$png, path = path.expand(path),
              options = list(quality = quality, overwrite = overwrite))
  invisible(path)
}

# Something that holds a finished picture. `use` is a right call, with the dream `d`.
check_finished <- function(x, use, call = caller_env()) {
  if (!inherits(x, "deepdreamr_picture")) {
    stop_argument(
      paste0("`x` must be a finished dream, not ", a_class(x), "."),
      c(
        paste0("For example: `d <- dream(\"jelly.jpg\"); ", use, "`."),
        if (is.function(x)) "`dream` itself is the function; keep its result under another name."
      ),
      call = call
    )
  }
  x
}
