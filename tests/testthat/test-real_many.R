# Many pictures, dreamed by the real core in processes of their own.

test_that("a folder is dreamed, goes on, and has the pixels of dream()", {
  skip_unless_real()
  folder <- withr::local_tempdir()
  pictures <- file.path(folder, "in")
  dir.create(pictures)
  for (name in c("a.png", "b.png")) {
    png::writePNG(small_picture(80, 70), file.path(pictures, name))
  }
  writeBin(raw(), file.path(pictures, "empty.png"))
  run <- function(...) {
    dream_many(pictures, c(mixed0 = 1), output = file.path(folder, "out"), octaves = 1,
               iterations = 1, seed = 3, workers = 1, threads = 2, ...)
  }
  found <- run()
  expect_setequal(found$status, c("done", "done", "failed"))
  line <- readLines(file.path(folder, "out", ".deepdreamr", "journal.jsonl"), n = 1)
  version <- reticulate::import("numpy")$`__version__`
  expect_match(line, paste0('"numpy": "', version, '"'), fixed = TRUE)
  alone <- dream(file.path(pictures, "a.png"), c(mixed0 = 1), octaves = 1, iterations = 1, seed = 3)
  same <- png::readPNG(file.path(folder, "out", "a.png"))
  expect_lt(max(abs(same - png::readPNG(alone$png))), 2 / 255)
  expect_setequal(run()$status, c("skipped", "skipped", "failed"))
  expect_error(dream_many(pictures, output = file.path(folder, "out"), size = c(9, 9)),
               class = "deepdreamr_error_argument")
})
