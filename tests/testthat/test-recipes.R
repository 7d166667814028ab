known_recipes <- list(
  ok = TRUE,
  recipes = list(
    list(name = "rblog", description = "The script.", source = "a blog", network = "inception_v3",
         layers = list(mixed2 = 0.2), settings = list(octaves = 6L, max_loss = NULL)),
    list(name = "keras", description = "The notebook.", source = "a notebook",
         network = "inception_v3", layers = list(mixed4 = 2L),
         settings = list(octaves = 7L, max_loss = 10))
  ),
  settings = list(
    list(name = "octaves", type = "int", help = "How many."),
    list(name = "max_loss", type = "float", help = "Where to stop.")
  )
)

test_that("recipes() is a data frame with layers and settings", {
  local_bridge(recipes = known_recipes)
  frame <- recipes()
  expect_identical(frame$name, c("rblog", "keras"))
  expect_identical(frame$network, rep("inception_v3", 2))
  expect_identical(frame$layers[[2]], layer_contrib(mixed4 = 2))
  expect_identical(frame$settings[[1]]$octaves, 6L)
  expect_snapshot(frame)
  expect_output(print(frame["name"]), "keras")
})

test_that("recipe_settings() has a row for each setting, in order, NULL included", {
  local_bridge(recipes = known_recipes,
               arguments = list(ok = TRUE, arguments = list(recipe = "keras")))
  frame <- recipe_settings("rblog")
  expect_identical(frame$name, c("octaves", "max_loss"))
  expect_identical(frame$value, list(6L, NULL))
  expect_identical(frame$type, c("integer", "numeric"))
  expect_identical(recipe_settings()$value, list(7L, 10))
  expect_snapshot(frame)
  expect_output(print(frame["name"]), "octaves")
  expect_error(recipe_settings("kears"), "\"rblog\", \"keras\"",
               class = "deepdreamr_error_argument")
})
