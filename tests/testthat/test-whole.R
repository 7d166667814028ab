# One dream all the way: R, the bridge, the real core and back. `make test` runs it with the tests
# of R alone and of the stub; all else of the real core (test-real*.R) is `make test-slow`'s.

test_that("the same seed gives the same pixels as the Python command", {
  skip_unless_real()
  file <- withr::local_tempfile(fileext = ".png")
  png::writePNG(small_picture(), file)
  d <- dream(file, c(mixed3 = 1, mixed4 = 2), octaves = 2, iterations = 2, seed = 3)
  out <- withr::local_tempfile(fileext = ".png")
  said <- run_command_line("dream", file, "-o", out, "--layers", "mixed3=1,mixed4=2",
                           "--octaves", "2", "--iterations", "2", "--seed", "3")
  expect_null(attr(said, "status"), info = paste(said, collapse = "\n"))
  expect_identical(png::readPNG(out), as.array(d))
})
