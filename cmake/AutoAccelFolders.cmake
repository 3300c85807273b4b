# The folders of src/, in the order of docs: a folder includes only what stands above it. Everything that
# depends on that order (libraries, tests, the check of the includes, install) reads this list.
set(AUTOACCEL_FOLDERS
  base
  config
  model
  samples
  rewrite
  quantize
  recipe
  plan
  measure
  compare
  runtime
  worker
  search
  select
  report
  pipeline
)

# The runtimes. To add one: its name here, its sources in src/runtime/<name>/, and, where it needs a vendor's
# library, cmake/sdk/<name>.cmake that finds it.
set(AUTOACCEL_RUNTIMES
  fake
  onnxruntime
  openvino
)
# Those that are execution providers of another one's library, and so of its worker.
set(AUTOACCEL_SERVED_BY_onnxruntime
  tensorrt
  tensorrt_rtx
)
