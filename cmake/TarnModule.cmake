# tarn_module(<name> [DEPS <module>…] [LIBS <target>…] [TEST_DEPS <module>…] [PCH <header>] [APART <folder>…])
#
# Makes the module in the current folder, src/tarn/<name>, from the files that are there:
#   tarn_<name> (tarn::<name>)   static library of all .cc except *_test.cc, *_fuzz.cc and main.cc
#   tarn_<name>_test             all *_test.cc in one GoogleTest program, one test to ctest
#   <x>_fuzz                     each x_fuzz.cc: with TARN_FUZZ a libFuzzer program, else a program that replays the
#                                corpus tests/fuzz/corpus/<x>/ as the ctest test fuzz_replay.<x>
# APART are folders whose sources are another target's, which the module's CMakeLists.txt makes.
# DEPS are modules, LIBS third-party targets; both are public. TEST_DEPS are modules that only its tests need. Tests
# and fuzz targets also see the module `testing` once it exists. A module without .cc files becomes a header-only
# library.
#
# The headers are a file set: `ninja all_verify_interface_header_sets` compiles each one alone
# (-DTARN_VERIFY_HEADERS=ON).

option(TARN_VERIFY_HEADERS "Make targets that compile each header alone" OFF)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ${TARN_VERIFY_HEADERS})

# Programs find the libraries in the dependency directories while they are in the build tree, and in ../lib once
# installed.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")

add_custom_target(fuzzers COMMENT "All fuzz targets")

function(tarn_program target)
  target_link_libraries(${target} PRIVATE tarn_settings)
  if(TARGET tarn_sanitizer_defaults)
    target_link_libraries(${target} PRIVATE tarn_sanitizer_defaults)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:tarn_sanitizer_defaults>)
  endif()
  # DT_RPATH, not DT_RUNPATH: the libraries that the distribution's libraries need are then found beside them too.
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags -Wl,--as-needed)
  # libparquet has an OpenSSL inside whose symbols it exports: the system's comes before it, so that all use the one that
  # libssl belongs to.
  target_link_options(${target} PRIVATE
    "LINKER:--push-state,--no-as-needed" ${OPENSSL_CRYPTO_LIBRARY} "LINKER:--pop-state")
endfunction()

function(tarn_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PCH" "DEPS;LIBS;TEST_DEPS;APART")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tarn_module(${name}): unexpected ${ARG_UNPARSED_ARGUMENTS}")
  endif()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test\\.cc|_fuzz\\.cc|/main\\.cc)$")
  foreach(folder IN LISTS ARG_APART)
    list(FILTER sources EXCLUDE REGEX "/${folder}/[^/]*\\.cc$")
  endforeach()
  set(test_headers ${headers})
  list(FILTER test_headers INCLUDE REGEX "_test\\.h$")
  list(FILTER headers EXCLUDE REGEX "(_test|/pch)\\.h$")

  set(library tarn_${name})
  set(dep_targets ${ARG_DEPS})
  list(TRANSFORM dep_targets PREPEND tarn::)
  if(sources)
    set(scope PUBLIC)
    add_library(${library} STATIC ${sources})
    target_link_libraries(${library} PRIVATE tarn_settings)
  else()
    set(scope INTERFACE)
    add_library(${library} INTERFACE)
  endif()
  add_library(tarn::${name} ALIAS ${library})
  target_include_directories(${library} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${library} ${scope} ${dep_targets} ${ARG_LIBS})
  if(headers)
    target_sources(${library} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  endif()
  if(sources AND ARG_PCH AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_PCH})
    target_precompile_headers(${library} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_PCH})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${library} PRIVATE -fpch-preprocess)  # ccache needs it
    endif()
  endif()

  if(tests)
    tarn_test(tarn_${name}_test MODULES ${name} ${ARG_TEST_DEPS} SOURCES ${tests} ${test_headers})
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    cmake_path(GET fuzzer STEM fuzz_name)
    tarn_fuzzer(${fuzz_name} MODULE ${name} SOURCE ${fuzzer})
  endforeach()
endfunction()

# tarn_test(<target> MODULES <name>… SOURCES <file>…): a GoogleTest program that ctest runs as a whole from the top of
# the checkout; its results go to test-results/<target>.xml in the build directory.
function(tarn_test target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "MODULES;SOURCES")
  set(modules ${ARG_MODULES})
  list(TRANSFORM modules PREPEND tarn::)
  add_executable(${target} ${ARG_SOURCES})
  tarn_program(${target})
  target_link_libraries(${target} PRIVATE $<TARGET_NAME_IF_EXISTS:tarn::testing> ${modules} GTest::gmock_main)
  add_test(NAME ${target}
    COMMAND ${target} --gtest_brief=1 --gtest_output=xml:${PROJECT_BINARY_DIR}/test-results/${target}.xml
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${target} PROPERTIES LABELS unit TIMEOUT 2400)
endfunction()

# tarn_fuzzer(<x_fuzz> MODULE <name> SOURCE <file>)
function(tarn_fuzzer target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "MODULE;SOURCE" "")
  string(REGEX REPLACE "_fuzz$" "" name ${target})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  add_executable(${target} ${ARG_SOURCE})
  tarn_program(${target})
  # The library's own templates come before those that objects in the archives have too: else an archive's object that
  # has one is linked, with modules that this target has not.
  target_link_options(${target} PRIVATE "LINKER:--push-state,--no-as-needed" -lstdc++ "LINKER:--pop-state")
  target_link_libraries(${target} PRIVATE $<TARGET_NAME_IF_EXISTS:tarn::testing> tarn::${ARG_MODULE})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers ${target})
  if(TARN_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz_replay.${name} COMMAND ${target} ${corpus})
    set_tests_properties(fuzz_replay.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()
