# Ctrl-C, sent to an R process of its own while it dreams.

interrupt_while <- function(code, after = 0.3, times = 1) {
  skip_without_stub()
  skip_on_os("windows")
  mark <- withr::local_tempfile()
  child <- in_background(code, list(example_png(), mark),
                         env = stub_environment(DEEPDREAMR_STUB_MARK = mark))
  withr::defer(child$kill())
  deadline <- Sys.time() + 60
  while (!file.exists(mark) && child$is_alive() && Sys.time() < deadline) {
    Sys.sleep(0.05)
  }
  Sys.sleep(after)
  for (time in seq_len(times)) {
    child$interrupt()
    Sys.sleep(0.03)
  }
  child$wait(20000)
  child$get_result()
}

# What the child does: a long dream, then, after the interrupt, a short one.
dream_twice <- function(long) {
  eval(substitute(function(png, mark) {
    outcome <- tryCatch({
      long
      "finished"
    }, interrupt = identity, error = identity)
    returned <- Sys.time()
    list(outcome = class(outcome), kept = nrow(outcome$dream$losses),
         same = identical(dream_interrupted(), outcome$dream),
         seconds = as.numeric(returned) - as.numeric(file.mtime(mark)),
         steps = nrow(dream(png)$losses))
  }, list(long = substitute(long))))
}

test_that("an interrupt while Python works comes back as R's own, within a second", {
  for (after in c(0.3, 0.42, 0.54)) {
    result <- interrupt_while(dream_twice(dream(png, network = "slow", iterations = 1000)), after)
    expect_identical(result$outcome, c("deepdreamr_interrupt", "interrupt", "condition"))
    expect_gte(result$kept, 1L)
    expect_true(result$same)
    expect_lt(result$seconds, after + 1)
    expect_identical(result$steps, 6L)
  }
})

test_that("several interrupts at once are one", {
  result <- interrupt_while(dream_twice(dream(png, network = "slow", iterations = 1000)), times = 3)
  expect_identical(result$outcome, c("deepdreamr_interrupt", "interrupt", "condition"))
  expect_identical(result$steps, 6L)
})

test_that("an interrupt inside of on_step does so too", {
  result <- interrupt_while(dream_twice(dream(png, on_step = function(step) {
    file.create(mark)
    Sys.sleep(30)
  })))
  expect_identical(result$outcome, c("deepdreamr_interrupt", "interrupt", "condition"))
  expect_identical(result$kept, 1L)
  expect_lt(result$seconds, 1.3)
  expect_identical(result$steps, 6L)
})

test_that("an interrupt before the first step leaves no picture, and R's own handler is back", {
  result <- interrupt_while(dream_twice(dream(png, network = "slow_start")))
  expect_identical(result$outcome, c("interrupt", "condition"))
  expect_identical(result$steps, 6L)
  result <- interrupt_while(dream_twice({
    dream(png)
    file.create(mark)
    Sys.sleep(30)
  }))
  expect_identical(result$outcome, c("interrupt", "condition"))
  expect_lt(result$seconds, 1.3)
})

# A long clip, then, after the interrupt, a short one.
clip_twice <- function(long) {
  eval(substitute(function(png, mark) {
    said <- NULL
    outcome <- withCallingHandlers(
      tryCatch({
        long
        "finished"
      }, interrupt = identity, error = identity),
      message = function(condition) said <<- c(said, conditionMessage(condition))
    )
    returned <- Sys.time()
    list(outcome = class(outcome), said = said,
         seconds = as.numeric(returned) - as.numeric(file.mtime(mark)),
         frames = suppressMessages(dream_zoom(png, output = "b.mp4"))$frames)
  }, list(long = substitute(long))))
}

test_that("an interrupt of a clip comes back as R's own, and says that the same call goes on", {
  for (code in list(
    clip_twice(dream_zoom(png, output = "a.mp4", network = "slow")),
    clip_twice(dream_video("in.mp4", output = "a.mp4", network = "slow"))
  )) {
    result <- interrupt_while(code)
    expect_identical(result$outcome, c("interrupt", "condition"))
    expect_match(result$said, "The same call goes on")
    expect_lt(result$seconds, 1.3)
    expect_identical(result$frames, 1L)
  }
})
