# Clips and zooms, made by the real core.

test_that("a picture is zoomed, and what is wrong is told in R's words", {
  skip_unless_real()
  folder <- file.path(withr::local_tempdir(), "frames")
  zoom <- function(...) {
    dream_zoom(small_picture(60, 80), list("0" = c(mixed0 = 1)), output = folder, octaves = 1,
               iterations = 1, seconds = 0.5, fps = 4, ...)
  }
  expect_message(clip <- zoom(seed = 3), "folder")
  expect_identical(dim(png::readPNG(list.files(folder, full.names = TRUE)[1])), c(60L, 80L, 3L))
  expect_identical(c(clip$frames, clip$dreams), c(2L, 3L))
  expect_error(zoom(), "overwrite", class = "deepdreamr_error_output")
  expect_error(zoom(shift = 1, overwrite = TRUE), "`shift` must be two shares",
               class = "deepdreamr_error_argument")
})

test_that("a folder of pictures is dreamed", {
  skip_unless_real()
  folder <- withr::local_tempdir()
  for (name in c("1.png", "2.png")) {
    png::writePNG(small_picture(60, 80), file.path(folder, name))
  }
  output <- file.path(withr::local_tempdir(), "out")
  expect_message(
    clip <- dream_video(folder, c(mixed0 = 1), output = output, octaves = 1, first_iterations = 1)
  )
  expect_identical(c(clip$frames, clip$scenes), c(2L, 1L))
  expect_length(list.files(output), 2)
})

test_that("a plan takes the time and the disk of a real clip", {
  skip_unless_real()
  folder <- withr::local_tempdir()
  for (name in c("1.png", "2.png", "3.png")) {
    png::writePNG(small_picture(60, 80), file.path(folder, name))
  }
  output <- file.path(withr::local_tempdir(), "out")
  plan <- plan_video(folder, c(mixed0 = 1), output, octaves = 1, first_iterations = 1)
  expect_identical(plan[c("frames", "done", "size")],
                   list(frames = 3L, done = 0L, size = c(60L, 80L)))
  expect_gt(plan$seconds, 0)
  expect_gt(plan$disk, 3 * 60 * 80)
  plan <- plan_zoom(small_picture(60, 80), c(mixed0 = 1), output, octaves = 1, seconds = 2)
  expect_identical(c(plan$frames, plan$dreams), c(48L, 7L))
  expect_false(file.exists(output))
  expect_error(plan_video(folder, output = output, motion = "fast"), "`motion` must be",
               class = "deepdreamr_error_argument")
})
