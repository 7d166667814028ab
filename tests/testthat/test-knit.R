knit_text <- function(chunk, frame = parent.frame()) {
  withr::local_dir(withr::local_tempdir(.local_envir = frame), .local_envir = frame)
  environment <- list2env(list(d = example_dream(), f = example_maps()))
  knitr::knit(text = chunk, envir = environment, quiet = TRUE)
}

test_that("a dream in a chunk shows as its picture, with a text for who cannot see it", {
  skip_if_not_installed("knitr")
  text <- knit_text(c("```{r one, echo=FALSE}", "d", "```"))
  expect_match(text, "alt=\"A deep dream of jelly.jpg with mixed3, mixed4[66] of inception_v3.\"",
               fixed = TRUE)
  files <- list.files("figure", full.names = TRUE)
  expect_length(files, 1)
  expect_match(text, files, fixed = TRUE)
  expect_identical(readBin(files, "raw", 1e5), example_png())
})

test_that("the chunk's own caption and text go first, and each picture has its file", {
  skip_if_not_installed("knitr")
  text <- knit_text(c("```{r two, echo=FALSE, fig.cap='Mine'}", "d", "f", "```"))
  expect_match(text, "Mine")
  expect_no_match(text, "A deep dream")
  expect_length(list.files("figure"), 2)
  text <- knit_text(c("```{r three, echo=FALSE, fig.alt='Told'}", "d", "```"))
  expect_match(text, "alt=\"Told\"", fixed = TRUE)
})

test_that("a chunk that hides its figures hides the picture", {
  skip_if_not_installed("knitr")
  text <- knit_text(c("```{r four, echo=FALSE, fig.show='hide'}", "d", "```"))
  expect_no_match(text, "figure|img|!\\[")
  expect_length(list.files("figure"), 1)
})

test_that("every kind of picture has a text", {
  terms <- list(list(layer = "mixed3", weight = 2, channels = NULL, objective = "neuron(66)"))
  expect_identical(alt_text(example_dream(layers = terms)),
                   "A deep dream of jelly.jpg with mixed3 neuron(66) of inception_v3.")
  expect_identical(alt_text(example_maps()),
                   "Feature maps of jelly.jpg: channels of mixed3 of inception_v3.")
  sheet <- new_picture(list(layers = c("a", "b"), source = NULL), "layer_sheet")
  expect_identical(alt_text(sheet), "Deep dreams, one for each of a, b.")
  gradient <- new_picture(list(source = "x.png"), "gradient_picture")
  channels <- new_picture(list(layer = "a", channels = 3:4, source = NULL), "channel_sheet")
  expect_identical(alt_text(channels), "Deep dreams, one for each of the channels 3, 4 of a.")
  image <- new_picture(list(octave = 2, iteration = 3), "step_image")
  expect_identical(alt_text(image), "A deep dream at iteration 3 of octave 2.")
  expect_identical(alt_text(gradient), "The gradient of x.png as a picture.")
})

test_that("what made a dream is folded below it in a page, and in no other document", {
  skip_if_not_installed("knitr")
  before <- knitr::opts_knit$get("rmarkdown.pandoc.to")
  withr::defer(knitr::opts_knit$set(rmarkdown.pandoc.to = before))
  chunk <- c("```{r folded, echo=FALSE}", "d", "```")
  details <- "<details><summary>a dream</summary></details>"
  for (to in c("html", "latex", "gfm")) {
    knitr::opts_knit$set(rmarkdown.pandoc.to = to)
    text <- paste(knit_text(chunk), collapse = "\n")
    expect_identical(grepl(details, text, fixed = TRUE), to == "html")
    expect_match(text, "figure/folded")
  }
  knitr::opts_knit$set(rmarkdown.pandoc.to = "html")
  withr::local_options(deepdreamr.details = FALSE)
  expect_no_match(paste(knit_text(chunk), collapse = "\n"), "<details>")
})

# A clip of two bytes in a document of a kind.
knit_clip <- function(chunk, to, name = "a.mp4", frame = parent.frame()) {
  withr::local_dir(withr::local_tempdir(.local_envir = frame), .local_envir = frame)
  before <- knitr::opts_knit$get("rmarkdown.pandoc.to")
  withr::defer(knitr::opts_knit$set(rmarkdown.pandoc.to = before))
  knitr::opts_knit$set(rmarkdown.pandoc.to = to)
  writeBin(as.raw(1:2), name)
  clip <- structure(list(output = name, size = c(20L, 21L), frames = 12L), class = "dream_clip")
  knitr::knit(text = chunk, envir = list2env(list(clip = clip)), quiet = TRUE)
}

test_that("a clip plays in a page, which has a copy of its own", {
  skip_if_not_installed("knitr")
  text <- knit_clip(c("```{r clip, echo=FALSE, out.width='50%'}", "clip", "```"), "html")
  files <- list.files("figure", full.names = TRUE)
  expect_match(files, "[.]mp4$")
  expect_identical(readBin(files, "raw", 9), as.raw(1:2))
  expect_match(text, paste0("<video src=\"", files, "\" style=\"max-width: 100%; width: 50%\""),
               fixed = TRUE)
  expect_match(text, "title=\"A clip of 12 frames: a.mp4.\"", fixed = TRUE)
  expect_identical(clip_width(list(out.width = 300, fig.width = 7, dpi = 192, fig.retina = 2)),
                   "width: 300px")
  expect_null(clip_width(list(out.width = 672, fig.width = 7, dpi = 192, fig.retina = 2)))
  text <- knit_clip(c("```{r gif, echo=FALSE}", "clip", "```"), "html", "a.gif")
  expect_match(text, "<img src=\"figure/gif-clip-[0-9a-f]+[.]gif\"")
  text <- knit_clip(c("```{r hidden, echo=FALSE, fig.show='hide'}", "clip", "```"), "html")
  expect_no_match(text, "video|img")
})

test_that("frames of a clip stand where it cannot play", {
  skip_if_not_installed("knitr")
  sheet <- list(ok = TRUE, warnings = list(), png = example_png(), size = list(6L, 8L))
  local_bridge(clip_sheet = sheet)
  for (case in list(c("latex", "a.mp4"), c("gfm", "a.mp4"), c("html", "a.mkv"))) {
    text <- knit_clip(c("```{r sheet, echo=FALSE}", "clip", "```"), case[1], case[2])
    expect_no_match(text, "<video")
    expect_match(list.files("figure"), "[.]png$")
    expect_match(text, sub("[.]png$", "", list.files("figure")), fixed = TRUE)
  }
  text <- knit_clip(c("```{r gone, echo=FALSE}", "file.remove('a.mp4') && FALSE; clip", "```"),
                    "html")
  expect_match(text, "<dream_clip> 21 x 20: 12 frames, a.mp4", fixed = TRUE)
})
