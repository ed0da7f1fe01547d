# build/include/lively/: one link per layer and the two generated headers, so that
# #include "lively/tensor/tensor.h" means the same here and after installation.
#
# Every header is installed unless one of its first three lines begins with "// internal:"; only such a
# header may include third-party ones. lively.h is the list in lively.h.in.
set(LIVELY_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${LIVELY_INCLUDE_DIR}/lively)
foreach(layer IN LISTS LIVELY_LAYERS)
  get_filename_component(name ${layer} NAME)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${layer} ${LIVELY_INCLUDE_DIR}/lively/${name} SYMBOLIC)
endforeach()

set(LIVELY_HEADERS)  # installed, relative to the source folder
foreach(layer IN LISTS LIVELY_LAYERS)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${layer}/*.h)
  foreach(header IN LISTS headers)
    file(STRINGS ${header} lines LIMIT_COUNT 3)
    if(NOT lines MATCHES "// internal:")
      list(APPEND LIVELY_HEADERS ${header})
    endif()
  endforeach()
endforeach()

configure_file(cmake/lively.h.in ${LIVELY_INCLUDE_DIR}/lively/lively.h @ONLY)
configure_file(cmake/version.h.in ${LIVELY_INCLUDE_DIR}/lively/version.h @ONLY)
