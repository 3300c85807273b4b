# bin/ (tool and workers), lib/ (static libraries, and each runtime's own libraries apart), include/, package config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/AutoAccel")

foreach(folder IN LISTS AUTOACCEL_FOLDERS)
  install(TARGETS autoaccel_${folder} EXPORT AutoAccelTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(EXPORT AutoAccelTargets NAMESPACE AutoAccel:: DESTINATION ${config_dir})

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" "${PROJECT_BINARY_DIR}/include/"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
# The folders' own headers, apart: they may change from version to version.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/autoaccel-src
  FILES_MATCHING PATTERN "*.h")

if(TARGET autoaccel)
  install(TARGETS autoaccel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
foreach(name IN LISTS AUTOACCEL_BUILT_RUNTIMES)
  if(NOT TARGET autoaccel-worker-${name})
    continue()
  endif()
  install(TARGETS autoaccel-worker-${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  foreach(other IN LISTS AUTOACCEL_SERVED_BY_${name})
    install(FILES "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/autoaccel-worker-${other}" DESTINATION ${CMAKE_INSTALL_BINDIR})
  endforeach()
  get_target_property(library_dir autoaccel_runtime_${name} AUTOACCEL_LIBRARY_DIR)
  if(library_dir AND AUTOACCEL_INSTALL_RUNTIMES)
    install(DIRECTORY "${library_dir}/" DESTINATION lib/autoaccel/${name} USE_SOURCE_PERMISSIONS
      FILES_MATCHING PATTERN "*.so*")
  endif()
endforeach()

configure_package_config_file(cmake/AutoAccelConfig.cmake.in "${PROJECT_BINARY_DIR}/AutoAccelConfig.cmake"
  INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/AutoAccelConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/AutoAccelConfig.cmake"
  "${PROJECT_BINARY_DIR}/AutoAccelConfigVersion.cmake"
  cmake/AutoAccelDependencies.cmake
  DESTINATION ${config_dir})
