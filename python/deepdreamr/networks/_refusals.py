"""**errors** that several ways to a network share, and how those of others are told."""

from __future__ import annotations

from ..errors import NetworkError, said


def not_for_keras(name: str) -> NetworkError:
    """The error for a network that plain Keras is not to run, such as a stranger's file."""
    return NetworkError(
        f'engine="keras" runs applications and keras.Model objects only. Received: network={name!r}'
    )


def first_line(error: BaseException) -> str:
    """The first line of what an error of somebody else says; TensorFlow's have many."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else said(error)
