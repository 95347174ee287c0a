# The first clang of the versions that versions.env names.

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../versions.env line REGEX "^TARN_CLANG_VERSIONS=")
string(REGEX MATCHALL "[0-9]+" versions "${line}")
list(TRANSFORM versions PREPEND clang++- OUTPUT_VARIABLE names)
find_program(TARN_CLANGXX NAMES ${names} NAMES_PER_DIR REQUIRED)
set(CMAKE_CXX_COMPILER ${TARN_CLANGXX})
