# A real Python, but a module that only pretends (stub/deepdreamr/front/bridge.py).

test_that("a dream crosses the bridge and back", {
  skip_without_stub()
  file <- withr::local_tempfile(fileext = ".png")
  writeBin(example_png(), file)
  d <- in_child(function(file) dream(file, LContrib, octaves = 1, seed = 5), list(file))
  expect_s3_class(d, "dream")
  expect_identical(dim(d), c(30L, 40L))
  expect_identical(as.vector(as.array(d)[30, 40, ] * 255), c(3, 100, 200))
  expect_identical(d$losses, data.frame(octave = rep(1L, 3), iteration = 1:3,
                                        loss = c(1.1, 1.2, 1.3)))
  expect_identical(d$layers, LContrib)
  expect_identical(d$settings$octaves, 1L)
  expect_identical(d$settings$step, 0.025)
  expect_identical(d$seed, 5L)
  expect_identical(d$engine, "fast")
  expect_identical(d$source, basename(file))
})

test_that("values arrive in Python as what they are", {
  skip_without_stub()
  arrived <- in_child(function() {
    echo <- function(value) deepdreamr:::bridge_call("echo", value = value)$repr
    values <- list(list(max_loss = NULL), 20, 0.5, TRUE, "\u00e9", c(a = 1), c(1, 2), list(5), NULL,
                   as.raw(1:2), 2^40, deepdreamr:::as_layers("mixed4[0]"))
    vapply(values, echo, "")
  })
  expect_identical(arrived, c(
    "{'max_loss': None}", "20", "0.5", "True", "'\u00e9'", "{'a': 1}", "[1, 2]", "[5]", "None",
    "bytearray(b'\\x01\\x02')", "1099511627776.0",
    "[{'layer': 'mixed4', 'weight': 1, 'channels': [0]}]"
  ))
})

test_that("every kind of picture can be sent, and noise", {
  skip_without_stub()
  sizes <- in_child(function(png) {
    image <- png::readPNG(png)
    lapply(list(png, image, image[, , 1], as.raster(image), dream(png)), function(x) dim(dream(x)))
  }, list(example_png()))
  expect_identical(sizes, rep(list(c(30L, 40L)), 5))
  expect_identical(in_child(function() dim(dream(size = c(11, 12)))), c(11L, 12L))
})

test_that("unknown layers are one warning, or an error with R's hint", {
  skip_without_stub()
  result <- in_child(function(png) {
    nine <- c(mixed2 = 0.2, mixed3 = 0.8, mixed4 = 2, mixed5 = 4, mixed6 = 5, mixed11 = 4,
              mixed27 = 9, mixed37 = 10, mixed47 = 15)
    warnings <- list()
    d <- withCallingHandlers(dream(png, nine), warning = function(w) {
      warnings <<- c(warnings, list(w))
      invokeRestart("muffleWarning")
    })
    caught <- function(code) tryCatch(code, error = identity)
    list(d = d, warnings = warnings, none = caught(dream(png, nine[6:9])),
         strict = caught(dream(png, nine, missing = "error")))
  }, list(example_png()))
  expect_identical(result$d$layers, LContrib)
  expect_length(result$warnings, 1)
  expect_s3_class(result$warnings[[1]], "deepdreamr_warning_unknown_layer")
  expect_match(conditionMessage(result$warnings[[1]]), "mixed11, mixed27, mixed37, mixed47")
  for (error in result[c("none", "strict")]) {
    expect_s3_class(error, "deepdreamr_error_unknown_layer")
    expect_match(conditionMessage(error), "`layer_names()`", fixed = TRUE)
    expect_no_match(conditionMessage(error), "in Python")
  }
})

test_that("a message of 10,000 characters survives, with its traceback", {
  skip_without_stub()
  error <- in_child(function(png) tryCatch(dream(png, network = "long_error"), error = identity),
                    list(example_png()))
  expect_s3_class(error, "deepdreamr_error_argument")
  expect_match(conditionMessage(error), paste0(strrep("x", 10000), " end"), fixed = TRUE)
  expect_identical(nchar(error$py_traceback), 10011L)
  expect_identical(error$call[[1]], quote(dream))
})

test_that("errors are told apart by their class, whatever raised them", {
  skip_without_stub()
  classes <- in_child(function(png) {
    caught <- function(code) class(tryCatch(code, error = identity))[1]
    c(caught(dream(png, network = "memory")), caught(dream(png, network = "raise")),
      caught(dream(png, typo = 1)), caught(feature_maps(png, "nolayer")))
  }, list(example_png()))
  expect_identical(classes, paste0("deepdreamr_error_",
                                   c("memory", "internal", "argument", "unknown_layer")))
})

test_that("on_step sees plain records, and FALSE stops Python", {
  skip_without_stub()
  result <- in_child(function(png) {
    steps <- list()
    d <- dream(png, on_step = function(step) {
      steps <<- c(steps, list(step))
      length(steps) < 4
    })
    list(steps = steps, d = d)
  }, list(example_png()))
  expect_length(result$steps, 4)
  expect_identical(result$steps[[4]], list(octave = 2L, octaves = 2L, height = 30L, width = 40L,
                                           iteration = 1L, iterations = 3L, loss = 2.1,
                                           image = NULL))
  expect_identical(nrow(result$d$losses), 4L)
  expect_identical(result$d$stopped, "callback")
})

test_that("on_step gets a picture where `every` asks for it", {
  skip_without_stub()
  images <- in_child(function(png) {
    images <- list()
    dream(png, every = 4, on_step = function(step) images <<- c(images, list(step$image)))
    images
  }, list(example_png()))
  expect_identical(which(lengths(images) > 0), 4L)
  expect_s3_class(images[[4]], c("step_image", "deepdreamr_picture"), exact = TRUE)
  expect_identical(dim(images[[4]]), c(30L, 40L))
  expect_equal(as.array(images[[4]]), array(4 / 255, c(30, 40, 3)))
})

test_that("on_step sees which layer of a sheet is dreamed, and can stop there", {
  skip_without_stub()
  result <- in_child(function(png) {
    seen <- character()
    sheet <- layer_sheet(png, c("mixed0", "mixed1", "mixed2"), on_step = function(step) {
      seen <<- c(seen, paste(step$layer, step$number, step$layers))
      step$number < 2
    })
    list(seen = seen, sheet = sheet)
  }, list(example_png()))
  expect_identical(result$seen, c("mixed0 1 3", "mixed1 2 3"))
  expect_identical(result$sheet$layers, c("mixed0", "mixed1"))
  expect_identical(result$sheet$stopped, "callback")
})

test_that("an error of on_step keeps its cause, and the next dream works", {
  skip_without_stub()
  result <- in_child(function(png) {
    first <- tryCatch(dream(png, on_step = function(step) stop("mine")), error = identity)
    list(first = first, second = dream(png))
  }, list(example_png()))
  expect_s3_class(result$first, "deepdreamr_error_on_step")
  expect_identical(conditionMessage(result$first$parent), "mine")
  expect_identical(nrow(result$second$losses), 6L)
})

test_that("feature maps, sheets, gradients, recipes and names cross too", {
  skip_without_stub()
  result <- in_child(function(png) {
    list(maps = feature_maps(png, "mixed3"), sheet = layer_sheet(png, c("mixed0", "mixed5")),
         gradient = gradient_picture(png), recipes = recipes(), settings = recipe_settings(),
         names = layer_names(), one = layer_names("one"))
  }, list(example_png()))
  expect_identical(unname(as.array(result$maps)[3, 2, ]), c(210, 211))
  expect_identical(dim(result$sheet), c(16L, 24L))
  expect_identical(result$sheet$layers, c("mixed0", "mixed5"))
  expect_identical(result$gradient$loss, 1.25)
  expect_identical(result$recipes$name[1:2], c("rblog", "keras"))
  expect_identical(unique(result$recipes$network), "inception_v3")
  tile_size <- match("tile_size", result$settings$name)
  expect_identical(result$settings$value[tile_size], list(NULL))
  expect_length(result$names, 8)
  expect_identical(result$one, "only")
})
