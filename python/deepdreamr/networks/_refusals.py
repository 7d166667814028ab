"""**errors** that several ways to a network share."""

from __future__ import annotations

from ..errors import NetworkError


def not_for_keras(name: str) -> NetworkError:
    """The error for a network that plain Keras is not to run, such as a stranger's file."""
    return NetworkError(
        f'engine="keras" runs applications and keras.Model objects only. Received: network={name!r}'
    )


def first_line(error: BaseException) -> str:
    """What an error of somebody else says, in one line that is not too long."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
