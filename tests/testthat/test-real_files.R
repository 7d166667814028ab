# The corpus of bad and odd files of the Python tests, through R's dream() and the real core.

# The corpus's files of which something is expected, made in a folder that lasts as
# long as the test: a list of path, name, expected and message.
corpus_files <- function(expected, frame = parent.frame()) {
  skip_unless_real()
  source <- test_path("..", "python", "corpus.py")
  skip_if_not(file.exists(source), "the Python tests are not beside these")
  folder <- withr::local_tempdir(.local_envir = frame)
  cases <- reticulate::import_from_path("corpus", dirname(source))$write_all(folder)
  cases <- Filter(function(case) case$expected == expected, cases)
  lapply(cases, function(case) c(case, path = file.path(folder, case$name)))
}

squeezed <- function(text) gsub("\\s+", " ", paste(text, collapse = " "))

test_that("every bad file is an error of class deepdreamr_error_image that says why", {
  bad <- corpus_files("image")
  expect_gte(length(bad), 80)
  for (case in bad) {
    error <- expect_error(dream(case$path), class = "deepdreamr_error_image")
    said <- squeezed(conditionMessage(error))
    if (startsWith(said, "There is no file")) { # R's own words, before Python is asked
      expect_match(case$message, "there is no file|cannot be read|too long", info = case$name)
      expect_no_match(said, "Did you mean")
    } else {
      expect_match(said, squeezed(case$message), fixed = TRUE, info = case$name)
    }
  }
})

test_that("every odd file that can be read is dreamed of, at its own size", {
  good <- corpus_files("ok")
  expect_gte(length(good), 15)
  for (case in good) {
    plan <- plan_dream(case$path, c(mixed0 = 1), octaves = 1, measure = FALSE)
    size <- c(plan$octaves$height, plan$octaves$width)
    expect_true(identical(size, c(90L, 100L)) || max(size) <= 10, info = case$name)
    expect_match(squeezed(plan$notes), squeezed(case$message), fixed = TRUE, info = case$name)
  }
})

# A frozen graph of small nodes, as its bytes: each part is a field's number, its
# length and its content.
field <- function(number, ...) {
  content <- c(...)
  if (is.character(content)) content <- charToRaw(content)
  c(as.raw(c(number * 8 + 2, length(content))), content)
}

test_that("a forged network is a condition, and R lives on", {
  skip_unless_real()
  node <- function(name, op) c(field(1, name), field(2, op))
  forged <- list(
    "calls itself" = c(
      field(1, node("first", "f")),
      field(2, field(1, c(field(1, field(1, "f")), field(3, node("again", "f")))))
    ),
    "'ReadFile'" = field(1, node("r", "ReadFile"))
  )
  for (words in names(forged)) {
    file <- withr::local_tempfile(fileext = ".pb")
    writeBin(forged[[words]], file)
    error <- expect_error(layer_names(file), class = "deepdreamr_error_network")
    expect_match(conditionMessage(error), words, fixed = TRUE)
  }
})

test_that("what a picture loses is a condition of its own", {
  skip_unless_real()
  clear <- png::writePNG(array(c(png::readPNG(example_png()), matrix(0.5, 6, 8)), c(6, 8, 4)))
  path <- withr::local_tempfile(fileext = ".jpg")
  expect_warning(save_dream(example_dream(png = clear), path), "the transparency is left out",
                 class = "deepdreamr_warning_image")
  expect_true(file.exists(path))
})

test_that("an array of R's is the picture that it is in Python", {
  skip_unless_real()
  deep <- array(seq(0, 1, length.out = 90 * 100 * 3), c(90, 100, 3))
  expect_false(is.raw(as_picture(deep)))
  plan <- plan_dream(deep, c(mixed0 = 1), octaves = 1, measure = FALSE)
  expect_identical(c(plan$octaves$height, plan$octaves$width), c(90L, 100L))
  d <- suppressWarnings(dream(deep, c(mixed0 = 0), octaves = 1, iterations = 1, seed = 1))
  expect_lt(max(abs(as.array(d) - deep)), 0.5 / 255 + 1e-6)
})
