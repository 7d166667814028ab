#' A dream by ggplot2
#'
#' The picture beside the loss at each step, octave by octave, as one plot of the package ggplot2,
#' to which themes, titles and the like can be added. Sheets, feature maps and gradients come as
#' their pictures. ggplot2 must be installed; the methods are there as soon as it is loaded.
#'
#' @param object The result of [dream()], [layer_sheet()], [channel_sheet()], [feature_maps()] or
#'   [gradient_picture()].
#' @param what `"both"`, or the `"picture"` or the `"loss"` alone.
#' @param ... Not used.
#'
#' @returns A `ggplot`. A dream without steps comes as its picture.
#' @seealso [plot.dream()], which needs no further package
#' @exportS3Method ggplot2::autoplot
#' @examplesIf deepdreamr_available() && !nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
#' d <- dream(sample_image(), LContrib, max_size = 200, octaves = 2)
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   ggplot2::autoplot(d) + ggplot2::labs(title = "A dream")
#' }
autoplot.dream <- # nolint: object_name_linter. A method of ggplot2's.
  function(object, what = c("both", "picture", "loss"), ...) {
    what <- check_choice(what, c("both", "picture", "loss"), "what")
    if (what == "loss") {
      check_steps(object$losses)
      return(loss_plot(object$losses))
    }
    if (what == "picture" || !nrow(object$losses)) {
      return(autoplot.deepdreamr_picture(object))
    }
    both_plot(object)
  }

#' @rdname autoplot.dream
#' @exportS3Method ggplot2::autoplot
autoplot.deepdreamr_picture <- # nolint: object_name_linter. As above.
  function(object, ...) {
    size <- png_size(object$png)
    box <- list(x = c(0, size[2]), y = c(0, size[1]))
    ggplot2::ggplot() +
      picture_layers(object$png, box) +
      ggplot2::coord_fixed(expand = FALSE) +
      ggplot2::theme_void()
  }

loss_plot <- function(losses) {
  ggplot2::ggplot() +
    loss_layers(losses) +
    ggplot2::labs(x = "step", y = "loss")
}

# Two panels of one plot. Their axes are the losses'; the picture stands where no step and no loss
# is, and so its panel has none.
both_plot <- function(object) {
  limits <- loss_limits(object$losses)
  box <- list(x = -c(2, 1) * limits$x[2], y = limits$y[2] + c(1, 2) * diff(limits$y))
  size <- dim(object)
  title <- paste0(object$source, if (!is.null(object$source)) ", ", size[2], " x ", size[1])
  titles <- c(picture = title, loss = "loss at each step, octave by octave")
  x_breaks <- function(range) if (range[2] < 0) numeric() else whole(pretty(range))
  y_breaks <- function(range) if (range[1] > limits$y[2]) numeric() else pretty(range)
  ggplot2::ggplot() +
    picture_layers(object$png, box) +
    loss_layers(object$losses, limits) +
    ggplot2::facet_wrap("panel", scales = "free", labeller = ggplot2::as_labeller(titles)) +
    ggplot2::scale_x_continuous(breaks = x_breaks, expand = ggplot2::expansion()) +
    ggplot2::scale_y_continuous(breaks = y_breaks, expand = ggplot2::expansion()) +
    ggplot2::labs(x = NULL, y = NULL) +
    ggplot2::theme(aspect.ratio = size[1] / size[2])
}

whole <- function(values) {
  values[is_whole(values)]
}

in_panel <- function(name, ...) {
  data.frame(panel = factor(name, c("picture", "loss")), ...)
}

# A picture in a box of the plot's coordinates.
picture_layers <- function(png, box) {
  corners <- in_panel("picture", x = box$x, y = box$y)
  list(
    ggplot2::geom_blank(ggplot2::aes(.data$x, .data$y), corners),
    ggplot2::layer(
      geom = ggplot2::GeomRasterAnn, stat = "identity", position = "identity",
      data = in_panel("picture"), inherit.aes = FALSE,
      params = list(raster = png::readPNG(png, native = TRUE), interpolate = TRUE,
                    xmin = box$x[1], xmax = box$x[2], ymin = box$y[1], ymax = box$y[2])
    )
  )
}

# The losses octave by octave, as plot(d, "loss") has them.
loss_layers <- function(losses, limits = loss_limits(losses)) {
  steps <- in_panel("loss", step = seq_along(losses$loss), losses[c("octave", "loss")])
  starts <- steps[!duplicated(steps$octave), ]
  room <- in_panel("loss", x = limits$x, y = limits$y)
  line <- ggplot2::aes(.data$step, .data$loss, group = .data$octave)
  list(
    ggplot2::geom_blank(ggplot2::aes(.data$x, .data$y), room),
    ggplot2::geom_vline(ggplot2::aes(xintercept = .data$step - 0.5), starts[-1, ],
                        colour = "grey70"),
    ggplot2::geom_line(line, steps, na.rm = TRUE),
    ggplot2::geom_point(line, steps, size = 0.8, na.rm = TRUE),
    ggplot2::geom_text(ggplot2::aes(.data$step, Inf, label = .data$octave), starts,
                       vjust = 1.5, size = 3, colour = "grey40")
  )
}

# With some room around, and above for the octaves' numbers.
loss_limits <- function(losses) {
  finite <- losses$loss[is.finite(losses$loss)]
  range <- range(if (length(finite)) finite else 0)
  height <- if (diff(range)) diff(range) else 1
  steps <- nrow(losses)
  list(x = c(0.5, steps + 0.5) + c(-1, 1) * 0.02 * steps, y = range + c(-0.05, 0.12) * height)
}
