# lively_precompile(target [header…]): gives a target the standard headers that nearly every file
# includes, and those named, parsed once; half the time of a small file is theirs. Every file still
# includes what it uses: the clang preset compiles without.
#
# ccache knows precompiled headers only by special settings, and keeps better than they do.
set(LIVELY_STANDARD_HEADERS <algorithm> <array> <atomic> <cmath> <cstdint> <cstring> <functional>
  <limits> <memory> <optional> <set> <span> <string> <string_view> <utility> <vector>)

function(lively_precompile target)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache")
    target_precompile_headers(${target} PRIVATE ${LIVELY_STANDARD_HEADERS} ${ARGN})
  endif()
endfunction()

# The same headers as `from`, which must be compiled with the same flags.
function(lively_precompile_as target from)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache")
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()
