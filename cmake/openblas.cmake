# Defines lively::openblas (a library to link, nothing else) and OpenBLAS_INCLUDE_DIRS, if there is an
# OpenBLAS. Used by the build and, installed beside it, by livelyConfig.cmake.
#
# Debian's plain find_package takes the pthreads build even where the OpenMP build is installed. The OpenMP
# build comes first: it starts no threads of its own, and is told to use one without a setting of the process.
find_package(OpenBLAS CONFIG QUIET NO_DEFAULT_PATH
  PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp/cmake/openblas)
if(NOT OpenBLAS_FOUND)
  find_package(OpenBLAS CONFIG QUIET)
  if(OpenBLAS_FOUND)
    message(WARNING "lively: no OpenMP build of OpenBLAS in Debian's place; using ${OpenBLAS_LIBRARIES}. "
      "If that one has threads of its own, they spin for a moment at start, and your own calls of it "
      "run on one thread while ours do "
      "(Debian, Ubuntu: apt install libopenblas-openmp-dev)")
  endif()
endif()

if(OpenBLAS_FOUND AND NOT TARGET lively::openblas)
  add_library(lively::openblas INTERFACE IMPORTED)
  # Debian's file writes openblas-openmp//libopenblas.so.
  string(REPLACE "//" "/" lively_openblas "${OpenBLAS_LIBRARIES}")
  set_target_properties(lively::openblas PROPERTIES INTERFACE_LINK_LIBRARIES "${lively_openblas}")
  unset(lively_openblas)
endif()
