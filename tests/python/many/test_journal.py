"""What is done is known again, whatever happened in the middle of a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from needing import present

from deepdreamr.errors import OutputError
from deepdreamr.many.journal import FOLDER, NAME, Journal


def test_lines_are_found_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "new") as journal:
        assert journal.header == {}
        journal.begin({"seed": 7})
        journal.add(tmp_path / "new" / "a.png", {"sha256": "1"})
        journal.add(tmp_path / "new" / "sub" / "bé.png", {"sha256": "2"})
        journal.add(tmp_path / "new" / "a.png", {"sha256": "3"})
        journal.note({"failed": "b.jpg"})
        assert journal.entry(tmp_path / "new" / "a.png") == {"output": "a.png", "sha256": "3"}
    with Journal(tmp_path / "new") as journal:
        assert journal.header == {"seed": 7}
        assert journal.entry(tmp_path / "new" / "a.png") == {"output": "a.png", "sha256": "3"}
        assert present(journal.entry(tmp_path / "new" / "sub" / "bé.png"))["sha256"] == "2"
        assert journal.entry(tmp_path / "new" / "b.png") is None
        assert len(journal.path.read_bytes().splitlines()) == 5


@pytest.mark.parametrize("cut", range(1, 36))
def test_a_line_that_was_cut_off_is_no_line(tmp_path: Path, cut: int) -> None:
    with Journal(tmp_path) as journal:
        journal.begin({"seed": 7})
        journal.add(tmp_path / "a.png", {"sha256": "1"})
    path = journal.path
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(tmp_path) as journal:
        assert journal.entry(tmp_path / "a.png") is None
        journal.add(tmp_path / "b.png", {"sha256": "2"})
    with Journal(tmp_path) as journal:
        assert journal.header == {"seed": 7}
        assert journal.entry(tmp_path / "b.png") == {"output": "b.png", "sha256": "2"}


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.begin({"seed": 7})
    with journal.path.open("ab") as file:
        file.write(b"[1]\n\xff\xfe\n\n" + b"[" * 100_000 + b'\n{"settled": 3}\n')
    with Journal(tmp_path) as journal:
        assert journal.header == {"seed": 7}
        journal.add(tmp_path / "a.png", {"sha256": "1"})
    with Journal(tmp_path) as journal:
        assert journal.entry(tmp_path / "a.png") == {"output": "a.png", "sha256": "1"}


def test_one_run_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from deepdreamr.many.journal import Journal\n"
        "with Journal(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with Journal(tmp_path):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1
        assert f"OutputError: another run writes into {str(tmp_path)!r}." in done.stderr
        with pytest.raises(OutputError, match="another run"), Journal(tmp_path):
            pass
    assert subprocess.run(command).returncode == 0


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="^cannot write"), Journal(tmp_path / "file"):
        pass
    (tmp_path / "a" / ".deepdreamr" / "journal.jsonl").mkdir(parents=True)
    with pytest.raises(OutputError, match="is a folder"), Journal(tmp_path / "a"):
        pass
    with Journal(Path(tmp_path / "b")):  # nothing is locked by what failed
        pass


@pytest.mark.parametrize(
    "line",
    ['{"output": "\\ud800"}', '{"output": [1]}', '{"settled": {"seed": "x", "max_memory": [1]}}',
     '{"settled": {"seed": true, "max_memory": 2.5, "machine": "y"}}', '{"settled": 3}'],
)  # fmt: skip
def test_fields_of_a_wrong_kind_are_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / FOLDER / NAME
    path.parent.mkdir()
    path.write_text(line + "\n")
    with Journal(tmp_path) as journal:
        assert journal.header == {} and journal.entry(tmp_path / "a.png") is None


def test_a_place_that_is_forgotten_is_not_ours(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(tmp_path / "a.png", {"sha256": "1"})
        journal.forget(tmp_path / "a.png")
        assert journal.entry(tmp_path / "a.png") is None
    with Journal(tmp_path) as journal:
        assert journal.entry(tmp_path / "a.png") is None


def test_a_journal_that_is_deleted_meanwhile_is_one_line(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(tmp_path / "a.png", {"sha256": "1"})
        journal.path.unlink()
        with pytest.raises(OutputError, match="is gone"):
            journal.add(tmp_path / "b.png", {"sha256": "2"})
        with pytest.raises(OutputError, match="cannot read"):
            journal.entry(tmp_path / "a.png")


def test_what_was_looked_at_before_is_read_on_and_not_again(tmp_path: Path) -> None:
    a, b = str(tmp_path / "a.png"), str(tmp_path / "b.png")
    assert not Journal(tmp_path).look().has_dream(a)
    with Journal(tmp_path) as journal:
        journal.begin({"seed": 7})
        journal.add(Path(a), {"sha256": "1"})
    early = Journal(tmp_path).look()
    assert early.has_dream(a) and not early.has_dream(b)
    with Journal(tmp_path) as journal:
        journal.add(Path(b), {"sha256": "2"})
        journal.add(Path(a), {"sha256": "3"})
    whole = journal.path.read_bytes()
    journal.path.write_bytes(b"x" * whole.index(b"\n") + whole[whole.index(b"\n") :])
    with early:  # the first line, which is none now, was read before
        assert early.header == {"seed": 7} and early.has_dream(b)
        assert present(early.entry(Path(a)))["sha256"] == "3"


def test_a_journal_that_is_another_one_meanwhile_is_read_from_its_start(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.begin({"seed": 7})
        journal.add(tmp_path / "a.png", {"sha256": "1"})
    early = Journal(tmp_path).look()
    (tmp_path / "new").write_text('{"output": "b.png", "sha256": "2"}\n')
    (tmp_path / "new").replace(journal.path)
    with early:
        assert early.header == {} and early.entry(tmp_path / "a.png") is None
        assert present(early.entry(tmp_path / "b.png"))["sha256"] == "2"
