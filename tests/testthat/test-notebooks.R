test_that("a notebook of Jupyter's R kernel shows a dream as its picture", {
  skip_if_not_installed("repr")
  d <- example_dream()
  expect_identical(repr::repr_png(d), d$png)
  expect_identical(repr::mime2repr[["image/png"]](d), d$png)
  expect_null(repr::mime2repr[["text/html"]](d))
})
