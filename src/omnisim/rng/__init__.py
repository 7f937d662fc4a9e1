"""(package)."""
