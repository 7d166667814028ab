# Which Python is used: decided in one place for all that starts one and all that asks. The user's
# own choice goes first, then the environment of install_deepdreamr(), then what reticulate finds
# here. Nothing is fetched, and no Python is started.

virtualenv_name <- "r-deepdreamr"
oldest_python <- "3.10"

# A list: `python`, the path, or NULL with the `reason` why there is none; `pin`, whether reticulate
# has to be told; `managed`, whether reticulate makes the Python itself because the user says so;
# `lacks_package`, whether the package is known not to be there.
find_python <- function() {
  if (reticulate::py_available()) {
    return(list(python = session_python()$python))
  }
  named <- Sys.getenv("RETICULATE_PYTHON")
  if (named == "managed" && can_manage()) {
    return(list(managed = TRUE))
  }
  if (nzchar(named)) {
    return(list(python = python_program(named)))
  }
  ours <- environment_python(environment_folder(virtualenv_name))
  config <- discover_python(alone = file.exists(ours) || wants_managed())
  named <- named_python(config)
  if (!is.null(named)) {
    list(python = named, pin = TRUE)
  } else if (wants_managed()) {
    list(managed = TRUE)
  } else if (file.exists(ours)) {
    list(python = ours, pin = TRUE)
  } else if (is.null(config$python)) {
    list(reason = config$reason %||% "There is no Python here.")
  } else {
    list(python = config$python, pin = TRUE, lacks_package = is.null(config$required_module_path))
  }
}

# The Python that the user has named to reticulate, or NULL. Its older versions do not tell of a
# use_python() that is not required: it is the first of those that they try.
named_python <- function(config) {
  if (grepl("^(RETICULATE_PYTHON_ENV|use_python)", config$forced %||% "")) {
    return(config$python)
  }
  first <- config$python_versions[1]
  if (is.null(config$forced) && !is.null(first) &&
        file.exists(environment_python(environment_folder(virtualenv_name))) &&
        !basename(dirname(dirname(first))) %in% c("r-reticulate", virtualenv_name)) {
    first
  }
}

# What reticulate would take, without starting or fetching it; its `reason` if there is none. Where
# it is `alone`, without the virtual environments that are active or lie around: newer
# versions take those before any that is not required.
discover_python <- function(alone) {
  folder <- if (alone) setwd(tempdir())
  on.exit(if (!is.null(folder)) setwd(folder))
  with_variables(c(RETICULATE_USE_MANAGED_VENV = "no", if (alone) c(VIRTUAL_ENV = NA)), tryCatch(
    suppressMessages(suppressWarnings(reticulate::py_discover_config("deepdreamr"))),
    error = function(e) list(reason = conditionMessage(e))
  ))
}

with_variables <- function(variables, code) {
  before <- Sys.getenv(names(variables), NA, names = TRUE)
  on.exit(set_variables(before))
  set_variables(variables)
  force(code)
}

set_variables <- function(variables) {
  given <- variables[!is.na(variables)]
  Sys.unsetenv(names(variables)[is.na(variables)])
  if (length(given)) do.call(Sys.setenv, as.list(given))
}

# Whether reticulate can make a Python itself, with uv.
can_manage <- function() {
  "py_require" %in% getNamespaceExports("reticulate")
}

# Whether the user has asked for that, by a variable or by py_require(). What packages require is
# no word of the user's.
wants_managed <- function() {
  if (!can_manage()) {
    return(FALSE)
  }
  asked <- tolower(Sys.getenv("RETICULATE_USE_MANAGED_VENV")) %in% c("true", "1", "yes")
  history <- getExportedValue("reticulate", "py_require")()$history
  asked || any(vapply(history, function(request) !isTRUE(request$env_is_package), NA))
}

# RETICULATE_PYTHON may name a folder.
python_program <- function(path) {
  path <- path.expand(path)
  programs <- file.path(path, c("bin/python", "Scripts/python.exe", "python3", "python",
                                "python.exe"))
  c(programs[dir.exists(path) & file.exists(programs)], path)[[1]]
}

# Lets reticulate take the Python that was found, and imports from it what starts it.
start_python <- function(found, call, import) {
  if (isTRUE(found$lacks_package)) {
    stop_python(missing_python("No module named 'deepdreamr'", found), call)
  }
  if (is.null(found$python) && !isTRUE(found$managed)) {
    stop_python(missing_python(found$reason, NULL), call)
  }
  if (is_unfinished(found$python)) {
    stop_python(unfinished_installation(found$python), call)
  }
  tryCatch(
    {
      if (isTRUE(found$pin)) {
        reticulate::use_python(found$python, required = TRUE)
      }
      managed <- if (isTRUE(found$managed)) "yes" else "no"
      named <- if (managed == "no" && nzchar(Sys.getenv("RETICULATE_PYTHON"))) found$python
      with_variables(c(RETICULATE_USE_MANAGED_VENV = managed, RETICULATE_PYTHON = named), import())
    },
    error = function(e) {
      reason <- conditionMessage(e)
      if (grepl("shared library", reason)) {
        stop_python(no_shared_library(found$python), call)
      }
      stop_python(missing_python(reason, session_python() %||% found), call)
    }
  )
}

# The Python that runs in this session, or NULL.
session_python <- function() {
  if (reticulate::py_available()) {
    config <- reticulate::py_config()
    list(python = config$python, python_version = sub(" .*$", "", config$version_string))
  }
}

# ---- what is wrong with it -------------------------------------------------

# What is wrong with what find_python() found, and with what that Python says; NULL if nothing is.
python_problem <- function(about, found) {
  if (isTRUE(found$managed)) {
    return(managed_python())
  }
  if (is_unfinished(found$python)) {
    return(unfinished_installation(found$python))
  }
  if (is.null(about$version)) {
    about$python <- about$python %||% found$python
    reason <- about$error %||% found$reason %||% "It cannot be run."
    return(missing_python(reason, if (!is.null(about$python)) about))
  }
  if ("libpython" %in% about$lacks && !reticulate::py_available()) {
    return(no_shared_library(about$python))
  }
  version_problem(about)
}

missing_python <- function(reason, python = session_python()) {
  if (is_older(python$python_version, oldest_python)) {
    return(old_python(python))
  }
  where <- if (is.null(python$python)) {
    "No usable Python was found."
  } else {
    paste0("Python: ", python$python)
  }
  list(
    type = "python_missing",
    message = c("The Python package deepdreamr cannot be loaded.", x = where, x = trimws(reason)),
    hint = c(
      "`install_deepdreamr()` installs it into a Python of its own; restart R afterwards.",
      if (!is.na(Sys.getenv("RETICULATE_PYTHON", NA))) {
        "`Sys.unsetenv(\"RETICULATE_PYTHON\")` lets R use that one: now the variable goes first."
      },
      "`deepdreamr_status()` tells which Python is used and what is missing."
    )
  )
}

no_shared_library <- function(python) {
  list(
    type = "python_missing",
    message = c("R cannot load this Python: it has no shared library (libpython).",
                x = paste0("Python: ", python)),
    hint = helpful_command()
  )
}

unfinished_installation <- function(python) {
  list(
    type = "python_missing",
    message = c("The installation of the Python package deepdreamr was not finished.",
                x = paste0("Python: ", python)),
    hint = "`install_deepdreamr()` again finishes it."
  )
}

managed_python <- function() {
  list(
    type = "python_missing",
    message = paste("The Python of this session is reticulate's own (`py_require()`, \"managed\"):",
                    "it is made when it starts."),
    hint = "`reticulate::py_config()` starts it; ask again then."
  )
}

# The one command that brings a Python with all that is needed.
helpful_command <- function() {
  program <- function(name) nzchar(Sys.which(name))
  if (program("apt-get")) {
    paste("`sudo apt-get install python3-venv libpython3-dev` brings one; then",
          "`install_deepdreamr(python = \"/usr/bin/python3\")`.")
  } else if (program("dnf")) {
    paste("`sudo dnf install python3-devel` brings one; then",
          "`install_deepdreamr(python = \"/usr/bin/python3\")`.")
  } else {
    paste("`reticulate::install_python()` brings one; then",
          "`install_deepdreamr(python = <its path>)`.")
  }
}
