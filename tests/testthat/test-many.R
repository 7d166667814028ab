answered <- function(...) {
  list(
    ok = TRUE, warnings = list(), text = "1 of 2 dreamed", seed = 7, interrupted = FALSE,
    outcomes = list(
      image = list("a.jpg", "b.jpg"), output = list("d/a.png", "d/b.png"),
      status = list("done", "failed"), why = list(NULL, "it is bad"), seconds = list(0.5, 0),
      warnings = list("", "")
    ),
    ignored = list(path = list("notes.txt"), why = list("is no picture by its name"))
  )
}

test_that("what came of each picture is a data frame", {
  calls <- local_bridge(dream_many = answered)
  found <- dream_many(c("a.jpg", "b.jpg"), c(mixed3 = 1), output = "d", workers = 2, octaves = 1)
  expect_identical(found$status, c("done", "failed"))
  expect_identical(found$why, c(NA, "it is bad"))
  expect_identical(names(found), c("image", "output", "status", "why", "seconds", "warnings"))
  expect_identical(attr(found, "seed"), 7)
  expect_identical(attr(found, "ignored")$path, "notes.txt")
  expect_identical(calls$last$images, list("a.jpg", "b.jpg"))
  expect_identical(calls$last$options[c("workers", "octaves")], list(workers = 2L, octaves = 1L))
})

test_that("one file stays a list, and nothing dreamed is an empty data frame", {
  calls <- local_bridge(dream_many = function(...) {
    utils::modifyList(answered(), list(outcomes = NULL, ignored = NULL))
  })
  expect_identical(nrow(dream_many("a.jpg", output = "d")), 0L)
  expect_identical(calls$last$images, list("a.jpg"))
})

test_that("a data frame gives each picture its own", {
  calls <- local_bridge(dream_many = answered)
  own <- data.frame(image = factor(c("a.jpg", "b.jpg")), step = c(0.5, NA), recipe = c(NA, "vivid"))
  own$layers <- list(c(mixed3 = 1), NA)
  dream_many(c("a.jpg", "b.jpg"), output = "d", each = own)
  expect_identical(calls$last$options$each, list(
    list(image = "a.jpg", step = 0.5, layers = list(mixed3 = 1L)),
    list(image = "b.jpg", recipe = "vivid")
  ))
  dream_many("a.jpg", output = "d", each = "own.csv")
  expect_identical(calls$last$options$each, "own.csv")
})

test_that("an interrupt says that the same call goes on", {
  local_bridge(dream_many = function(...) {
    utils::modifyList(answered(), list(interrupted = TRUE))
  })
  said <- NULL
  caught <- withCallingHandlers(
    tryCatch(dream_many("a.jpg", output = "d"), interrupt = identity),
    message = function(condition) {
      said <<- conditionMessage(condition)
      invokeRestart("muffleMessage")
    }
  )
  expect_s3_class(caught, "interrupt")
  expect_match(said, "Interrupted: 1 of 2 dreamed.*The same call goes on")
})

test_that("its arguments are those of Python", {
  skip_unless_real()
  python <- reticulate::import("deepdreamr.many.request")
  ours <- setdiff(names(formals(dream_many)), c("files", "..."))
  expect_setequal(ours, setdiff(unlist(python$MANY_ARGUMENTS), c("images", "executor", "options")))
})
