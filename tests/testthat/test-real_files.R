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
