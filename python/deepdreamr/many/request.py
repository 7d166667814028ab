"""arguments → **request**: what a call about many pictures asks for. No TensorFlow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..runs.request import ARGUMENTS, argument

GROUP = "running"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ManyRequest:
    """What was asked for of many pictures; see `dream_many` for what each argument means."""

    images: Any = None
    layers: Any = None
    output: Any = None
    each: Any = argument(
        None,
        GROUP,
        "options of its own for each picture: a CSV file with a column `image` and one for each",
        metavar="FILE",
    )
    workers: int | None = argument(
        None,
        GROUP,
        "how many processes dream at once  [default: the cores, as far as the memory is enough]",
        type=int,
    )
    threads: int = argument(1, GROUP, "how many threads each of them computes with", type=int)
    executor: Any = None
    cluster: Any = argument(
        None,
        GROUP,
        "dream on a Dask cluster: its scheduler's address, such as tls://node1:8786, or `local` "
        "for one on this machine",
        metavar="ADDRESS",
    )
    insecure_cluster: bool = argument(
        False,
        GROUP,
        "allow an address that is not encrypted, where whoever reaches the scheduler can run "
        "programs on the workers and here",
        type=bool,
    )
    shared_disk: bool = argument(
        False, GROUP, "the cluster's workers read the files by the same paths", type=bool
    )
    allow_mixed: bool = argument(
        False, GROUP, "go on although the run began on another machine", type=bool
    )
    verify: bool = argument(
        False, GROUP, "tell what is done by checksums, not by size and time first", type=bool
    )
    overwrite: bool = False
    strip_metadata: bool = False
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


MANY_ARGUMENTS = tuple(field.name for field in dataclasses.fields(ManyRequest))
RUNNING = {field.name: field for field in dataclasses.fields(ManyRequest) if field.metadata}
"""The arguments that a single dream does not have, with what the command's help says of them."""


def many_arguments(
    images: Any, layers: Any, output: Any, options: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The arguments of a `ManyRequest` of those of `dream_many`, without its signature."""
    own = {name: value for name, value in (options or {}).items() if name in MANY_ARGUMENTS}
    rest = {name: value for name, value in (options or {}).items() if name not in own}
    return {"images": images, "layers": layers, "output": output, **own, "options": rest}


ONE = tuple(
    name
    for name, field in ARGUMENTS.items()
    if field.metadata["group"] == "keeping" or name == "size"
)
"""The arguments of a single dream that many do not have."""
