checkout <- function(folder = withr::local_tempdir(.local_envir = parent.frame())) {
  writeLines(c("[project]", "name = \"deepdreamr\""), file.path(folder, "pyproject.toml"))
  normalizePath(folder)
}

# Turns off the rule that nothing is installed during R CMD check.
local_outside_check <- function(frame = parent.frame()) {
  withr::local_envvar(`_R_CHECK_PACKAGE_NAME_` = NA, .local_envir = frame)
}

test_that("the source is a checkout, a wheel or a URL", {
  folder <- checkout()
  expect_identical(install_source(folder), folder)
  wheel <- withr::local_tempfile(fileext = ".whl")
  file.create(wheel)
  expect_identical(install_source(wheel), normalizePath(wheel))
  for (url in c("https://example.org/deepdreamr.whl", "git+https://example.org/deepdreamr",
                "deepdreamr @ git+https://example.org/deepdreamr")) {
    expect_identical(install_source(url), url)
  }
})

test_that("extras stand behind the source as pip reads them", {
  folder <- checkout()
  expect_identical(with_extras(folder, NULL), folder)
  expect_identical(with_extras(folder, c("video", "app")), paste0(folder, "[video,app]"))
  git <- "git+https://example.org/deepdreamr"
  expect_identical(with_extras(git, "app"), paste0("deepdreamr[app] @ ", git))
  for (named in paste0("deepdreamr", c("", "[app]"), " @ ", git)) {
    expect_identical(with_extras(named, "video"), paste0("deepdreamr[video] @ ", git))
  }
  local_outside_check()
  for (wrong in list("vidio", 3, c("app", NA))) {
    expect_error(
      install_deepdreamr(folder, extras = wrong), "`extras` must be among \"video\"",
      class = "deepdreamr_error_argument"
    )
  }
})

test_that("without a source the checkout around the working directory is taken", {
  folder <- checkout()
  dir.create(file.path(folder, "a/b"), recursive = TRUE)
  withr::with_dir(file.path(folder, "a/b"), expect_identical(install_source(NULL), folder))
  withr::with_dir(withr::local_tempdir(), {
    expect_error(install_source(NULL), "`source` is missing", class = "deepdreamr_error_install")
  })
})

test_that("a source that is none is refused", {
  expect_error(install_source("/no/such"), "no '/no/such'", class = "deepdreamr_error_install")
  other <- withr::local_tempdir()
  expect_error(install_source(other), "not a checkout", class = "deepdreamr_error_install")
  writeLines("name = \"other\"", file.path(other, "pyproject.toml"))
  expect_error(install_source(other), "not a checkout", class = "deepdreamr_error_install")
  for (wrong in list(3, NA, c("a", "b"), "", TRUE)) {
    expect_error(install_source(wrong), "`source` must be one path .* Received: source=",
                 class = "deepdreamr_error_argument")
  }
})

# A Python that says what it lacks and what is wrong with the package, notes how it is called, and
# "makes" an environment with itself.
fake_python <- function(file, log, says = "python_version: 3.12.0") {
  dir.create(dirname(file), recursive = TRUE, showWarnings = FALSE)
  writeLines(c(
    "#!/bin/sh", paste0("echo \"$@\" >> '", log, "'"),
    paste0("if [ \"$1\" != -m ]; then printf '", paste(says, collapse = "\\n"), "\\n'; fi"),
    "if [ \"$2\" = venv ]; then",
    "  for last; do :; done",
    "  mkdir -p \"$last/bin\"; cp \"$0\" \"$last/bin/python\"; touch \"$last/pyvenv.cfg\"",
    "fi",
    "if [ \"$2\" = pip ] && [ -n \"$FAKE_PIP_FAILS\" ]; then exit 1; fi"
  ), file)
  Sys.chmod(file, "755")
  file
}

test_that("an environment that is there is used again, and what is half done is repaired", {
  skip_on_os("windows")
  home <- withr::local_tempdir()
  withr::local_envvar(WORKON_HOME = home)
  log <- withr::local_tempfile()
  folder <- environment_folder("r-deepdreamr")
  expect_identical(folder, file.path(home, "r-deepdreamr"))
  expect_identical(environment_folder("/some/where"), "/some/where")
  python <- environment_python(folder)
  starter <- fake_python(file.path(home, "python"), log)
  commands <- function() install_commands("a.whl", folder, starter)
  pip <- function(...) c(python, "-m", "pip", "install", "--upgrade", ..., "a.whl")

  fake_python(python, log)
  expect_identical(commands(), list(pip()))
  fake_python(python, log, c("python_version: 3.12.0", "error: No module named 'deepdreamr'"))
  expect_identical(commands(), list(pip()))
  # TensorFlow is half there
  fake_python(python, log, c("python_version: 3.12.0", "error: No module named 'tensorflow'"))
  expect_identical(commands(), list(pip("--force-reinstall")))
  # it was interrupted
  fake_python(python, log)
  file.create(unfinished_file(folder))
  expect_identical(commands(), list(pip("--force-reinstall")))
  # pip is missing
  withr::with_envvar(c(FAKE_PIP_FAILS = "yes"), {
    expect_identical(commands(), list(c(starter, "-m", "venv", folder), pip("--force-reinstall")))
  })
  # R cannot load it, or nothing can run it any more
  for (says in c("python_version: 3.12.0\\nlacks: libpython", "python_version: 3.8.1", "nothing")) {
    fake_python(python, log, says)
    expect_identical(commands(), list(c(starter, "-m", "venv", "--clear", folder), pip()))
  }
  unlink(python)
  file.symlink("/no/such/python", python)
  expect_identical(commands(), list(c(starter, "-m", "venv", "--clear", folder), pip()))
  # a folder that is something else is left alone
  unlink(unfinished_file(folder))
  expect_error(commands(), "no virtual environment", class = "deepdreamr_error_install")
})

test_that("a Python that cannot make an environment is told with the one command that helps", {
  skip_on_os("windows")
  log <- withr::local_tempfile()
  for (lack in c("venv", "ensurepip", "libpython")) {
    fake <- fake_python(file.path(withr::local_tempdir(), "python"), log,
                        c("python_version: 3.12.0", paste0("lacks: ", lack)))
    error <- expect_error(install_commands("a.whl", "/no/such/env", fake),
                          class = "deepdreamr_error_install")
    expect_match(conditionMessage(error), paste0(fake, ": it has no ", lack), fixed = TRUE)
    expect_match(conditionMessage(error), "(apt-get|dnf) install|install_python\\(")
  }
})

test_that("a Python that is too old or not there cannot make an environment", {
  fake <- withr::local_tempfile()
  writeLines(c("#!/bin/sh", "echo 'python_version: 3.8.1'"), fake)
  Sys.chmod(fake, "755")
  skip_on_os("windows")
  error <- expect_error(install_commands("a.whl", "/no/such/env", fake),
                        class = "deepdreamr_error_install")
  expect_match(conditionMessage(error), "No Python 3.10 or newer")
  expect_match(conditionMessage(error), fake, fixed = TRUE)
  expect_error(install_commands("a.whl", "/no/such/env", "/no/such/python"),
               class = "deepdreamr_error_install")
  writeLines(c("#!/bin/sh", "echo 'python_version: 3.12.0rc1'"), fake)
  expect_identical(install_commands("a.whl", "/no/such/env", fake)[[1]],
                   c(fake, "-m", "venv", "/no/such/env"))
})

test_that("commands are shown as they could be typed", {
  expect_identical(command_text(c("/a/python", "-m", "pip", "a b")), "/a/python -m pip 'a b'")
})

test_that("install_deepdreamr() does nothing during a check, nor when the answer is no", {
  withr::with_envvar(c(`_R_CHECK_PACKAGE_NAME_` = "x"), {
    expect_error(install_deepdreamr(checkout()), class = "deepdreamr_error_install")
  })
  local_outside_check()
  skip_on_os("windows")
  fake <- withr::local_tempfile()
  writeLines(c("#!/bin/sh", "echo 'python_version: 3.12.0'"), fake)
  Sys.chmod(fake, "755")
  folder <- file.path(withr::local_tempdir(), "env")
  # Where nobody can answer, askYesNo() takes it for no.
  capture.output(messages <- capture_messages(
    result <- install_deepdreamr(checkout(), folder, python = fake, ask = TRUE)
  ))
  expect_null(result)
  expect_match(messages, "-m venv", all = FALSE)
  expect_match(messages, "Nothing was installed", all = FALSE)
  expect_false(file.exists(folder))
})

test_that("install_deepdreamr() runs its commands in order and stops at one that fails", {
  local_outside_check()
  skip_on_os("windows")
  work <- withr::local_tempdir()
  log <- file.path(work, "log")
  env <- file.path(work, "my env")
  fake <- fake_python(file.path(work, "python"), log)
  source <- checkout()
  expect_message(
    capture.output(python <- install_deepdreamr(source, env, python = fake, ask = FALSE)),
    "deepdreamr is in"
  ) |> suppressMessages()
  expect_identical(python, file.path(env, "bin/python"))
  called <- grep("^-m", readLines(log), value = TRUE)
  expect_identical(called, c(paste("-m venv", env), paste("-m pip install --upgrade", source)))
  expect_false(file.exists(unfinished_file(env)))
  withr::local_envvar(FAKE_PIP_FAILS = "yes")
  error <- expect_error(
    suppressMessages(install_deepdreamr(source, env, python = fake, ask = FALSE)),
    class = "deepdreamr_error_install"
  )
  expect_match(conditionMessage(error), "pip install.*again repairs")
  expect_true(file.exists(unfinished_file(env)))
})

test_that("what Python says of itself is read line by line", {
  about <- read_probe(c("python: /a/python", "python_version: 3.11.2", "noise", "package: tf 1",
                        "package: numpy 2", "device: CPU:0", "version: 0.1.0"))
  expect_identical(about, list(python = "/a/python", python_version = "3.11.2", version = "0.1.0",
                               packages = c("tf 1", "numpy 2"), devices = "CPU:0",
                               lacks = character()))
  expect_identical(probe_python("/no/such/python")$python, NULL)
})

test_that("deepdreamr_available() is TRUE once the bridge is loaded", {
  local_bridge(about = list())
  expect_true(deepdreamr_available())
})

test_that("the status prints what is there and what mends it", {
  status <- structure(
    list(r = "0.1.0", reticulate = "1.28", problem = c("Missing.", x = "Reason."), mend = "Do.",
         python = "/a/python", python_version = "3.11.2"),
    class = "deepdreamr_status"
  )
  expect_snapshot(status)
  good <- utils::modifyList(unclass(status), list(
    problem = NULL, mend = NULL, version = "0.1.0", packages = c("tensorflow 2.99", "numpy 2"),
    devices = "CPU:0"
  ))
  expect_snapshot(structure(good, class = "deepdreamr_status"))
})
