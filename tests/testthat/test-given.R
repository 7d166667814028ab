picture_file <- function(frame = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = frame)
  path <- file.path(normalizePath(folder, "/"), "here.png")
  writeBin(example_png(), path)
  path
}

grey_cimg <- function(grey, frames = 1) {
  structure(array(t(grey), c(ncol(grey), nrow(grey), frames, 1)),
            class = c("cimg", "imager_array", "numeric"))
}

test_that("a path may have a class of its own, or be a factor", {
  path <- picture_file()
  kinds <- list(
    structure(path, class = c("fs_path", "character")),
    structure(path, class = c("glue", "character")),
    factor(path, levels = c("other", path))
  )
  for (kind in kinds) {
    expect_identical(as_picture(kind), path)
    expect_identical(source_name(kind), "here.png")
    expect_identical(as_python(kind, "checkpoint"), path)
    calls <- local_bridge(save = list(ok = TRUE, path = path, warnings = list()))
    expect_identical(save_dream(example_dream(), kind), path)
    expect_identical(calls$last$path, path)
  }
  expect_error(as_picture(factor(c(path, path))), "path of one file")
  expect_error(as_picture(factor(NA)), "path of one file")
})

test_that("an array of 8 bits goes as PNG, another with all its bits", {
  image <- png::readPNG(example_png())
  expect_identical(png::readPNG(as_picture(image)), image)
  deep <- image * 0.999
  expect_identical(as_picture(deep)$shape, list(6L, 8L, 3L))
  numbers <- readBin(as_picture(deep)$values, "double", 6 * 8 * 3, size = 8, endian = "little")
  expect_identical(array(numbers, dim(deep)), deep)
  expect_identical(as_picture(deep[, , 1])$shape, list(6L, 8L, 1L))
  expect_identical(as_picture(deep[, , 1:2])$shape, list(6L, 8L, 4L))
  expect_identical(as_picture(image > 0.5), as_picture((image > 0.5) + 0))
})

test_that("imager's and magick's pixels become upright pictures", {
  image <- png::readPNG(example_png())
  cimg <- structure(array(aperm(image, c(2, 1, 3)), c(8, 6, 1, 3)),
                    class = c("cimg", "imager_array", "numeric"))
  expect_identical(png::readPNG(as_picture(cimg)), image)
  dim(cimg) <- c(8, 6, 3)
  expect_error(as_picture(cimg), "no cimg of four dimensions", class = "deepdreamr_error_image")
  expect_identical(png::readPNG(as_picture(grey_cimg(image[, , 1]))), image[, , 1])
  expect_error(as_picture(structure(array(300, c(2, 2, 1, 3)), class = c("cimg", "numeric"))),
               "must be from 0 to 1", class = "deepdreamr_error_image")
  bitmap <- structure(array(as.raw(round(aperm(image, 3:1) * 255)), c(3, 8, 6)),
                      class = c("bitmap", "rgb"))
  expect_identical(png::readPNG(as_picture(bitmap)), image)
})

test_that("of frames the first is taken, and that is said", {
  grey <- png::readPNG(example_png())[, , 1]
  expect_warning(first <- as_picture(grey_cimg(grey, 3)), "only the first of 3 frames",
                 class = "deepdreamr_warning_image")
  expect_identical(png::readPNG(first), grey)
  skip_if_not_installed("magick")
  image <- magick::image_read(example_png())
  expect_warning(first <- as_picture(c(image, magick::image_negate(image))),
                 "only the first of 2 frames", class = "deepdreamr_warning_image")
  expect_identical(png::readPNG(first)[, , 1:3], png::readPNG(example_png()))
  expect_identical(png::readPNG(as_picture(magick::image_data(image))), png::readPNG(example_png()))
  expect_error(as_picture(image[0]), "without a picture", class = "deepdreamr_error_image")
})

test_that("masks are a list of masks, each with its layers or alone", {
  path <- picture_file()
  expect_identical(as_masks(list(list(path, c(mixed3 = 2))), NULL),
                   list(list(mask = path, layers = list(mixed3 = 2))))
  expect_identical(as_masks(list(list(layers = "mixed3", mask = "alpha")), NULL),
                   list(list(mask = "alpha", layers = list(mixed3 = 1))))
  expect_identical(as_masks(list(path, "alpha"), NULL), list(path, "alpha"))
  for (wrong in list(path, list(sky = path), structure(list(path), class = "odd"))) {
    expect_error(as_masks(wrong, NULL), "`masks` must be a list of masks",
                 class = "deepdreamr_error_argument")
  }
  for (wrong in list(list(path), list(path, "mixed3", 1))) {
    expect_error(as_masks(list(wrong), NULL), "must be a mask and its layers",
                 class = "deepdreamr_error_argument")
  }
})

test_that("an address is left to Python, which says what to do", {
  address <- "https://example.com/a.jpg"
  expect_identical(as_picture(address), address)
})

test_that("set.seed() decides the seed where none is given", {
  calls <- local_bridge(dream = example_answer())
  path <- picture_file()
  seed_of <- function(...) {
    dream(path, c(mixed3 = 1), ...)
    calls$last$options$seed
  }
  withr::with_preserve_seed({
    set.seed(1)
    first <- seed_of()
    expect_false(identical(seed_of(), first))
    set.seed(1)
    expect_identical(seed_of(), first)
    for (kind in c("Wichmann-Hill", "L'Ecuyer-CMRG")) {
      set.seed(2, kind = kind)
      expect_type(seed_of(), "integer")
    }
    set.seed(1, kind = "default")
    runif(1) # a session that has drawn numbers is not seeded by that
    expect_null(seed_of())
    expect_identical(seed_of(seed = 5), 5L)
    set.seed(1)
    expect_identical(seed_of(checkpoint = sub("png", "npz", path)), first)
    expect_null(seed_of(checkpoint = path)) # it is there: a dream that goes on
    expect_null(seed_of(checkpoint = structure(path, class = c("fs_path", "character"))))
    rm(".Random.seed", envir = globalenv())
    expect_null(seed_of())
    expect_false(exists(".Random.seed", globalenv(), inherits = FALSE))
  })
})

test_that("names that are not ASCII are found in the locale C too", {
  skip_on_os("windows")
  skip_on_cran()
  skip_if_not_installed("callr")
  folder <- file.path(withr::local_tempdir(), "b\u00fcld")
  dir.create(folder)
  writeBin(example_png(), file.path(folder, "gr\u00fcn.png"))
  found <- callr::r(
    function(folder) {
      find <- function(path) list(charToRaw(as_picture(path)), charToRaw(source_name(path)))
      environment(find) <- asNamespace("deepdreamr")
      Encoding(folder) <- "unknown" # its bytes, as a shell gives them
      native <- list.files(folder, full.names = TRUE)
      marked <- native
      Encoding(marked) <- "UTF-8"
      lapply(list(native, marked), find)
    },
    list(folder = enc2utf8(folder)), env = c(callr::rcmd_safe_env(), LC_ALL = "C")
  )
  path <- file.path(normalizePath(folder, "/"), "gr\u00fcn.png")
  expected <- list(charToRaw(enc2utf8(path)), charToRaw(enc2utf8("gr\u00fcn.png")))
  expect_identical(found, list(expected, expected))
})

test_that("a path of any length is handed on without warnings of R's own", {
  path <- strrep("n", 5000)
  expect_no_warning(given <- as_picture(path))
  expect_identical(given, path)
})
