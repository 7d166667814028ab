# Where a dream grows, its colours and its strength.

small_file <- function(frame = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".png", .local_envir = frame)
  png::writePNG(small_picture(), file)
  file
}

# White on the left half, black on the right.
half <- function() {
  mask <- matrix(0, 96, 128)
  mask[, 1:64] <- 1
  mask
}

small_dream <- function(...) {
  dream(small_file(), c(mixed0 = 1), octaves = 2, iterations = 2, seed = 3, ...)
}

test_that("a masked dream leaves the black part as it was, bit for bit", {
  skip_unless_real()
  d <- small_dream(mask = half())
  original <- round(small_picture() * 255)
  made <- round(as.array(d) * 255)
  expect_identical(made[, 65:128, ], original[, 65:128, ])
  expect_gt(mean(abs(made[, 1:64, ] - original[, 1:64, ])), 2)
  expect_match(show_dream(d)$mask_sha256, "^[0-9a-f]{64}$")
  white <- small_dream(mask = matrix(1, 96, 128))
  expect_identical(as.array(white), as.array(small_dream()))
})

test_that("a mask is a file or a picture of R, the same in each", {
  skip_unless_real()
  file <- withr::local_tempfile(fileext = ".png")
  png::writePNG(half(), file)
  expect_identical(as.array(small_dream(mask = file)), as.array(small_dream(mask = half())))
})

test_that("several masks have layers of their own, and are asked for again", {
  skip_unless_real()
  left <- half()
  masks <- list(list(mask = left, layers = c(mixed0 = 1)),
                list(mask = left[, 128:1], layers = c(mixed1 = 1)))
  source <- small_file()
  d <- dream(source, masks = masks, octaves = 1, iterations = 2, seed = 3)
  expect_true(all(abs(as.array(d) - small_picture()) >= 0))
  file <- withr::local_tempfile(fileext = ".png")
  save_dream(d, file)
  expect_error(replay_dream(file, source), "mask", class = "deepdreamr_error_argument")
  again <- replay_dream(file, source, masks = list(left, left[, 128:1]))
  expect_identical(as.array(again), as.array(d))
})

test_that("keep_colors and strength mix with the original", {
  skip_unless_real()
  whole <- as.array(small_dream())
  expect_identical(round(as.array(small_dream(strength = 0)) * 255), round(small_picture() * 255))
  expect_identical(as.array(small_dream(strength = 1)), whole)
  middle <- as.array(small_dream(strength = 0.5))
  expect_lt(max(abs(middle - (whole + small_picture()) / 2)), 1.01 / 255)
  kept <- as.array(small_dream(keep_colors = TRUE))
  chroma <- function(x) x[, , 3] - (0.299 * x[, , 1] + 0.587 * x[, , 2] + 0.114 * x[, , 3])
  inside <- apply(kept > 0.02 & kept < 0.98, c(1, 2), all)
  expect_lt(max(abs(chroma(kept) - chroma(small_picture()))[inside]), 3 / 255)
})

test_that("what is no mask, and what cannot be combined, is one error", {
  skip_unless_real()
  expect_error(small_dream(mask = "nowhere.png"), "nowhere.png", class = "deepdreamr_error")
  expect_error(small_dream(mask = 3), "height x width", class = "deepdreamr_error")
  expect_error(small_dream(masks = half()), "list of masks", class = "deepdreamr_error_argument")
  expect_error(small_dream(strength = 2), "strength", class = "deepdreamr_error_argument")
  expect_error(small_dream(keep_colors = "yes"), class = "deepdreamr_error_argument")
  expect_error(dream(layers = c(mixed0 = 1), size = c(96, 96), mask = half(), octaves = 1),
               "mask", class = "deepdreamr_error_argument")
})

test_that("a dream that is there is mixed as if it had been asked for", {
  skip_unless_real()
  whole <- small_dream(mask = half())
  asked <- small_dream(mask = half(), strength = 0.4, keep_colors = TRUE)
  mixed <- mix_dream(whole, small_file(), strength = 0.4, keep_colors = TRUE)
  expect_s3_class(mixed, "dream")
  expect_identical(as.array(mixed), as.array(asked))
  expect_identical(mixed$losses, whole$losses)
  expect_equal(show_dream(mixed)$strength, 0.4)
  file <- withr::local_tempfile(fileext = ".png")
  save_dream(whole, file)
  from_file <- mix_dream(file, png::readPNG(small_file()), strength = 0.4, keep_colors = TRUE)
  expect_identical(as.array(from_file), as.array(asked))
  expect_identical(nrow(from_file$losses), 0L)
  expect_output(print(from_file), "<dream>")
  expect_error(mix_dream(mixed, small_file()), "mixed with its original already",
               class = "deepdreamr_error_argument")
  expect_error(mix_dream(whole, small_picture()[1:95, , ]), "one size",
               class = "deepdreamr_error_argument")
  expect_error(mix_dream(whole), "`source`", class = "deepdreamr_error")
})

test_that("masks give the pixels of the shell", {
  skip_unless_real()
  left <- withr::local_tempfile(fileext = ".png")
  right <- withr::local_tempfile(fileext = ".png")
  png::writePNG(half(), left)
  png::writePNG(1 - half(), right)
  source <- small_file()
  shell <- function(...) {
    out <- withr::local_tempfile(fileext = ".png")
    said <- run_command_line("dream", source, "-o", out, "--octaves", "2", "--iterations", "2",
                             "--seed", "3", ...)
    expect_null(attr(said, "status"), info = paste(said, collapse = "\n"))
    png::readPNG(out)
  }
  expect_identical(
    shell("--layers", "mixed0", "--mask", left, "--keep-colors", "--strength", "0.7"),
    as.array(small_dream(mask = left, keep_colors = TRUE, strength = 0.7))
  )
  d <- dream(source, octaves = 2, iterations = 2, seed = 3,
             masks = list(list(left, c(mixed0 = 1)), list(half()[, 128:1], c(mixed1 = 2))))
  expect_identical(shell("--masks", left, "mixed0=1", "--masks", right, "mixed1=2"), as.array(d))
})
