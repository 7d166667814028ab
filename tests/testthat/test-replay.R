test_that("a plan, a record and a replay cross the bridge", {
  skip_without_stub()
  result <- in_child(function(png) {
    list(plan = plan_dream(png, c(mixed3 = 2)), record = show_dream(png),
         again = replay_dream(png, dream(png), max_memory = "1GB"), noise = replay_dream(png),
         mixed = mix_dream(dream(png), png, strength = 0.5))
  }, list(example_png()))
  plan <- result$plan
  expect_s3_class(plan, "dream_plan")
  expect_identical(plan$octaves,
                   data.frame(height = c(10L, 20L), width = c(11L, 21L), windows = c(1L, 1L)))
  expect_identical(plan$layers, layer_contrib(mixed3 = 2))
  expect_identical(plan[c("unknown", "notes", "problems", "memory")],
                   list(unknown = "mixed11", notes = "a note", problems = character(),
                        memory = 3e9))
  expect_output(print(plan), "Plan: a picture\n  two lines", fixed = TRUE)
  expect_s3_class(result$record, "dream_record")
  expect_identical(result$record$seed, 3L)
  expect_identical(result$record$engine, "fast")
  expect_output(print(result$record), "\"recipe\": \"rblog\",\n  \"seed\": 3", fixed = TRUE)
  expect_identical(result$again$source, "a dream")
  expect_s3_class(result$noise, "dream")
  expect_s3_class(result$mixed, "dream")
  expect_gt(nrow(result$mixed$losses), 0) # those of the dream
})

test_that("a plan that cannot run has its reasons", {
  local_bridge(plan = list(
    ok = TRUE, can_run = FALSE, text = "Plan: max_loss=NULL", plan = list(
      octaves = list(), layers = list(), unknown = list("mixed99"), notes = list("border=TRUE"),
      problems = list("no layer 'None'"), memory = NULL, seconds = NULL, recipe = "rblog",
      network = "inception_v3", weights = "bundled"
    )
  ))
  plan <- plan_dream(example_png(), c(mixed99 = 1))
  expect_identical(plan$layers, LContrib[0])
  expect_identical(dim(plan$octaves), c(0L, 3L))
  expect_null(plan$memory)
  expect_identical(plan[c("text", "notes", "problems")],
                   list(text = "Plan: max_loss=NULL", notes = "border=TRUE",
                        problems = "no layer 'None'"))
})

test_that("plans and replays are asked for with what was given", {
  calls <- local_bridge(plan = function(...) stop("asked"), replay = example_answer())
  expect_error(plan_dream(), "`image` is missing", class = "deepdreamr_error_argument")
  expect_error(plan_dream("none.png"), class = "deepdreamr_error_image")
  expect_error(plan_dream(size = c(8, 9), octaves = 2), "asked")
  expect_identical(calls$last$options, list(size = list(8L, 9L), octaves = 2L))
  replay_dream(example_dream(), example_png(), weights = "w.h5")
  expect_identical(calls$last[1:3], list(picture = example_png(), source = example_png(),
                                         options = list(weights = "w.h5")))
  expect_error(replay_dream("none.png"), class = "deepdreamr_error_image")
  expect_error(show_dream(mean), "`picture`", class = "deepdreamr_error_image")
})

test_that("a mixture is asked for with what was given", {
  calls <- local_bridge(mix = example_answer())
  mix_dream(example_dream(), example_png(), keep_colors = TRUE)
  expect_identical(calls$last[1:3], list(picture = example_png(), source = example_png(),
                                         options = list(keep_colors = TRUE)))
  expect_error(mix_dream(example_dream(), "none.png"), class = "deepdreamr_error_image")
  expect_error(mix_dream(example_dream()), "`source`", class = "deepdreamr_error_argument")
  expect_error(mix_dream(example_dream(), example_png(), strength = NA), "`strength`",
               class = "deepdreamr_error_argument")
})
