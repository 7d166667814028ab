#' Zoom into a dream
#'
#' Makes a clip that zooms into a dream without end. A few key frames are dreamed, each on the
#' middle of the one before, enlarged; all frames are made of the two nearest ones, and each is as
#' sharp as the first. Key frames are kept in a hidden folder beside the clip until it is there:
#' after an interrupt or a crash the same call goes on with them, to the same pixels.
#'
#' Layers, `seed`, `strength`, `guide`, `recipe` and any setting of the recipe may change with the
#' time of the clip: a list named by moments, such as `step = list("0" = 0.02, "10s" = 0.05)` or
#' `layers = list("0" = c(mixed3 = 1), "1:30" = c(mixed4 = 2))`. Between two moments numbers and
#' weights change evenly.
#'
#' @inheritParams dream
#' @param image A picture, as for [dream()]; `NULL` for noise of a given `size`, which is dreamed
#'   on until there is something to see.
#' @param output The file to write; its ending names the kind: `.mp4`, `.mkv`, `.webm`, `.gif` or
#'   `.webp`. Without one it is a folder of PNG files. The frames have the size of the picture.
#' @param ... Any other argument of [dream()] about the picture, the loss, the network and memory
#'   (not `mask` and `masks`), and the settings of the recipe. These are those of the first key
#'   frame; the others are dreamed at the three largest octaves alone, until they are as sharp.
#' @param seconds How long the clip is: a number, or a string such as `"10s"` or `"1:30"`; left at
#'   `NULL`, ten.
#' @param fps Frames a second; left at `NULL`, 24. All else is told a second, so that the motion
#'   does not depend on it.
#' @param zoom How many times as large a second makes what is seen; left at `NULL`, twice.
#' @param rotate Degrees that it turns a second, counter-clockwise.
#' @param shift Two numbers: how far it drifts to the right and down a second, as shares of the
#'   width.
#' @param outward `TRUE` plays it backwards: it comes out of the dream, and ends at `image`.
#' @param loop `TRUE` ends where it begins: the last key frame fades into the first.
#' @param growth How many times as large one key frame is as the one before, at most; left at
#'   `NULL`, 1.3.
#' @param preview `TRUE` makes one second only, the one at `image`, of at most 320 pixels; it is
#'   written beside `output`, as `<name>-preview`, and may be replaced.
#' @param overwrite `TRUE` replaces the output, and what another call has left unfinished there.
#'
#' @returns A list of class `dream_clip`: `output`, its `size` (height and width), how many `frames`
#'   there are and how many `dreams` they were made of, its `duration` in seconds, how many
#'   `seconds` it took, the `seed`, and `notes`.
#' @seealso [plan_zoom()], [clip_sheet()], [dream_video()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' folder <- tempfile("frames")
#' dream_zoom(sample_image(), c(mixed3 = 1), output = folder, max_size = 100, octaves = 1,
#'            iterations = 1, seconds = 0.5, fps = 4)
dream_zoom <- function(image = NULL, layers = NULL, output, ..., seconds = NULL, fps = NULL,
                       zoom = NULL, rotate = NULL, shift = NULL, outward = NULL, loop = NULL,
                       growth = NULL, preview = NULL, overwrite = NULL) {
  call <- current_env()
  image <- evaluate_argument(image, "image", call)
  image <- if (!is.null(image)) as_picture(image, "image", call)
  layers <- as_changing_layers(evaluate_argument(layers, "layers", call), call)
  output <- as_clip_path(evaluate_argument(output, "output", call), call)
  own <- list(
    seconds = seconds, fps = fps, zoom = zoom, rotate = rotate, shift = shift, outward = outward,
    loop = loop, growth = growth, preview = preview, overwrite = overwrite
  )
  options <- given_options(own, ..., call = call)
  made_clip("dream_zoom", clip_bar(), image = image, layers = layers, output = output,
            options = options, call = call)
}

#' Dream of a clip
#'
#' Dreams of a video so that the dream stays on what it grows on. Each frame's dream begins with the
#' frame and with what the dream before has changed, moved along with what is seen. A scene's first
#' frame has a whole dream; the strength of the others is held at its strength. The clip comes back
#' as it was: its size, the times of its frames, its sound. Frames are kept in a hidden folder
#' beside the output until it is there: after an interrupt or a crash the same call goes on with
#' them, to the same pixels.
#'
#' Layers, `seed` and all arguments about the loss and the place may change with the time of the
#' clip: see [dream_zoom()].
#'
#' @inheritParams dream
#' @param file A video, an animated GIF or WebP, a folder of pictures, or a glob
#'   (`"frames/*.png"`).
#' @param output The file to write; its ending names the kind: `.mp4`, `.mkv`, `.webm`, `.gif` or
#'   `.webp`. Without one it is a folder of PNG files.
#' @param ... Any other argument of [dream()] about the picture, the place, the loss, the network
#'   and memory (not `size`), and the settings of the recipe.
#' @param motion `"flow"`, as said above, which is taken where it is left at `NULL`; `"blend"`, the
#'   frame is mixed with the dream before as it lies, and dreamed on fully; `"delta"`, the change
#'   is moved along everywhere, also where something new is seen, and dreamed on fully; `"none"`,
#'   each frame by itself.
#' @param iterations Steps at each octave of a frame that goes on from the one before; left at
#'   `NULL`, 2 with `"flow"`, where more of them are smaller ones, else the recipe's.
#' @param first_iterations Steps at each octave of a scene's first frame, at most; left at `NULL`,
#'   the recipe's.
#' @param decay How much of the change, or with `"blend"` of the dream, is kept from a frame to the
#'   next; left at `NULL`, 0.95, 0.5 with `"blend"`, 1 with `"delta"`.
#' @param renewal With `"flow"`, the share of a whole dream that a frame adds where the change is
#'   kept; left at `NULL`, 0.025.
#' @param start,end The part of the clip: seconds, or strings such as `"10s"` and `"1:02.5"`.
#' @param every 2 for every second frame.
#' @param rate Frames a second of a folder of pictures; left at `NULL`, 25.
#' @param preview `TRUE` dreams of the first second only, of at most 320 pixels; it is written
#'   beside `output`, as `<name>-preview`, and may be replaced.
#' @param keep_frames `TRUE` leaves the folder of all frames.
#' @param workers How many processes dream at once, each of a scene of its own, or of a frame with
#'   `motion = "none"`; default: 1, with `motion = "none"` as many as there are cores, or as the
#'   memory is enough for.
#' @param threads How many threads each of them computes with; left at `NULL`, one.
#' @param overwrite `TRUE` replaces the output, and what another call has left unfinished there.
#'
#' @returns A list of class `dream_clip`: `output`, its `size` (height and width), how many `frames`
#'   there are, in how many `scenes` (none without motion), how many `seconds` it took, the `seed`,
#'   the folder `kept`, if it was to be, and `notes`.
#' @seealso [plan_video()], [clip_sheet()], [dream_zoom()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' folder <- tempfile("frames")
#' dir.create(folder)
#' for (i in 1:2) file.copy(sample_image(), file.path(folder, paste0(i, ".jpg")))
#' dream_video(folder, c(mixed3 = 1), output = tempfile("dreams"), max_size = 100, octaves = 1,
#'             first_iterations = 1)
dream_video <- function(file, layers = NULL, output, ..., motion = NULL, iterations = NULL,
                        first_iterations = NULL, decay = NULL, renewal = NULL, start = NULL,
                        end = NULL, every = NULL, rate = NULL, preview = NULL, keep_frames = NULL,
                        workers = NULL, threads = NULL, overwrite = NULL) {
  call <- current_env()
  file <- as_clip(evaluate_argument(file, "file", call), call)
  layers <- as_changing_layers(evaluate_argument(layers, "layers", call), call)
  output <- as_clip_path(evaluate_argument(output, "output", call), call)
  own <- list(
    motion = motion, iterations = iterations, first_iterations = first_iterations, decay = decay,
    renewal = renewal, start = start, end = end, every = every, rate = rate, preview = preview,
    keep_frames = keep_frames, workers = workers, threads = threads, overwrite = overwrite
  )
  options <- given_options(own, ..., call = call)
  bar <- counting_bar("Frames", function(step) step$frames, function(step) step$done)
  made_clip("dream_video", bar, clip = file, layers = layers, output = output,
            options = options, call = call)
}

# What comes of a call of the bridge that makes a clip, shown on a bar.
made_clip <- function(name, bar, ..., options, call) {
  force(bar)
  drawing_at_the_end({
    options <- session_seed(options)
    finish_clip(watch_bar(function(report) {
      bridge_call(name, ..., options = options, on_step = report, call = call)
    }, bar))
  })
}

# The path of a clip that is there, which may be given as what has just been made.
as_clip <- function(file, call) {
  if (inherits(file, "dream_clip")) {
    return(as_utf8(file$output))
  }
  file <- plain_text(file)
  if (!is_filled_string(file)) {
    stop_argument("`file` must be the path of a clip, or of a folder of pictures.", call = call)
  }
  as_utf8(file)
}

as_clip_path <- function(output, call) {
  output <- plain_text(output)
  if (!is_filled_string(output)) {
    stop_argument(
      "`output` must be the path of a clip, or of a folder.",
      "For example: `output = \"dream.mp4\"`.",
      call = call
    )
  }
  as_utf8(output)
}

# Layers, or a list of them named by moments.
as_changing_layers <- function(layers, call) {
  moments <- is.list(layers) & are_moments(names(layers))
  if (!any(moments)) {
    return(as_layers(layers, call))
  }
  if (!all(moments)) {
    stop_argument(
      paste0("Key frames of `layers` must be named by moments only, not by ",
             quoted(names(layers)[!moments]), "."),
      "For example: `layers = list(\"0\" = c(mixed3 = 1), \"10s\" = c(mixed4 = 2))`.",
      call = call
    )
  }
  lapply(layers, as_layers, call = call)
}

are_moments <- function(names) {
  grepl("^ *([0-9]+:){0,2}[0-9]+([.][0-9]*)? *s? *$", names)
}

# A bar over the key frames, and then one over the frames.
clip_bar <- function(frame = caller_env()) {
  force(frame) # as in counting_bar()
  if (!shows_progress()) {
    return(no_bar)
  }
  id <- NULL
  of_frames <- FALSE
  function(step) {
    dreaming <- !is.null(step$loss)
    if (is.null(id) || of_frames == dreaming) {
      if (!is.null(id)) cli::cli_progress_done(id = id, .envir = frame)
      of_frames <<- !dreaming
      id <<- cli::cli_progress_bar(
        if (dreaming) "Key frames" else "Frames",
        total = if (dreaming) step$keys else step$frames, auto_terminate = FALSE, .envir = frame
      )
    }
    cli::cli_progress_update(
      id = id, set = if (dreaming) step$key - 1 else step$frame, force = TRUE, .envir = frame
    )
  }
}

finish_clip <- function(answer) {
  if (isTRUE(answer$interrupted)) {
    rlang::inform(c("Interrupted.", i = "The same call goes on."))
    rlang::interrupt()
  }
  notes <- as.character(unlist(answer$notes))
  for (note in notes) rlang::inform(note)
  structure(
    list(
      output = answer$output, size = as.integer(unlist(answer$size)),
      frames = as.integer(answer$frames), dreams = answer$dreams, scenes = answer$scenes,
      duration = answer$duration, seconds = as.numeric(answer$seconds), seed = answer$seed,
      kept = answer$kept, notes = notes
    ),
    class = "dream_clip"
  )
}
