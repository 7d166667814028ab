test_that("a page in the background has an address, and ends when it is told to", {
  state <- new.env()
  state$running <- TRUE
  calls <- local_bridge(page = function(what, options) {
    if (what == "close") state$running <- FALSE
    list(ok = TRUE, warnings = list(), number = 3L, running = state$running,
         address = "http://127.0.0.1:1/?token=a", once = "http://127.0.0.1:1/?token=b")
  })
  app <- dream_app(port = 8000, allow_host = "dreams.example", browser = FALSE, background = TRUE)
  expect_s3_class(app, "dream_app")
  expect_identical(app$address, "http://127.0.0.1:1/?token=a")
  expect_identical(calls$last$what, "open")
  expect_identical(calls$last$options$port, 8000L)
  expect_identical(calls$last$options$allow_host, list("dreams.example"))
  expect_identical(calls$last$options$browser, FALSE)
  expect_false("token" %in% names(calls$last$options))
  expect_output(print(app), "<dream_app> http://127.0.0.1:1/?token=a", fixed = TRUE)
  expect_true(app$running())
  expect_false(app$stop())
  expect_identical(calls$last$options, list(number = 3L))
  expect_output(print(app), "has ended")
})

test_that("it blocks until the page has ended", {
  looks <- 0
  local_bridge(page = function(what, options) {
    looks <<- looks + (what == "look")
    list(ok = TRUE, warnings = list(), number = 1L, running = looks < 3, address = "a", once = "b")
  })
  expect_output(dream_app(browser = FALSE), "The page is at a until Esc or Ctrl-C.", fixed = TRUE)
  expect_identical(looks, 3)
})

test_that("its arguments are those of Python", {
  skip_unless_real()
  python <- reticulate::import("deepdreamr.page.request")
  expect_setequal(
    setdiff(names(formals(dream_app)), "background"), unlist(python$PAGE_ARGUMENTS)
  )
})
