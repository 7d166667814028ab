"""declared sizes → **memory**: whether what a file from a stranger asks for can be had at all."""

from __future__ import annotations

import zipfile

from ..errors import MemoryLimitError, NetworkError
from ..machine import free_memory, used_memory

_PLENTY = 2**26
_DENSER = 16  # parameters are hardly denser in a zip; many zeros are


def check_fits(wanted: int, what: str, limit: int | None = None) -> None:
    """Raise an error if so much more memory is more than this process may take.

    Parameters
    ----------
    wanted : bytes, besides what the process holds
    what : what asks for them, for the message
    limit : bytes that the process may hold in all (`max_memory`); None for what the machine has

    Raises
    ------
    MemoryLimitError
    """
    limits = [free_memory(), None if limit is None else limit - used_memory()]
    allowed = min((max(0, limit) for limit in limits if limit is not None), default=None)
    if allowed is not None and wanted > allowed:
        raise MemoryLimitError(
            f"{what} asks for {wanted / 1e9:.2f} GB of memory; {allowed / 1e9:.2f} GB are left.",
            "Take a smaller network, or allow more with max_memory if the machine has it.",
        )


def check_proportion(wanted: int, stored: int, what: str) -> None:
    """Raise an error if a file would grow in memory as no network's file does.

    Parameters
    ----------
    wanted : bytes in memory
    stored : bytes in the file
    what : what would grow, for the message

    Raises
    ------
    NetworkError
    """
    if wanted > max(_PLENTY, _DENSER * stored):
        raise NetworkError(f"{what} would grow from {stored:,} bytes to {wanted:,}; it is not read")


def read_member(archive: zipfile.ZipFile, name: str, what: str, limit: int | None = None) -> bytes:
    """One member of a zip, in memory, if it is not larger than its header says, nor than fits.

    Parameters
    ----------
    archive, name : the zip, and the member's name in it
    what : the file, for the messages
    limit : as in `check_fits`

    Raises
    ------
    NetworkError, MemoryLimitError
    """
    member = archive.getinfo(name)
    told = f"{name!r} in {what!r}"
    check_proportion(member.file_size, member.compress_size, told)
    check_fits(member.file_size, told, limit)
    try:
        with archive.open(member) as stream:
            content = stream.read(member.file_size + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise NetworkError(f"cannot read {told}: {error}") from error
    if len(content) != member.file_size:
        raise NetworkError(f"{told} has not the {member.file_size:,} bytes that it says it has.")
    return content
