# What report.html is put together from, as a C++ source: pages, styles and scripts of src/report/html, and Chart.js.
# Included with OUTPUT, PAGE_DIR and CHART by the build (-P); included by the build itself it finds Chart.js.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  find_file(CHARTJS_SCRIPT NAMES chart.min.js chart.umd.js chart.umd.min.js
    PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH
    DOC "Chart.js 3 as one script")
  mark_as_advanced(CHARTJS_SCRIPT)
  if(NOT EXISTS "${CHARTJS_SCRIPT}")
    message(FATAL_ERROR "Chart.js not found (CHARTJS_SCRIPT is ${CHARTJS_SCRIPT}). Run tools/setup, or install libjs-chart.js, or give -DCHARTJS_SCRIPT=<dist/chart.min.js of Chart.js 3>.")
  endif()
  file(READ "${CHARTJS_SCRIPT}" beginning LIMIT 300)
  if(NOT beginning MATCHES "Chart\\.js v3\\.")
    message(FATAL_ERROR "${CHARTJS_SCRIPT} is not Chart.js 3. Give -DCHARTJS_SCRIPT=<dist/chart.min.js of Chart.js 3>.")
  endif()

  set(page_dir "${PROJECT_SOURCE_DIR}/src/report/html")
  file(GLOB files CONFIGURE_DEPENDS "${page_dir}/*.html" "${page_dir}/*.css" "${page_dir}/*.js" "${page_dir}/*.txt")
  set(AUTOACCEL_REPORT_ASSETS "${PROJECT_BINARY_DIR}/report_assets.cc")
  add_custom_command(OUTPUT "${AUTOACCEL_REPORT_ASSETS}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${AUTOACCEL_REPORT_ASSETS}" "-DPAGE_DIR=${page_dir}" "-DCHART=${CHARTJS_SCRIPT}"
            -P "${CMAKE_CURRENT_LIST_FILE}"
    DEPENDS ${files} "${CHARTJS_SCRIPT}" "${CMAKE_CURRENT_LIST_FILE}"
    VERBATIM)
  return()
endif()

# The order of the scripts matters: each uses those before it.
set(scripts data table charts page)

# A literal of hexadecimal escapes, into which no byte can break.
function(add_literal name)
  set(bytes "")
  foreach(file IN LISTS ARGN)
    file(READ "${file}" content HEX)
    string(APPEND bytes "${content}")
  endforeach()
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
  string(LENGTH "${bytes}" length)
  math(EXPR length "${length} / 4")
  file(APPEND "${OUTPUT}.new" "const std::string_view ${name}(\"${bytes}\", ${length});\n")
endfunction()

file(WRITE "${OUTPUT}.new" "#include \"report/html/assets.h\"\n\nnamespace autoaccel::report::assets {\n\n")
add_literal(kPage "${PAGE_DIR}/page.html")
add_literal(kStyle "${PAGE_DIR}/style.css")
list(TRANSFORM scripts PREPEND "${PAGE_DIR}/")
list(TRANSFORM scripts APPEND ".js")
add_literal(kScript ${scripts})
add_literal(kChart "${CHART}")
add_literal(kChartLicence "${PAGE_DIR}/chart_licence.txt")
file(APPEND "${OUTPUT}.new" "\n}  // namespace autoaccel::report::assets\n")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
