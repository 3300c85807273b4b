"""Recipes over the model tests of the onnx package; see bench/backend."""
