# bench/X.cc: a program bench_X. Timings live here and in no test. It shares what the tests have in tests/support.
if(NOT AUTOACCEL_TESTS)
  message(FATAL_ERROR "AUTOACCEL_BENCH needs AUTOACCEL_TESTS: the programs of bench/ use tests/support")
endif()
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cc")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM stem)
  add_executable(bench_${stem} ${source})
  target_link_libraries(bench_${stem} PRIVATE
    autoaccel_test_support_report autoaccel_test_support_search autoaccel_pipeline autoaccel_warnings)
endforeach()
