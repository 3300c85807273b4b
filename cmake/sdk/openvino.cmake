# OpenVINO: sets SDK_TARGET and SDK_LIBRARY_DIR, or SDK_MISSING, what to do about it.
if(OpenVINO_DIR AND NOT EXISTS "${OpenVINO_DIR}/OpenVINOConfig.cmake")  # find_package would look elsewhere, and not say so
  set(SDK_MISSING "there is no OpenVINOConfig.cmake in ${OpenVINO_DIR}. Give -DOpenVINO_DIR=<its folder>, or leave it out.")
  return()
endif()
find_package(OpenVINO QUIET CONFIG COMPONENTS Runtime HINTS "$ENV{OpenVINO_DIR}" "${AUTOACCEL_DEPS}/openvino/cmake")
if(OpenVINO_FOUND)
  set(SDK_TARGET openvino::runtime)
  get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
  cmake_path(GET openvino_library PARENT_PATH SDK_LIBRARY_DIR)
else()
  set(SDK_MISSING "OpenVINO is not in ${AUTOACCEL_DEPS}/openvino. Run tools/setup, or give -DOpenVINO_DIR=<folder of OpenVINOConfig.cmake>.")
endif()
