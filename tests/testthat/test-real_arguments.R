# What R leaves to Python to refuse, in R's words.

test_that("Python refuses the rest, argument by argument, in R's words", {
  skip_unless_real()
  withr::local_dir(withr::local_tempdir())
  settings <- recipe_settings()$name
  texts <- list("no", "0,5", "TRUE", c(1, 2), mean)
  for (arg in setdiff(c(names(formals(dream)), settings), c("image", "layers", "...", "on_step"))) {
    keeps <- arg %in% c("save_octaves", "save_steps", "every", "checkpoint", "overwrite")
    call <- list(image = small_picture(64, 70), layers = c(mixed0 = 1), octaves = 1)
    if (arg == "size") call["image"] <- list(NULL)
    values <- c(no_values(), if (arg %in% c("max_memory", settings, "training", "seed")) texts)
    if (arg %in% c("save_octaves", "checkpoint")) {
      values <- Filter(function(value) !identical(value, "no\n"), values) # a file may be called so
    }
    if (arg %in% c("chain", "transforms")) {
      values <- Filter(length, values) # a list of no steps is one
    }
    for (value in values) {
      expect_refused(if (keeps) "dream" else "plan_dream", arg, value, call)
    }
  }
  error <- expect_error(plan_dream(sample_image(), training = "no"),
                        class = "deepdreamr_error_argument")
  expect_match(conditionMessage(error), "`training` must be TRUE or FALSE. Received: training='no'",
               fixed = TRUE)
})
