# Defines lively::openblas (a library to link, nothing else) and OpenBLAS_INCLUDE_DIRS, if there is an
# OpenBLAS. Used by the build and, installed beside it, by livelyConfig.cmake.
#
# Debian's plain find_package takes the pthreads build even where the OpenMP build is installed. The OpenMP
# build comes first: it starts no threads of its own, and is told to use one without a setting of the process.
# With LIVELY_OPENMP=OFF it is passed over, and nothing that we link brings an OpenMP runtime.
set(lively_debian /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
if(LIVELY_OPENMP)
  set(lively_builds ${lively_debian}/openblas-openmp/cmake/openblas)
else()
  set(lively_builds ${lively_debian}/openblas-pthread/cmake/openblas ${lively_debian}/openblas-serial/cmake/openblas)
  if("${OpenBLAS_DIR}" MATCHES "openmp")
    unset(OpenBLAS_DIR CACHE)
  endif()
endif()
find_package(OpenBLAS CONFIG QUIET NO_DEFAULT_PATH PATHS ${lively_builds})
if(NOT OpenBLAS_FOUND)
  find_package(OpenBLAS CONFIG QUIET)
  if(OpenBLAS_FOUND AND LIVELY_OPENMP)
    message(WARNING "lively: no OpenMP build of OpenBLAS in Debian's place; using ${OpenBLAS_LIBRARIES}. "
      "If that one has threads of its own, they spin for a moment at start, and your own calls of it "
      "run on one thread while ours do "
      "(Debian, Ubuntu: apt install libopenblas-openmp-dev)")
  endif()
endif()
if(OpenBLAS_FOUND AND NOT LIVELY_OPENMP AND "${OpenBLAS_LIBRARIES}" MATCHES "openmp")
  set(OpenBLAS_FOUND FALSE)
endif()
unset(lively_debian)
unset(lively_builds)

if(OpenBLAS_FOUND AND NOT TARGET lively::openblas)
  add_library(lively::openblas INTERFACE IMPORTED)
  # Debian's file writes openblas-openmp//libopenblas.so.
  string(REPLACE "//" "/" lively_openblas "${OpenBLAS_LIBRARIES}")
  set_target_properties(lively::openblas PROPERTIES INTERFACE_LINK_LIBRARIES "${lively_openblas}")
  unset(lively_openblas)
endif()
