"""options → **page** → browser: the command `deepdreamr app`."""

from __future__ import annotations

from typing import Any

import click

from ..page.request import PAGE, PageRequest
from ._options import Command, options_of


@click.command(name="app", cls=Command)
@options_of(PAGE)
def app_command(**options: Any) -> None:
    """Open a page in the browser: drop a picture, choose what to see, watch it grow, keep it.

    The page's address is printed; it ends in a secret that lets a browser in. Only this machine
    reaches it, unless --host says otherwise; of a machine far away, use a tunnel: ssh -L
    8000:localhost:8000 with --port 8000. Ctrl-C ends it.
    """
    from ..page.running import serve

    names = options.pop("allow_host") or ()
    serve(PageRequest(**options, allow_host=tuple(names)), click.echo)
