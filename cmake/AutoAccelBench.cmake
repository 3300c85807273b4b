# bench/X.cc: a Google Benchmark program bench_X. Timings live here and in no test.
find_package(benchmark REQUIRED CONFIG)
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cc")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM stem)
  add_executable(bench_${stem} ${source})
  target_link_libraries(bench_${stem} PRIVATE autoaccel_pipeline benchmark::benchmark_main autoaccel_warnings)
endforeach()
