# Imported targets for every third-party library. All are found, none is built here; their headers are SYSTEM.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(roaring REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(zstd REQUIRED)
find_package(Snappy REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: Asio, Beast and Math
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(GTest REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(LibArchive REQUIRED)
find_package(date REQUIRED)  # time zones

# HTML5 (libgumbo-dev), which has no package file of its own.
find_path(GUMBO_INCLUDE_DIR gumbo.h REQUIRED)
find_library(GUMBO_LIBRARY gumbo REQUIRED)
if(NOT TARGET Tarn::gumbo)
  add_library(Tarn::gumbo UNKNOWN IMPORTED)
  set_target_properties(Tarn::gumbo PROPERTIES
    IMPORTED_LOCATION ${GUMBO_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${GUMBO_INCLUDE_DIR})
endif()

# Libraries that loads open when they need them: their headers only.
find_path(MARIADB_INCLUDE_DIR mariadb/mysql.h REQUIRED)
find_path(ODBC_INCLUDE_DIR sqlext.h REQUIRED)

# One spelling for libraries whose packages disagree between distributions.
function(tarn_alias alias)
  foreach(target IN LISTS ARGN)
    if(TARGET ${target})
      add_library(${alias} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(${alias} INTERFACE ${target})
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${alias}: found none of the targets ${ARGN}")
endfunction()

tarn_alias(Tarn::zstd zstd::libzstd_shared zstd::libzstd zstd::libzstd_static)
tarn_alias(Tarn::snappy Snappy::snappy Snappy::snappy-static)
tarn_alias(Tarn::yaml yaml-cpp::yaml-cpp yaml-cpp)
tarn_alias(Tarn::roaring roaring::roaring roaring)
tarn_alias(Tarn::spdlog spdlog::spdlog)

find_path(LZ4_INCLUDE_DIR lz4frame.h REQUIRED)
find_library(LZ4_LIBRARY lz4 REQUIRED)
add_library(Tarn::lz4 INTERFACE IMPORTED GLOBAL)
target_link_libraries(Tarn::lz4 INTERFACE ${LZ4_LIBRARY})
target_include_directories(Tarn::lz4 SYSTEM INTERFACE ${LZ4_INCLUDE_DIR})

find_path(DEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)
find_library(DEFLATE_LIBRARY deflate REQUIRED)
add_library(Tarn::deflate INTERFACE IMPORTED GLOBAL)
target_link_libraries(Tarn::deflate INTERFACE ${DEFLATE_LIBRARY})
target_include_directories(Tarn::deflate SYSTEM INTERFACE ${DEFLATE_INCLUDE_DIR})

include(FindArrowCpp)
include(FindDuckDBCpp)
