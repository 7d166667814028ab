#' A page in the browser
#'
#' Opens a page in the browser: drop a picture, choose what to see, watch it grow, stop it, keep it.
#' The page is served by a process of its own, on this machine alone, until Esc or Ctrl-C, or until
#' the session ends; its address ends in a secret that lets a browser in.
#'
#' @param host The address to listen at, `"0.0.0.0"` for all of this machine's; left at `NULL`, that
#'   of this machine alone. Others then reach it by this machine's name in place of `127.0.0.1`, or by
#'   the first of `allow_host`. Whoever is on the way can read the page, unless there is a `certfile`.
#' @param port The port to listen at; left at `NULL`, any that is free.
#' @param browser `FALSE` does not open the browser. Left at `NULL`, it is opened in an interactive
#'   session.
#' @param token The secret, of at least 16 letters and digits; left at `NULL`, a random one.
#' @param certfile,keyfile Files with a certificate and its private key, to serve https.
#' @param allow_host Other names that the page is reached by, such as a tunnel's.
#' @param root_path The path that a proxy serves the page below, such as `"/dream"`.
#' @param background `TRUE` goes on at once.
#'
#' @returns A list of class `dream_app`: the `address`; `running()`, which says whether it is still
#'   there; and `stop()`, which ends it. It is invisible where it has ended already.
#' @seealso [dream()]
#' @export
#' @examplesIf interactive()
#' app <- dream_app(background = TRUE)
#' app
#' app$stop()
dream_app <- function(host = NULL, port = NULL, browser = NULL, token = NULL, certfile = NULL,
                      keyfile = NULL, allow_host = NULL, root_path = NULL, background = FALSE) {
  call <- current_env()
  check_flag(background, "background", call)
  opens <- if (is.null(browser)) interactive() else check_flag(browser, "browser", call)
  options <- given_options(list(
    host = host, port = port, token = token, certfile = as_file(certfile, "certfile", call),
    keyfile = as_file(keyfile, "keyfile", call), root_path = root_path,
    allow_host = as_names(allow_host, "allow_host", call)
  ), call = call)
  page <- bridge_call("page", what = "open", options = c(options, browser = FALSE), call = call)
  app <- new_app(page, call)
  if (opens) {
    utils::browseURL(page$once)
  }
  if (background) {
    return(app)
  }
  on.exit(app$stop())
  cli::cat_line("The page is at ", app$address, " until Esc or Ctrl-C.")
  while (app$running()) {
    Sys.sleep(0.2)
  }
  invisible(app)
}

new_app <- function(page, call) {
  ask_page <- function(what) {
    bridge_call("page", what = what, options = list(number = page$number), call = call)$running
  }
  structure(
    list(
      address = page$address,
      running = function() isTRUE(ask_page("look")),
      stop = function() invisible(ask_page("close"))
    ),
    class = "dream_app"
  )
}

#' @export
print.dream_app <- function(x, ...) {
  state <- if (x$running()) "" else ", which has ended"
  cli::cat_line("<dream_app> ", x$address, state)
  invisible(x)
}

as_file <- function(file, arg, call) {
  if (is.null(file)) {
    return(NULL)
  }
  as_utf8(check_text(file, arg, call))
}

as_names <- function(names, arg, call) {
  names <- plain_text(names)
  if (!is.null(names) && (!is.character(names) || !length(names) || anyNA(names))) {
    stop_received(arg, "must be names of hosts", names, call)
  }
  if (!is.null(names)) as.list(unname(as_utf8(names)))
}
