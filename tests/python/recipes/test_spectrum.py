"""The numbers of the Fourier image: colours, and how coefficients fall with their frequency."""

from __future__ import annotations

import numpy as np
import pytest

from deepdreamr.recipes.spectrum import COLORS, DEVIATION, INDEPENDENT, falloff

LUCID = [[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]]
"""`color_correlation_svd_sqrt` of lucid."""


def test_colours_are_lucid_s_and_go_both_ways() -> None:
    lengths = np.sqrt((np.square(LUCID)).sum(0))
    np.testing.assert_allclose(COLORS, LUCID / lengths.max(), rtol=1e-6)
    assert COLORS.dtype == INDEPENDENT.dtype == np.float32
    np.testing.assert_allclose(INDEPENDENT @ COLORS, np.eye(3), atol=1e-5)


def test_noise_is_lucid_s() -> None:
    assert DEVIATION == 0.01


@pytest.mark.parametrize(("height", "width"), [(4, 6), (5, 8), (7, 3), (1, 1)])
def test_coefficients_fall_as_one_over_the_frequency(height: int, width: int) -> None:
    scale = falloff(height, width)
    assert scale.shape == (height, width // 2 + 1) and scale.dtype == np.float32
    for row, column in np.ndindex(scale.shape):
        down = min(row, height - row) / height
        frequency = max(np.hypot(down, column / width), 1 / max(height, width))
        assert scale[row, column] == pytest.approx(np.sqrt(height * width) / frequency / 4)
