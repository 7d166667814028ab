answered <- function(...) {
  list(
    ok = TRUE, warnings = list(), interrupted = FALSE, output = "a.mp4", size = list(20L, 21L),
    frames = 12L, dreams = 3L, duration = 0.5, seconds = 1.5, seed = 7L, notes = list()
  )
}

test_that("a zoom is a clip", {
  calls <- local_bridge(dream_zoom = answered)
  clip <- dream_zoom(example_png(), c(mixed3 = 1), output = "a.mp4", seconds = "1:30",
                     shift = c(0.1, 0), loop = TRUE, octaves = 1)
  expect_s3_class(clip, "dream_clip")
  expect_identical(clip$size, c(20L, 21L))
  expect_output(print(clip), "<dream_clip> 21 x 20, 0.5 s: 12 frames of 3 dreams, a.mp4")
  expect_identical(calls$last$layers, list(mixed3 = 1L))
  expect_identical(
    calls$last$options[c("seconds", "shift", "loop", "octaves")],
    list(seconds = "1:30", shift = list(0.1, 0), loop = TRUE, octaves = 1L)
  )
  expect_false("fps" %in% names(calls$last$options))
})

test_that("layers and settings change with time", {
  calls <- local_bridge(dream_zoom = answered)
  dream_zoom(example_png(), list("0" = c(mixed3 = 1), "1:02.5s" = "mixed4"), output = "a.mp4",
             step = list("0" = 0.01, "10s" = 0.05))
  expect_identical(calls$last$layers, list("0" = list(mixed3 = 1L), "1:02.5s" = list(mixed4 = 1L)))
  expect_identical(calls$last$options$step, list("0" = 0.01, "10s" = 0.05))
  dream_zoom(example_png(), list(mixed3 = 1, mixed4 = 2), output = "a.mp4")
  expect_identical(calls$last$layers, list(mixed3 = 1L, mixed4 = 2L))
})

test_that("what is wrong at a moment is told by the argument and the moment", {
  local_bridge(dream_zoom = answered, dream_video = answered)
  wrong <- function(expr) expect_error(expr, class = "deepdreamr_error_argument")$message
  changing <- list("0" = 1, "1s" = NA)
  expect_identical(wrong(dream_zoom(example_png(), output = "a.mp4", step = changing)),
                   "`step`: `1s` must not be `NA`.")
  expect_identical(wrong(dream_video("in.mp4", output = "a.mp4", strength = changing)),
                   "`strength`: `1s` must not be `NA`.")
  expect_identical(wrong(dream_zoom(example_png(), output = "a.mp4", fps = NA)),
                   "`fps` must not be `NA`.")
})

test_that("notes are told, and an interrupt says that the same call goes on", {
  noted <- c(answered()[names(answered()) != "notes"], notes = "odd")
  local_bridge(dream_zoom = function(...) noted)
  expect_message(dream_zoom(example_png(), output = "a.mp4"), "odd")
  local_bridge(dream_zoom = function(...) list(ok = TRUE, warnings = list(), interrupted = TRUE))
  said <- NULL
  caught <- withCallingHandlers(
    tryCatch(dream_zoom(example_png(), output = "a.mp4"), interrupt = identity),
    message = function(condition) {
      said <<- conditionMessage(condition)
      invokeRestart("muffleMessage")
    }
  )
  expect_s3_class(caught, "interrupt")
  expect_match(said, "The same call goes on")
})

test_that("its arguments are those of Python", {
  skip_unless_real()
  python <- reticulate::import("deepdreamr.motion.zooms")
  ours <- setdiff(names(formals(dream_zoom)), "...")
  expect_setequal(ours, setdiff(unlist(python$ZOOM_ARGUMENTS), "options"))
})

filmed <- function(...) {
  list(
    ok = TRUE, warnings = list(), interrupted = FALSE, output = "a.mp4", size = list(20L, 21L),
    frames = 12L, scenes = 2L, seconds = 1.5, seed = 7L, kept = NULL, notes = list()
  )
}

test_that("a video is dreamed", {
  calls <- local_bridge(dream_video = filmed)
  clip <- dream_video("in.mp4", list("0" = c(mixed3 = 1), "10s" = c(mixed4 = 2)), output = "a.mp4",
                      start = "1:30", every = 2, motion = "blend", keep_colors = TRUE)
  expect_output(print(clip), "<dream_clip> 21 x 20: 12 frames in 2 scenes, a.mp4")
  expect_identical(calls$last$layers, list("0" = list(mixed3 = 1L), "10s" = list(mixed4 = 2L)))
  expect_identical(
    calls$last$options[c("start", "every", "motion", "keep_colors")],
    list(start = "1:30", every = 2L, motion = "blend", keep_colors = TRUE)
  )
  expect_false("decay" %in% names(calls$last$options))
  expect_identical(calls$last$clip, "in.mp4")
})

test_that("what is wrong with a clip's own arguments is said by their names in R", {
  wrong <- function(expr) expect_error(expr, class = "deepdreamr_error_argument")$message
  expect_match(wrong(dream_video("in.mp4", c(mixed3 = 1))), "^`output` is missing")
  expect_match(wrong(dream_video(layers = c(mixed3 = 1), output = "a.mp4")), "^`file` is missing")
  expect_match(wrong(plan_video("in.mp4")), "^`output` is missing")
  expect_match(wrong(dream_video("", output = "a.mp4")), "^`file` must be the path")
  expect_match(wrong(dream_zoom(example_png(), output = "")), "^`output` must be the path")
  mixed <- list("0" = c(mixed3 = 1), "1 minute" = c(mixed4 = 2))
  expect_match(wrong(dream_video("in.mp4", mixed, "a.mp4")), "moments only, not by.*1 minute")
})

test_that("a video's arguments are those of Python", {
  skip_unless_real()
  python <- reticulate::import("deepdreamr.motion.videos")
  ours <- setdiff(names(formals(dream_video)), "...")
  expect_setequal(ours, c("file", setdiff(unlist(python$VIDEO_ARGUMENTS), c("options", "clip"))))
})

test_that("a plan of a clip is what Python says", {
  planned <- function(...) {
    list(ok = TRUE, warnings = list(), text = "12 frames\ntwo lines", plan = list(
      frames = 12L, done = 1L, shape = list(20L, 21L), duration = 0.5, seconds = NULL,
      disk = 3e9, notes = list("a note")
    ))
  }
  calls <- local_bridge(plan_video = planned, plan_zoom = planned)
  plan <- plan_video("in.mp4", list("0" = c(mixed3 = 1)), "a.mp4", every = 2, decay = NULL,
                     clip = NULL, octaves = 1)
  expect_identical(calls$last$clip, "in.mp4")
  expect_identical(calls$last$layers, list("0" = list(mixed3 = 1L)))
  expect_identical(calls$last$options, list(every = 2L, clip = NULL, octaves = 1L))
  expect_s3_class(plan, "clip_plan")
  expect_identical(plan$size, c(20L, 21L))
  expect_identical(plan$notes, "a note")
  expect_output(print(plan), "12 frames\ntwo lines", fixed = TRUE)
  plan_zoom(NULL, output = "a.mp4", size = c(20, 21), shift = c(0.1, 0))
  expect_null(calls$last$image)
  expect_identical(calls$last$options, list(size = list(20L, 21L), shift = list(0.1, 0)))
})

test_that("frames of a clip stand side by side, of a path or of what was just made", {
  calls <- local_bridge(clip_sheet = list(ok = TRUE, warnings = list(), png = example_png(),
                                          size = list(6L, 8L)))
  sheet <- clip_sheet("some/in.mp4", frames = 4, end = "2s")
  expect_identical(calls$last, list(clip = "some/in.mp4", options = list(frames = 4L, end = "2s")))
  expect_s3_class(sheet, c("clip_sheet", "deepdreamr_picture"), exact = TRUE)
  expect_output(print(sheet), "<clip_sheet> of in.mp4: 8 x 6", fixed = TRUE)
  expect_identical(alt_text(sheet), "Frames of in.mp4 side by side.")
  clip_sheet(finish_clip(answered()))
  expect_identical(calls$last$clip, "a.mp4")
})

test_that("a clip plays in the session's pane", {
  withr::local_dir(withr::local_tempdir())
  pages <- NULL
  withr::local_options(rlang_interactive = TRUE, viewer = function(url) pages <<- c(pages, url))
  clip <- finish_clip(answered())
  expect_output(print(clip), "<dream_clip>")
  expect_null(pages) # it is not there
  writeBin(as.raw(1:9), "a.mp4")
  expect_output(print(clip), "<dream_clip>")
  expect_match(readLines(pages), "<video src=\"a.mp4\"", fixed = TRUE, all = FALSE)
  expect_identical(readBin(file.path(dirname(pages), "a.mp4"), "raw", 99), as.raw(1:9))
})

test_that("a call that was interrupted goes on with its seed, and the next one has another", {
  stopped <- TRUE
  stops <- function(...) {
    if (stopped) list(ok = TRUE, warnings = list(), interrupted = TRUE) else answered()
  }
  calls <- local_bridge(dream_zoom = stops, dream_video = stops)
  set.seed(4)
  seed_of <- function(call) {
    tryCatch(call, interrupt = identity)
    calls$last$options$seed
  }
  for (run in c(
    function() dream_zoom(example_png(), output = "a.mp4"),
    function() dream_video("in.mp4", output = "a.mp4")
  )) {
    stopped <- TRUE
    first <- suppressMessages(seed_of(run()))
    expect_identical(suppressMessages(seed_of(run())), first)
    stopped <- FALSE
    expect_identical(seed_of(run()), first)
    expect_false(seed_of(run()) == first)
  }
})
