# A virtual environment, without anything in it.
made_environment <- function(folder) {
  made <- system2(some_python(), c("-m", "venv", "--without-pip", shQuote(folder)))
  if (made != 0) stop("no virtual environment")
  environment_python(folder)
}

# What find_python() says in a session of its own, and what deepdreamr_status() and a call say.
found_in_child <- function(code = function() NULL, folder = tempdir(), ...) {
  body <- function(code, folder) {
    setwd(folder)
    code()
    find <- get("find_python", asNamespace("deepdreamr"))
    list(found = find(), status = deepdreamr_status(devices = FALSE)$python,
         error = tryCatch(layer_names(), error = conditionMessage),
         used = if (reticulate::py_available()) reticulate::py_config()$python)
  }
  # reticulate puts the environment of a Python that runs here in front, in both
  path <- strsplit(Sys.getenv("PATH"), .Platform$path.sep, fixed = TRUE)[[1]]
  path <- paste(path[dirname(path) != Sys.getenv("VIRTUAL_ENV", "none")],
                collapse = .Platform$path.sep)
  env <- stub_environment(RETICULATE_PYTHON = NA, VIRTUAL_ENV = NA, PATH = path)
  given <- c(...)
  env[names(given)] <- given
  in_child(body, list(code, folder), env = env)
}

test_that("the user's choice goes first, then our environment; all that ask get one answer", {
  skip_without_stub()
  home <- normalizePath(withr::local_tempdir())
  folder <- normalizePath(withr::local_tempdir())
  ours <- made_environment(file.path(home, "r-deepdreamr"))
  other <- made_environment(file.path(folder, "other"))
  made_environment(file.path(folder, ".venv"))
  cases <- list(
    list(ours), list(other, RETICULATE_PYTHON = other),
    list(other, RETICULATE_PYTHON = file.path(folder, "other")),
    list(ours, VIRTUAL_ENV = file.path(folder, "other")),
    list(other, RETICULATE_PYTHON_ENV = file.path(folder, "other"))
  )
  for (case in cases) {
    result <- do.call(found_in_child, c(list(folder = folder, WORKON_HOME = home), case[-1]))
    for (python in c(result$found$python, result$status, result$used)) {
      expect_identical(dirname(python), dirname(case[[1]]))
    }
    expect_type(result$used, "character")
  }
  use <- function() reticulate::use_python(file.path(getwd(), "other/bin/python"), required = TRUE)
  result <- found_in_child(use, folder, WORKON_HOME = home)
  expect_identical(dirname(c(result$status, result$used)), rep(dirname(other), 2))
})

test_that("the package is missed before a Python starts, and an installation half done is told", {
  skip_without_stub()
  home <- normalizePath(withr::local_tempdir())
  none <- file.path(stub_folder(), "none")
  result <- found_in_child(WORKON_HOME = home, PYTHONPATH = none)
  expect_match(result$error, "No module named 'deepdreamr'")
  expect_null(result$used)
  folder <- file.path(home, "r-deepdreamr")
  made_environment(folder)
  file.create(unfinished_file(folder))
  result <- found_in_child(WORKON_HOME = home)
  expect_match(result$error, "was not finished.*install_deepdreamr\\(\\)` again")
  expect_null(result$used)
})

test_that("variables come back as they were, also after an error", {
  withr::local_envvar(DEEPDREAMR_A = "a", DEEPDREAMR_B = NA)
  try(with_variables(c(DEEPDREAMR_A = NA, DEEPDREAMR_B = "b"), {
    expect_identical(Sys.getenv(c("DEEPDREAMR_A", "DEEPDREAMR_B"), NA, names = FALSE), c(NA, "b"))
    stop("no")
  }), silent = TRUE)
  expect_identical(Sys.getenv(c("DEEPDREAMR_A", "DEEPDREAMR_B"), NA, names = FALSE), c("a", NA))
})

test_that("a Python without a shared library is told with the one command that helps", {
  told <- in_child(function() { # in which no Python runs yet
    own <- asNamespace("deepdreamr")
    about <- list(python = "/a/python", python_version = "3.11.2",
                  version = own$package_version_string(), lacks = "libpython")
    without <- own$python_problem(about, list(python = "/a/python"))
    about$lacks <- "venv" # is of no matter once it is installed
    start <- function() stop("shared library not found")
    list(without = without, with = own$python_problem(about, list(python = "/a/python")),
         error = tryCatch(own$start_python(list(python = "/a/python"), NULL, start),
                          error = identity))
  }, list(), env = stub_environment())
  expect_match(told$without$message[1], "libpython")
  expect_match(told$without$hint, "install_deepdreamr(python = ", fixed = TRUE)
  expect_s3_class(told$error, "deepdreamr_error_python_missing")
  expect_match(conditionMessage(told$error), "libpython")
  expect_null(told$with)
})

test_that("what reticulate makes itself is started only when it is used", {
  expect_match(python_problem(list(), list(managed = TRUE))$hint, "py_config")
  started <- NULL
  start_python(list(managed = TRUE), NULL, function() {
    started <<- Sys.getenv("RETICULATE_USE_MANAGED_VENV")
  })
  expect_identical(started, "yes")
  start_python(list(python = "/a/python"), NULL, function() {
    started <<- Sys.getenv("RETICULATE_USE_MANAGED_VENV")
  })
  expect_identical(started, "no") # nothing is fetched unasked
})

test_that("a missing Python package is the same classed error at every try", {
  skip_without_stub()
  errors <- in_child(function() {
    lapply(1:2, function(i) tryCatch(layer_names(), error = identity))
  }, env = stub_environment(PYTHONPATH = file.path(stub_folder(), "none")))
  for (error in errors) {
    expect_s3_class(error, "deepdreamr_error_python_missing")
    expect_match(conditionMessage(error), "No module named 'deepdreamr'")
    expect_match(conditionMessage(error), "install_deepdreamr()", fixed = TRUE)
    expect_identical(error$call, quote(layer_names()))
  }
})

test_that("a Python that does not exist is the same error, and so is the status", {
  skip_if_not_installed("callr")
  result <- in_child(function() {
    list(error = tryCatch(layer_names(), error = identity), status = deepdreamr_status(),
         available = deepdreamr_available())
  }, env = stub_environment(RETICULATE_PYTHON = "/no/such/python"))
  expect_s3_class(result$error, "deepdreamr_error_python_missing")
  expect_match(conditionMessage(result$error), "/no/such/python")
  expect_match(result$status$problem, "/no/such/python", all = FALSE)
  expect_match(result$status$mend, "install_deepdreamr", all = FALSE)
  expect_false(result$available)
})

test_that("another version, or a Python too old, is refused on first use", {
  skip_without_stub()
  refusal <- function(...) {
    in_child(function() tryCatch(layer_names(), error = identity), env = stub_environment(...))
  }
  error <- refusal(DEEPDREAMR_STUB_VERSION = "9.9.9")
  expect_s3_class(error, "deepdreamr_error_python_version")
  expect_match(conditionMessage(error), "9.9.9")
  expect_s3_class(refusal(DEEPDREAMR_STUB_PYTHON = "3.9.1"), "deepdreamr_error_python_version")
})

test_that("status and availability ask a Python of their own, and start none here", {
  skip_without_stub()
  ask <- function(...) {
    in_child(function() {
      list(status = deepdreamr_status(), available = deepdreamr_available(),
           started = reticulate::py_available())
    }, env = stub_environment(...))
  }
  good <- ask()
  expect_true(good$available)
  expect_false(good$started)
  expect_null(good$status$problem)
  expect_identical(good$status$packages,
                   c("tensorflow 2.99", "keras 3.9", "numpy 2.1.0", "pillow 11.0.0"))
  expect_identical(good$status$devices, "CPU:0")
  no_tensorflow <- ask(DEEPDREAMR_STUB_TENSORFLOW = NA)
  expect_false(no_tensorflow$available)
  expect_match(no_tensorflow$status$problem, "missing Python packages: tensorflow", all = FALSE)
  expect_false(ask(DEEPDREAMR_STUB_VERSION = "9.9.9")$available)
})

test_that("a forked process is refused, one that starts its own Python is not", {
  skip_without_stub()
  skip_on_os("windows")
  result <- in_child(function() {
    fork <- function() {
      job <- parallel::mcparallel(tryCatch(layer_names("one"), error = identity))
      parallel::mccollect(job)[[1]]
    }
    before <- fork()
    layer_names()
    list(before = before, after = fork(), parent = layer_names("one"))
  })
  expect_identical(result$before, "only")
  expect_s3_class(result$after, "deepdreamr_error_forked")
  expect_match(conditionMessage(result$after), "makeCluster")
  expect_identical(result$parent, "only")
})
