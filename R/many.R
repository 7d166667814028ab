#' Dream many pictures
#'
#' Dreams each of several pictures as [dream()] does, several at once, each in a process of its own.
#' What is done is kept in a journal in the folder of the dreams: after an interrupt, a
#' crash or a change of some pictures, the same call goes on with what is left. A picture that
#' fails stops no other.
#'
#' @inheritParams dream
#' @param files Paths of pictures, folders with all that is in them, or globs such as
#'   `"photos/**/*.jpg"`.
#' @param output A folder, in which the tree of the inputs is kept, for PNG files; or a pattern with
#'   `{stem}`, `{name}`, `{folder}`, `{parent}` or `{number}`, such as
#'   `"{parent}/{stem}-dream.jpg"`.
#' @param ... Any other argument of [dream()] that many can share (not `size`, `save_octaves`,
#'   `save_steps`, `every` and `checkpoint`), and the settings of the recipe. `max_memory` is what
#'   all processes together may use.
#' @param each Arguments of its own for each picture: a data frame with a column `image` (a path, or
#'   its end) and one for each argument, or the path of a CSV file with these. `NA` is not given.
#' @param workers How many processes dream at once. Left at `NULL`, as many as there are cores,
#'   or as the memory is enough for.
#' @param threads How many threads each computes with; left at `NULL`, one. The last bits of the
#'   pixels depend on it.
#' @param cluster `"local"` for a Dask cluster of `workers` processes on this machine, or the
#'   address of a Dask scheduler, such as `"tls://node1:8786"`, whose certificates are those of
#'   Dask's configuration; `workers` is then how many are waited for. Needs what
#'   `install_deepdreamr(extras = "cluster")` installs.
#' @param insecure_cluster `TRUE` allows an address that is not encrypted: whoever reaches such a
#'   scheduler can run programs on its workers and here.
#' @param shared_disk `TRUE` says that the workers of the cluster find all files by the same paths;
#'   otherwise pictures, parameters, guides and masks are sent to them.
#' @param allow_mixed `TRUE` goes on although the run began on another machine.
#' @param verify `TRUE` tells what is done by checksums, not by size and time first.
#' @param overwrite `TRUE` replaces files that are there and are not of an earlier run.
#' @param strip_metadata `TRUE` does not write into the files how they were made.
#'
#' @returns A data frame with a row for each picture, in the order in which they got ready: `image`,
#'   `output`, `status` (`"done"`, `"skipped"` where it was done before, or `"failed"`),
#'   `why` it failed, `seconds`, and `warnings`. Its attribute `ignored` is a data frame of files
#'   in folders that were passed over, and its attribute `seed` the seed of the dreams.
#' @seealso [dream()], [replay_dream()]
#' @export
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' folder <- tempfile("dreams")
#' dream_many(sample_image(), c(mixed3 = 1), output = folder, octaves = 1, iterations = 2)
dream_many <- function(files, layers = NULL, output, ..., each = NULL, workers = NULL,
                       threads = NULL, cluster = NULL, insecure_cluster = NULL, shared_disk = NULL,
                       allow_mixed = NULL, verify = NULL, overwrite = NULL,
                       strip_metadata = NULL) {
  call <- current_env()
  files <- as_files(evaluate_argument(files, "files", call), call)
  layers <- as_layers(evaluate_argument(layers, "layers", call), call)
  output <- plain_text(evaluate_argument(output, "output", call))
  if (!is_string(output)) {
    stop_argument(
      "`output` must be the path of a folder, or a pattern.",
      "For example: `output = \"dreams\"`, or `output = \"{stem}-dream.png\"`.",
      call = call
    )
  }
  own <- list(
    each = as_rows(each, call), workers = workers, threads = threads, cluster = cluster,
    insecure_cluster = insecure_cluster, shared_disk = shared_disk, allow_mixed = allow_mixed,
    verify = verify, overwrite = overwrite, strip_metadata = strip_metadata
  )
  options <- given_options(own, ..., call = call)
  drawing_at_the_end({
    options <- session_seed(options)
    finish_many(watch_outcomes(function(report) {
      bridge_call("dream_many", images = files, layers = layers, output = as_utf8(output),
                  options = options, on_step = report, call = call)
    }))
  })
}

as_files <- function(files, call) {
  files <- plain_text(files)
  if (!is.character(files) || !length(files) || anyNA(files)) {
    stop_argument(
      "`files` must be paths of pictures or folders.",
      "For example: `dream_many(\"photos\", LContrib, output = \"dreams\")`.",
      call = call
    )
  }
  as.list(unname(as_utf8(files)))
}

# A data frame as a list with a list for each row, without what is NA there.
as_rows <- function(each, call) {
  if (is.null(each)) {
    return(NULL)
  }
  if (!is.data.frame(each)) {
    each <- plain_text(each)
    if (is_string(each)) {
      return(as_utf8(each))
    }
    stop_argument(
      "`each` must be a data frame with a column `image`, or the path of a CSV file.", call = call
    )
  }
  lapply(seq_len(nrow(each)), function(number) {
    cells <- lapply(each, function(column) column[[number]])
    cells <- Filter(function(cell) !(is.atomic(cell) && length(cell) == 1 && is.na(cell)), cells)
    if (is.numeric(cells$layers)) cells$layers <- as_layers(cells$layers, call)
    lapply(cells, plain_text)
  })
}

# Runs Python with a function that counts the pictures.
watch_outcomes <- function(run) {
  watch_bar(run, counting_bar("Dreaming", function(outcome) outcome$total))
}

finish_many <- function(answer) {
  outcomes <- as_outcomes(answer$outcomes)
  attr(outcomes, "seed") <- answer$seed
  attr(outcomes, "ignored") <- data.frame(
    path = as.character(unlist(answer$ignored$path)), why = as.character(unlist(answer$ignored$why))
  )
  if (isTRUE(answer$interrupted)) {
    rlang::inform(c(paste0("Interrupted: ", answer$text, "."), i = "The same call goes on."))
    rlang::interrupt()
  }
  outcomes
}

as_outcomes <- function(columns) {
  why <- lapply(columns$why, function(text) text %||% NA_character_)
  data.frame(
    image = as.character(unlist(columns$image)),
    output = as.character(unlist(columns$output)),
    status = as.character(unlist(columns$status)),
    why = as.character(unlist(why)),
    seconds = as.numeric(unlist(columns$seconds)),
    warnings = as.character(unlist(columns$warnings))
  )
}
