"""Run the command line as `python -m desk.cli`."""

import sys

from desk.cli.app import main

sys.exit(main())
