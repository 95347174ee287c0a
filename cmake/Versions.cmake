# Reads versions.env, so that CMake and the shell scripts agree: each NAME=value there becomes a CMake variable.

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/versions.env)
file(STRINGS ${PROJECT_SOURCE_DIR}/versions.env lines REGEX "^TARN_[A-Z_0-9]+=")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([A-Z_0-9]+)=\"?([^\"]*)\"?$" matched "${line}")
  set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()

# Where tools/install_deps.sh put what does not come from the distribution.
if(NOT TARN_DEPS)
  if(DEFINED ENV{TARN_DEPS})
    set(default_deps $ENV{TARN_DEPS})
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(default_deps $ENV{XDG_CACHE_HOME}/tarn/deps)
  else()
    set(default_deps $ENV{HOME}/.cache/tarn/deps)
  endif()
  set(TARN_DEPS ${default_deps} CACHE PATH "Where tools/install_deps.sh put the dependencies")
endif()
