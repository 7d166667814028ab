#' deepdreamr: deep dreams in R
#'
#' [dream()] turns a picture into a deep dream, [feature_maps()] shows what a
#' layer sees in it, and [layer_sheet()] shows what each of several layers
#' makes of it. [install_deepdreamr()] installs the Python package that does
#' the numerical work, and [deepdreamr_status()] tells what is there and what
#' is missing.
#'
#' @section Options:
#' `options(deepdreamr.progress = FALSE)` turns the progress bar off. It is
#' also off while a document is being knitted. `options(deepdreamr.viewer = FALSE)` leaves a
#' picture that is printed out of the session's viewer pane.
#' `options(deepdreamr.preview = FALSE)` has no picture grow in a notebook of Jupyter's R kernel.
#'
#' @section Conditions:
#' Every error of the package inherits from `deepdreamr_error`, and every
#' warning from `deepdreamr_warning`. The class says what was wrong:
#' `deepdreamr_error_image`, `_unknown_layer`, `_argument`, `_network`,
#' `_weights`, `_memory`, `_output`, `_on_step`, `_clip`, `_consent`, `_worker`, `_page`,
#' `_install`, `_python_missing`, `_python_version`, `_backend`, `_forked` and `_internal`. An
#' error that came from Python has the fields `py_type`, its class there, and `py_traceback`.
#'
#' @keywords internal
#' @importFrom rlang %||% .data abort caller_env current_env warn
"_PACKAGE"

# What belongs to this R process alone: the process's own number and, once
# Python has been started, the Python module; the last dream that was
# interrupted; the state of the random numbers that the last dream's seed left;
# and what the cell of a notebook shows already.
the <- new.env(parent = emptyenv())

.onLoad <- function(libname, pkgname) {
  the$pid <- Sys.getpid()
  the$bridge <- NULL
  the$interrupted <- NULL
}
