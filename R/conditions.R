# Every error and warning of the package is made here.

stop_deepdreamr <- function(type, message, hint = NULL, ..., parent = NULL,
                            call = caller_env()) {
  abort(
    bullets(message, hint),
    class = condition_classes("error", type),
    ...,
    parent = parent,
    call = call
  )
}

warn_deepdreamr <- function(type, message, hint = NULL, call = caller_env()) {
  warn(bullets(message, hint), class = condition_classes("warning", type), call = call)
}

condition_classes <- function(kind, type) {
  paste0("deepdreamr_", kind, c(paste0("_", type), ""))
}

bullets <- function(message, hint = NULL) {
  c(message, if (length(hint)) stats::setNames(hint, rep("i", length(hint))))
}

stop_argument <- function(message, hint = NULL, ..., call = caller_env()) {
  stop_deepdreamr("argument", message, hint, ..., call = call)
}

stop_image <- function(message, hint = NULL, ..., call = caller_env()) {
  stop_deepdreamr("image", message, hint, ..., call = call)
}

# An error that Python described in its envelope. The whole message and the
# Python traceback are kept; the bridge has put both into R's words.
stop_from_python <- function(answer, call = caller_env()) {
  stop_deepdreamr(
    answer$type,
    answer$message,
    answer$hint %||% hint_for_r(answer$type),
    py_type = answer$py_type,
    py_traceback = answer$traceback,
    call = call
  )
}

hint_for_r <- function(type) {
  switch(type,
    unknown_layer = "`layer_names()` lists the layers of a network.",
    internal = paste(
      "This is a fault of deepdreamr, not yours.",
      "`rlang::last_error()$py_traceback` has the details for a report."
    )
  )
}

# Evaluates an argument. A script that was only half copied fails here, on a
# name that it never made: say so instead of R's bare "object not found".
evaluate_argument <- function(value, arg, call = caller_env()) {
  tryCatch(
    force(value),
    error = function(e) {
      if (inherits(e, "rlang_error")) {
        stop(e)
      }
      if (inherits(e, "missingArgError") || grepl("is missing, with no default", e$message)) {
        stop_argument(paste0("`", arg, "` is missing."), call = call)
      }
      stop_argument(
        paste0("`", arg, "` cannot be used: ", conditionMessage(e), "."),
        "Was the script copied whole? A line that makes this value may be missing above.",
        call = call
      )
    }
  )
}
