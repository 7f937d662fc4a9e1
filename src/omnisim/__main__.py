"""``python -m omnisim`` is the command ``omnisim``."""

from omnisim.cli import main

if __name__ == "__main__":
    main()
