# What a user gives as a picture or as a path, as the bridge takes it.

# A picture that a user gave, as the bridge takes it: the path of a file, or
# the bytes of one.
as_picture <- function(image, arg = "image", call = caller_env()) {
  UseMethod("as_picture")
}

as_picture.deepdreamr_picture <- function(image, ...) {
  image$png
}

as_picture.raw <- function(image, ...) {
  image
}

as_picture.character <- function(image, arg = "image", call = caller_env()) {
  picture_path(plain_text(image), arg, call)
}

as_picture.factor <- as_picture.character

as_picture.nativeRaster <- function(image, ...) {
  png::writePNG(image)
}

as_picture.raster <- function(image, ...) {
  png::writePNG(raster_array(image))
}

as_picture.numeric <- function(image, arg = "image", call = caller_env()) {
  array_picture(check_pixels(image, arg, call))
}

as_picture.logical <- as_picture.numeric

# The package imager's: width x height x frames x colours.
as_picture.cimg <- function(image, arg = "image", call = caller_env()) {
  size <- dim(image)
  if (length(size) != 4) {
    stop_image(paste0("`", arg, "` is no cimg of four dimensions."), call = call)
  }
  warn_frames(size[3], arg, call)
  array <- array(unclass(image), size)[, , 1, , drop = FALSE]
  as_picture(aperm(array(array, size[-3]), c(2, 1, 3)), arg, call)
}

# The package magick's pixels: colours x width x height, as raw.
as_picture.bitmap <- function(image, arg = "image", call = caller_env()) {
  values <- array(as.integer(unclass(image)) / 255, dim(image))
  as_picture(aperm(values, c(3, 2, 1)), arg, call)
}

`as_picture.magick-image` <- function(image, arg = "image", call = caller_env()) {
  if (!requireNamespace("magick", quietly = TRUE)) {
    stop_image(
      paste0("`", arg, "` is a magick image, but the package magick is not installed."),
      call = call
    )
  }
  if (length(image) == 0) {
    stop_image(paste0("`", arg, "` is a magick image without a picture."), call = call)
  }
  warn_frames(length(image), arg, call)
  magick::image_write(image[1], format = "png")
}

warn_frames <- function(frames, arg, call) {
  if (frames > 1) {
    warn_deepdreamr(
      "image", paste0("`", arg, "`: only the first of ", frames, " frames is used."), call = call
    )
  }
}

# An array of 0 to 1, as PNG where its values have 8 bits, or else as its numbers.
array_picture <- function(image) {
  if (all(abs(image * 255 - round(image * 255)) < 1e-6)) {
    return(png::writePNG(image))
  }
  size <- c(dim(image), 1)[1:3]
  dim(image) <- size
  if (size[3] == 2) {
    image <- image[, , c(1, 1, 1, 2), drop = FALSE] # grey with transparency
  }
  values <- writeBin(as.vector(image), raw(), size = 8, endian = "little")
  list(values = values, shape = as.list(dim(image)))
}

as_picture.default <- function(image, arg = "image", call = caller_env()) {
  stop_image(
    paste0("`", arg, "` cannot be ", a_class(image), "."),
    c(
      "Give the path of a picture file, its bytes (raw), an array or a raster.",
      if (is.function(image)) "A function was given: call it first, and give its result."
    ),
    call = call
  )
}

picture_path <- function(path, arg, call) {
  if (!is_string(path)) {
    stop_image(paste0("`", arg, "` must be the path of one file."), call = call)
  }
  if (nchar(path, "bytes") > 2000) {
    return(path) # R's own functions would warn, each; what is wrong with it is said in Python
  }
  expanded <- path.expand(native_path(path))
  if (dir.exists(expanded)) {
    stop_image(paste0("`", arg, "` is a folder, not a picture: '", path, "'."), call = call)
  }
  if (!file.exists(expanded)) {
    if (grepl("^([[:alpha:]][[:alnum:]+.-]+:/|data:)", path)) {
      return(path) # an address: what to do about it is said in Python
    }
    stop_image(
      paste0("There is no file '", path, "'."),
      c(paste0("R looks in '", getwd(), "'."), similar_picture(path)),
      call = call
    )
  }
  as_utf8(normalizePath(expanded, winslash = "/"))
}

# A hint for a path that leads nowhere: nothing, or the sample picture, or a
# file beside it with nearly the same name.
similar_picture <- function(path) {
  if (basename(path) == "jelly.jpg") {
    return("The sample picture of that name is `sample_image()`.")
  }
  files <- list.files(dirname(path), pattern = "[.](png|jpe?g|webp|tiff?|bmp|gif)$",
                      ignore.case = TRUE)
  files <- files[file.exists(file.path(dirname(path), files))] # not links that lead nowhere
  distances <- utils::adist(basename(path), files, ignore.case = TRUE)
  if (any(distances <= 2)) {
    paste0("Did you mean '", file.path(dirname(path), files[which.min(distances)]), "'?")
  }
}

check_pixels <- function(image, arg, call) {
  channels <- if (length(dim(image)) == 2) 1 else dim(image)[3]
  if (!length(dim(image)) %in% 2:3 || !channels %in% 1:4) {
    stop_image(
      paste0("`", arg, "` must be an array of height x width, or height x width x 1 to 4."),
      paste0("Received: ", paste(dim(image) %||% length(image), collapse = " x "), "."),
      call = call
    )
  }
  if (anyNA(image)) {
    stop_image(paste0("`", arg, "` must not contain `NA`."), call = call)
  }
  range <- range(image)
  if (range[1] < 0 || range[2] > 1) {
    stop_image(
      paste0("The values of `", arg, "` must be from 0 to 1."),
      c(
        paste0("Received: values from ", format(range[1]), " to ", format(range[2]), "."),
        if (range[1] >= 0 && range[2] <= 255) "Divide them by 255."
      ),
      call = call
    )
  }
  storage.mode(image) <- "double"
  image
}

# A mask is a picture, or the word for the picture's own transparency.
as_mask <- function(mask, arg, call) {
  if (identical(plain_text(mask), "alpha")) "alpha" else as_picture(mask, arg, call)
}

# Several masks, each with its layers, or alone where a picture is made again.
as_masks <- function(masks, call) {
  if (!is.list(masks) || is.object(masks) || !is.null(names(masks))) {
    stop_argument(
      "`masks` must be a list of masks with their layers.",
      "For example: `masks = list(list(mask = \"sky.png\", layers = c(mixed3 = 1)))`.",
      call = call
    )
  }
  lapply(masks, function(item) {
    if (!is.list(item) || is.object(item)) {
      return(as_mask(item, "masks", call))
    }
    if (length(item) != 2) {
      stop_argument("each of `masks` must be a mask and its layers.", call = call)
    }
    item <- if (is.null(names(item))) stats::setNames(item, c("mask", "layers")) else item
    list(
      mask = as_mask(item[["mask"]], "masks", call),
      layers = as_layers(item[["layers"]], call)
    )
  })
}

# A raster of colours, as an array of height x width x 4.
raster_array <- function(raster) {
  values <- t(grDevices::col2rgb(as.matrix(raster), alpha = TRUE)) / 255
  array(values, c(dim(raster), 4))
}

# ---- text and paths -----------------------------------------------------------

is_string <- function(value) {
  !is.object(value) && is.character(value) && length(value) == 1 && !is.na(value)
}

is_filled_string <- function(value) {
  is_string(value) && nzchar(value)
}

# A path may have a class, as fs::path() and glue::glue() give it, or be a factor.
plain_text <- function(value) {
  if (is.factor(value)) {
    as.character(value)
  } else if (is.character(value)) {
    as.character(unclass(value))
  } else {
    value
  }
}

# In the locale "C" R knows of no letters but ASCII; the bytes of a name are UTF-8 all the same.
as_utf8 <- function(text) {
  if (is_c_locale()) {
    unmarked <- Encoding(text) == "unknown" & validUTF8(text)
    Encoding(text)[unmarked] <- "UTF-8"
  }
  enc2utf8(text)
}

# A path as R's functions for files find it in any locale.
native_path <- function(path) {
  if (is_c_locale()) {
    path <- as_utf8(path)
    Encoding(path) <- "unknown"
  }
  path
}

is_c_locale <- function() {
  !any(unlist(l10n_info()[c("MBCS", "UTF-8", "Latin-1")]))
}
