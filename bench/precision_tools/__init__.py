"""Compares conversions of models: autoaccel's with those of the field's own tools; see bench/precision."""
