# cmake -D VIA=… -D SOURCE=… -D BUILD=… -D WORK=… -D CXX=… -D GENERATOR=… -P run.cmake
# Builds and runs the consumer and looks at what reached it. BUILD is the build of Lively to install from;
# the other two ways compile the library again, once for both and without optimisation.
cmake_minimum_required(VERSION 3.22)

if(VIA STREQUAL "package")
  set(work ${WORK}/package)
  file(REMOVE_RECURSE ${work}/prefix)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set(options -D CMAKE_PREFIX_PATH=${work}/prefix)

  file(GLOB_RECURSE package ${work}/prefix/*.cmake)
  foreach(file IN LISTS package)
    file(READ ${file} text)
    foreach(folder ${SOURCE} ${BUILD} ${work})
      string(FIND "${text}" "${folder}/" at)
      if(NOT at EQUAL -1)
        message(FATAL_ERROR "${file} names ${folder}: it cannot be moved")
      endif()
    endforeach()
  endforeach()
else()
  set(work ${WORK}/source)
  set(options -D LIVELY_SOURCE=${SOURCE})
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${GENERATOR}
  -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG= -D VIA=${VIA} ${options}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/build --target consumer consumer_by_hand --parallel 2
  COMMAND_ERROR_IS_FATAL ANY)

# What mnist_mlp says of the same recipes (tests/apps/consumer_test.cpp).
function(gives verdict program)
  execute_process(COMMAND ${work}/build/${program} ${ARGN} WORKING_DIRECTORY ${work}/build
    OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
  message(STATUS "${program} ${ARGN}: ${said}")
  if(NOT said MATCHES "^${verdict}: ")
    message(FATAL_ERROR "${program} ${ARGN}: ${verdict} expected")
  endif()
endfunction()
gives(healthy consumer)
gives(died consumer 0.2)
gives(healthy consumer_by_hand)
gives(frozen_loss consumer_by_hand 0.01 random_uniform:-3,3)

# The consumer's own compile line: one include path, which holds the one name lively; no flag, no macro.
file(READ ${work}/build/compile_commands.json commands)
string(JSON last LENGTH "${commands}")
math(EXPR last "${last} - 1")
foreach(i RANGE ${last})
  string(JSON file GET "${commands}" ${i} file)
  if(file STREQUAL "${CMAKE_CURRENT_LIST_DIR}/main.cpp")
    string(JSON line GET "${commands}" ${i} command)
  endif()
endforeach()
string(REGEX MATCHALL " -(I|isystem) ?[^ ]+" paths "${line}")
list(LENGTH paths count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "consumer: one include path expected: ${line}")
endif()
string(REGEX REPLACE "^ -(I|isystem) ?" "" path "${paths}")
file(GLOB names RELATIVE ${path} ${path}/*)
if(NOT names STREQUAL "lively")
  message(FATAL_ERROR "consumer: the include path holds ${names}")
endif()
if(line MATCHES " -[DfmOW]")
  message(FATAL_ERROR "consumer: a flag or macro leaked: ${line}")
endif()

# Debian has two OpenBLAS with one soname; what runs must be what was linked.
file(GLOB openmp_build /usr/lib/*/openblas-openmp/libopenblas.so.0)
if(openmp_build)
  execute_process(COMMAND ldd ${work}/build/consumer OUTPUT_VARIABLE libraries)
  if(NOT libraries MATCHES "openblas-openmp/libopenblas")
    message(FATAL_ERROR "consumer: another OpenBLAS than the OpenMP build:\n${libraries}")
  endif()
endif()
