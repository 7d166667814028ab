# Prints in a session that has a pane for pictures; gives what the pane got.
printed_in_viewer <- function(x, ...) {
  pages <- NULL
  viewer <- function(url) pages <<- c(pages, url)
  options <- utils::modifyList(list(rlang_interactive = TRUE, viewer = viewer), list(...))
  withr::local_options(options)
  text <- capture.output(shown <- withVisible(print(x)))
  expect_identical(text, format(x))
  expect_identical(shown, list(value = x, visible = FALSE))
  pages
}

test_that("a printed picture shows in the session's pane, with a text for who cannot see it", {
  d <- new_dream(example_answer(), source = "<a> & \"b\".jpg")
  page <- printed_in_viewer(d)
  expect_length(page, 1)
  expect_identical(dirname(dirname(page)), tempdir())
  expect_identical(readBin(file.path(dirname(page), "picture.png"), "raw", 1e5), d$png)
  html <- paste(readLines(page, encoding = "UTF-8"), collapse = "\n")
  expect_match(html, "src=\"picture.png\"", fixed = TRUE)
  expect_match(html, "alt=\"A deep dream of &lt;a&gt; &amp; &quot;b&quot;.jpg with ", fixed = TRUE)
  expect_identical(printed_in_viewer(d), page)
  expect_false(identical(printed_in_viewer(example_maps()), page))
})

test_that("every kind of picture can be shown in the pane", {
  png <- example_png()
  size <- c(6L, 8L)
  sheet <- list(png = png, size = size, layers = "a", network = "n", weights = "w", recipe = "r")
  expect_length(printed_in_viewer(new_picture(sheet, "layer_sheet")), 1)
  channels <- c(sheet[-3], list(layer = "a", channels = 3L))
  expect_length(printed_in_viewer(new_picture(channels, "channel_sheet")), 1)
  gradient <- list(png = png, size = size, loss = 1)
  expect_length(printed_in_viewer(new_picture(gradient, "gradient_picture")), 1)
  step <- list(png = png, size = size, octave = 1, iteration = 2)
  expect_length(printed_in_viewer(new_picture(step, "step_image")), 1)
})

test_that("nothing shows where there is no pane, where it is turned off, and in a document", {
  d <- example_dream()
  expect_null(printed_in_viewer(d, deepdreamr.viewer = FALSE))
  expect_null(printed_in_viewer(d, knitr.in.progress = TRUE))
  expect_null(printed_in_viewer(d, rlang_interactive = FALSE))
  withr::local_options(rlang_interactive = TRUE, viewer = NULL)
  expect_identical(capture.output(print(d)), format(d))
})

test_that("in a notebook a printed picture is a plot below its chunk", {
  file <- withr::local_tempfile(fileext = ".png")
  grDevices::png(file, width = 8, height = 6)
  pages <- printed_in_viewer(example_dream(), rstudio.notebook.executing = TRUE)
  grDevices::dev.off()
  expect_null(pages)
  expect_identical(dim(png::readPNG(file))[1:2], c(6L, 8L))
  expect_gt(stats::sd(png::readPNG(file)[, , 1]), 0.1)
})
