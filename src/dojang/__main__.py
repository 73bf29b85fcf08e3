"""`python -m dojang` is `dojang`."""

import sys

from dojang.cli.main import main

sys.exit(main())
