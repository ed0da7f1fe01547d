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

# lively_unite(target [pattern]): compiles the files of a folder ten at a time, as one: what they include
# and instantiate is then read and made once, which is most of a small file's time. So no two files of
# a folder may give one name to two things, not even in anonymous namespaces; those whose path matches
# the pattern do, or are long in compiling, and stay alone. So does every file with options of its own.
#
# Where ccache keeps what is compiled, and in the clang preset, every file is alone.
function(lively_unite target)
  if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache" OR CMAKE_DISABLE_PRECOMPILE_HEADERS)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # takes an included .cpp for a header
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  if(ARGN)
    list(FILTER sources EXCLUDE REGEX "${ARGN}")
  endif()
  foreach(source IN LISTS sources)
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder})
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    list(APPEND files_of_${folder} ${source})
    list(LENGTH files_of_${folder} number)
    math(EXPR number "(${number} + 9) / 10")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${number})
  endforeach()
endfunction()
