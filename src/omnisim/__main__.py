"""``python -m omnisim`` is the command ``omnisim``."""

import sys

from omnisim.cli import main

if __name__ == "__main__":
    sys.exit(main())
