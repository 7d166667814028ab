# The Python package itself, with its bundled network. Skipped where it is not
# installed, unless DEEPDREAMR_TEST_REAL=1 (see skip_unless_real()).

# The picture as a file, for both languages.
small_file <- function(frame = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".png", .local_envir = frame)
  png::writePNG(small_picture(), file)
  file
}

help_pages <- function() {
  source <- child_arguments()$source
  if (is.null(source)) tools::Rd_db("deepdreamr") else tools::Rd_db(dir = source)
}

# The arguments of a help page.
documented_arguments <- function(page) {
  tags <- function(rd) vapply(rd, function(part) attr(part, "Rd_tag"), "")
  rd <- help_pages()[[page]]
  arguments <- rd[[match("\\arguments", tags(rd))]]
  items <- arguments[tags(arguments) == "\\item"]
  names <- vapply(items, function(item) paste(unlist(item[[1]]), collapse = ""), "")
  unlist(strsplit(sub("^list\\(\\)$", "...", names), ", "))
}

test_that("the real core is there when it is asked for", {
  skip_unless_real()
  status <- deepdreamr_status(devices = FALSE)
  expect_null(status$problem)
  expect_identical(status$version, package_version_string())
})

test_that("LContrib and the documented defaults are Python's", {
  skip_unless_real()
  expect_equal(unlist(bridge_call("lcontrib")$layers), unclass(LContrib)[names(LContrib)])
  defaults <- bridge_call("arguments")$arguments
  expect_identical(defaults$recipe, "rblog")
  expect_identical(defaults$network, "inception_v3")
  expect_identical(defaults$weights, "auto")
  expect_identical(defaults$missing, "warn")
  expect_false(defaults$training)
  expect_identical(defaults$precision, "float32")
})

test_that("the arguments of dream() are Python's, in their order, and documented", {
  skip_unless_real()
  python <- names(bridge_call("arguments")$arguments)
  expect_identical(setdiff(names(formals(dream)), c("...", "on_step")), python)
  documented <- documented_arguments("dream.Rd")
  expect_setequal(documented, names(formals(dream)))
})

test_that("a dream of LContrib runs, with the recipe's octaves and a finite loss", {
  skip_unless_real()
  steps <- list()
  d <- dream(small_file(), LContrib, octaves = 2, iterations = 3, seed = 1, max_loss = NULL,
             on_step = function(step) steps <<- c(steps, list(step)))
  expect_identical(dim(d), c(96L, 128L))
  expect_identical(d$octaves, data.frame(height = c(68L, 96L), width = c(91L, 128L)))
  expect_identical(d$layers, LContrib)
  expect_identical(d$settings$octaves, 2L)
  expect_identical(nrow(d$losses), length(steps))
  expect_equal(d$losses$loss, vapply(steps, `[[`, numeric(1), "loss"))
  expect_true(all(is.finite(d$losses$loss)))
  expect_gt(mean(abs(as.array(d) - small_picture())), 0.01)
  expect_lt(mean(abs(as.array(d) - small_picture())), 0.3)
})

test_that("the plain engine of Keras gives the same loss, and the dream says so", {
  skip_unless_real()
  one <- function(engine) {
    dream(small_picture(), c(mixed0 = 1), octaves = 1, iterations = 1, seed = 1, engine = engine)
  }
  plain <- one("keras")
  expect_identical(plain$engine, "keras")
  expect_identical(one(NULL)$engine, "fast")
  expect_equal(plain$losses$loss, one("fast")$losses$loss, tolerance = 1e-3)
})

test_that("the loss rises within an octave", {
  skip_unless_real()
  d <- dream(small_picture(), c(mixed3 = 1), octaves = 1, iterations = 5, seed = 1)
  expect_true(all(diff(d$losses$loss) > 0))
})

test_that("a path, its bytes, an array, a raster and a dream are the same picture", {
  skip_unless_real()
  file <- small_file()
  image <- png::readPNG(file)
  quick <- function(image) as.array(dream(image, c(mixed0 = 1), octaves = 1, iterations = 1))
  from_file <- quick(file)
  expect_identical(quick(readBin(file, "raw", file.size(file))), from_file)
  expect_identical(quick(image), from_file)
  expect_identical(quick(as.raster(image)), from_file)
  still <- dream(file, c(mixed0 = 1), octaves = 1, iterations = 1, step = 1e-9)
  expect_identical(quick(still), from_file)
})

test_that("the published list of nine dreams with one warning", {
  skip_unless_real()
  nine <- list(mixed2 = 0.2, mixed3 = 0.8, mixed4 = 2, mixed5 = 4, mixed6 = 5, mixed11 = 4,
               mixed27 = 9, mixed37 = 10, mixed47 = 15)
  warnings <- list()
  d <- withCallingHandlers(
    dream(small_picture(), nine, octaves = 1, iterations = 1),
    warning = function(w) {
      warnings <<- c(warnings, list(w))
      invokeRestart("muffleWarning")
    }
  )
  expect_identical(d$layers, LContrib)
  expect_length(warnings, 1)
  expect_s3_class(warnings[[1]], "deepdreamr_warning_unknown_layer")
  for (name in names(nine)[6:9]) {
    expect_match(conditionMessage(warnings[[1]]), name)
  }
  error <- expect_error(dream(small_picture(), nine[6:9]),
                        class = "deepdreamr_error_unknown_layer")
  expect_match(conditionMessage(error), "mixed10")
  expect_error(dream(small_picture(), nine, missing = "error"),
               class = "deepdreamr_error_unknown_layer")
})

test_that("Python's complaints come in their classes", {
  skip_unless_real()
  picture <- small_picture()
  complains <- function(code, class, words) {
    expect_error(code, words, class = paste0("deepdreamr_error_", class))
  }
  complains(dream(picture, octave_scale = 0.5), "argument", "octave_scale.*0.5")
  complains(dream(picture, recipe = "rblgo"), "argument", "rblog")
  complains(dream(picture, octavse = 2), "argument", "octaves")
  complains(dream(picture, iterations = 2.5), "argument", "iterations")
  complains(dream(picture, network = "inceptoin"), "network", "inception_v3")
  complains(dream(picture, weights = "/no/such.weights.h5"), "weights", "no/such")
  text <- withr::local_tempfile(lines = "not a picture", fileext = ".png")
  complains(dream(text), "image", "not a picture")
  complains(dream(picture, c(mixed0 = 1), octaves = 1, save_octaves = text), "output",
            basename(text))
  complains(dream(picture), "image", "too small")
})

test_that("save_octaves writes a file for each octave", {
  skip_unless_real()
  folder <- file.path(withr::local_tempdir(), "dream")
  d <- dream(small_picture(), c(mixed0 = 1), octaves = 2, iterations = 1, save_octaves = folder)
  expect_setequal(list.files(folder), c("at_scale_68x91.png", "at_scale_96x128.png"))
})

test_that("save_steps writes an animation, and on_step gets the last picture of it", {
  skip_unless_real()
  file <- withr::local_tempfile(fileext = ".png")
  images <- list()
  d <- dream(small_picture(), c(mixed0 = 1), octaves = 1, iterations = 4, every = 2,
             save_steps = file, on_step = function(step) images <<- c(images, list(step$image)))
  expect_identical(which(lengths(images) > 0), c(2L, 4L))
  expect_identical(as.array(images[[4]]), as.array(d))
  expect_true(file.exists(file))
  expect_identical(show_dream(file)$steps, 4L)
})

test_that("on_step stops the real thing, and says so", {
  skip_unless_real()
  d <- dream(small_picture(), c(mixed0 = 1), octaves = 2, iterations = 5,
             on_step = function(step) step$iteration < 2)
  expect_identical(nrow(d$losses), 2L)
  expect_false(is.null(d$stopped))
})

test_that("channels in brackets count from 0, as in Python", {
  skip_unless_real()
  d <- dream(small_picture(), c("mixed3[5]" = 1), octaves = 1, iterations = 1)
  expect_identical(d$layers, layer_contrib("mixed3[5]" = 1))
  both <- dream(small_picture(), c("mixed3[5]" = 1, "mixed3[6]" = 1), octaves = 1, iterations = 1)
  sixth <- dream(small_picture(), c("mixed3[6]" = 1), octaves = 1, iterations = 1)
  expect_equal(both$losses$loss, d$losses$loss + sixth$losses$loss, tolerance = 1e-4)
  last <- dream(small_picture(), c("mixed3[767]" = 1), octaves = 1, iterations = 1)
  expect_identical(names(last$layers), "mixed3[767]")
  expect_error(dream(small_picture(), c("mixed3[768]" = 1), octaves = 1, iterations = 1), "768",
               class = "deepdreamr_error_argument")
})

test_that("layer_names() and recipes() describe what can be used", {
  skip_unless_real()
  expect_true(all(c(names(LContrib), paste0("mixed", 0:10)) %in% layer_names()))
  frame <- recipes()
  expect_true(all(c("rblog", "keras") %in% frame$name))
  expect_identical(frame$layers[[match("rblog", frame$name)]], LContrib)
  expect_identical(unique(frame$network), "inception_v3")
  help <- gsub("\\s+", " ", paste(unlist(help_pages()[["recipes.Rd"]]), collapse = ""))
  said <- c(frame$name, frame$description, frame$source)
  expect_identical(Filter(function(text) !grepl(text, help, fixed = TRUE), said), character())
  settings <- recipe_settings("gordic")
  chain <- settings$value[[match("chain", settings$name)]]
  expect_true(is.character(unlist(chain)) && length(chain) == 4)
  settings <- recipe_settings("keras")
  expect_identical(settings$value[[match("octaves", settings$name)]], 7L)
  expect_true(all(nzchar(settings$help)))
})

test_that("feature maps are the network's activations, channels in their places", {
  skip_unless_real()
  file <- small_file()
  maps <- feature_maps(file, "mixed0", order = "index", channels = c(3, 5), columns = 2)
  expect_identical(dim(maps), c(9L, 13L, 256L))
  expect_true(all(as.array(maps) >= 0))
  # The loss of one channel is the mean of its squared activations over the whole layer.
  d <- dream(file, c("mixed0[5]" = 1), octaves = 1, iterations = 1)
  squares <- as.array(maps)[, , "5"]^2
  expect_equal(d$losses$loss, mean(squares), tolerance = 1e-4)
})

test_that("a channel sheet has a dream of each channel", {
  skip_unless_real()
  folder <- file.path(withr::local_tempdir(), "tiles")
  sheet <- channel_sheet("mixed0", channels = c(3, 66), size = c(60, 80), octaves = 1,
                         iterations = 1, seed = 1, folder = folder)
  expect_identical(sheet$channels, c(3L, 66L))
  expect_identical(sheet$recipe, "vivid")
  files <- list.files(folder, full.names = TRUE)
  alone <- dream(size = c(60, 80), layers = "mixed0[66]", octaves = 1, iterations = 1, seed = 1,
                 recipe = "vivid")
  expect_identical(png::readPNG(files[2])[, , 1:3], as.array(alone))
})

test_that("a layer sheet has a tile and a file for each layer", {
  skip_unless_real()
  folder <- file.path(withr::local_tempdir(), "tiles")
  sheet <- layer_sheet(small_picture(), c("mixed0", "mixed1"), octaves = 1, iterations = 1,
                       folder = folder)
  expect_identical(sheet$layers, c("mixed0", "mixed1"))
  expect_gte(length(list.files(folder)), 2)
  expect_gt(dim(sheet)[2], 2 * 128)
})

test_that("a gradient picture has the picture's size and the loss of the start", {
  skip_unless_real()
  gradient <- gradient_picture(small_picture(), c(mixed3 = 1))
  expect_identical(dim(gradient), c(96L, 128L))
  d <- dream(small_picture(), c(mixed3 = 1), octaves = 1, iterations = 1)
  expect_equal(gradient$loss, d$losses$loss, tolerance = 1e-4)
})

test_that("every example of the help pages runs", {
  skip_unless_real()
  # R CMD check leaves out the ones that dream, because they take their time.
  withr::local_envvar(`_R_CHECK_PACKAGE_NAME_` = NA)
  withr::local_pdf(NULL)
  pages <- help_pages()
  expect_gt(length(pages), 10)
  for (page in pages) {
    code <- withr::local_tempfile(fileext = ".R")
    tools::Rd2ex(page, code)
    if (file.exists(code)) {
      error <- NULL
      utils::capture.output(suppressMessages(
        tryCatch(source(code, local = new.env()), error = function(e) error <<- e)
      ))
      expect_null(error, label = paste(readLines(code, 1), "raised an error:", error, "which"))
    }
  }
})

test_that("a plan says what the dream then does", {
  skip_unless_real()
  plan <- plan_dream(small_picture(), LContrib, octaves = 2, iterations = 1)
  expect_true(plan$can_run)
  d <- dream(small_picture(), LContrib, octaves = 2, iterations = 1)
  expect_identical(plan$octaves[c("height", "width")], d$octaves)
  expect_identical(plan$layers, d$layers)
  expect_gt(plan$memory, 1e6)
  small <- plan_dream(small_picture(8, 8), LContrib)
  expect_false(small$can_run)
  expect_gt(length(small$problems), 0)
})

test_that("a dream is saved in every format, whole or not at all, and not over another file", {
  skip_unless_real()
  d <- dream(small_picture(), c(mixed0 = 1), octaves = 1, iterations = 1)
  folder <- withr::local_tempdir()
  place <- function(ending) file.path(folder, paste0("dream.", ending))
  for (ending in c("png", "jpg", "JPEG", "webp", "tif", "tiff")) {
    expect_identical(save_dream(d, place(ending)), place(ending))
    expect_match(format(show_dream(place(ending))), "mixed0", all = FALSE)
  }
  expect_identical(readBin(place("png"), "raw", 1e6), d$png)
  expect_warning(save_dream(d, place("bmp")), class = "deepdreamr_warning_image")
  expect_identical(rawToChar(readBin(place("bmp"), "raw", 2)), "BM")
  expect_error(save_dream(d, place("gif")), "unknown format", class = "deepdreamr_error_output")
  expect_error(save_dream(d, file.path(folder, "none", "a.png")), "no folder",
               class = "deepdreamr_error_output")
  before <- tools::md5sum(place("tif"))
  expect_error(save_dream(d, place("tif")), "exists already", class = "deepdreamr_error_output")
  expect_identical(tools::md5sum(place("tif")), before)
  skip_on_os("windows")
  Sys.chmod(place("tif"), "600")
  save_dream(d, place("tif"), overwrite = TRUE)
  expect_identical(format(file.mode(place("tif"))), "600")
  expect_length(list.files(folder, all.files = TRUE, no.. = TRUE), 7)
})

test_that("a saved dream tells how it was made, and is made again to the same pixels", {
  skip_unless_real()
  file <- small_file()
  d <- dream(file, c(mixed0 = 1), octaves = 2, iterations = 1, jitter = 4, seed = 11)
  saved <- save_dream(d, withr::local_tempfile(fileext = ".png"))
  expect_match(format(show_dream(saved)), "mixed0", all = FALSE)
  again <- replay_dream(saved, file)
  expect_identical(as.array(again), as.array(d))
  expect_identical(again$seed, 11L)
  plain <- withr::local_tempfile(fileext = ".png")
  png::writePNG(small_picture(), plain)
  expect_error(show_dream(plain), class = "deepdreamr_error")
})

test_that("a pipe saves a dream and goes on with its file", {
  skip_unless_real()
  file <- withr::local_tempfile(fileext = ".png")
  record <- dream(small_picture(), c(mixed0 = 1), octaves = 1, iterations = 1, seed = 4) |>
    save_dream(file) |>
    show_dream()
  expect_s3_class(record, "dream_record")
  expect_identical(record$seed, 4L)
  expect_true(file.exists(file))
})

test_that("a dream becomes an image of magick's, a plot of ggplot2's and a table of losses", {
  skip_unless_real()
  d <- dream(small_picture(), c(mixed0 = 1), octaves = 2, iterations = 2, seed = 4)
  losses <- as.data.frame(d)
  expect_identical(losses$iteration, c(1L, 2L, 1L, 2L))
  expect_true(all(is.finite(losses$loss)))
  skip_if_not_installed("magick")
  expect_identical(dream(as_magick(d), "mixed0", octaves = 1, iterations = 1, seed = 1)$png,
                   dream(as.array(d), "mixed0", octaves = 1, iterations = 1, seed = 1)$png)
  skip_if_not_installed("ggplot2")
  withr::local_pdf(NULL)
  plot <- ggplot2::autoplot(d)
  expect_no_warning(print(plot))
  points <- which(vapply(plot$layers, function(layer) inherits(layer$geom, "GeomPoint"), NA))
  expect_equal(ggplot2::layer_data(plot, points)$y, losses$loss)
})

test_that("a dream that does nothing warns, and says what to change", {
  skip_unless_real()
  expect_warning(
    result <- dream(small_picture(), c(mixed3 = 1), octaves = 2, iterations = 2, max_loss = 1e-9),
    "above max_loss", class = "deepdreamr_warning_stopped"
  )
  expect_match(paste(format(result), collapse = " "), "max_loss")
  expect_identical(nrow(result$losses[result$losses$iteration > 1, ]), 0L)
  expect_warning(dream(small_picture(), c(mixed3 = 0), octaves = 1, iterations = 1),
                 class = "deepdreamr_warning_stopped")
})

test_that("a chain is a character vector or one string", {
  skip_unless_real()
  file <- small_file()
  small <- function(...) dream(file, "mixed0", octaves = 1, iterations = 2, seed = 3, ...)
  d <- small(chain = c("smooth(0.5, color = FALSE)", "normalize(\"l1\")"))
  expect_identical(unlist(d$settings$chain)[2], "normalize(\"l1\", epsilon=1e-07)")
  expect_identical(small(chain = "smooth(0.5, color=FALSE), normalize")$png, d$png)
  expect_identical(small(sigma = 0.5, smooth_color = FALSE)$settings$chain, d$settings$chain)
  printed <- paste(capture.output(print(summary(d))), collapse = "")
  expect_match(printed, "chain = smooth", fixed = TRUE)
  expect_error(small(chain = "blur(1)"), "smooth", class = "deepdreamr_error_argument")
  expect_error(small(chain = "laplacian", sigma = 1), "says all",
               class = "deepdreamr_error_argument")
})

test_that("objectives dream the same pixels in R and in the shell", {
  skip_unless_real()
  file <- small_file()
  out <- withr::local_tempfile(fileext = ".png")
  terms <- c(layer_term("mixed3", 2, objective = "neuron(66)"),
             layer_term("mixed4", 1, c(3, 60:69)),
             layer_term("mixed2", objective = "strongest(5)"),
             layer_term("image", -0.1, objective = "total_variation('mean')"))
  d <- dream(file, terms, octaves = 2, iterations = 2, seed = 3)
  said <- run_command_line(
    "dream", file, "-o", out, "--octaves", "2", "--iterations", "2", "--seed", "3", "--layers",
    paste0("mixed3=2 neuron(66), mixed4:3+60-69=1, mixed2=1 strongest(5), ",
           "image=-0.1 total_variation('mean')")
  )
  expect_null(attr(said, "status"), info = paste(said, collapse = "\n"))
  expect_identical(png::readPNG(out), as.array(d))
  saved <- withr::local_tempfile(fileext = ".png")
  save_dream(d, saved)
  expect_identical(as.array(replay_dream(saved, source = file)), as.array(d))
})
