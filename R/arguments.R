# What arguments may be that R itself looks at; all others are checked in Python.

check_flag <- function(value, arg, call = caller_env()) {
  if (!is.logical(value) || length(value) != 1 || is.na(value)) {
    stop_received(arg, "must be `TRUE` or `FALSE`", value, call)
  }
  value
}

check_number <- function(value, arg, least, most, call = caller_env()) {
  if (!is_finite_number(value) || value < least || value > most) {
    stop_received(arg, paste("must be a number from", least, "to", most), value, call)
  }
  value
}

check_text <- function(value, arg, call = caller_env()) {
  text <- plain_text(value)
  if (!is_filled_string(text)) {
    stop_received(arg, "must be one string", value, call)
  }
  text
}

# A package that only some of the functions need.
check_installed <- function(package, call = caller_env()) {
  if (!requireNamespace(package, quietly = TRUE)) {
    stop_deepdreamr(
      "install", paste0("The package ", package, " is not installed."),
      paste0("`install.packages(\"", package, "\")` installs it."), call = call
    )
  }
}

# One of some words, the first of them where the argument was left out.
check_choice <- function(value, choices, arg, call = caller_env()) {
  if (identical(value, choices)) {
    return(choices[1])
  }
  value <- plain_text(value)
  if (!is_string(value) || !value %in% choices) {
    stop_received(arg, paste("must be", paste(dQuote(choices, FALSE), collapse = " or ")), value,
                  call)
  }
  value
}

is_finite_number <- function(value) {
  is.numeric(value) && length(value) == 1 && is.finite(value)
}

stop_received <- function(arg, wanted, value, call) {
  received <- paste0("Received: ", arg, "=", shown(value), ".")
  stop_argument(paste0("`", arg, "` ", wanted, ". ", received), call = call)
}

# A value as R writes it, on one short line.
shown <- function(value) {
  text <- if (is.atomic(value) || is.list(value)) deparse(value, nlines = 1)[1] else a_class(value)
  if (nchar(text) > 60) paste0(substr(text, 1, 57), "...") else text
}
