test_that("values go out as Python expects them", {
  send <- function(value) as_python(value, "x")
  expect_identical(send(20), 20L)
  expect_identical(send(0.5), 0.5)
  expect_identical(send(2^31), 2^31)
  expect_identical(send(-Inf), -Inf)
  expect_identical(send("a"), "a")
  expect_identical(send(TRUE), TRUE)
  expect_identical(send(factor("b")), "b")
  expect_identical(send(c(1, 2)), list(1L, 2L))
  expect_identical(send(c(1, 2.5)), list(1, 2.5))
  expect_identical(send(list(1)), list(1L))
  expect_identical(send(c(a = 1)), list(a = 1L))
  expect_identical(send(list(a = c(b = 0.5), c = NULL)), list(a = list(b = 0.5), c = NULL))
  expect_identical(send(as.raw(1:3)), as.raw(1:3))
  expect_identical(send(NULL), NULL)
  expect_identical(send(mean), mean)
  expect_identical(send(structure("a", class = "glue")), "a")
  expect_identical(Encoding(send(iconv("\u00e9", "UTF-8", "latin1"))), "UTF-8")
})

test_that("NA is refused by name, wherever it is", {
  refused <- function(value) {
    conditionMessage(expect_error(as_python(value, "x"), class = "deepdreamr_error_argument"))
  }
  expect_match(refused(NA), "`x` must not be `NA`")
  expect_match(refused(c(1, NA)), "`x`")
  expect_match(refused(NaN), "`x`")
  expect_match(refused(list(list(step = NA_real_))), "`x`: `step` must not be `NA`")
})

test_that("what Python cannot take is refused", {
  expect_error(as_python(quote(a + b), "x"), "`x` cannot be an object of class \"call\"")
  expect_error(as_python(globalenv(), "x"), class = "deepdreamr_error_argument")
})

test_that("arguments that were not given are not sent, settings always are", {
  expect_identical(given_options(list(recipe = "x", seed = NULL), octaves = 3),
                   list(recipe = "x", octaves = 3))
  expect_identical(given_options(list(), max_loss = NULL), list(max_loss = NULL))
  expect_identical(given_options(list(), recipe = NULL, seed = 3), list(seed = 3))
  expect_identical(given_options(list()), stats::setNames(list(), character()))
  expect_identical(given_options(list(size = c(3, 4))), list(size = list(3L, 4L)))
  expect_identical(given_options(list(size = c(1, 1))), list(size = list(1L, 1L)))
  expect_identical(given_options(list(), guide = as.raw(1)), list(guide = as.raw(1)))
  expect_error(given_options(list(), 3), "must be named", class = "deepdreamr_error_argument")
  for (size in list(3, c(0, 4), c(1.5, 2), "a", c(NA, 1))) {
    expect_error(given_options(list(size = size)), "`size`", class = "deepdreamr_error_argument")
  }
})

test_that("the arguments of a call are its formals, but those that it treats itself", {
  given <- function(image, ..., seed = NULL, size = 3, on_step = NULL) own_arguments()
  expect_identical(given(seed = 5), list(seed = 5, size = 3))
  expect_identical(given("a.png"), list(seed = NULL, size = 3))
})

test_that("answers come back as plain R", {
  expect_identical(as_sizes(list(c(1L, 2L), list(3, 4L))),
                   data.frame(height = c(1L, 3L), width = c(2L, 4L)))
  losses <- as_losses(list(octave = list(), iteration = list(), loss = list()))
  expect_identical(dim(losses), c(0L, 3L))
  expect_identical(as_losses(list(octave = 1L, iteration = 1L, loss = 2L))$loss, 2)
})

test_that("activations keep their places and their channels' numbers", {
  maps <- example_maps()$activations
  expect_identical(dim(maps), c(3L, 4L, 2L))
  expect_identical(unname(maps[3, 2, "1"]), 211)
  expect_identical(unname(maps[1, 4, "0"]), 30)
})

test_that("an envelope that is not ok becomes an error with the caller's call", {
  local_bridge(layer_names = list(ok = FALSE, type = "network", message = "none such",
                                  hint = NULL, traceback = "tb"))
  error <- expect_error(layer_names("none"), class = "deepdreamr_error_network")
  expect_identical(error$call, quote(layer_names("none")))
  expect_identical(error$py_traceback, "tb")
})

test_that("an error that is in no envelope is an internal one", {
  local_bridge(layer_names = function(...) stop("odd {thing}"))
  expect_error(layer_names(), "odd \\{thing\\}", class = "deepdreamr_error_internal")
})

test_that("warnings of the envelope are R's warnings, one each", {
  local_bridge(layer_names = list(ok = TRUE, layers = list("a"), warnings = list(
    list(class = "unknown_layer", message = "left out: x"),
    list(class = "image", message = "first frame only")
  )))
  warnings <- capture_warnings(result <- layer_names())
  expect_identical(result, "a")
  expect_length(warnings, 2)
  expect_match(warnings[1], "left out: x.*layer_names\\(\\)")
  expect_warning(expect_warning(layer_names(), class = "deepdreamr_warning_unknown_layer"),
                 class = "deepdreamr_warning_image")
})

test_that("a Python package of another version is refused with both versions", {
  about <- list(version = "9.9.9", python = "/somewhere/python", python_version = "3.11.2")
  error <- expect_error(check_about(about), class = "deepdreamr_error_python_version")
  expect_match(conditionMessage(error), package_version_string(), fixed = TRUE)
  expect_match(conditionMessage(error), "9.9.9", fixed = TRUE)
  expect_match(conditionMessage(error), "/somewhere/python", fixed = TRUE)
  expect_match(conditionMessage(error), "install_deepdreamr()", fixed = TRUE)
  expect_null(check_about(utils::modifyList(about, list(version = package_version_string()))))
})

test_that("a Python that is too old is refused, whatever its package", {
  about <- list(version = package_version_string(), python = "/old/python",
                python_version = "3.9.18+")
  expect_error(check_about(about), "3.9.18", class = "deepdreamr_error_python_version")
  expect_identical(missing_python("no module", about)$type, "python_version")
})

test_that("a package that is missing is told with the Python and the way out", {
  withr::local_envvar(RETICULATE_PYTHON = "/somewhere/python")
  problem <- missing_python("No module named 'deepdreamr'\n", list(python = "/somewhere/python"))
  expect_identical(problem$type, "python_missing")
  expect_identical(unname(problem$message[2:3]),
                   c("Python: /somewhere/python", "No module named 'deepdreamr'"))
  expect_match(problem$hint[1], "install_deepdreamr()", fixed = TRUE)
  expect_match(problem$hint[2], "Sys.unsetenv(\"RETICULATE_PYTHON\")", fixed = TRUE)
  withr::local_envvar(RETICULATE_PYTHON = NA)
  expect_length(missing_python("x", NULL)$hint, 2)
})

test_that("library(deepdreamr) starts no Python", {
  skip_if_not_installed("callr")
  expect_false(in_child(function() reticulate::py_available()))
})

test_that("Python takes names for UTF-8 in the locale C too, which stays as it was", {
  skip_without_stub()
  skip_on_os("windows")
  found <- in_child(function() {
    layer_names()
    list(reticulate::py_eval("__import__('sys').getfilesystemencoding()"), Sys.getenv("LC_ALL"),
         Sys.getlocale("LC_CTYPE"))
  }, env = stub_environment(LC_ALL = "C"))
  expect_identical(found, list("utf-8", "C", "C"))
})
