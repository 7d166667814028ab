test_that("a notebook of Jupyter's R kernel shows a dream as its picture", {
  skip_if_not_installed("repr")
  d <- example_dream()
  expect_identical(repr::repr_png(d), d$png)
  expect_identical(repr::mime2repr[["image/png"]](d), d$png)
  expect_null(repr::mime2repr[["text/html"]](d))
})

# A kernel as Jupyter's R kernel has it: what it sends is kept.
local_kernel <- function(send = function(...) NULL, frame = parent.frame()) {
  kernel <- new.env()
  kernel$sent <- list()
  kernel$execution_count <- 1L
  kernel$current_request <- list(header = list())
  kernel$send_response <- function(type, request, socket, content) {
    kernel$sent <- c(kernel$sent, list(c(list(type = type), content)))
    send()
  }
  display <- function(data, metadata) NULL
  environment(display) <- kernel
  withr::local_options(jupyter.base_display_func = display, .local_envir = frame)
  kernel
}

test_that("a picture grows in one place of a cell, which shows it no second time", {
  kernel <- local_kernel()
  local_bridge(dream = function(..., on_preview) {
    on_preview(list("image/jpeg" = "/9j/"), list("image/jpeg" = list(width = 8L, height = 6L)))
    on_preview(list("text/plain" = ""), list())
    example_answer()
  })
  d <- dream(example_png())
  sent <- kernel$sent
  expect_identical(lapply(sent, `[[`, "type"), list("display_data", "update_display_data"))
  expect_identical(sent[[1]]$data, list("image/jpeg" = "/9j/"))
  expect_identical(sent[[1]]$metadata$`image/jpeg`$width, 8L)
  expect_identical(names(sent[[2]]$metadata), character()) # an object, and no list, in JSON
  expect_identical(sent[[1]]$transient, sent[[2]]$transient)
  expect_true(nzchar(sent[[1]]$transient$display_id))
  dream(example_png())
  expect_false(identical(kernel$sent[[3]]$transient, sent[[1]]$transient))
  skip_if_not_installed("repr")
  expect_null(repr::repr_png(d))
  expect_identical(repr::repr_png(d), d$png)
  d <- dream(example_png())
  kernel$execution_count <- 2L
  expect_identical(repr::repr_png(d), d$png)
})

test_that("no picture grows elsewhere, or where that is not wanted", {
  expect_null(cell_preview())
  kernel <- local_kernel()
  expect_type(cell_preview(), "closure")
  withr::with_options(list(deepdreamr.preview = FALSE), expect_null(cell_preview()))
  kernel$current_request <- NULL # between two cells
  expect_null(cell_preview())
})

test_that("a dream does not fail of its preview, and an interrupt there is one", {
  local_kernel(function() stop("no line"))
  expect_null(cell_preview()(list(), list()))
  local_kernel(function() rlang::interrupt())
  expect_identical(cell_preview()(list(), list()), "interrupt")
})
