# liblively.a, liblively_page.a, the headers in the shape of build/include, a package that
# find_package(lively) reads, and lively.pc for pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(targets lively)
if(TARGET lively_page)
  list(APPEND targets lively_page)
  install(FILES apps/lab/page/page.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lively)
endif()
install(TARGETS ${targets} EXPORT lively INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(header IN LISTS LIVELY_HEADERS)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lively/${folder})
endforeach()
install(FILES ${LIVELY_INCLUDE_DIR}/lively/lively.h ${LIVELY_INCLUDE_DIR}/lively/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lively)

set(LIVELY_USES_OPENBLAS OFF)
if(TARGET lively::openblas)
  set(LIVELY_USES_OPENBLAS ON)
endif()
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lively)
install(EXPORT lively NAMESPACE lively:: FILE livelyTargets.cmake DESTINATION ${package})
configure_package_config_file(cmake/livelyConfig.cmake.in ${PROJECT_BINARY_DIR}/livelyConfig.cmake
  INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/livelyConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES cmake/openblas.cmake ${PROJECT_BINARY_DIR}/livelyConfig.cmake
  ${PROJECT_BINARY_DIR}/livelyConfigVersion.cmake DESTINATION ${package})

# lively.pc: all that a program links, whether the library is static or not; BLAS by its place, since all
# builds of OpenBLAS have one name.
set(LIVELY_PC_LIBS " -llively")
if(TARGET lively_page)
  string(PREPEND LIVELY_PC_LIBS " -llively_page")
endif()
if(TARGET lively::openblas)
  get_target_property(blas lively::openblas INTERFACE_LINK_LIBRARIES)
  list(GET blas 0 blas)
  get_filename_component(folder ${blas} DIRECTORY)
  string(APPEND LIVELY_PC_LIBS " ${blas} -Wl,-rpath,${folder}")
endif()
string(APPEND LIVELY_PC_LIBS " -lz -lstdc++ -lm -pthread")
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND LIVELY_PC_LIBS " -l${library}")
endforeach()
file(RELATIVE_PATH LIVELY_PC_UP /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/lively.pc.in ${PROJECT_BINARY_DIR}/lively.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lively.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
