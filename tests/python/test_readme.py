"""The README's examples, run as they stand, in a folder of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from needing import skip_without_r

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import examples  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
WRITTEN = {"python": "jelly-dream.png", "sh": "shell-dream.png", "r": "r-dream.png"}


@pytest.mark.slow
@pytest.mark.parametrize("language", WRITTEN)
def test_examples_run(language: str, tmp_path: Path) -> None:
    skip_without_r(language)
    printed = examples.run(README, language, tmp_path)
    assert printed, f"the README has no {language}"
    assert (tmp_path / WRITTEN[language]).stat().st_size > 100_000
    assert "mixed" in "".join(printed)


def test_pictures_and_links_exist() -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
