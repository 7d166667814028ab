a_step <- function(octave, iteration, octaves = 3, iterations = 4) {
  side <- round(100 * 1.4^(octave - octaves))
  list(octave = octave, octaves = octaves, height = side, width = side, iteration = iteration,
       iterations = iterations, loss = octave + iteration / 10)
}

all_steps <- function() {
  steps <- expand.grid(iteration = 1:4, octave = 1:3)
  Map(a_step, steps$octave, steps$iteration)
}

test_that("the share of the work grows to 1, and large octaves weigh more", {
  measure <- work_progress(clock = function() 0)
  shares <- vapply(all_steps(), function(step) measure(step)$share, numeric(1))
  expect_true(all(diff(shares) > 0))
  expect_equal(shares[12], 1)
  pixels <- c(51, 71, 100)^2
  expect_equal(shares[c(4, 8)], cumsum(pixels)[1:2] / sum(pixels), tolerance = 0.02)
})

test_that("the time left follows from the pixels done and to do", {
  now <- 0
  measure <- work_progress(clock = function() now)
  left <- vapply(all_steps(), function(step) {
    now <<- now + step$height * step$width / 1000
    measure(step)$seconds_left
  }, numeric(1))
  expect_identical(left[1], NA_real_)
  expect_equal(left[2], (2 * 51^2 + 4 * (71^2 + 100^2)) / 1000, tolerance = 0.03)
  expect_equal(left[9:12], c(3, 2, 1, 0) * 10, tolerance = 0.001)
})

test_that("times are told in minutes and seconds", {
  expect_identical(time_text(NA), "")
  expect_identical(time_text(0.4), "0:00 left")
  expect_identical(time_text(59), "0:59 left")
  expect_identical(time_text(754.2), "12:34 left")
})

test_that("a step is told with octave, iteration and loss", {
  step <- a_step(2, 3)
  expect_identical(step_text(step), "octave 2/3, iteration 3/4, loss 2.3")
})

test_that("in a layer sheet the layer is told, and each layer is the same work", {
  tile <- function(step, number) c(step, list(layer = "mixed3", number = number, layers = 4L))
  expect_identical(step_text(tile(a_step(2, 3), 2L)),
                   "mixed3 (2/4), octave 2/3, iteration 3/4, loss 2.3")
  measure <- work_progress(clock = function() 0)
  shares <- vapply(1:4, function(number) {
    vapply(all_steps(), function(step) measure(tile(step, number))$share, numeric(1))
  }, numeric(12))
  expect_equal(shares[12, ], 1:4 / 4)
  expect_true(all(diff(as.vector(shares)) > 0))
})

test_that("the bar shows each step and the time, where the console can", {
  withr::local_options(cli.dynamic = TRUE, cli.ansi = FALSE, cli.progress_clear = FALSE,
                       deepdreamr.progress = TRUE)
  run <- function() {
    bar <- progress_bar()
    for (step in all_steps()) {
      bar(step)
    }
  }
  shown <- paste(capture_messages(run()), collapse = "")
  expect_match(shown, "Starting the network")
  expect_match(shown, "octave 2/3, iteration 1/4, loss 2.1 .* 0:00 left")
  expect_match(shown, "octave 3/3, iteration 4/4, loss 3.4 .* 0:00 left")
})

test_that("a bar counts, and goes with the call that it is of", {
  withr::local_options(cli.dynamic = TRUE, cli.ansi = FALSE, deepdreamr.progress = TRUE)
  before <- cli::cli_progress_num()
  run <- function(bar, steps) {
    for (step in steps) bar(step)
    expect_identical(cli::cli_progress_num(), before + 1L)
    stop("in the middle")
  }
  frames <- function() {
    run(counting_bar("Frames", function(step) NULL, function(step) step$done), list(list(done = 2)))
  }
  pictures <- function() {
    run(counting_bar("Dreaming", function(step) step$total), rep(list(list(total = 9)), 3))
  }
  keys <- function() {
    dreaming <- list(loss = 1, keys = 4, key = 2)
    run(clip_bar(), list(dreaming, list(frames = 9, frame = 3)))
  }
  for (call in list(frames, pictures, keys)) {
    capture_messages(expect_error(call(), "in the middle"))
    expect_identical(cli::cli_progress_num(), before)
  }
})

test_that("the bar is off while knitting, in a log, and when the option says so", {
  withr::local_options(deepdreamr.progress = NULL, knitr.in.progress = NULL, cli.dynamic = TRUE)
  expect_true(shows_progress())
  withr::with_options(list(deepdreamr.progress = FALSE), {
    expect_false(shows_progress())
    expect_identical(progress_bar(), no_bar)
  })
  withr::with_options(list(knitr.in.progress = TRUE), expect_false(shows_progress()))
  withr::with_options(list(cli.dynamic = FALSE), expect_false(shows_progress()))
})

test_that("on_step sees each step and stops with FALSE alone", {
  withr::local_options(deepdreamr.progress = FALSE)
  said <- list()
  run <- function(report) {
    for (step in all_steps()) {
      said <<- c(said, report(step))
    }
    "done"
  }
  seen <- numeric()
  watch <- function(step) {
    seen <<- c(seen, step$loss)
    switch(length(seen), NULL, TRUE, 0, NA, FALSE)
  }
  expect_identical(watch_steps(run, watch, NULL), "done")
  expect_length(seen, 12)
  expect_identical(unlist(said[1:6]), c(TRUE, TRUE, TRUE, TRUE, FALSE, TRUE))
})

test_that("a step's picture is a picture of R's", {
  step <- a_step(2, 3)
  expect_identical(with_image(step), step)
  step$height <- 2L
  step$width <- 3L
  step$image <- as.raw(1:18)
  image <- with_image(step)$image
  expect_identical(dim(image), 2:3)
  expect_equal(as.array(image) * 255, aperm(array(as.numeric(1:18), c(3, 3, 2))))
  expect_identical(format(image), "<step_image> 3 x 2: octave 2, iteration 3")
  expect_s3_class(as.raster(image), "raster")
})

test_that("nothing is reported where nobody looks, so that Python is not held up", {
  withr::local_options(deepdreamr.progress = FALSE)
  expect_null(watch_steps(function(report) report, NULL, NULL))
  expect_type(watch_steps(function(report) report, function(step) TRUE, NULL), "closure")
})

test_that("an error of on_step stops the run and is told afterwards, with its cause", {
  withr::local_options(deepdreamr.progress = FALSE)
  said <- NULL
  run <- function(report) said <<- report(a_step(1, 1))
  error <- expect_error(watch_steps(run, function(step) stop("mine"), NULL),
                        class = "deepdreamr_error_on_step")
  expect_false(said)
  expect_identical(conditionMessage(error$parent), "mine")
})

test_that("an interrupt inside of on_step becomes R's own afterwards", {
  withr::local_options(deepdreamr.progress = FALSE)
  said <- NULL
  run <- function(report) {
    said <<- report(a_step(1, 1))
    list()
  }
  outcome <- tryCatch(
    watch_steps(run, function(step) rlang::interrupt(), NULL),
    interrupt = function(e) "interrupted", error = function(e) "error"
  )
  expect_identical(outcome, "interrupted")
  expect_identical(said, "interrupt")
})

test_that("an interrupted dream is offered to whoever catches the interrupt, and afterwards", {
  withr::defer(the$interrupted <- NULL)
  caught <- tryCatch(finish_dream(example_answer(stopped = "interrupted"), "jelly.jpg"),
                     interrupt = identity)
  expect_s3_class(caught, c("deepdreamr_interrupt", "interrupt", "condition"), exact = TRUE)
  expect_identical(caught$dream, example_dream(stopped = "interrupted"))
  expect_identical(dream_interrupted(), caught$dream)
  expect_identical(finish_dream(example_answer(), "jelly.jpg"), example_dream())
})

test_that("pictures that nobody asks for are an error", {
  local_bridge(dream = example_answer)
  expect_error(dream(example_png(), every = 2), "`every` does nothing without `on_step`",
               class = "deepdreamr_error_argument")
  expect_error(replay_dream(example_png(), example_png(), every = 2), "`every` does nothing",
               class = "deepdreamr_error_argument")
})
