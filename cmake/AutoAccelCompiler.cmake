# Language, warnings, sanitizers and where outputs go, for every target of the project.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)

# No -march=native: the binaries go to other machines; functions that gain from newer instructions ask at run time.
# -O2 and not -O3: the time goes into the runtimes, and builds stay short.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

find_program(CCACHE_PROGRAM ccache)
mark_as_advanced(CCACHE_PROGRAM)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the checkout: another checkout of the same sources hits the cache too.
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
endif()

find_program(LLD_PROGRAM ld.lld)
mark_as_advanced(LLD_PROGRAM)
if(LLD_PROGRAM)
  add_link_options(-fuse-ld=lld)
endif()

add_library(autoaccel_warnings INTERFACE)
target_compile_options(autoaccel_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Wno-missing-field-initializers)  # designated initialisers leave out what has a default, on purpose
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees these in correct uses of std::optional, std::string and std::vector once they are inlined.
  target_compile_options(autoaccel_warnings INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(AUTOACCEL_DEVELOPER)
  target_compile_options(autoaccel_warnings INTERFACE -Werror)
endif()

if(AUTOACCEL_SANITIZE)
  add_compile_options("-fsanitize=${AUTOACCEL_SANITIZE}" -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${AUTOACCEL_SANITIZE}")
  if(AUTOACCEL_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
