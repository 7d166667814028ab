test_that("every error has its class and the common one", {
  error <- expect_error(stop_argument("wrong", "do this"), class = "deepdreamr_error")
  expect_s3_class(error, "deepdreamr_error_argument")
  expect_s3_class(expect_error(stop_image("wrong")), "deepdreamr_error_image")
  warning <- expect_warning(warn_deepdreamr("unknown_layer", "hm"), class = "deepdreamr_warning")
  expect_s3_class(warning, "deepdreamr_warning_unknown_layer")
})

test_that("a message says what was wrong and what to do", {
  expect_snapshot(stop_argument("`size` is wrong.", c("Do this.", "Or that.")), error = TRUE)
})

test_that("Python's words survive whole, braces and all, with type and traceback", {
  words <- paste0("{x} ", strrep("long ", 2000), "end")
  answer <- list(ok = FALSE, type = "memory", message = words, hint = "Use less.",
                 py_type = "MemoryLimitError", traceback = strrep("t", 12000))
  error <- expect_error(stop_from_python(answer), class = "deepdreamr_error_memory")
  expect_match(conditionMessage(error), words, fixed = TRUE)
  expect_match(conditionMessage(error), "Use less.", fixed = TRUE)
  expect_identical(error$py_type, "MemoryLimitError")
  expect_identical(nchar(error$py_traceback), 12000L)
})

test_that("R's own hint is for an error that has none", {
  answer <- list(type = "unknown_layer", message = "no layer x")
  message <- conditionMessage(expect_error(stop_from_python(answer)))
  expect_match(message, "`layer_names()` lists", fixed = TRUE)
  answer$hint <- "They are the recipe's."
  message <- conditionMessage(expect_error(stop_from_python(answer)))
  expect_match(message, "They are the recipe's.", fixed = TRUE)
})

test_that("an argument that cannot be evaluated says so in its own name", {
  f <- function(image) evaluate_argument(image, "image")
  error <- expect_error(f(no_such_picture), class = "deepdreamr_error_argument")
  expect_match(conditionMessage(error), "`image` cannot be used: .*no_such_picture")
  expect_match(conditionMessage(error), "copied whole")
  expect_identical(error$call, quote(f(no_such_picture)))
  expect_error(f(stop_image("inner")), class = "deepdreamr_error_image")
  expect_identical(f(3), 3)
})
