# Arrow C++ as the targets Arrow::arrow, Arrow::compute, Arrow::acero, Arrow::dataset, Arrow::flight, Arrow::s3 and
# Arrow::parquet: from Arrow_ROOT when that names an installed Arrow, else from what tools/install_deps.sh unpacked.


if(Arrow_ROOT OR DEFINED ENV{Arrow_ROOT})
  find_package(Arrow REQUIRED)
  find_package(Parquet REQUIRED)
  find_package(ArrowCompute QUIET)
  find_package(ArrowAcero REQUIRED)
  find_package(ArrowDataset REQUIRED)
  find_package(ArrowFlight QUIET)
  tarn_alias(Arrow::arrow Arrow::arrow_shared Arrow::arrow_static)
  tarn_alias(Arrow::parquet Parquet::parquet_shared Parquet::parquet_static)
  tarn_alias(Arrow::compute ArrowCompute::arrow_compute_shared ArrowCompute::arrow_compute_static Arrow::arrow)
  tarn_alias(Arrow::acero ArrowAcero::arrow_acero_shared ArrowAcero::arrow_acero_static)
  tarn_alias(Arrow::dataset ArrowDataset::arrow_dataset_shared ArrowDataset::arrow_dataset_static)
  if(ArrowFlight_FOUND)
    tarn_alias(Arrow::flight ArrowFlight::arrow_flight_shared ArrowFlight::arrow_flight_static)
  endif()
  tarn_alias(Arrow::s3 Arrow::arrow)
  return()
endif()

set(arrow_dir ${TARN_DEPS}/arrow-${TARN_PYARROW_VERSION})
if(NOT IS_DIRECTORY ${arrow_dir})
  message(FATAL_ERROR "Arrow ${TARN_PYARROW_VERSION} is not in ${TARN_DEPS}: run tools/install_deps.sh")
endif()

# tarn_arrow_library(<target> <library> [<targets it needs>…])
function(tarn_arrow_library target library)
  set(location ${arrow_dir}/lib/lib${library}.so.${TARN_ARROW_SO_VERSION})
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${location}
    IMPORTED_SONAME lib${library}.so.${TARN_ARROW_SO_VERSION})
  target_include_directories(${target} SYSTEM INTERFACE ${arrow_dir}/include)
  target_link_libraries(${target} INTERFACE ${ARGN})
endfunction()

tarn_arrow_library(Arrow::arrow arrow Threads::Threads)
tarn_arrow_library(Arrow::compute arrow_compute Arrow::arrow)
tarn_arrow_library(Arrow::acero arrow_acero Arrow::compute)
tarn_arrow_library(Arrow::parquet parquet Arrow::arrow)
tarn_arrow_library(Arrow::dataset arrow_dataset Arrow::acero Arrow::parquet)
tarn_arrow_library(Arrow::flight arrow_flight Arrow::arrow)
tarn_arrow_library(Arrow::s3 arrow_s3 Arrow::arrow)
