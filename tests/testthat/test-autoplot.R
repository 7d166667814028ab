# What a plot draws on a device of that many pixels.
drawn <- function(plot, width, height) {
  file <- withr::local_tempfile(fileext = ".png")
  grDevices::png(file, width = width, height = height)
  print(plot)
  grDevices::dev.off()
  png::readPNG(file)[, , 1:3]
}

no_losses <- list(octave = list(), iteration = list(), loss = list())

test_that("autoplot() is there as soon as ggplot2 is, and does not load it", {
  skip_if_not_installed("ggplot2")
  skip_if_not_installed("callr")
  found <- in_child(function(d) {
    before <- isNamespaceLoaded("ggplot2")
    list(before = before, class = class(ggplot2::autoplot(d)))
  }, list(example_dream()))
  expect_false(found$before)
  expect_true("ggplot" %in% found$class)
})

test_that("autoplot(d) has the picture in one panel and its losses in the other", {
  skip_if_not_installed("ggplot2")
  d <- example_dream()
  plot <- ggplot2::autoplot(d)
  layers <- lapply(seq_along(plot$layers), function(i) ggplot2::layer_data(plot, i))
  is_line <- vapply(plot$layers, function(layer) inherits(layer$geom, "GeomLine"), NA)
  line <- layers[[which(is_line)]]
  expect_equal(line$x, 1:4)
  expect_equal(line$y, d$losses$loss)
  expect_equal(as.integer(line$group), d$losses$octave)
  expect_identical(as.integer(line$PANEL), rep(2L, 4))
  is_raster <- vapply(plot$layers, function(layer) inherits(layer$geom, "GeomRasterAnn"), NA)
  expect_identical(as.integer(layers[[which(is_raster)]]$PANEL), 1L)
  expect_identical(plot$theme$aspect.ratio, 6 / 8)
})

test_that("only the losses have an axis, at whole steps and at losses", {
  skip_if_not_installed("ggplot2")
  panels <- ggplot2::ggplot_build(ggplot2::autoplot(example_dream()))$layout$panel_params
  breaks <- function(panel, axis) as.numeric(stats::na.omit(panel[[axis]]$get_breaks()))
  expect_identical(breaks(panels[[1]], "x"), numeric())
  expect_identical(breaks(panels[[1]], "y"), numeric())
  expect_identical(breaks(panels[[2]], "x"), c(1, 2, 3, 4))
  expect_identical(breaks(panels[[2]], "y"), c(1, 1.5, 2, 2.5, 3))
})

test_that("autoplot(d, \"picture\") and that of other pictures is the picture, upright", {
  skip_if_not_installed("ggplot2")
  d <- example_dream()
  expect_equal(drawn(ggplot2::autoplot(d, "picture"), 8, 6), as.array(d), tolerance = 0.02)
  maps <- example_maps()
  shown <- drawn(ggplot2::autoplot(maps), 5, 5)
  expect_equal(shown, png::readPNG(maps$png), tolerance = 0.02)
  without <- example_dream(losses = no_losses)
  expect_equal(drawn(ggplot2::autoplot(without), 8, 6), as.array(d), tolerance = 0.02)
})

test_that("autoplot(d, \"loss\") has the losses, and says so where there are none", {
  skip_if_not_installed("ggplot2")
  d <- example_dream()
  plot <- ggplot2::autoplot(d, "loss")
  expect_identical(unlist(plot$labels[c("x", "y")]), c(x = "step", y = "loss"))
  expect_error(ggplot2::autoplot(d, "lost"), "\"loss\"", class = "deepdreamr_error_argument")
  expect_error(ggplot2::autoplot(example_dream(losses = no_losses), "loss"), "no step",
               class = "deepdreamr_error_argument")
})

test_that("losses that are equal, negative or no numbers are drawn without a warning", {
  skip_if_not_installed("ggplot2")
  withr::local_pdf(NULL)
  for (loss in list(c(2, 2, 2, 2), c(-3, -2, -5, -4), c(1, 2, NaN, Inf), rep(NaN, 4))) {
    d <- example_dream()
    d$losses$loss <- loss
    for (what in c("both", "loss")) {
      expect_no_warning(print(ggplot2::autoplot(d, what)))
    }
  }
  expect_no_warning(print(ggplot2::autoplot(d) + ggplot2::labs(title = "A") + ggplot2::theme_bw()))
})
