test_that("LContrib holds the published weights of the layers that exist", {
  expect_s3_class(LContrib, "layer_contrib")
  expect_identical(
    unclass(LContrib), c(mixed2 = 0.2, mixed3 = 0.8, mixed4 = 2, mixed5 = 4, mixed6 = 5)
  )
})

test_that("contributions can be given as weights, vectors, lists and contributions", {
  expected <- layer_contrib(mixed3 = 1, mixed4 = -2)
  expect_identical(layer_contrib(c(mixed3 = 1, mixed4 = -2)), expected)
  expect_identical(layer_contrib(list(mixed3 = 1L, mixed4 = -2L)), expected)
  expect_identical(layer_contrib(expected), expected)
  expect_identical(layer_contrib(expected["mixed3"], mixed4 = -2), expected)
})

test_that("c() and [ keep the class and the order", {
  both <- c(LContrib["mixed5"], mixed9 = 3)
  expect_s3_class(both, "layer_contrib")
  expect_identical(unclass(both), c(mixed5 = 4, mixed9 = 3))
  expect_identical(names(LContrib[2:3]), c("mixed3", "mixed4"))
  expect_identical(unclass(LContrib[c("mixed4", "mixed5")] * 2), c(mixed4 = 4, mixed5 = 8))
  expect_identical(unclass(rev(LContrib))[[1]], 5)
})

test_that("a mistake is told at once", {
  mistake <- function(code) {
    conditionMessage(expect_error(code, class = "deepdreamr_error_argument"))
  }
  expect_match(mistake(layer_contrib()), "no layer")
  expect_match(mistake(layer_contrib(1, mixed3 = 2)), "named by its layer")
  expect_match(mistake(layer_contrib(mixed3 = 1, mixed4 = 1, mixed3 = 2)), "twice: \"mixed3\"")
  expect_match(mistake(c(LContrib, LContrib[1])), "twice: \"mixed2\"")
  expect_match(mistake(layer_contrib(mixed3 = Inf)), "\"mixed3\" must be a finite number")
  expect_match(mistake(layer_contrib(mixed3 = NA_real_)), "\"mixed3\" must be a finite number")
  expect_match(mistake(layer_contrib(mixed3 = "1")), "\"mixed3\" must be a finite number")
  expect_match(mistake(layer_contrib(list(mixed3 = c(1, 2)))), "\"mixed3\" must be a finite")
  expect_match(mistake(LContrib["mixed7"]), "no such layer")
})

test_that("the error's call is the user's own", {
  error <- expect_error(layer_contrib(mixed3 = Inf))
  expect_identical(error$call, quote(layer_contrib(mixed3 = Inf)))
  error <- expect_error(c(LContrib, mixed2 = 1))
  expect_identical(error$call, quote(c(LContrib, mixed2 = 1)))
})

test_that("contributions print as a table", {
  expect_snapshot(LContrib)
  expect_snapshot(layer_contrib("mixed4[66,143]" = -1))
  capture.output(shown <- withVisible(print(LContrib)))
  expect_identical(shown, list(value = LContrib, visible = FALSE))
})

test_that("the bridge gets {layer: weight}", {
  expected <- list(mixed3 = 1)
  expect_identical(as_layers(list(mixed3 = 1)), expected)
  expect_identical(as_layers(c(mixed3 = 1L)), expected)
  expect_identical(as_layers(layer_contrib(mixed3 = 1)), expected)
  expect_identical(as_layers("mixed3"), expected)
  expect_identical(as_layers(c("mixed3", "mixed4")), list(mixed3 = 1, mixed4 = 1))
  expect_null(as_layers(NULL))
  for (odd in list(TRUE, globalenv(), as.Date("2020-01-02"), data.frame(mixed3 = 1))) {
    expect_error(as_layers(odd), "must be weights named by layer, not an object",
                 class = "deepdreamr_error_argument")
  }
  expect_error(as_layers(list()), class = "deepdreamr_error_argument")
})

test_that("channels in brackets make a term, counted as they are written", {
  terms <- as_layers(c("mixed4[66, 143]" = 2, mixed5 = 1))
  expect_identical(terms[[1]], list(layer = "mixed4", weight = 2, channels = list(66L, 143L)))
  expect_identical(terms[[2]], list(layer = "mixed5", weight = 1, channels = NULL))
  expect_null(names(terms))
  expect_identical(as_layers("mixed4[0]")[[1]]$channels, list(0L))
})

test_that("the layers of an answer become contributions again", {
  expect_identical(from_layers(list(mixed3 = 1L, mixed4 = 0.5)),
                   layer_contrib(mixed3 = 1, mixed4 = 0.5))
  terms <- list(
    list(layer = "mixed4", weight = 2, channels = list(list(66L, 1), list(143L, 1))),
    list(layer = "mixed5", weight = 1L, channels = NULL)
  )
  expect_identical(from_layers(terms), layer_contrib("mixed4[66,143]" = 2, mixed5 = 1))
})

test_that("no layers at all are contributions of length 0", {
  expect_identical(from_layers(list()), LContrib[0])
})

test_that("layer_names() asks for the network and gives plain strings", {
  calls <- local_bridge(layer_names = list(ok = TRUE, layers = list("a", "b")))
  expect_identical(layer_names("vgg16", weights = "untrained"), c("a", "b"))
  expect_identical(calls$last, list(network = "vgg16", weights = "untrained"))
})

test_that("terms hold channels, their weights and an objective", {
  neuron <- layer_term("mixed4", 2, objective = "neuron(66)")
  expect_s3_class(neuron, "layer_terms")
  expect_identical(as_layers(neuron), list(
    list(layer = "mixed4", weight = 2, channels = NULL, objective = "neuron(66)")
  ))
  expect_identical(layer_term("a", channels = 3:4)[[1]]$channels, list(3L, 4L))
  expect_identical(layer_term("a", channels = c("3" = 1, "4" = -2))[[1]]$channels,
                   list(list(3L, 1), list(4L, -2)))
  expect_identical(layer_term(factor("a"))[[1]]$layer, "a")
})

test_that("terms are put together with contributions and weights", {
  neuron <- layer_term("mixed4", objective = "neuron(66)")
  both <- c(LContrib["mixed3"], neuron, mixed5 = 0.5)
  expect_identical(as_layers(c(mixed3 = 0.8, neuron, mixed5 = 0.5)), as_layers(both))
  expect_s3_class(both, "layer_terms")
  expect_identical(vapply(both, function(term) term$layer, ""), c("mixed3", "mixed4", "mixed5"))
  expect_identical(vapply(both, function(term) term$weight, 0), c(0.8, 1, 0.5))
  expect_identical(c(neuron, neuron)[2], neuron)
  expect_identical(as_layers(list(neuron, mixed5 = 0.5)), as_layers(c(neuron, mixed5 = 0.5)))
  expect_identical(as_layers(list(neuron)), as_layers(neuron))
  expect_identical(unclass(c(neuron, "mixed4[3]" = 2))[[2]]$channels, list(3L))
})

test_that("a term that cannot be is refused", {
  mistake <- function(code) {
    conditionMessage(expect_error(code, class = "deepdreamr_error_argument"))
  }
  expect_match(mistake(layer_term(3)), "one layer's name")
  expect_match(mistake(layer_term("a", "1")), "finite number")
  expect_match(mistake(layer_term("a", channels = -1)), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = 1.5)), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = c(b = 1))), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = character())), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = TRUE)), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = c("3" = Inf))), "whole numbers from 0")
  expect_match(mistake(layer_term("a", channels = c(3, NA))), "whole numbers from 0")
  expect_match(mistake(layer_term("a", objective = 3)), "one string")
})

test_that("terms print with all that they say", {
  terms <- c(
    layer_contrib(mixed3 = 0.5), layer_term("mixed4", -2, c("66" = 1, "143" = 2.5), "direction(2)"),
    layer_term("mixed5", channels = 60:69)
  )
  expect_identical(
    layers_text(terms),
    "mixed3 0.5, mixed4[66, 143 x 2.5] direction(2) -2, mixed5[60, 61, 62, 63, ...] 1"
  )
  some <- function(n) layers_text(layer_term("a", channels = seq_len(n)))
  expect_identical(c(some(5), some(6)), c("a[1, 2, 3, 4, 5] 1", "a[1, 2, 3, 4, ...] 1"))
  expect_output(print(terms), "<layer_terms> 3 terms\n  mixed3 ")
  expect_identical(layers_text(LContrib[1:2]), "mixed2 0.2, mixed3 0.8")
})

test_that("the terms of an answer become terms again where they say more than weights", {
  answer <- list(
    list(layer = "mixed4", weight = 2L, channels = NULL, objective = "neuron(66, y=0.5, x=0.5)"),
    list(layer = "mixed5", weight = 1, channels = list(list(3L, -1)), objective = NULL)
  )
  found <- from_layers(answer)
  expect_s3_class(found, "layer_terms")
  expect_identical(found[[1]]$objective, "neuron(66, y=0.5, x=0.5)")
  expect_identical(as_layers(found)[[2]]$channels, list(list(3L, -1)))
  twice <- list(list(layer = "a", weight = 1, channels = NULL),
                list(layer = "a", weight = 2, channels = NULL))
  expect_s3_class(from_layers(twice), "layer_terms")
})

test_that("class_names() gives plain strings", {
  local_bridge(class_names = list(ok = TRUE, classes = list("tench", "goldfish")))
  expect_identical(class_names(), c("tench", "goldfish"))
})
