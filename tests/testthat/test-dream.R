test_that("dream() sends what was given and nothing else", {
  withr::local_options(deepdreamr.progress = FALSE)
  calls <- local_bridge(dream = example_answer())
  dream(example_png(), c(mixed3 = 1))
  expect_identical(calls$last, list(image = example_png(), layers = list(mixed3 = 1L),
                                    options = stats::setNames(list(), character()),
                                    on_step = NULL, on_preview = NULL))
  dream(
    example_png(), recipe = "keras", network = "vgg16", weights = "untrained", missing = "error",
    training = TRUE, seed = 3, precision = "bfloat16", max_memory = "2GB", guide = example_png(),
    save_octaves = "here", save_steps = "a.gif", every = 5, checkpoint = "state",
    convention = "tf", engine = "keras", max_size = 640, octaves = 2, octave_scale = 1.5,
    max_loss = NULL
  )
  expect_null(calls$last$layers)
  expect_mapequal(calls$last$options, list(
    recipe = "keras", network = "vgg16", weights = "untrained", missing = "error",
    training = TRUE, seed = 3L, precision = "bfloat16", max_memory = "2GB",
    guide = example_png(), save_octaves = "here", save_steps = "a.gif", every = 5L,
    checkpoint = "state", convention = "tf", engine = "keras", max_size = 640L, octaves = 2L,
    octave_scale = 1.5, max_loss = NULL
  ))
})

test_that("a dream may start from noise of a given size", {
  calls <- local_bridge(dream = example_answer())
  dream(size = c(30, 40), layers = "mixed4[1]", seed = 1)
  expect_null(calls$last$image)
  expect_identical(calls$last$options, list(size = list(30L, 40L), seed = 1L))
})

test_that("what is missing or wrong is told before Python is asked", {
  local_bridge(dream = function(...) stop("Python was asked"))
  expect_snapshot(dream(), error = TRUE)
  expect_error(dream(half_copied), "half_copied", class = "deepdreamr_error_argument")
  expect_error(dream(example_png(), LContribution), "`layers` cannot be used",
               class = "deepdreamr_error_argument")
  expect_error(dream("none.png"), class = "deepdreamr_error_image")
  expect_error(dream(example_png(), 3), class = "deepdreamr_error_argument")
  expect_error(dream(example_png(), NULL, 3), "must be named", class = "deepdreamr_error_argument")
  expect_error(dream(example_png(), octaves = NA), "`octaves`",
               class = "deepdreamr_error_argument")
  expect_error(dream(example_png(), guide = "none.png"), class = "deepdreamr_error_image")
  expect_error(dream(example_png(), on_step = 3), "`on_step` must be a function",
               class = "deepdreamr_error_argument")
})

test_that("several files are another function's work, told in one line", {
  local_bridge(dream = function(...) stop("Python was asked"))
  for (files in list(c("a.png", "b.png"), list("a.png", "b.png"), factor(c("a.png", "b.png")))) {
    error <- expect_error(dream(files), class = "deepdreamr_error_image")
    expect_identical(
      conditionMessage(error),
      "`image` must be one picture, not 2 files: `dream_many()` dreams of each."
    )
    expect_identical(error$call, quote(dream(files)))
  }
  expect_error(dream(character()), "path of one file", class = "deepdreamr_error_image")
  folder <- withr::local_tempdir()
  expect_error(dream(paste0(folder, "/")), "a folder.*`dream_many\\(\\)` dreams of all that are",
               class = "deepdreamr_error_image")
  expect_error(dream(file.path(folder, "*.png")), "There is no file.*`dream_many\\(\\)` dreams",
               class = "deepdreamr_error_image")
  raster <- as.raster(example_dream())
  calls <- local_bridge(dream = example_answer())
  dream(raster)
  expect_identical(calls$last$image, as_picture(raster))
})

test_that("the call in an error is the user's", {
  error <- expect_error(dream("none.png", seed = 1))
  expect_identical(error$call, quote(dream("none.png", seed = 1)))
})

test_that("a dream is plain R, with what made it", {
  calls <- local_bridge(dream = example_answer(seed = 2^40))
  folder <- withr::local_tempdir()
  file <- file.path(folder, "mine.png")
  writeBin(example_png(), file)
  d <- dream(file, seed = 2^40)
  expect_s3_class(d, c("dream", "deepdreamr_picture"), exact = TRUE)
  expect_identical(d$png, example_png())
  expect_identical(d$losses, data.frame(octave = c(1L, 1L, 2L, 2L), iteration = c(1L, 2L, 1L, 2L),
                                        loss = c(1, 1.5, 2.25, 3)))
  expect_identical(d$octaves, data.frame(height = c(4L, 6L), width = c(5L, 8L)))
  expect_identical(d$layers, layer_contrib(mixed3 = 0.8, "mixed4[66]" = 2))
  expect_identical(calls$last$options$seed, 2^40)
  expect_identical(d$seed, 2^40)
  expect_identical(d$engine, "fast")
  expect_identical(d$source, "mine.png")
  expect_null(d$settings$max_loss)
  expect_identical(dream(example_png())$source, "there.jpg")
  expect_identical(dream(d)$source, "a dream")
})

test_that("a dream survives saveRDS() into a session without Python", {
  skip_if_not_installed("callr")
  file <- withr::local_tempfile(fileext = ".rds")
  d <- example_dream()
  saveRDS(d, file)
  expect_identical(readRDS(file), d)
  back <- in_child(function(file) {
    d <- readRDS(file)
    list(text = format(d), dim = dim(d), mean = mean(as.array(d)),
         python = reticulate::py_available())
  }, list(file), env = stub_environment(RETICULATE_PYTHON = "/no/python"))
  expect_identical(back, list(text = format(d), dim = c(6L, 8L), mean = mean(as.array(d)),
                              python = FALSE))
})

test_that("a dream that version 0.1 saved still prints, plots and is saved", {
  withr::local_pdf(NULL)
  d <- readRDS(test_path("dream-0.1.rds"))
  expect_snapshot(summary(d))
  expect_identical(dim(d), c(60L, 80L))
  expect_identical(dim(as.array(d)), c(60L, 80L, 3L))
  expect_identical(withVisible(plot(d)), list(value = d, visible = FALSE))
  expect_identical(withVisible(plot(d, "loss")), list(value = d, visible = FALSE))
  expect_identical(as_picture(d), d$png)
  missing <- setdiff(names(d), names(example_dream()))
  expect_identical(missing, character())
  expect_identical(setdiff(names(example_dream()), names(d)), c("engine", "details"))
  skip_unless_real()
  file <- save_dream(d, withr::local_tempfile(fileext = ".png"))
  expect_identical(readBin(file, "raw", 1e5), d$png)
})

test_that("print, format and summary tell the run", {
  expect_snapshot(example_dream())
  expect_snapshot(summary(example_dream(stopped = "callback")))
  capture.output(shown <- withVisible(print(example_dream())))
  expect_identical(shown, list(value = example_dream(), visible = FALSE))
  none <- example_dream(losses = list(octave = list(), iteration = list(), loss = list()))
  expect_match(format(none), "0 iterations", all = FALSE)
  expect_no_match(format(none), "^  loss")
})

test_that("as.data.frame() of a dream gives its losses", {
  d <- example_dream()
  expect_identical(as.data.frame(d), d$losses)
  expect_identical(row.names(as.data.frame(d, row.names = letters[1:4])), letters[1:4])
  expect_identical(data.frame(d), d$losses)
})

test_that("summary() counts an octave that made no step", {
  skipped <- example_dream(losses = list(octave = c(2L, 2L), iteration = 1:2, loss = c(4, 5)))
  octaves <- summary(skipped)$octaves
  expect_identical(octaves$iterations, c(0L, 2L))
  expect_identical(octaves$first_loss, c(NA, 4))
  expect_identical(octaves$last_loss, c(NA, 5))
})

test_that("plot(d, \"loss\") draws a line for each octave", {
  withr::local_pdf(NULL)
  d <- example_dream()
  expect_identical(withVisible(plot(d, "loss", main = "Loss")), list(value = d, visible = FALSE))
  expect_equal(graphics::par("usr")[3:4], c(1 - 0.08, 3 + 0.08))
  expect_equal(graphics::par("usr")[1:2], c(1 - 0.12, 4 + 0.12))
  expect_error(plot(d, "lost"), "picture|loss")
  none <- example_dream(losses = list(octave = list(), iteration = list(), loss = list()))
  expect_error(plot(none, "loss"), "no step", class = "deepdreamr_error_argument")
})
