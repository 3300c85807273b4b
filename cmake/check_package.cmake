# Installs the build, then configures, builds and runs the consumer project against the install tree.
cmake_minimum_required(VERSION 3.25)
set(stage "${BINARY_DIR}/package-test")
file(REMOVE_RECURSE "${stage}")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${stage}/prefix")
run("${CMAKE_COMMAND}" -S "${CONSUMER_DIR}" -B "${stage}/build" -G "${GENERATOR}" -DCMAKE_BUILD_TYPE=Release
  "-DCMAKE_PREFIX_PATH=${stage}/prefix" "-DAUTOACCEL_DEPS=${DEPS}")
run("${CMAKE_COMMAND}" --build "${stage}/build")
run("${CMAKE_CTEST_COMMAND}" --test-dir "${stage}/build" --output-on-failure --no-tests=error)
