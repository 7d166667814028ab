"""The page, as somebody goes through it the first time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdreamr import dream, show


def test_from_an_own_picture_to_a_kept_dream(person: Any, picture: Path, tmp_path: Path) -> None:
    person.choose(picture)
    person.quick()
    person.planned()
    person.press("Dream")
    person.status("The dream is done")
    kept = person.keep("PNG", tmp_path)
    assert person.clicks <= 5

    seed = show(kept)["seed"]
    again = dream(picture, recipe="tf2", iterations=3, seed=seed)
    assert np.array_equal(np.asarray(Image.open(kept)), again.image)

    person.page.get_by_label("Compare with the original").press("End")
    code = person.code()
    assert f"seed={seed}" in code["Python"] and f"--seed {seed}" in code["Shell"]
    person.page.reload()
    person.dreams().first.click()
    assert person.code() == code
