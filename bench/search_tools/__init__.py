"""Compares what `autoaccel optimize` recommends with the best of the field's own tools; see bench/search."""
