test_that("the sample picture is there, and its name is checked", {
  expect_true(file.exists(sample_image()))
  expect_identical(readBin(sample_image("jelly"), "raw", 2), as.raw(c(0xff, 0xd8)))
  expect_error(sample_image("none"), "There is: .*jelly", class = "deepdreamr_error_argument")
  expect_error(sample_image(1), class = "deepdreamr_error_argument")
})

test_that("arrays and rasters keep their pixels on the way to Python", {
  image <- png::readPNG(example_png())
  expect_identical(png::readPNG(as_picture(image)), image)
  expect_identical(png::readPNG(as_picture(as.raster(image)))[, , 1:3], image)
  expect_identical(png::readPNG(as_picture(as.raster(image)))[, , 4], matrix(1, 6, 8))
  clear <- as.raster(matrix(c("#FF000000", "#00FF0033", "#0000FFFF", "#FFFFFF99"), 2))
  expect_identical(png::readPNG(as_picture(clear))[, , 4], matrix(c(0, 0.2, 1, 0.6), 2))
  native <- png::readPNG(example_png(), native = TRUE)
  expect_identical(png::readPNG(as_picture(native))[, , 1:3], image)
  grey <- image[, , 1]
  expect_identical(png::readPNG(as_picture(grey)), grey)
  expect_identical(png::readPNG(as_picture(matrix(0:1, 2, 2))), matrix(c(0, 1), 2, 2))
})

test_that("bytes and dreams are handed on as they are, files by their whole path", {
  expect_identical(as_picture(example_png()), example_png())
  expect_identical(as_picture(example_dream()), example_png())
  expect_identical(as_picture(example_maps()), example_png(5, 5))
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  writeBin(example_png(), "here.png")
  expect_identical(as_picture("here.png"), file.path(normalizePath(folder, "/"), "here.png"))
})

test_that("a magick image becomes its PNG", {
  skip_if_not_installed("magick")
  image <- magick::image_read(example_png())
  expect_identical(png::readPNG(as_picture(image))[, , 1:3], png::readPNG(example_png()))
})

test_that("as_magick() gives an image of magick's, and as.raster() is read by it", {
  skip_if_not_installed("magick")
  d <- example_dream()
  image <- as_magick(d)
  expect_s3_class(image, "magick-image")
  pixels <- function(image) png::readPNG(magick::image_write(image, format = "png"))[, , 1:3]
  expect_identical(pixels(image), as.array(d))
  expect_identical(pixels(magick::image_read(as.raster(d))), as.array(d))
  expect_identical(png::readPNG(as_picture(image))[, , 1:3], as.array(d))
  expect_identical(magick::image_info(as_magick(example_maps()))$width, 5L)
  expect_error(as_magick("a.png"), "as_magick\\(d\\)", class = "deepdreamr_error_argument")
  expect_error(as_magick(dream), "itself is the function", class = "deepdreamr_error_argument")
})

test_that("a package that is not there is told with what installs it", {
  error <- expect_error(check_installed("no.such.package"), class = "deepdreamr_error_install")
  expect_match(conditionMessage(error), "install.packages(\"no.such.package\")", fixed = TRUE)
  expect_no_error(check_installed("png"))
})

test_that("what is no picture is refused in R", {
  refused <- function(value) {
    conditionMessage(expect_error(as_picture(value), class = "deepdreamr_error_image"))
  }
  expect_match(refused(mean), "call it first")
  expect_match(refused(list()), "class \"list\"")
  expect_match(refused(1:3), "Received: 3")
  expect_match(refused(array(0, c(2, 2, 5))), "2 x 2 x 5")
  expect_match(refused(array(0, c(2, 2, 1, 1))), "2 x 2 x 1 x 1")
  expect_match(refused(matrix(NA_real_, 2, 2)), "`NA`")
  expect_match(refused(matrix(c(0, 255), 2, 2)), "Divide them by 255")
  expect_no_match(refused(matrix(c(-1, 1), 2, 2)), "Divide")
  expect_no_match(refused(matrix(c(0, 256), 2, 2)), "Divide")
  expect_match(refused(matrix(c(0.5, 1.01), 2, 2)), "values from 0.5 to 1.01")
  expect_match(refused(c("a.png", "b.png")), "path of one file")
  expect_match(refused(NA_character_), "path of one file")
  expect_match(refused(tempdir()), "folder")
})

test_that("a file that is not there is told with the folder and with what was meant", {
  withr::local_dir(withr::local_tempdir())
  error <- expect_error(as_picture("no/such.png"), class = "deepdreamr_error_image")
  expect_match(conditionMessage(error), getwd(), fixed = TRUE)
  expect_error(as_picture("jelly.jpg"), "sample_image\\(\\)")
  writeBin(example_png(), "portrait.png")
  expect_error(as_picture("potrait.png"), "Did you mean './portrait.png'")
  expect_no_match(conditionMessage(expect_error(as_picture("quite-other.png"))), "Did you mean")
})

test_that("a dream gives its picture in R's own forms", {
  d <- example_dream()
  image <- png::readPNG(example_png())
  expect_identical(as.array(d), image)
  expect_identical(dim(as.array(d)), c(6L, 8L, 3L))
  expect_identical(as.raster(d), as.raster(image))
  expect_identical(dim(d), c(6L, 8L))
  expect_identical(c(nrow(d), ncol(d)), dim(d))
})

test_that("a picture with transparency still gives height x width x 3", {
  image <- png::readPNG(example_png())
  rgba <- array(c(image, matrix(0.5, 6, 8)), c(6, 8, 4))
  expect_identical(dim(as.array(example_dream(png = png::writePNG(rgba)))), c(6L, 8L, 3L))
})

test_that("plot() draws the picture upright and leaves the device as it was", {
  d <- example_dream()
  file <- withr::local_tempfile(fileext = ".png")
  grDevices::png(file, width = 8, height = 6)
  margins <- graphics::par("mar")
  shown <- withVisible(plot(d, interpolate = FALSE))
  expect_identical(graphics::par("mar"), margins)
  grDevices::dev.off()
  expect_identical(shown, list(value = d, visible = FALSE))
  expect_equal(png::readPNG(file)[, , 1:3], as.array(d), tolerance = 1e-6)
})

test_that("plot(what = \"picture\") draws without a warning", {
  withr::local_pdf(NULL)
  d <- example_dream()
  expect_no_warning(plot(d, what = "picture"))
  expect_no_warning(plot(d, "picture", interpolate = FALSE))
  expect_identical(withVisible(plot(d, what = "picture")), list(value = d, visible = FALSE))
})

test_that("the package can be cited", {
  expect_no_warning(cited <- citation("deepdreamr"))
  expect_match(format(cited, style = "text"), package_version_string(), fixed = TRUE)
})

test_that("save_dream() has Python write the picture, and says what Python says", {
  d <- example_dream()
  calls <- local_bridge(save = list(ok = TRUE, path = "there", warnings = list()))
  expect_identical(withVisible(save_dream(d, "~/dream.JPG", quality = 80, overwrite = TRUE)),
                   list(value = "~/dream.JPG", visible = FALSE))
  expect_identical(calls$last, list(picture = d$png, path = path.expand("~/dream.JPG"),
                                    options = list(quality = 80L, overwrite = TRUE)))
  failed <- list(ok = FALSE, type = "output", message = "'a.png' exists already.",
                 hint = "Another.", warnings = list())
  local_bridge(save = failed)
  error <- expect_error(save_dream(d, "a.png"), class = "deepdreamr_error_output")
  expect_match(conditionMessage(error), "exists already")
  for (path in list(NULL, NA_character_, c("a.png", "b.png"), 5)) {
    expect_error(save_dream(d, path), "path of one file", class = "deepdreamr_error_output")
  }
})

test_that("save_dream() of the function itself says what to do", {
  error <- expect_error(save_dream(dream, "x.png"), class = "deepdreamr_error_argument")
  expect_match(conditionMessage(error), "itself is the function")
  expect_error(save_dream(no_such_dream, "x.png"), "copied whole",
               class = "deepdreamr_error_argument")
})
