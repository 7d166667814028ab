# The only file that speaks to Python. Plain values go out, an envelope comes
# back: `ok = TRUE` and an answer, or `ok = FALSE` and what was wrong.

bridge_call <- function(name, ..., call = caller_env()) {
  bridge <- load_bridge(call)
  arguments <- as_python(list(...), "options", call)
  answer <- tryCatch(
    ask(bridge[[name]], arguments),
    error = function(e) stop_from_python(unexpected_answer(e), call)
  )
  if (identical(answer$type, "interrupt")) {
    rlang::interrupt()
  }
  if (!isTRUE(answer$ok)) {
    stop_from_python(answer, call)
  }
  for (warning in answer$warnings) {
    warn_deepdreamr(warning$class, warning$message, hint_for_r(warning$class), call)
  }
  answer
}

# Calls a function of Python's, which takes care of Ctrl-C while it works.
ask <- function(question, arguments) {
  if (is_python_object(question)) {
    arguments <- c(list(question), arguments)
    question <- reticulate::import_from_path(
      "deepdreamr_interrupts", system.file("python", package = "deepdreamr")
    )$call
  }
  do.call(question, arguments)
}

unexpected_answer <- function(error) {
  list(type = "internal", message = conditionMessage(error))
}

# ---- what goes out ---------------------------------------------------------

# R's values as Python expects them. A named vector becomes a dict, a longer
# vector a list; a whole number becomes an int, because R's 20 is a double.
as_python <- function(value, arg, call = caller_env()) {
  if (is.null(value) || is.raw(value) || is.function(value) || is_python_object(value)) {
    value
  } else if (is.list(value)) {
    as_python_list(value, arg, call)
  } else if (is.atomic(value)) {
    as_python_atomic(value, arg, call)
  } else {
    stop_argument(
      paste0("`", arg, "` cannot be ", a_class(value), "."),
      "Numbers, strings, `TRUE`, `FALSE` and lists of them can be used.",
      call = call
    )
  }
}

as_python_list <- function(value, arg, call) {
  args <- element_names(value, arg)
  elements <- Map(function(element, arg) as_python(element, arg, call), unclass(value), args)
  stats::setNames(elements, names(value))
}

# What the elements of a list are called where one is wrong: an argument by its name, what is in
# one by both names.
element_names <- function(value, arg) {
  names <- rlang::names2(value)
  named <- nzchar(names)
  if (arg != "options") {
    names[named] <- paste0(arg, "`: `", names[named])
  }
  names[!named] <- arg
  names
}

as_python_atomic <- function(value, arg, call) {
  check_atomic(value, arg, call)
  plain <- if (is.factor(value)) as.character(value) else as.vector(value)
  if (is.character(plain)) {
    plain <- as_utf8(plain)
  } else if (is.numeric(plain) && all(is_whole(plain))) {
    plain <- as.integer(plain)
  }
  if (length(plain) == 1 && is.null(names(value))) {
    return(plain)
  }
  stats::setNames(as.list(plain), names(value))
}

check_atomic <- function(value, arg, call) {
  if (anyNA(value)) {
    stop_argument(paste0("`", arg, "` must not be `NA`."), call = call)
  }
  if (is.object(value) && !is.character(value) && !inherits(value, c("factor", "AsIs"))) {
    stop_argument(paste0("`", arg, "` cannot be ", a_class(value), "."), call = call)
  }
}

is_python_object <- function(value) {
  inherits(value, "python.builtin.object")
}

is_whole <- function(value) {
  is.finite(value) & value == round(value) & abs(value) <= .Machine$integer.max
}

# The arguments of the function that calls this, but those that it treats itself.
own_arguments <- function(frame = caller_env()) {
  names <- names(formals(sys.function(sys.parent())))
  mget(setdiff(names, c("image", "layers", "layer", "...", "on_step")), envir = frame)
}

# Arguments that were left at NULL are not sent: Python's defaults hold. A
# setting of the recipe that is given as NULL is sent: `max_loss = NULL` means
# that there is none. The list is named even when it is empty, because it
# becomes a dict. `known` are further arguments, beside those of a dream.
given_options <- function(arguments, ..., known = character(), call = caller_env()) {
  settings <- rlang::list2(...)
  if (!all(nzchar(rlang::names2(settings)))) {
    stop_argument(
      "Every setting must be named.",
      "For example: `octaves = 3`. `recipe_settings()` lists the settings.",
      call = call
    )
  }
  twice <- anyDuplicated(rlang::names2(settings))
  if (twice) {
    stop_argument(paste0("`", names(settings)[twice], "` is given twice."), call = call)
  }
  is_argument <- rlang::names2(settings) %in% c(names(formals(dream)), known)
  arguments <- c(arguments, settings[is_argument])
  arguments <- arguments[!vapply(arguments, is.null, logical(1))]
  if (!is.null(arguments$guide)) {
    arguments$guide <- as_picture(arguments$guide, "guide", call)
  }
  if (!is.null(arguments[["mask"]])) { # `$` would take `masks` for it
    arguments[["mask"]] <- as_mask(arguments[["mask"]], "mask", call)
  }
  if (!is.null(arguments$masks)) {
    arguments$masks <- as_masks(arguments$masks, call)
  }
  if (!is.null(arguments$size)) {
    arguments$size <- as_size(arguments$size, call)
  }
  options <- lapply(c(arguments, settings[!is_argument]), without_name)
  stats::setNames(options, rlang::names2(options))
}

# set.seed() decides the seed of the dreams that follow it, until something else draws random
# numbers. A dream that goes on from a checkpoint has the seed that is in there.
session_seed <- function(options) {
  checkpoint <- plain_text(options$checkpoint)
  goes_on <- is_string(checkpoint) && file.exists(native_path(checkpoint))
  if (is.null(options$seed) && !goes_on && is_seeded(random_state())) {
    options$seed <- sample.int(.Machine$integer.max, 1)
    the$drawn_state <- random_state()
  }
  options
}

# A call that does not come to its end has drawn nothing: the same call goes on, with its seed.
# `code` is what draws the seed, and what takes it.
drawing_at_the_end <- function(code) {
  state <- random_state()
  drawn <- the$drawn_state
  on.exit({
    if (!is.null(state)) assign(".Random.seed", state, globalenv())
    the$drawn_state <- drawn
  })
  force(code)
  on.exit()
  code
}

random_state <- function() {
  get0(".Random.seed", globalenv(), inherits = FALSE)
}

# Whether the state is as set.seed() left it, which fills it by a linear congruential generator, or
# as a dream's own seed left it. A session that has only drawn numbers has no seed of its user's,
# unless the user has chosen a generator.
is_seeded <- function(state) {
  if (is.null(state) || identical(state, the$drawn_state) || state[1] %% 100 != 3) {
    return(!is.null(state))
  }
  values <- state[-(1:2)] %% 2^32 # of the Mersenne Twister, the default
  all(values[-1] == (69069 * values[-length(values)] + 1) %% 2^32)
}

# One value with a name, such as a quantile's, is that value.
without_name <- function(value) {
  if (is.atomic(value) && length(value) == 1) unname(value) else value
}

as_size <- function(size, call) {
  if (!is.numeric(size) || length(size) != 2 || !all(is_whole(size)) || any(size < 1)) {
    stop_argument("`size` must be two whole numbers: `c(height, width)`.", call = call)
  }
  as.list(as.integer(size))
}

# ---- what comes back -------------------------------------------------------

# Python's list of [height, width] as a data frame with a row for each.
as_sizes <- function(sizes) {
  data.frame(
    height = vapply(sizes, function(size) as.integer(size[[1]]), integer(1)),
    width = vapply(sizes, function(size) as.integer(size[[2]]), integer(1))
  )
}

as_losses <- function(losses) {
  data.frame(
    octave = as.integer(unlist(losses$octave)),
    iteration = as.integer(unlist(losses$iteration)),
    loss = as.numeric(unlist(losses$loss))
  )
}

# Activations: 32-bit numbers, the channel running fastest, as an array of
# height x width x channels. A channel is named by its number in the network.
as_activations <- function(bytes, shape) {
  shape <- as.integer(unlist(shape))
  values <- readBin(bytes, "double", n = prod(shape), size = 4, endian = "little")
  activations <- aperm(array(values, rev(shape)))
  dimnames(activations) <- list(NULL, NULL, seq_len(shape[3]) - 1)
  activations
}

# ---- which Python ----------------------------------------------------------

load_bridge <- function(call = caller_env()) {
  refuse_fork(call)
  if (is.null(the$bridge)) {
    found <- find_python()
    bridge <- with_utf8(start_python(found, call, import_bridge))
    check_about(bridge$about(), call)
    the$bridge <- bridge
    the$pid <- Sys.getpid()
  }
  the$bridge
}

# In the locale "C" Python would take all names of files for ASCII: it decides as it starts.
with_utf8 <- function(code) {
  if (is_c_locale() && !reticulate::py_available()) {
    before <- Sys.getenv("LC_ALL", NA)
    ctype <- Sys.getlocale("LC_CTYPE")
    on.exit({
      if (is.na(before)) Sys.unsetenv("LC_ALL") else Sys.setenv(LC_ALL = before)
      Sys.setlocale("LC_CTYPE", ctype)
    })
    Sys.setenv(LC_ALL = "C.UTF-8")
  }
  force(code)
}

# Memoised by load_bridge() and not delayed: a delayed import loses its error.
import_bridge <- function() {
  reticulate::import("deepdreamr.front.bridge")
}

check_about <- function(about, call = caller_env()) {
  problem <- version_problem(about)
  if (!is.null(problem)) {
    stop_python(problem, call)
  }
}

stop_python <- function(problem, call) {
  stop_deepdreamr(problem$type, problem$message, problem$hint, call = call)
}

old_python <- function(python) {
  list(
    type = "python_version",
    message = c(
      paste0("deepdreamr needs Python ", oldest_python, " or newer."),
      x = paste0("This is Python ", python$python_version, ": ", python$python)
    ),
    hint = paste(
      "`install_deepdreamr(python = \"/path/to/a/newer/python\")` makes an environment with it;",
      "restart R afterwards."
    )
  )
}

# NULL where the Python package is the one that belongs to this R package.
version_problem <- function(about) {
  if (is_older(about$python_version, oldest_python)) {
    return(old_python(about))
  }
  ours <- package_version_string()
  if (identical(about$version, ours)) {
    return(NULL)
  }
  list(
    type = "python_version",
    message = c(
      "The R package and the Python package deepdreamr have different versions.",
      x = paste0("R: ", ours, ", Python: ", about$version),
      x = paste0("Python: ", about$python)
    ),
    hint = "`install_deepdreamr()` installs the version that fits; restart R afterwards."
  )
}

package_version_string <- function() {
  as.character(utils::packageVersion("deepdreamr"))
}

is_older <- function(version, than) {
  !is.null(version) && numeric_version(sub("[^0-9.].*$", "", version)) < than
}

# TensorFlow does not survive a fork: the child would hang without a word.
refuse_fork <- function(call) {
  if (Sys.getpid() != the$pid && reticulate::py_available()) {
    stop_deepdreamr(
      "forked",
      "This R process was forked from one that had already started Python.",
      c(
        "TensorFlow cannot be used in a forked process, as `parallel::mclapply()` makes them.",
        "Use processes of their own: `parallel::makeCluster()`, or the package callr or future."
      ),
      call = call
    )
  }
}
