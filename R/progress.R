# What happens while Python works: the progress bar, the user's own function,
# and Ctrl-C.

# Runs a dream. `run` is called with the function that Python calls after each
# iteration. Nothing may be signalled from inside of that function, because it
# would pass through Python: it notes what happened and says FALSE, or
# "interrupt", Python stops, and what was noted is signalled afterwards: an
# interrupt, if it left a picture, by finish_dream().
watch_steps <- function(run, on_step, call) {
  check_on_step(on_step, call)
  noted <- NULL
  note <- function(condition) {
    noted <<- condition
    if (inherits(condition, "interrupt")) "interrupt" else FALSE
  }
  bar <- progress_bar()
  report <- function(step) {
    tryCatch(
      {
        bar(step)
        is.null(on_step) || !isFALSE(on_step(with_image(step)))
      },
      interrupt = note,
      error = note
    )
  }
  answer <- run(if (is.null(on_step) && identical(bar, no_bar)) NULL else report)
  if (inherits(noted, "interrupt")) {
    if (!is_interrupted(answer)) rlang::interrupt()
  } else if (!is.null(noted)) {
    stop_deepdreamr("on_step", "`on_step` failed.", parent = noted, call = call)
  }
  answer
}

# A step with its picture, if `every` asks for it, as R holds pictures. It comes as the bytes of
# red, green and blue, pixel by pixel.
with_image <- function(step) {
  if (!is.null(step$image)) {
    size <- c(step$height, step$width)
    pixels <- rbind(matrix(step$image, 3), as.raw(255))
    dim(pixels) <- c(4L, size[2], size[1])
    step$image <- new_picture(
      list(png = png::writePNG(pixels), size = as.integer(size), octave = step$octave,
           iteration = step$iteration),
      "step_image"
    )
  }
  step
}

#' @export
format.step_image <- function(x, ...) {
  paste0("<step_image> ", x$size[2], " x ", x$size[1], ": octave ", x$octave, ", iteration ",
         x$iteration)
}

is_interrupted <- function(answer) {
  identical(answer$record$stopped, "interrupted")
}

# A dream of an answer; of an interrupted one the picture so far is offered, to
# whoever catches the interrupt and at the prompt.
finish_dream <- function(answer, source) {
  dream <- new_dream(answer, source)
  if (is_interrupted(answer)) {
    the$interrupted <- dream
    signalCondition(interrupted_condition(dream))
    rlang::inform(c(
      paste0("The dream was interrupted after ", count(nrow(dream$losses), "iteration"), "."),
      i = "`dream_interrupted()` gives the picture so far."
    ))
    rlang::interrupt()
  }
  dream
}

interrupted_condition <- function(dream) {
  structure(
    list(message = "the dream was interrupted", call = NULL, dream = dream),
    class = c("deepdreamr_interrupt", "interrupt", "condition")
  )
}

#' The picture of an interrupted dream
#'
#' When Ctrl-C or Escape stops [dream()] or [replay_dream()], the steps that were finished are not
#' lost: this function gives the dream as it was then. A program can also catch the interrupt,
#' a condition of class `deepdreamr_interrupt`, whose element `dream` has the same.
#'
#' @returns The last dream of this session that was interrupted, as [dream()] gives it, or `NULL`.
#' @export
#' @examples
#' dream_interrupted()
#'
#' \dontrun{
#' d <- tryCatch(
#'   dream(sample_image(), LContrib),
#'   deepdreamr_interrupt = function(condition) condition$dream
#' )
#' }
dream_interrupted <- function() {
  the$interrupted
}

check_on_step <- function(on_step, call) {
  if (!is.null(on_step) && !is.function(on_step)) {
    stop_argument(
      paste0("`on_step` must be a function, not ", a_class(on_step), "."),
      "For example: `function(step) step$loss < 2`.",
      call = call
    )
  }
}

# The picture of every so many steps must be for something.
check_every <- function(options, on_step, call) {
  if (!is.null(options$every) && is.null(on_step) && is.null(options$save_steps)) {
    stop_argument(
      "`every` does nothing without `on_step` or `save_steps`.", "Give one of them.", call = call
    )
  }
}

# A console that can write over its own line; a log file gets nothing.
shows_progress <- function() {
  isTRUE(getOption("deepdreamr.progress", TRUE)) &&
    !isTRUE(getOption("knitr.in.progress")) &&
    cli::is_dynamic_tty()
}

no_bar <- function(step) NULL

# A function that draws the state after a step. The bar appears with the first
# step, because only then the numbers are known, and goes with its frame.
progress_bar <- function(frame = caller_env()) {
  if (!shows_progress()) {
    return(no_bar)
  }
  cli::cli_progress_message("Starting the network", .envir = frame)
  measure <- work_progress()
  id <- NULL
  function(step) {
    progress <- measure(step)
    extra <- list(state = step_text(step), left = time_text(progress$seconds_left))
    if (is.null(id)) {
      id <<- cli::cli_progress_bar(
        format = "{cli::pb_extra$state} {cli::pb_bar} {cli::pb_extra$left}",
        total = 1000, extra = extra, auto_terminate = FALSE, .envir = frame
      )
    }
    cli::cli_progress_update(set = round(1000 * progress$share), extra = extra, id = id,
                             force = TRUE, .envir = frame)
  }
}

# Runs Python with a function that shows how far it is, and notes an interrupt.
watch_bar <- function(run, bar) {
  report <- function(step) {
    tryCatch(
      {
        bar(step)
        TRUE
      },
      interrupt = function(condition) "interrupt"
    )
  }
  run(if (identical(bar, no_bar)) NULL else report)
}

# A bar that counts. Functions of a step say how many there are, NULL where nobody knows, and how
# many of them are done: NULL for one more.
counting_bar <- function(title, total, done = function(step) NULL, frame = caller_env()) {
  force(frame) # it ends with the one that asks for it
  if (!shows_progress()) {
    return(no_bar)
  }
  id <- NULL
  function(step) {
    if (is.null(id)) {
      id <<- cli::cli_progress_bar(
        title, total = total(step) %||% NA, auto_terminate = FALSE, .envir = frame
      )
    }
    cli::cli_progress_update(id = id, set = done(step), force = TRUE, .envir = frame)
  }
}

# Short enough to leave room for the bar and the time on 80 columns.
step_text <- function(step) {
  tile <- if (!is.null(step$layer)) sprintf("%s (%d/%d), ", step$layer, step$number, step$layers)
  step <- sprintf(
    "octave %d/%d, iteration %d/%d, loss %s",
    step$octave, step$octaves, step$iteration, step$iterations, format(step$loss, digits = 3)
  )
  paste0(tile, step)
}

# How much of the work is done: a function of the step. In a layer sheet each
# layer is the same work. The time left follows from the steps after the first,
# which takes longer because the network is prepared in it.
work_progress <- function(clock = function() proc.time()[["elapsed"]]) {
  dream_share <- start <- NULL
  number <- 0
  function(step) {
    if (number != (step$number %||% 1)) {
      number <<- step$number %||% 1
      dream_share <<- dream_progress()
    }
    now <- list(share = (number - 1 + dream_share(step)) / (step$layers %||% 1), time = clock())
    start <<- start %||% now
    gained <- now$share - start$share
    pace <- if (gained > 0) (now$time - start$time) / gained else NA
    list(share = now$share, seconds_left = (1 - now$share) * pace)
  }
}

# The share of one dream. A step's work is its number of pixels. The octaves to
# come are taken to grow as the last one did, and the first to grow like most
# published schedules, 1.4 times a side.
dream_progress <- function() {
  done <- 0
  growth <- 1.4^2
  pixels <- NULL
  function(step) {
    now <- as.numeric(step$height) * step$width
    if (!is.null(pixels) && now != pixels) growth <<- now / pixels
    pixels <<- now
    done <<- done + now
    octaves <- sum(growth^seq_len(step$octaves - step$octave))
    left <- now * (step$iterations - step$iteration + step$iterations * octaves)
    done / (done + left)
  }
}

time_text <- function(seconds) {
  if (is.na(seconds)) {
    return("")
  }
  seconds <- as.integer(round(seconds))
  sprintf("%d:%02d left", seconds %/% 60L, seconds %% 60L)
}
