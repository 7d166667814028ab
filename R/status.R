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
