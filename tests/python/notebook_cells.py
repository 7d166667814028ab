"""cells → **a real kernel** → what each of them shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=300, kernel_name=sys.argv[2]).execute()
nbformat.write(notebook, sys.argv[1])
"""


def outputs_of(
    cells: Sequence[str], folder: Path, kernel: str = "python3"
) -> list[list[dict[str, Any]]]:
    """The outputs of each cell of a notebook that is run in a folder, as it is saved."""
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(book, folder / "cells.ipynb")
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _RUN, "cells.ipynb", kernel]
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, **paths})
    return [cell["outputs"] for cell in json.loads((folder / "cells.ipynb").read_text())["cells"]]
