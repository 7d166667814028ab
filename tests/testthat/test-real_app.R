# The page, served by a real process.

# The first line of what an address of this machine answers.
answer_of <- function(address) {
  parts <- regmatches(address, regexec("^http://([^:/]+):([0-9]+)(/.*)$", address))[[1]]
  connection <- socketConnection(parts[[2]], as.integer(parts[[3]]), open = "r+", blocking = TRUE,
                                 timeout = 60)
  on.exit(close(connection))
  cat("GET ", parts[[4]], " HTTP/1.1\r\nHost: ", parts[[2]], "\r\n\r\n", file = connection, sep = "")
  readLines(connection, 1)
}

test_that("a page is served beside R, and what is wrong is told in R's words", {
  skip_unless_real()
  app <- dream_app(browser = FALSE, background = TRUE)
  on.exit(app$stop())
  expect_match(app$address, "^http://127\\.0\\.0\\.1:[0-9]+/\\?token=.{16,}$")
  expect_match(answer_of(app$address), "HTTP/1.1 303", fixed = TRUE)
  expect_match(answer_of(sub("[?].*", "", app$address)), "HTTP/1.1 403", fixed = TRUE)
  expect_true(app$running())
  app$stop()
  expect_false(app$running())
  expect_error(suppressWarnings(answer_of(app$address)), "cannot open")
  expect_error(dream_app(token = "short"), "`token` must be", class = "deepdreamr_error_argument")
})

test_that("an interrupt ends a page that blocks, and R goes on", {
  skip_unless_real()
  skip_on_os("windows")
  skip_if_not_installed("callr")
  child <- in_background(function() {
    ended <- tryCatch(dream_app(browser = FALSE), interrupt = function(condition) "interrupted")
    list(ended = ended, sum = 1 + 1)
  }, env = callr::rcmd_safe_env())
  on.exit(child$kill())
  line <- character()
  deadline <- Sys.time() + 120
  while (!length(line) && child$is_alive() && Sys.time() < deadline) {
    child$poll_io(1000) # what is said of other things, on the standard error, too
    child$read_error_lines()
    line <- child$read_output_lines(1)
  }
  expect_match(line, "^The page is at http://.* until Esc or Ctrl-C\\.$")
  address <- sub("^The page is at (.*) until .*$", "\\1", line)
  expect_match(answer_of(address), "HTTP/1.1 303", fixed = TRUE)
  child$interrupt()
  child$wait(60000)
  expect_identical(child$get_result(), list(ended = "interrupted", sum = 2))
  expect_error(suppressWarnings(answer_of(address)), "cannot open")
})
