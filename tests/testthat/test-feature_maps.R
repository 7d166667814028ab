test_that("feature_maps() sends what was given and keeps what comes back", {
  calls <- local_bridge(feature_maps = list(
    ok = TRUE, png = example_png(4, 9), shape = c(1L, 2L, 3L), layer = "mixed3",
    activations = writeBin(c(1, 2, 3, 4, 5, 6.5), raw(), size = 4, endian = "little"),
    network = "inception_v3", weights = "bundled"
  ))
  maps <- feature_maps(example_png(), "mixed3", channels = 5, order = "index", columns = 3)
  expect_identical(calls$last$layer, "mixed3")
  expect_identical(calls$last$options, list(order = "index", channels = list(5L), columns = 3L))
  expect_s3_class(maps, c("feature_maps", "deepdreamr_picture"), exact = TRUE)
  expect_identical(maps$size, c(4L, 9L))
  expect_identical(unname(as.array(maps)[1, 2, ]), c(4, 5, 6.5))
})

test_that("feature maps have the activations' dimensions and print their strongest", {
  maps <- example_maps()
  expect_identical(dim(maps), c(3L, 4L, 2L))
  expect_identical(dimnames(as.array(maps))[[3]], c("0", "1"))
  expect_snapshot(maps)
})

test_that("plot() draws the sheet or the map of one channel, upright", {
  maps <- example_maps()
  file <- withr::local_tempfile(fileext = ".png")
  grDevices::png(file, width = 40, height = 30)
  expect_identical(withVisible(plot(maps, channel = 1)), list(value = maps, visible = FALSE))
  grDevices::dev.off()
  drawn <- png::readPNG(file)
  brightness <- function(y, x) sum(drawn[y, x, 1:3])
  expect_gt(brightness(27, 37), brightness(3, 3))
  expect_gt(brightness(27, 3), brightness(3, 37))
  withr::local_pdf(NULL)
  expect_identical(withVisible(plot(maps)), list(value = maps, visible = FALSE))
  expect_error(plot(maps, channel = 2), "from 0 to 1", class = "deepdreamr_error_argument")
  expect_error(plot(maps, channel = c(0, 1)), class = "deepdreamr_error_argument")
})

test_that("what is wrong is told in R", {
  expect_error(feature_maps(example_png()), "`layer` is missing",
               class = "deepdreamr_error_argument")
  expect_error(feature_maps(example_png(), c("a", "b")), "one layer",
               class = "deepdreamr_error_argument")
  expect_error(feature_maps("none.png", "mixed3"), class = "deepdreamr_error_image")
  expect_error(feature_maps(example_png(), "mixed3", 3), "must be named",
               class = "deepdreamr_error_argument")
})

test_that("channel_sheet() sends the layer and every option", {
  calls <- local_bridge(
    channel_sheet = list(ok = TRUE, png = example_png(), layer = "mixed3", channels = list(3L, 5L),
                         record = list(recipe = "vivid", network = "inception_v3",
                                       weights = "bundled", seed = 1L),
                         stopped = NULL)
  )
  sheet <- channel_sheet("mixed3", channels = 3, octaves = 2, columns = 1)
  expect_identical(calls$last[c("layer", "image")], list(layer = "mixed3", image = NULL))
  expect_mapequal(calls$last$options, list(channels = list(3L), octaves = 2L, columns = 1L))
  expect_identical(sheet$channels, c(3L, 5L))
  expect_identical(dim(sheet), c(6L, 8L))
  expect_snapshot(sheet)
  channel_sheet("mixed3", example_png(), recipe = "keras")
  expect_identical(calls$last$image, example_png())
  expect_identical(calls$last$options, list(recipe = "keras"))
  expect_error(channel_sheet(c("a", "b")), "one layer", class = "deepdreamr_error_argument")
  expect_error(channel_sheet("mixed3", "none.png"), class = "deepdreamr_error_image")
})

test_that("layer_sheet() and gradient_picture() send the layers and every option", {
  calls <- local_bridge(
    layer_sheet = list(ok = TRUE, png = example_png(), layers = list("mixed0", "mixed3"),
                       record = list(recipe = "rblog", network = "inception_v3",
                                     weights = "bundled", seed = 1L),
                       stopped = NULL),
    gradient_picture = list(ok = TRUE, png = example_png(), loss = 1.5)
  )
  sheet <- layer_sheet(example_png(), c("mixed0", "mixed3"), octaves = 2, columns = 1)
  expect_identical(calls$last$layers, list(mixed0 = 1L, mixed3 = 1L))
  expect_mapequal(calls$last$options, list(octaves = 2L, columns = 1L))
  expect_identical(sheet$layers, c("mixed0", "mixed3"))
  expect_identical(dim(sheet), c(6L, 8L))
  expect_snapshot(sheet)
  gradient <- gradient_picture(example_png(), LContrib, guide = example_png())
  expect_identical(calls$last$options, list(guide = example_png()))
  expect_identical(gradient$loss, 1.5)
  expect_snapshot(gradient)
  expect_error(layer_sheet("none.png"), class = "deepdreamr_error_image")
  layer_sheet(size = c(20, 30))
  expect_identical(calls$last$options, list(size = list(20L, 30L)))
  expect_null(calls$last$image)
  expect_error(layer_sheet(), "`image` is missing", class = "deepdreamr_error_argument")
})
