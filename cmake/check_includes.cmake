# Checks every #include "folder/..." under src/ against the order of AUTOACCEL_FOLDERS, and that a vendor's header
# is included in the .cc files of its runtime's folder only. usage: cmake -DSOURCE_DIR=<repository> -P this file
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/AutoAccelFolders.cmake")

# vendor's header (regular expression on the included name) | the only folder that may include it
set(vendor_headers
  "^onnxruntime.*\\.h$|runtime/onnxruntime"
  "^(core/session/)?onnxruntime_|runtime/onnxruntime"
  "^openvino/|runtime/openvino"
  "^(NvInfer|NvOnnx|cuda).*\\.h$|runtime/tensorrt"
)

set(findings 0)
function(report file text why)
  math(EXPR findings "${findings} + 1")
  set(findings ${findings} PARENT_SCOPE)
  message("${file}: ${text}\n  ${why}")
endfunction()

file(GLOB_RECURSE files RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/src/*.cc" "${SOURCE_DIR}/src/*.h"
  "${SOURCE_DIR}/include/*.h" "${SOURCE_DIR}/apps/*.cc" "${SOURCE_DIR}/apps/*.h")
foreach(file IN LISTS files)
  string(REGEX MATCH "^src/([^/]+)/" in_folder "${file}")
  set(folder "${CMAKE_MATCH_1}")
  if(NOT in_folder)
    set(folder "")
  endif()
  list(FIND AUTOACCEL_FOLDERS "${folder}" place)
  if(in_folder AND place EQUAL -1)
    report("${file}" "folder '${folder}' is not in cmake/AutoAccelFolders.cmake" "add it where it belongs in the order")
  endif()

  file(STRINGS "${SOURCE_DIR}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "[<\"]([^>\"]+)[>\"]" _ "${line}")
    set(included "${CMAKE_MATCH_1}")

    string(REGEX REPLACE "/.*" "" other "${included}")
    string(REGEX MATCH "^runtime/[^/]+/" other_runtime "${included}")
    list(FIND AUTOACCEL_FOLDERS "${other}" other_place)
    if(line MATCHES "\"" AND included MATCHES "/" AND NOT other_place EQUAL -1)
      if(file MATCHES "^include/")
        report("${file}" "${line}" "a public header includes public headers only")
      elseif(in_folder AND other_place GREATER place)
        report("${file}" "${line}" "'${other}' stands below '${folder}': declare an interface in ${folder} instead")
      elseif(other_runtime AND NOT file MATCHES "^src/${other_runtime}" AND NOT file STREQUAL "src/runtime/catalogue.cc")
        report("${file}" "${line}" "a runtime's folder is included by itself and the catalogue only; others talk to its worker")
      endif()
    endif()

    foreach(row IN LISTS vendor_headers)
      string(REGEX MATCH "^(.*)\\|([^|]*)$" _ "${row}")
      set(pattern "${CMAKE_MATCH_1}")
      set(owner "${CMAKE_MATCH_2}")
      if(included MATCHES "${pattern}" AND NOT file MATCHES "^src/${owner}/.*\\.cc$")
        report("${file}" "${line}" "a vendor's header belongs in the .cc files of src/${owner}/ only")
        break()
      endif()
    endforeach()
  endforeach()
endforeach()

list(LENGTH files count)
if(findings)
  message(FATAL_ERROR "${findings} includes break the order (${count} files looked at)")
endif()
message(STATUS "includes follow the order in ${count} files")
