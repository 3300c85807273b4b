# ONNX Runtime: sets SDK_TARGET and SDK_LIBRARY_DIR, or SDK_MISSING, what to do about it. Its library is loaded at run
# time (src/runtime/onnxruntime/library.h): only the headers are needed here, and where to look when nobody says.
set(ONNXRUNTIME_ROOT "$ENV{ONNXRUNTIME_ROOT}" CACHE PATH "ONNX Runtime: a folder with include/ and lib/ (default: .deps/onnxruntime)")
set(onnxruntime_root "${ONNXRUNTIME_ROOT}")
if(NOT onnxruntime_root)
  set(onnxruntime_root "${AUTOACCEL_DEPS}/onnxruntime")
endif()

# Not kept in the cache: another ONNXRUNTIME_ROOT must not meet the old one's files.
unset(onnxruntime_include CACHE)
unset(onnxruntime_library CACHE)
find_path(onnxruntime_include onnxruntime_cxx_api.h NO_CACHE NO_DEFAULT_PATH
  PATHS "${onnxruntime_root}/include" "${onnxruntime_root}/include/onnxruntime"
        "${onnxruntime_root}/include/onnxruntime/core/session")
find_library(onnxruntime_library onnxruntime NO_CACHE NO_DEFAULT_PATH
  PATHS "${onnxruntime_root}/lib" "${onnxruntime_root}/lib64" "${onnxruntime_root}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")

if(onnxruntime_include AND onnxruntime_library)
  cmake_path(GET onnxruntime_library PARENT_PATH SDK_LIBRARY_DIR)
  add_library(onnxruntime::headers INTERFACE IMPORTED)
  set_target_properties(onnxruntime::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${onnxruntime_include}"
    INTERFACE_COMPILE_DEFINITIONS
      "ORT_API_MANUAL_INIT;AUTOACCEL_ONNXRUNTIME_FOLDERS=\"${AUTOACCEL_DEPS}/gpu:${AUTOACCEL_DEPS}/cuda:${SDK_LIBRARY_DIR}\"")
  set(SDK_TARGET onnxruntime::headers)
else()
  set(SDK_MISSING "ONNX Runtime is not in ${onnxruntime_root} (include/onnxruntime_cxx_api.h, lib/libonnxruntime.so). Run tools/setup, or give -DONNXRUNTIME_ROOT=<folder>.")
endif()
