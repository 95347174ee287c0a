# `cmake --install`: bin/tarn and, beside it in lib/, every shared library that a bare distribution of the same release
# does not have. The tree works wherever it is moved.

if(TARGET tarn)
  set(installed tarn)
  if(TARGET tarn_flight)
    list(APPEND installed tarn_flight)
  endif()
  install(TARGETS ${installed}
    RUNTIME_DEPENDENCIES
      DIRECTORIES ${TARN_DEPS}/arrow-${TARN_PYARROW_VERSION}/lib ${TARN_DEPS}/duckdb-${TARN_DUCKDB_NODE_VERSION}/lib
      PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\\+\\+)\\.so"
      POST_EXCLUDE_REGEXES "/ld-linux"
    RUNTIME DESTINATION bin
    LIBRARY DESTINATION lib)
  install(DIRECTORY ${TARN_DEPS}/duckdb-federation-${TARN_DUCKDB_VERSION}/ DESTINATION lib/duckdb-extensions)
endif()

# The systemd unit, with the path that tarn is installed to, and the account it runs as; alone: `cmake --install BUILD
# --component systemd`.
install(CODE "
  set(TARN_BINDIR \"\${CMAKE_INSTALL_PREFIX}/bin\")
  configure_file(\"${PROJECT_SOURCE_DIR}/packaging/systemd/tarn.service.in\"
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/tarn.service\" @ONLY)
  message(STATUS \"Installing: \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/tarn.service\")"
  COMPONENT systemd)
install(FILES packaging/systemd/tarn.sysusers DESTINATION lib/sysusers.d RENAME tarn.conf COMPONENT systemd)
