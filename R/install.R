#' Install the Python package
#'
#' Makes a virtual environment and installs the Python package deepdreamr into
#' it, with TensorFlow and all else that it needs. It asks first where somebody
#' can answer, it shows the commands that it runs, and it never runs by itself.
#'
#' @param source Where the Python package is: the folder of a checkout of
#'   deepdreamr, a wheel (`.whl`), or a URL that `pip` understands. Left at `NULL`,
#'   the checkout around the working directory.
#' @param envname Name of the virtual environment, or the path of one. [dream()] finds
#'   the default by itself.
#' @param python The Python to make the environment with, 3.10 or newer; left at
#'   `NULL`, the one on the path.
#' @param ask Whether to ask before anything is done.
#' @param extras What more is to be installed with it: `"video"` for clips and zooms, `"cluster"`
#'   for many pictures on a cluster, `"app"` for the page in the browser; several as
#'   `c("video", "app")`.
#'
#' @details
#' The Python is chosen in this order: the one that already runs in the session;
#' the user's own choice, by `RETICULATE_PYTHON`, `RETICULATE_PYTHON_ENV`,
#' [reticulate::use_python()] and its kind, or, where reticulate is to make one, by
#' `RETICULATE_PYTHON = "managed"` or `py_require()`; the virtual environment
#' `r-deepdreamr`; what reticulate finds, such as an active virtual environment. Nothing
#' is fetched that was not asked for.
#'
#' An installation that was interrupted, or that no longer works, is repaired by
#' running `install_deepdreamr()` again.
#'
#' @returns The path of the environment's Python, invisibly; `NULL` if the answer
#'   was no.
#' @seealso [deepdreamr_status()]
#' @export
#' @examplesIf interactive()
#' install_deepdreamr("~/src/deepdreamr")
#' install_deepdreamr("~/src/deepdreamr", extras = "video")
install_deepdreamr <- function(source = NULL, envname = virtualenv_name, python = NULL,
                               ask = interactive(), extras = NULL) {
  if (nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))) {
    stop_deepdreamr("install", "Nothing is installed while a package is being checked.")
  }
  check_flag(ask, "ask")
  envname <- check_text(envname, "envname")
  python <- if (!is.null(python)) check_text(python, "python")
  check_extras(extras)
  source <- with_extras(install_source(plain_text(source)), extras)
  environment <- environment_folder(envname)
  commands <- install_commands(source, environment, python)
  marker <- unfinished_file(environment)
  message("Commands:\n", paste0("  ", vapply(commands, command_text, ""), "\n"))
  if (ask && !isTRUE(utils::askYesNo("Run them?", default = FALSE))) {
    message("Nothing was installed.")
    return(invisible(NULL))
  }
  for (command in commands) {
    if (dir.exists(environment)) {
      file.create(marker)
    }
    run_command(command)
  }
  unlink(marker)
  message("The Python package deepdreamr is in ", environment, ".")
  if (reticulate::py_available()) {
    message("Restart R to use it: another Python is running in this session.")
  }
  invisible(environment_python(environment))
}

install_source <- function(source, call = caller_env()) {
  if (!is.null(source) && !is_filled_string(source)) {
    stop_received("source", "must be one path of a folder or wheel, or a URL", source, call)
  }
  source <- source %||% checkout_around(getwd())
  if (is.null(source)) {
    stop_deepdreamr(
      "install",
      "`source` is missing, and the working directory is not in a checkout of deepdreamr.",
      "For example: `install_deepdreamr(\"~/src/deepdreamr\")`, the path of a wheel, or a URL.",
      call = call
    )
  }
  if (grepl("^[a-z+]+://|^[a-z]+@| @ ", source)) {
    return(source)
  }
  path <- path.expand(source)
  if (!file.exists(path)) {
    stop_deepdreamr("install", paste0("There is no '", source, "' to install from."), call = call)
  }
  if (dir.exists(path) && !is_checkout(path)) {
    stop_deepdreamr(
      "install", paste0("The folder '", source, "' is not a checkout of deepdreamr."),
      "It must hold the pyproject.toml of deepdreamr.",
      call = call
    )
  }
  normalizePath(path)
}

check_extras <- function(extras, call = caller_env()) {
  if (!is.null(extras) && !(is.character(extras) && all(extras %in% python_extras))) {
    stop_argument(
      paste0("`extras` must be among ", quoted(python_extras), "."),
      call = call
    )
  }
}

# What pip is told to install: the source, and in brackets what more of it.
with_extras <- function(source, extras) {
  if (!length(extras)) {
    return(source)
  }
  named <- paste0("[", paste(unique(extras), collapse = ","), "]")
  if (grepl(" @ ", source)) {
    return(sub(" *(\\[[^]]*\\])? @ ", paste0(named, " @ "), source))
  }
  if (file.exists(source)) paste0(source, named) else paste0("deepdreamr", named, " @ ", source)
}

python_extras <- c("video", "cluster", "app")

is_checkout <- function(folder) {
  project <- file.path(folder, "pyproject.toml")
  file.exists(project) && any(grepl("^name *= *[\"']deepdreamr[\"']", readLines(project)))
}

# The nearest folder upwards that is a checkout, or NULL.
checkout_around <- function(folder) {
  if (is_checkout(folder)) {
    return(folder)
  }
  if (dirname(folder) != folder) checkout_around(dirname(folder))
}

# A list of commands, each the program and its arguments. What an earlier installation left half
# done is made anew: the environment, or all that is in it.
install_commands <- function(source, environment, python, call = caller_env()) {
  own <- environment_python(environment)
  about <- if (file.exists(own)) probe_python(own, devices = TRUE)
  usable <- is_usable(about)
  if (!usable) {
    check_environment(environment, call)
  }
  clear <- if (!usable && is_environment(environment)) "--clear"
  make <- if (!usable || !has_pip(own)) {
    list(c(starter_python(python, call), "-m", "venv", clear, environment))
  }
  again <- if (usable && is_half_installed(environment, about)) "--force-reinstall"
  c(make, list(c(own, "-m", "pip", "install", "--upgrade", again, source)))
}

# Whether R can load that Python, and it is not too old.
is_usable <- function(about) {
  !is.null(about$python_version) && !"libpython" %in% about$lacks &&
    !is_older(about$python_version, oldest_python)
}

# A folder with something else in it is not made an environment.
check_environment <- function(environment, call) {
  if (length(list.files(environment)) && !is_environment(environment)) {
    stop_deepdreamr(
      "install", paste0("The folder '", environment, "' is no virtual environment."),
      "Name another one in `envname`: it is made.",
      call = call
    )
  }
}

is_environment <- function(folder) {
  file.exists(file.path(folder, "pyvenv.cfg")) || file.exists(unfinished_file(folder))
}

has_pip <- function(python) {
  isTRUE(suppressWarnings(
    system2(python, c("-m", "pip", "--version"), stdout = FALSE, stderr = FALSE)
  ) == 0)
}

# The package is there, but it does not work; or it was not finished.
is_half_installed <- function(environment, about) {
  file.exists(unfinished_file(environment)) ||
    (!is.null(about$error) && !grepl("No module named '?deepdreamr'?$", about$error))
}

# A file that lies in an environment while it is being made.
unfinished_file <- function(environment) {
  file.path(environment, "deepdreamr.unfinished")
}

is_unfinished <- function(python) {
  !is.null(python) && file.exists(unfinished_file(dirname(dirname(python))))
}

# A Python that an environment can be made with, and that R can load.
starter_python <- function(python, call) {
  found <- python %||% Sys.which(c("python3", "python", "/usr/bin/python3"))
  found <- unique(found[nzchar(found)])
  problems <- character()
  for (candidate in found) {
    about <- probe_python(path.expand(candidate))
    problem <- starter_problem(about)
    if (is.null(problem)) {
      return(candidate)
    }
    problems <- c(problems, paste0(candidate, ": ", problem))
  }
  stop_deepdreamr(
    "install",
    c(
      paste0("No Python ", oldest_python, " or newer was found that R can use."),
      stats::setNames(problems, rep("x", length(problems)))
    ),
    helpful_command(),
    call = call
  )
}

starter_problem <- function(about) {
  if (is.null(about$python_version)) {
    "it cannot be run"
  } else if (is_older(about$python_version, oldest_python)) {
    paste("it is Python", about$python_version)
  } else if (length(about$lacks)) {
    paste("it has no", paste(about$lacks, collapse = ", no "))
  }
}

run_command <- function(command, call = caller_env()) {
  status <- suppressWarnings(system2(command[1], shQuote(command[-1])))
  if (status != 0) {
    stop_deepdreamr(
      "install", c("A command failed; its own words are above.", x = command_text(command)),
      "`install_deepdreamr()` again repairs what is half done.",
      call = call
    )
  }
}

command_text <- function(command) {
  plain <- grepl("^[A-Za-z0-9_./:@+-]+$", command)
  paste(ifelse(plain, command, shQuote(command)), collapse = " ")
}

environment_folder <- function(envname) {
  if (grepl("[/\\\\]", envname)) {
    return(path.expand(envname))
  }
  path.expand(file.path(reticulate::virtualenv_root(), envname))
}

environment_python <- function(folder) {
  file.path(folder, if (.Platform$OS.type == "windows") "Scripts/python.exe" else "bin/python")
}
