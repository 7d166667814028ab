# What the three tiers of tests share. R alone: a bridge made of R functions
# (local_bridge). The stub: a Python module without TensorFlow, in processes of
# its own (in_child). The real core: skip_unless_real().

# ---- R alone ----------------------------------------------------------------

# A picture that is different at every place: height x width x 3, as PNG.
example_png <- function(height = 6, width = 8) {
  red <- matrix(seq(0, 1, length.out = height), height, width)
  green <- matrix(seq(0, 1, length.out = width), height, width, byrow = TRUE)
  png::writePNG(array(c(red, green, (red + green) / 2), c(height, width, 3)))
}

# What the bridge would answer to dream(); changes go into the record, or beside it.
example_answer <- function(...) {
  changes <- list(...)
  record <- list(
    octaves = list(c(4L, 5L), c(6L, 8L)), recipe = "rblog",
    settings = list(octaves = 2L, step = 0.025, max_loss = NULL),
    layers = list(list(layer = "mixed3", weight = 0.8, channels = NULL),
                  list(layer = "mixed4", weight = 2, channels = list(list(66L, 1)))),
    network = "inception_v3", weights = "bundled", training = FALSE, precision = "float32",
    engine = "fast", seed = 7L, stopped = NULL, source = "there.jpg"
  )
  answer <- list(
    ok = TRUE, png = example_png(), size = c(6L, 8L),
    losses = list(octave = c(1L, 1L, 2L, 2L), iteration = c(1L, 2L, 1L, 2L),
                  loss = list(1L, 1.5, 2.25, 3)),
    seconds = 1.25, warnings = list(),
    details = "<details><summary>a dream</summary></details>"
  )
  beside <- names(changes) %in% names(answer)
  answer[names(changes)[beside]] <- changes[beside]
  record[names(changes)[!beside]] <- changes[!beside]
  c(answer, list(record = record))
}

example_dream <- function(...) {
  new_dream(example_answer(...), source = "jelly.jpg")
}

example_maps <- function() {
  values <- outer(outer(0:2 * 100, 0:3 * 10, `+`), 0:1, `+`)
  new_picture(
    list(
      png = example_png(5, 5), size = c(5L, 5L),
      activations = as_activations(
        writeBin(as.vector(aperm(values)), raw(), size = 4, endian = "little"), list(3L, 4L, 2L)
      ),
      layer = "mixed3", network = "inception_v3", weights = "bundled", source = "jelly.jpg"
    ),
    "feature_maps"
  )
}

# Puts R functions in the place of Python's until the test ends. `calls$last` is
# what the last of them was called with.
local_bridge <- function(..., frame = parent.frame()) {
  # nobody has called set.seed(), though newer versions of testthat do before a test
  withr::local_preserve_seed(.local_envir = frame)
  suppressWarnings(rm(".Random.seed", envir = globalenv()))
  calls <- new.env()
  before <- the$bridge
  the$bridge <- lapply(list(...), function(answer) {
    function(...) {
      calls$last <- list(...)
      if (is.function(answer)) answer(...) else answer
    }
  })
  withr::defer(the$bridge <- before, envir = frame)
  calls
}

# ---- the stub ----------------------------------------------------------------

stub_folder <- function() normalizePath(testthat::test_path("stub"))

stub_environment <- function(...) {
  environment <- c(
    callr::rcmd_safe_env(),
    RETICULATE_PYTHON = some_python(), PYTHONPATH = stub_folder(),
    PYTHONDONTWRITEBYTECODE = "1",
    DEEPDREAMR_STUB_VERSION = package_version_string(), DEEPDREAMR_STUB_TENSORFLOW = "2.99"
  )
  extra <- c(...)
  environment[names(extra)] <- extra
  environment
}

some_python <- function() {
  python <- c(Sys.getenv("RETICULATE_PYTHON"), Sys.which(c("python3", "python")))
  c(python[nzchar(python)], "")[[1]]
}

# Whether reticulate can run a Python here at all, asked once.
can_run_python <- local({
  answer <- NULL
  function() {
    if (is.null(answer)) {
      answer <<- nzchar(some_python()) && isTRUE(tryCatch(
        callr::r(function() reticulate::py_available(initialize = TRUE),
                 env = c(callr::rcmd_safe_env(), RETICULATE_PYTHON = some_python())),
        error = function(e) FALSE
      ))
    }
    answer
  }
})

real_is_required <- function() identical(Sys.getenv("DEEPDREAMR_TEST_REAL"), "1")

skip_without_stub <- function() {
  skip_if_not_installed("callr")
  if (!can_run_python() && !real_is_required()) {
    skip("no Python that reticulate can run")
  }
}

# Runs `code`, a function, in an R process of its own that has the package and the stub.
in_child <- function(code, args = list(), env = stub_environment()) {
  callr::r(with_package(code), c(child_arguments(), list(args = args)), env = env)
}

in_background <- function(code, args = list(), env = stub_environment()) {
  callr::r_bg(with_package(code), c(child_arguments(), list(args = args)), env = env,
              stdout = "|", stderr = "|")
}

with_package <- function(code) {
  environment(code) <- globalenv()
  wrapper <- function(source, code, args) {
    if (is.null(source)) library(deepdreamr) else pkgload::load_all(source, quiet = TRUE)
    options(deepdreamr.progress = FALSE)
    do.call(code, args)
  }
  formals(wrapper)$code <- code
  environment(wrapper) <- globalenv()
  wrapper
}

# The folder of the sources, if the package is tested from there.
child_arguments <- function() {
  dev <- isNamespaceLoaded("pkgload") && pkgload::is_dev_package("deepdreamr")
  list(source = if (dev) pkgload::pkg_path())
}

# ---- the real core -------------------------------------------------------------

# Skips where the Python package is not there, but not if the real tier was asked
# for: then its absence is a failure.
skip_unless_real <- function() {
  if (deepdreamr_available()) {
    return(invisible())
  }
  if (real_is_required()) {
    stop(paste(c("The real tier is required.", deepdreamr_status()$problem), collapse = "\n"))
  }
  skip("the Python package deepdreamr is not there")
}

# A small photograph-like picture.
small_picture <- function(height = 96, width = 128) {
  y <- matrix(seq(0, 1, length.out = height), height, width)
  x <- matrix(seq(0, 1, length.out = width), height, width, byrow = TRUE)
  array(c(0.5 + 0.4 * sin(9 * x), 0.5 + 0.4 * cos(11 * y), 0.5 + 0.3 * sin(20 * x * y)),
        c(height, width, 3))
}

# Runs the deepdreamr command of the Python that R uses.
run_command_line <- function(...) {
  code <- "import sys; from deepdreamr.front.cli import main; sys.exit(main())"
  script <- withr::local_tempfile(fileext = ".py")
  writeLines(code, script)
  system2(the$bridge$about()$python, shQuote(c(script, ...)), stdout = TRUE, stderr = TRUE)
}
