# The page, served by a real process.

test_that("a page is served beside R, and what is wrong is told in R's words", {
  skip_unless_real()
  app <- dream_app(browser = FALSE, background = TRUE)
  on.exit(app$stop())
  expect_match(app$address, "^http://127\\.0\\.0\\.1:[0-9]+/\\?token=.{16,}$")
  connection <- url(sub("[?].*", "", app$address))
  expect_error(suppressWarnings(readLines(connection)), "cannot open")
  close(connection)
  expect_true(app$running())
  app$stop()
  expect_false(app$running())
  expect_error(dream_app(token = "short"), "`token` must be", class = "deepdreamr_error_argument")
})
