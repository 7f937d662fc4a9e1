"""Decks: the source as slides of pieces, measured with real fonts and drawn as native shapes."""
