# Language, warnings, sanitizers, compiler cache and linker for everything we build.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

set(TARN_SANITIZE "" CACHE STRING "Sanitizers to build with, comma separated (address,undefined or thread)")
option(TARN_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)
option(TARN_TIDY "Run clang-tidy on each file while it is compiled" OFF)
option(TARN_WERROR "Warnings in our code are errors" ON)

# -g1 (functions and lines) keeps stack traces readable and objects small; DuckDB's headers make full debug
# information five times the size of the code.
# Under a sanitizer optimizing costs more time in the compiler than it saves in the tests; fuzzing is the exception.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
if(TARN_SANITIZE AND NOT TARN_FUZZ)
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -D_GLIBCXX_ASSERTIONS")
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

add_library(tarn_settings INTERFACE)
target_include_directories(tarn_settings INTERFACE ${PROJECT_SOURCE_DIR}/src)
# Options structs are filled by designated initializers that leave the rest at its default: no warning about those.
target_compile_options(tarn_settings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wno-missing-field-initializers
  $<$<BOOL:${TARN_WERROR}>:-Werror>
  -fno-omit-frame-pointer
  # g++ 12 takes unset optionals and variants for uninitialized values.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

if(TARN_SANITIZE)
  # vptr needs type information that prebuilt libraries hide. UBSan goes on after a report and the defaults in
  # cmake/sanitizer_defaults.cc end the program, so that suppressions work.
  set(sanitize_flags -fsanitize=${TARN_SANITIZE})
  if(TARN_SANITIZE MATCHES "undefined")
    list(APPEND sanitize_flags -fno-sanitize=vptr)
    # A check of null and alignment at each access makes objects twice as large. ASan ends at an access to null anyway, and
    # the fuzz targets, where bytes from outside are read, look for both.
    if(NOT TARN_FUZZ)
      list(APPEND sanitize_flags -fno-sanitize=null,alignment)
    endif()
  endif()
  if(TARN_FUZZ)
    list(APPEND sanitize_flags -fsanitize=fuzzer-no-link)
  endif()
  add_compile_options(${sanitize_flags})
  add_link_options(${sanitize_flags})
  add_library(tarn_sanitizer_defaults OBJECT ${PROJECT_SOURCE_DIR}/cmake/sanitizer_defaults.cc)
endif()

# ccache: paths below the checkout are hashed relative to it and the working directory is left out, so that several
# build directories of one checkout, and several checkouts, share results.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT TARN_TIDY)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_ctime,include_file_mtime ${CCACHE_PROGRAM})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(TARN_TIDY)
  find_program(CLANG_TIDY_PROGRAM clang-tidy PATHS ${TARN_DEPS}/venv/bin NO_DEFAULT_PATH REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY_PROGRAM} --quiet --warnings-as-errors=*)
endif()
