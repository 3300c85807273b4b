# What the libraries of src/ link. Read by the build and by an installed AutoAccelConfig.cmake, which is why it
# names no folder but AUTOACCEL_DEPS. Runtimes' SDKs are in sdk/: only the workers link those.

if(NOT DEFINED Protobuf_USE_STATIC_LIBS)
  set(Protobuf_USE_STATIC_LIBS ON)  # a runtime's library may bring another protobuf into the process
endif()
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(fmt REQUIRED CONFIG)
find_package(spdlog REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
find_package(yaml-cpp REQUIRED CONFIG)
find_package(CLI11 REQUIRED CONFIG)

find_package(ONNX QUIET CONFIG HINTS "${AUTOACCEL_DEPS}/onnx")
if(NOT ONNX_FOUND)
  message(FATAL_ERROR "The onnx C++ library is not in ${AUTOACCEL_DEPS}/onnx. Run tools/setup, or give -DONNX_DIR=<folder of ONNXConfig.cmake>.")
endif()

if(NOT TARGET AutoAccel::xlsxwriter)
  find_path(XLSXWRITER_INCLUDE_DIR xlsxwriter.h)
  find_library(XLSXWRITER_LIBRARY xlsxwriter)
  mark_as_advanced(XLSXWRITER_INCLUDE_DIR XLSXWRITER_LIBRARY)
  if(NOT XLSXWRITER_INCLUDE_DIR OR NOT XLSXWRITER_LIBRARY)
    message(FATAL_ERROR "libxlsxwriter not found. Run tools/setup, or install libxlsxwriter-dev.")
  endif()
  add_library(AutoAccel::xlsxwriter UNKNOWN IMPORTED)
  set_target_properties(AutoAccel::xlsxwriter PROPERTIES
    IMPORTED_LOCATION "${XLSXWRITER_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${XLSXWRITER_INCLUDE_DIR}")
endif()

if(NOT TARGET yaml-cpp::yaml-cpp)  # the name since yaml-cpp 0.8
  add_library(yaml-cpp::yaml-cpp INTERFACE IMPORTED)
  set_target_properties(yaml-cpp::yaml-cpp PROPERTIES
    INTERFACE_LINK_LIBRARIES yaml-cpp
    INTERFACE_INCLUDE_DIRECTORIES "${YAML_CPP_INCLUDE_DIR}")
endif()
