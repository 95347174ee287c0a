# DuckDB's C++ API as the target DuckDB::duckdb: the official libduckdb.so and the headers of the same version, with
# those of its Parquet extension, as tools/install_deps.sh unpacked them.

set(duckdb_dir ${TARN_DEPS}/duckdb-${TARN_DUCKDB_NODE_VERSION})
if(NOT IS_DIRECTORY ${duckdb_dir})
  message(FATAL_ERROR "DuckDB ${TARN_DUCKDB_NODE_VERSION} is not in ${TARN_DEPS}: run tools/install_deps.sh")
endif()

set(duckdb_library ${duckdb_dir}/lib/libduckdb.so)
add_library(DuckDB::duckdb SHARED IMPORTED GLOBAL)
set_target_properties(DuckDB::duckdb PROPERTIES IMPORTED_LOCATION ${duckdb_library} IMPORTED_SONAME libduckdb.so)
target_include_directories(DuckDB::duckdb SYSTEM INTERFACE ${duckdb_dir}/include ${duckdb_dir}/include-parquet)
# DuckDB's copies of other libraries are found after the system's, so that <zstd.h> or <thrift/…> mean the system's.
target_compile_options(DuckDB::duckdb INTERFACE "SHELL:-idirafter ${duckdb_dir}/include-third-party")
target_link_libraries(DuckDB::duckdb INTERFACE Threads::Threads)

# The extensions that the program loads are looked for in ../lib/duckdb-extensions.
set(duckdb_extensions ${TARN_DEPS}/duckdb-federation-${TARN_DUCKDB_VERSION})
if(NOT IS_DIRECTORY ${duckdb_extensions})
  message(FATAL_ERROR "DuckDB's extensions are not in ${TARN_DEPS}: run tools/install_deps.sh")
endif()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
file(CREATE_LINK ${duckdb_extensions} ${CMAKE_BINARY_DIR}/lib/duckdb-extensions SYMBOLIC)
