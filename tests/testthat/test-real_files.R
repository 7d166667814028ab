# The corpus of bad and odd files of the Python tests, through R's dream() and the real core.

# The corpus's files, made in a folder: a list of name, expected and message; NULL without it.
write_corpus <- function(folder) {
  source <- test_path("..", "python", "corpus.py")
  if (!file.exists(source)) {
    return(NULL)
  }
  reticulate::import_from_path("corpus", dirname(source))$write_all(folder)
}

squeezed <- function(text) gsub("\\s+", " ", paste(text, collapse = " "))

test_that("every bad file is an error of class deepdreamr_error_image that says why", {
  skip_unless_real()
  folder <- withr::local_tempdir()
  cases <- write_corpus(folder)
  skip_if(is.null(cases), "the Python tests are not beside these")
  bad <- Filter(function(case) case$expected == "image", cases)
  expect_gte(length(bad), 80)
  for (case in bad) {
    error <- expect_error(dream(file.path(folder, case$name)), class = "deepdreamr_error_image")
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
  skip_unless_real()
  folder <- withr::local_tempdir()
  cases <- write_corpus(folder)
  skip_if(is.null(cases), "the Python tests are not beside these")
  good <- Filter(function(case) case$expected == "ok", cases)
  expect_gte(length(good), 15)
  for (case in good) {
    plan <- plan_dream(file.path(folder, case$name), c(mixed0 = 1), octaves = 1, measure = FALSE)
    size <- c(plan$octaves$height, plan$octaves$width)
    expect_true(identical(size, c(90L, 100L)) || max(size) <= 10, info = case$name)
    expect_match(squeezed(plan$notes), squeezed(case$message), fixed = TRUE, info = case$name)
  }
})
