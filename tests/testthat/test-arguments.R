# Values that no argument takes, given to every argument of every function: a classed condition.

# A call of each function that would be right but for one argument.
right_calls <- function() {
  file <- tempfile(fileext = ".png")
  writeBin(example_png(), file)
  picture <- list(image = file, layers = c(mixed3 = 1))
  list(
    dream = picture, plan_dream = picture, layer_sheet = picture, gradient_picture = picture,
    feature_maps = list(image = file, layer = "mixed3"),
    channel_sheet = list(image = file, layer = "mixed3"), show_dream = list(picture = file),
    replay_dream = list(picture = file, source = file), layer_names = list(),
    mix_dream = list(x = file, source = file),
    dream_many = list(files = file, layers = c(mixed3 = 1), output = tempfile()),
    dream_video = list(file = file, layers = c(mixed3 = 1), output = tempfile()),
    dream_zoom = list(image = file, layers = c(mixed3 = 1), output = tempfile()),
    plan_video = list(file = file, layers = c(mixed3 = 1), output = tempfile()),
    plan_zoom = list(image = file, layers = c(mixed3 = 1), output = tempfile()),
    clip_sheet = list(file = file),
    dream_app = list(browser = FALSE), recipe_settings = list(recipe = "one"),
    sample_image = list(),
    as_magick = list(x = example_dream()),
    save_dream = list(x = example_dream(), path = tempfile(fileext = ".jpg")),
    install_deepdreamr = list(source = tempfile()), deepdreamr_status = list(devices = FALSE)
  )
}

test_that("every argument of every function refuses what is no value", {
  known <- list(ok = TRUE, settings = list(), warnings = list(),
                recipes = list(list(name = "one", settings = list())))
  wrong <- list(ok = FALSE, type = "argument", message = "refused by Python")
  names <- c("dream", "plan", "layer_sheet", "channel_sheet", "gradient_picture", "feature_maps",
             "show", "replay", "mix", "layer_names", "dream_many", "dream_zoom",
             "dream_video", "plan_video", "plan_zoom", "clip_sheet", "page")
  do.call(local_bridge, c(
    stats::setNames(rep(list(wrong), length(names)), names),
    list(recipes = known, frame = environment())
  ))
  takes_some <- function(name) length(formals(getExportedValue("deepdreamr", name)))
  exported <- Filter(takes_some, setdiff(
    getNamespaceExports("deepdreamr"), c("LContrib", "layer_contrib", "layer_term")
  ))
  expect_setequal(names(right_calls()), exported)
  calls <- right_calls()
  for (name in exported) {
    for (arg in setdiff(names(formals(name)), "...")) {
      for (value in no_values()) {
        expect_refused(name, arg, value, calls[[name]])
      }
    }
  }
})

test_that("what was received is shown on one short line", {
  expect_identical(shown(c(a = 1, b = 2)), "c(a = 1, b = 2)")
  expect_identical(shown(mean), "an object of class \"function\"")
  expect_identical(shown(strrep("a", 58)), paste0("\"", strrep("a", 58), "\""))
  expect_identical(shown(strrep("a", 59)), paste0("\"", strrep("a", 56), "..."))
})

test_that("a number is from the least to the most", {
  expect_identical(check_number(0, "quality", 0, 100), 0)
  expect_identical(check_number(100, "quality", 0, 100), 100)
  for (value in list(-0.5, 100.5, NA_real_, "1", c(1, 2))) {
    expect_error(check_number(value, "quality", 0, 100), "`quality` must be a number from 0 to 100",
                 class = "deepdreamr_error_argument")
  }
})

test_that("what is drawn is named by a word or a number", {
  for (value in no_values()) {
    expect_refused("plot", "what", value, list(x = example_dream()))
    expect_refused("plot", "channel", value, list(x = example_maps()))
  }
  expect_refused("plot", "what", "picturee", list(x = example_dream()))
})

test_that("a weight is a number, and layers are weights or names", {
  for (value in no_values()) {
    expect_refused("layer_contrib", "mixed3", value, list())
    if (!is.character(value) || anyNA(value) || !length(value)) {
      expect_refused("as_layers", "layers", value, list())
    }
  }
  expect_refused("layer_contrib", "mixed3", factor("a"), list())
  expect_refused("layer_contrib", "mixed3", TRUE, list())
  expect_refused("as_layers", "layers", c(mixed3 = "0.8"), list())
  expect_refused("as_layers", "layers", data.frame(mixed3 = 1), list())
  expect_identical(as_layers(factor("mixed3")), list(mixed3 = 1))
  expect_identical(as_layers(list("mixed3", "mixed4")), list(mixed3 = 1, mixed4 = 1))
  expect_identical(as_layers(structure("mixed3", class = "glue")), list(mixed3 = 1))
})

test_that("a setting is given once, and a name on its value does not matter", {
  expect_error(given_options(list(), octaves = 1, octaves = 2), "`octaves` is given twice",
               class = "deepdreamr_error_argument")
  expect_identical(given_options(list(), max_loss = c("90%" = 3)), list(max_loss = 3))
  expect_identical(given_options(list(), jitter = c(1, 2)), list(jitter = c(1, 2)))
  expect_identical(given_options(list(), jitter = c(a = 1, b = 2)), list(jitter = c(a = 1, b = 2)))
})

test_that("any FALSE of on_step stops", {
  report <- NULL
  local_bridge()
  watch_steps(function(report) {
    expect_false(report(list()))
  }, function(step) c(enough = FALSE), current_env())
})

