"""`python -m deepdreamr` is the command `deepdreamr`."""

from .front.cli import main

raise SystemExit(main())
