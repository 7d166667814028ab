# What there is to see of a clip: what it would take, its frames side by side, and how it plays.

#' What a clip would take
#'
#' Makes all the checks of [dream_video()] or [dream_zoom()], and says what it would take: frames,
#' time, disk and memory. To know that, its first frames are dreamed, or of a zoom its first key
#' frames. Nothing is kept.
#'
#' @param file,image,layers,output As for [dream_video()] and [dream_zoom()].
#' @param ... Any other argument of [dream_video()] or [dream_zoom()].
#'
#' @returns A list of class `clip_plan`, which prints as a few lines. Among its elements: `frames`,
#'   and how many of them, or of the `dreams` of a zoom, were `done` by an earlier call; `size`
#'   (height and width); `duration` of the clip and `seconds` that it would take; `disk`, `memory`
#'   and `allowed` in bytes. What is not known is `NULL`.
#' @seealso [dream_video()], [dream_zoom()]
#' @name plan_clip
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' plan_zoom(sample_image(), c(mixed3 = 1), output = tempfile("frames"), max_size = 100,
#'           octaves = 1)
NULL

#' @rdname plan_clip
#' @export
plan_video <- function(file, layers = NULL, output, ...) {
  call <- current_env()
  file <- as_clip(evaluate_argument(file, "file", call), call)
  plan_clip("plan_video", "clip", file, layers, output, ..., of = dream_video, call = call)
}

#' @rdname plan_clip
#' @export
plan_zoom <- function(image = NULL, layers = NULL, output, ...) {
  call <- current_env()
  image <- evaluate_argument(image, "image", call)
  image <- if (!is.null(image)) as_picture(image, "image", call)
  plan_clip("plan_zoom", "image", image, layers, output, ..., of = dream_zoom, call = call)
}

plan_clip <- function(name, what, source, layers, output, ..., of, call) {
  arguments <- list(
    layers = as_changing_layers(evaluate_argument(layers, "layers", call), call),
    output = as_clip_path(evaluate_argument(output, "output", call), call),
    options = given_options(list(), ..., known = names(formals(of)), call = call)
  )
  answer <- do.call(
    bridge_call, c(name, stats::setNames(list(source), what), arguments, call = call)
  )
  plan <- answer$plan
  plan$size <- as.integer(unlist(plan$shape))
  plan$notes <- as.character(unlist(plan$notes))
  structure(c(list(text = answer$text), plan[names(plan) != "shape"]), class = "clip_plan")
}

#' @export
format.clip_plan <- function(x, ...) {
  strsplit(x$text, "\n", fixed = TRUE)[[1]]
}

#' @export
print.clip_plan <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}

#' Frames of a clip side by side
#'
#' Shows a clip as one picture: some of its frames, evenly spread over its time, each with its
#' moment.
#'
#' @param file A clip: what [dream_video()] or [dream_zoom()] gives, or the path of a video, an
#'   animated GIF or WebP, a folder of pictures, or a glob.
#' @param frames How many, if it has as many; left at `NULL`, twelve.
#' @param start,end,rate As for [dream_video()].
#' @param columns How many stand in a row.
#'
#' @returns An object of class `clip_sheet`; see [pictures] for what can be done with it.
#' @seealso [dream_video()], [dream_zoom()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' folder <- tempfile("frames")
#' dir.create(folder)
#' for (i in 1:2) file.copy(sample_image(), file.path(folder, paste0(i, ".jpg")))
#' plot(clip_sheet(folder))
clip_sheet <- function(file, frames = NULL, start = NULL, end = NULL, rate = NULL,
                       columns = NULL) {
  call <- current_env()
  clip <- as_clip(evaluate_argument(file, "file", call), call)
  own <- list(frames = frames, start = start, end = end, rate = rate, columns = columns)
  answer <- bridge_call("clip_sheet", clip = clip, options = given_options(own, call = call),
                        call = call)
  new_picture(
    list(png = answer$png, size = png_size(answer$png), source = basename(clip)), "clip_sheet"
  )
}

#' @export
format.clip_sheet <- function(x, ...) {
  paste0("<clip_sheet>", of_source(x$source), ": ", x$size[2], " x ", x$size[1])
}

# ---- a finished clip ---------------------------------------------------------------------------

#' @export
format.dream_clip <- function(x, ...) {
  of <- c(
    if (!is.null(x$dreams)) paste(" of", count(x$dreams, "dream")),
    if (!is.null(x$scenes)) paste(" in", count(x$scenes, "scene"))
  )
  span <- if (!is.null(x$duration)) paste0(", ", format(x$duration), " s")
  paste0("<dream_clip> ", x$size[2], " x ", x$size[1], span, ": ",
         paste0(c(count(x$frames, "frame"), of), collapse = ""), ", ", x$output)
}

#' @export
print.dream_clip <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  show_clip(x)
  invisible(x)
}

alt_text.dream_clip <- function(x) { # nolint: object_name_linter. A method.
  paste0("A clip of ", count(x$frames, "frame"), ": ", basename(x$output), ".")
}

alt_text.clip_sheet <- function(x) { # nolint: object_name_linter. A method.
  paste0("Frames", of_source(x$source), " side by side.")
}

# How a page shows a file: browsers play some kinds, as a video or as a picture.
page_tag <- function(path) {
  switch(file_ending(path),
    mp4 = , webm = "video",
    gif = , webp = "img",
    NULL
  )
}

file_ending <- function(path) {
  tolower(sub("^.*[.]", "", basename(path)))
}

# The HTML that shows a clip's file, as large as there is room.
clip_tag <- function(address, x, style = "max-width: 100%") {
  address <- html_text(address)
  text <- html_text(alt_text(x))
  if (page_tag(address) == "img") {
    return(paste0("<img src=\"", address, "\" style=\"", style, "\" alt=\"", text, "\">"))
  }
  paste0("<video src=\"", address, "\" style=\"", style, "\" title=\"", text,
         "\" controls loop muted playsinline></video>")
}

# Plays a clip beside the console, where there is a place for it.
show_clip <- function(x) {
  viewer <- getOption("viewer")
  if (!shows_pictures() || !is.function(viewer) || is.null(page_tag(x$output)) ||
        !file.exists(native_path(x$output))) {
    return(invisible())
  }
  path <- native_path(x$output)
  folder <- page_folder(rlang::hash_file(path))
  file.copy(path, folder, overwrite = TRUE)
  viewer(write_page(folder, clip_tag(basename(x$output), x)))
  invisible()
}

#' Clips in a document
#'
#' In a chunk of an R Markdown or Quarto document a clip plays where it stands, if the document
#' is a page (HTML) and the file one that browsers play: `.mp4`, `.webm`, `.gif` or `.webp`. In any
#' other document, and of any other clip, a sheet of its frames is shown: see [clip_sheet()].
#'
#' @param x The result of [dream_video()] or [dream_zoom()].
#' @param options The chunk's options; `out.width`, `fig.alt` and `fig.show = "hide"` work as for a
#'   plot.
#' @param ... Not used.
#' @returns The document's text for the clip.
#' @exportS3Method knitr::knit_print
#' @keywords internal
knit_print.dream_clip <- # nolint: object_name_linter. A method of knitr's.
  function(x, options = knitr::opts_current$get(), ...) {
    path <- native_path(x$output)
    if (identical(options$fig.show, "hide")) {
      return(knitr::asis_output(""))
    }
    if (!file.exists(path)) {
      return(knitr::knit_print(format(x), options, ...))
    }
    if (!is_page() || is.null(page_tag(path))) {
      return(knitr::knit_print(clip_sheet(x), options, ...))
    }
    file <- clip_in_document(path, options)
    style <- paste(c("max-width: 100%", clip_width(options)), collapse = "; ")
    knitr::asis_output(paste0("\n\n", clip_tag(file, x, style), "\n\n"))
  }

# The width that a chunk asks for; what knitr makes of the size of plots is none.
clip_width <- function(options) {
  width <- options$out.width
  of_plots <- options$fig.width * options$dpi / (options$fig.retina %||% 1)
  if (is.null(width) || isTRUE(width == of_plots)) {
    return(NULL)
  }
  paste0("width: ", width, if (is.numeric(width)) "px")
}

# The document has a copy of its own, as of its pictures.
clip_in_document <- function(path, options) {
  name <- paste0("clip-", substr(rlang::hash_file(path), 1, 8))
  copy <- knitr::fig_path(paste0(".", file_ending(path)), options, name)
  dir.create(dirname(copy), showWarnings = FALSE, recursive = TRUE)
  if (!file.copy(path, copy, overwrite = TRUE)) {
    stop_deepdreamr("output", paste0("'", copy, "' cannot be written."))
  }
  copy
}
