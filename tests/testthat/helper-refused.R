# Values that no argument takes, and what they are answered with: a classed condition.

no_values <- function() {
  list(
    character(), numeric(), list(), NA, NA_character_, NaN, Inf, "", "no\n", c("a", "b"),
    c(TRUE, NA), list(list()), as.Date("2020-01-02"), as.difftime(1, units = "days"), 1i,
    globalenv(), quote(a), y ~ x, expression(a), numeric_version("1.0"), getClass("numeric"),
    data.frame(a = 1)
  )
}

expect_refused <- function(name, arg, value, call) {
  withr::local_options("rlang:::disable_trace_capture" = TRUE) # of thousands of errors
  call[arg] <- list(value)
  error <- tryCatch(do.call(name, call, quote = TRUE), error = identity)
  expect(inherits(error, "deepdreamr_error"), paste0(
    name, "(", arg, " = ", shown(value), "): ",
    if (inherits(error, "error")) conditionMessage(error) else "not refused"
  ))
}
