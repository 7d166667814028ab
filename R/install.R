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
  source <- source %||% checkout_around(getwd())
  if (!is_string(source)) {
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

# ---- what is there ---------------------------------------------------------

#' What is used and what is missing
#'
#' `deepdreamr_status()` shows which Python would be used, or is in use, which
#' versions are there, which device TensorFlow would compute on, and, if something
#' is missing, the command that mends it. `deepdreamr_available()` tells in one
#' word whether [dream()] would work.
#'
#' Both ask Python in a process of its own. They start no Python in this
#' session, and they install nothing.
#'
#' @param devices Whether to ask TensorFlow for its devices, which takes a few
#'   seconds.
#'
#' @returns `deepdreamr_status()` gives a list of class `deepdreamr_status`: `r` and
#'   `reticulate` (versions), `python`, `python_version`, `version` (of the Python
#'   package), `packages`, `devices`, and, if something is wrong, `problem` and `mend`.
#'   `deepdreamr_available()` gives `TRUE` or `FALSE`.
#' @export
#' @examples
#' deepdreamr_available()
#' deepdreamr_status(devices = FALSE)
deepdreamr_status <- function(devices = TRUE) {
  check_flag(devices, "devices")
  found <- find_python()
  about <- if (is.null(found$python)) list() else probe_python(found$python, devices)
  problem <- python_problem(about, found)
  structure(
    c(
      list(
        r = package_version_string(),
        reticulate = as.character(utils::packageVersion("reticulate")),
        problem = problem$message,
        mend = grep("deepdreamr_status", problem$hint, value = TRUE, invert = TRUE)
      ),
      about[names(about) != "lacks"]
    ),
    class = "deepdreamr_status"
  )
}

#' @rdname deepdreamr_status
#' @export
deepdreamr_available <- function() {
  if (!is.null(the$bridge)) {
    return(TRUE)
  }
  found <- find_python()
  !is.null(found$python) && is.null(python_problem(probe_python(found$python), found))
}

# What a Python says of itself and of the package, in a process of its own. The
# words come back as lines "name: value".
probe_python <- function(python, devices = FALSE) {
  script <- tempfile(fileext = ".py")
  on.exit(unlink(script))
  writeLines(probe_script, script)
  lines <- tryCatch(
    suppressWarnings(system2(python, shQuote(c(script, if (devices) "devices")),
                             stdout = TRUE, stderr = FALSE)),
    error = function(e) character()
  )
  read_probe(lines)
}

probe_script <- c(
  "import glob, os, platform, sys, sysconfig",
  "os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')",
  "def say(name, value):",
  "    print('%s: %s' % (name, ' '.join(str(value).split())))",
  "say('python', sys.executable)",
  "say('python_version', platform.python_version())",
  "for name in ('venv', 'ensurepip'):",
  "    try:",
  "        __import__(name)",
  "    except ImportError:",
  "        say('lacks', name)",
  "places = [sysconfig.get_config_var(name) or '' for name in ('LIBPL', 'LIBDIR')]",
  "places += [sys.prefix, sys.base_exec_prefix]", # reticulate's
  "places.append(os.path.join(places[1], sysconfig.get_config_var('MULTIARCH') or ''))",
  "library = 'libpython%d.%d*.%s*' % (*sys.version_info[:2],",
  "    'dylib' if sys.platform == 'darwin' else 'so')",
  "if os.name == 'posix' and not any(",
  "        glob.glob(os.path.join(glob.escape(place), library)) for place in places):",
  "    say('lacks', 'libpython')",
  "try:",
  "    from deepdreamr.front import bridge",
  "    about = bridge.about(devices=len(sys.argv) > 1)",
  "    if not about['ok']:",
  "        raise RuntimeError(about['message'])",
  "    missing = [name for name, version in about['packages'].items() if version is None]",
  "    if missing:",
  "        raise ImportError('missing Python packages: ' + ', '.join(missing))",
  "    for name, version in about['packages'].items():",
  "        say('package', name + ' ' + version)",
  "    for device in about['devices']:",
  "        say('device', device)",
  "    say('version', about['version'])",
  "except BaseException as error:",
  "    say('error', error)"
)

read_probe <- function(lines) {
  lines <- grep("^[a-z_]+: ", lines, value = TRUE)
  names <- sub(": .*$", "", lines)
  values <- sub("^[a-z_]+: ", "", lines)
  lists <- c("package", "device", "lacks")
  about <- as.list(values[!names %in% lists])
  names(about) <- names[!names %in% lists]
  about$packages <- values[names == "package"]
  about$devices <- values[names == "device"]
  about$lacks <- values[names == "lacks"]
  about
}

#' @export
format.deepdreamr_status <- function(x, ...) {
  c(
    paste0("R package   ", x$r, ", with reticulate ", x$reticulate),
    paste0("Python      ", x$python_version, if (!is.null(x$python)) paste0(" (", x$python, ")")),
    paste0("deepdreamr  ", x$version %||% "missing"),
    if (length(x$packages)) paste0("packages    ", paste(x$packages, collapse = ", ")),
    if (length(x$devices)) paste0("devices     ", paste(x$devices, collapse = ", "))
  )
}

#' @export
print.deepdreamr_status <- function(x, ...) {
  cli::cat_line(format(x, ...))
  if (is.null(x$problem)) {
    cli::cat_line(cli::symbol$tick, " Ready to dream.")
  } else {
    cli::cat_line(rlang::format_error_bullets(bullets(x$problem, x$mend)))
  }
  invisible(x)
}
