"""What the field's own tools make of a model: one function for each, run in a process of its own."""

import dataclasses
import json
import math
import sys
import tempfile
from pathlib import Path

from .cases import CASES, Case
from .process import run_recorded


@dataclasses.dataclass(frozen=True)
class Tool:
    """A conversion by a tool as its documentation recommends it for CPUs of this kind."""

    name: str
    kind: str  # int8_static, int8_dynamic, weights_int8, weights_int4, fp16
    make: callable  # (case, output without suffix) → Path of what was made
    what: str
    only: tuple[str, ...] = ()  # models; empty: all

    def applies_to(self, case: Case) -> bool:
        return not self.only or case.name in self.only


# --- what several of them need ----------------------------------------------------------------------


def _raised(case: Case, opset: int):
    """The original at that opset at least: per-channel Q/DQ needs 13, blocked 4-bit weights need 21."""
    import onnx
    from onnx import version_converter

    model = onnx.load(case.path)
    own = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    return model if own >= opset else version_converter.convert_version(model, opset)


def _save_onnx(model, output: Path) -> Path:
    import onnx

    path = output.with_suffix(".onnx")
    onnx.save(model, path)
    return path


def _openvino_model(case: Case):
    import openvino

    model = openvino.Core().read_model(case.path)
    model.reshape({name: shape for name, shape in case.shapes.items()})
    return model


def _save_openvino(model, output: Path) -> Path:
    import openvino

    path = output.with_suffix(".xml")
    openvino.save_model(model, path, compress_to_fp16=False)
    return path


# --- NNCF -------------------------------------------------------------------------------------------


def _nncf_dataset(case: Case):
    """Samples read one at a time, as they are asked for."""
    import nncf

    from .cases import read_sample

    return nncf.Dataset(case.files("calibration"), read_sample)


def _nncf_quantized(case: Case, model):
    import nncf

    return nncf.quantize(model, _nncf_dataset(case), subset_size=case.calibration,
                         model_type=nncf.ModelType.TRANSFORMER if case.is_transformer else None)


def _nncf_int8(case, output):
    return _save_onnx(_nncf_quantized(case, _raised(case, 17)), output)


def _nncf_int8_ov(case, output):
    return _save_openvino(_nncf_quantized(case, _openvino_model(case)), output)


def _nncf_w8_of(model):
    import nncf

    return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_ASYM)


def _nncf_w4_of(model, **options):
    """Groups of 32 and every layer, as our own; where 32 does not divide a layer, the largest that does."""
    import nncf
    from nncf.quantization.advanced_parameters import AdvancedCompressionParameters, GroupSizeFallbackMode

    return nncf.compress_weights(
        model, mode=nncf.CompressWeightsMode.INT4_SYM, group_size=32, all_layers=True,
        advanced_parameters=AdvancedCompressionParameters(group_size_fallback_mode=GroupSizeFallbackMode.ADJUST,
                                                          min_adjusted_group_size=8), **options)


def _nncf_w8(case, output):
    return _save_onnx(_nncf_w8_of(_raised(case, 17)), output)


def _nncf_w8_ov(case, output):
    return _save_openvino(_nncf_w8_of(_openvino_model(case)), output)


def _nncf_w4(case, output):
    return _save_onnx(_nncf_w4_of(_raised(case, 21)), output)


def _nncf_w4_ov(case, output):
    return _save_openvino(_nncf_w4_of(_openvino_model(case)), output)


def _nncf_w4_data_ov(case, output):
    model = _nncf_w4_of(_openvino_model(case), dataset=_nncf_dataset(case), scale_estimation=True, awq=True)
    return _save_openvino(model, output)


# --- ONNX Runtime -----------------------------------------------------------------------------------


def _ort_prepared(case: Case, folder: Path) -> Path:
    """Raised, shapes inferred and optimised, which ONNX Runtime's quantizers ask for."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # A path: given a model in memory, it leaves the weights in a temporary folder that is gone afterwards.
    raised, prepared = folder / "raised.onnx", folder / "prepared.onnx"
    onnx.save(_raised(case, 17), raised)
    try:
        quant_pre_process(str(raised), str(prepared))
    except Exception:  # noqa: BLE001 — it raises bare ones
        # Where its symbolic shape inference gives up, its documentation asks to skip that.
        quant_pre_process(str(raised), str(prepared), skip_symbolic_shape=True)
    onnx.checker.check_model(str(prepared))
    return prepared


def _ort_static(case, output, activations, method="MinMax", samples=None):
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter(list(case.files("calibration"))[:samples])

        def get_next(self):
            from .cases import read_sample

            file = next(self.left, None)
            return None if file is None else read_sample(file)

    # Not CalibMaxIntermediateOutputs: in 1.31.1 it throws the outputs away before their range is taken.
    path = output.with_suffix(".onnx")
    with tempfile.TemporaryDirectory() as folder:
        quantize_static(str(_ort_prepared(case, Path(folder))), str(path), Reader(), per_channel=True,
                        activation_type=QuantType[activations], weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod[method])
    return path


def _ort_percentile(case, output):
    """It keeps every tensor of every sample: 32 samples of PP-OCR det took 21 GB, so larger inputs get fewer."""
    elements = max(math.prod(shape) for shape in case.shapes.values())
    return _ort_static(case, output, "QUInt8", "Percentile", 8 if elements > 500_000 else 32)


def _ort_dynamic(case, output):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path = output.with_suffix(".onnx")
    with tempfile.TemporaryDirectory() as folder:
        quantize_dynamic(str(_ort_prepared(case, Path(folder))), str(path), per_channel=True, weight_type=QuantType.QInt8)
    return path


def _ort_matmul_bits(case, output, bits):
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4, bits=bits)
    # Prepared, since it looks for weights among the initializers and not in Constant nodes.
    with tempfile.TemporaryDirectory() as folder:
        quantizer = MatMulNBitsQuantizer(onnx.load(_ort_prepared(case, Path(folder))), algo_config=config)
    quantizer.process()
    path = output.with_suffix(".onnx")
    quantizer.model.save_model_to_file(str(path), use_external_data_format=False)
    if not any(node.op_type == "MatMulNBits" for node in quantizer.model.model.graph.node):
        raise ValueError("no MatMul was converted")
    return path


# --- onnxconverter-common ---------------------------------------------------------------------------


def _occ_fp16(case, output):
    import onnx
    from onnxconverter_common import float16

    return _save_onnx(float16.convert_float_to_float16(onnx.load(case.path), keep_io_types=True), output)


_HAVE_MATMUL = ("ppocr_rec", "magika", "minilm", "vit_small")

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("nncf_int8", "int8_static", _nncf_int8, "nncf.quantize on the ONNX graph"),
        Tool("nncf_int8_ov", "int8_static", _nncf_int8_ov, "nncf.quantize on OpenVINO's graph"),
        Tool("ort_u8s8", "int8_static", lambda c, o: _ort_static(c, o, "QUInt8"),
             "quantize_static, U8 activations, S8 weights per channel"),
        Tool("ort_s8s8", "int8_static", lambda c, o: _ort_static(c, o, "QInt8"), "quantize_static, S8 both, per channel"),
        Tool("ort_percentile", "int8_static", _ort_percentile, "quantize_static, U8S8, percentile 99.999, 32 or 8 samples"),
        Tool("ort_dynamic", "int8_dynamic", _ort_dynamic, "quantize_dynamic, S8 weights per channel"),
        Tool("nncf_w8", "weights_int8", _nncf_w8, "nncf.compress_weights INT8_ASYM on the ONNX graph"),
        Tool("nncf_w8_ov", "weights_int8", _nncf_w8_ov, "nncf.compress_weights INT8_ASYM on OpenVINO's graph"),
        Tool("ort_matmul8", "weights_int8", lambda c, o: _ort_matmul_bits(c, o, 8), "MatMulNBits, 8 bits, blocks of 32",
             _HAVE_MATMUL),
        Tool("nncf_w4", "weights_int4", _nncf_w4, "nncf.compress_weights INT4_SYM, groups of 32, to nearest", _HAVE_MATMUL),
        Tool("nncf_w4_ov", "weights_int4", _nncf_w4_ov, "the same on OpenVINO's graph", _HAVE_MATMUL),
        Tool("nncf_w4_data_ov", "weights_int4", _nncf_w4_data_ov, "the same with scale estimation and AWQ on samples",
             _HAVE_MATMUL),
        Tool("ort_matmul4", "weights_int4", lambda c, o: _ort_matmul_bits(c, o, 4),
             "MatMulNBits, 4 bits, blocks of 32, to nearest", _HAVE_MATMUL),
        Tool("occ_fp16", "fp16", _occ_fp16, "onnxconverter-common, convert_float_to_float16, I/O kept"),
    )
}


def convert(case: Case, tool: Tool, fresh: bool, seconds: float) -> dict:
    """The record of the conversion, made now or before: outcome, file, bytes, seconds, peak_bytes, error."""
    output = case.folder / "models" / tool.name
    record_file = output.with_suffix(".json")
    if record_file.exists() and not fresh:
        return json.loads(record_file.read_text())
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "precision_tools.tools", case.name, tool.name, str(output)]
    record = {"label": tool.name, "kind": tool.kind, "maker": "field", "what": tool.what,
              **run_recorded(command, seconds)}
    record_file.write_text(json.dumps(record, indent=1))
    return record


def main():
    """Child: converts and prints the path as its last line."""
    case, tool, output = CASES[sys.argv[1]], TOOLS[sys.argv[2]], Path(sys.argv[3])
    print(tool.make(case, output))


if __name__ == "__main__":
    main()
