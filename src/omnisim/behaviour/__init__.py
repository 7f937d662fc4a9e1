"""Why: pure rules."""
