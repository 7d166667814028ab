#' Pictures that tell how they were made
#'
#' A dream's picture keeps recipe, settings, layers, network, seed and versions with it, in the
#' [dream()] itself and in a file of [save_dream()], but for BMP. `show_dream()` reads
#' them, and `replay_dream()` makes the same picture again.
#'
#' @param picture A picture that deepdreamr made: a dream, the path of a file, or its bytes.
#' @param source The picture that it was dreamed from, as `image` in [dream()]; `NULL` if that
#'   was noise.
#' @param ... What the picture cannot know, as in [dream()]: `network`, `weights`, `guide` and
#'   `mask` where they were files, and `masks` as a list of the masks alone; `max_memory`,
#'   `save_octaves`, `save_steps`, `every`, `checkpoint`, `overwrite`; and `engine`, if it is to be
#'   another.
#'   `consent = TRUE` makes the picture whatever it takes. It may be a stranger's: without this,
#'   an error of class `deepdreamr_error_consent` says what it asks for before anything is
#'   downloaded, drawn of more than 33 megapixels, or run for more than about an hour.
#' @param on_step As in [dream()].
#'
#' @returns `show_dream()` gives a list of class `dream_record`, with what was found.
#'   `replay_dream()` gives a [dream()].
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), c(mixed3 = 1), octaves = 1, iterations = 2)
#' show_dream(d)
#' again <- replay_dream(d, sample_image())
#' identical(as.array(again), as.array(d))
show_dream <- function(picture) {
  picture <- as_picture(evaluate_argument(picture, "picture"), "picture")
  answer <- bridge_call("show", picture = picture)
  structure(c(answer$record, answer["text"]), class = "dream_record")
}

#' @rdname show_dream
#' @export
replay_dream <- function(picture, source = NULL, ..., on_step = NULL) {
  call <- current_env()
  picture <- as_picture(evaluate_argument(picture, "picture"), "picture")
  from <- evaluate_argument(source, "source")
  start <- if (!is.null(from)) as_picture(from, "source")
  options <- given_options(list(), ..., call = call)
  check_every(options, on_step, call)
  answer <- watch_steps(
    function(report) {
      bridge_call("replay", picture = picture, source = start, options = options,
                  on_step = report, call = call)
    },
    on_step, call
  )
  finish_dream(answer, source = source_name(from))
}

#' @export
format.dream_record <- function(x, ...) {
  strsplit(x$text, "\n", fixed = TRUE)[[1]]
}

#' @export
print.dream_record <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}

#' A dream and its original, mixed
#'
#' Takes less of a dream than there is, or its brightness alone, after the fact: the picture is the
#' one that [dream()] makes with these arguments, without dreaming again.
#'
#' @param x A picture that deepdreamr made: a dream, the path of a file, or its bytes.
#' @param source The picture that it was dreamed from, as `image` in [dream()].
#' @inheritParams dream
#'
#' @returns A [dream()]; without its losses if `x` was a file.
#' @seealso [save_dream()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), c(mixed3 = 1), octaves = 1, iterations = 2)
#' half <- mix_dream(d, sample_image(), strength = 0.5)
mix_dream <- function(x, source, strength = NULL, keep_colors = NULL) {
  call <- current_env()
  x <- evaluate_argument(x, "x")
  source <- evaluate_argument(source, "source")
  finish <- given_options(list(strength = strength, keep_colors = keep_colors), call = call)
  answer <- bridge_call("mix", picture = as_picture(x, "x"), source = as_picture(source, "source"),
                        options = finish, call = call)
  mixed <- new_dream(answer, source_name(source))
  if (inherits(x, "dream")) {
    mixed[c("losses", "seconds")] <- unclass(x)[c("losses", "seconds")]
  }
  mixed
}
