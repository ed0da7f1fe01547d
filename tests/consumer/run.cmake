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

  file(GLOB_RECURSE package ${work}/prefix/*.cmake ${work}/prefix/*.pc)
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

# What a consumer may ask of all that it compiles.
set(strict "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror")

execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${GENERATOR}
  -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=
  -D CMAKE_CXX_FLAGS=${strict} -D VIA=${VIA} ${options}
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

# The consumer's own compile line: one include path, SYSTEM, which holds the one name lively; no flag, no macro.
file(READ ${work}/build/compile_commands.json commands)
string(JSON last LENGTH "${commands}")
math(EXPR last "${last} - 1")
foreach(i RANGE ${last})
  string(JSON file GET "${commands}" ${i} file)
  if(file STREQUAL "${CMAKE_CURRENT_LIST_DIR}/main.cpp")
    string(JSON line GET "${commands}" ${i} command)
  endif()
endforeach()
string(REPLACE " ${strict}" "" line "${line}")
string(REGEX MATCHALL " -(I|isystem) ?[^ ]+" paths "${line}")
list(LENGTH paths count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "consumer: one include path expected: ${line}")
endif()
if(NOT paths MATCHES "^ -isystem")
  message(FATAL_ERROR "consumer: the include path is not SYSTEM: ${line}")
endif()
string(REGEX REPLACE "^ -isystem ?" "" path "${paths}")
file(GLOB names RELATIVE ${path} ${path}/*)
if(NOT names STREQUAL "lively")
  message(FATAL_ERROR "consumer: the include path holds ${names}")
endif()
if(line MATCHES " -[DfmOW]")
  message(FATAL_ERROR "consumer: a flag or macro leaked: ${line}")
endif()

# Debian has two OpenBLAS with one soname; what runs must be what was linked, with no OpenMP runtime beside
# the one that it brings.
execute_process(COMMAND ldd ${work}/build/consumer OUTPUT_VARIABLE libraries)
file(GLOB openmp_build /usr/lib/*/openblas-openmp/libopenblas.so.0)
if(openmp_build AND NOT libraries MATCHES "openblas-openmp/libopenblas")
  message(FATAL_ERROR "consumer: another OpenBLAS than the OpenMP build:\n${libraries}")
endif()
if(libraries MATCHES "libgomp" AND libraries MATCHES "libomp")
  message(FATAL_ERROR "consumer: two OpenMP runtimes:\n${libraries}")
endif()

if(NOT VIA STREQUAL "package")
  return()
endif()

# Without SYSTEM: the headers themselves are clean, in C++20 and in C++23, and for g++ and clang++ both.
separate_arguments(warnings UNIX_COMMAND ${strict})
find_program(gxx g++)
find_program(clangxx clang++)
foreach(compiler IN ITEMS ${gxx} ${clangxx})
  if(NOT compiler)
    continue()
  endif()
  foreach(standard c++20 c++2b)
    execute_process(COMMAND ${compiler} -std=${standard} -fsyntax-only ${warnings} -I${work}/prefix/include
      ${CMAKE_CURRENT_LIST_DIR}/main.cpp COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endforeach()

# Without CMake: a C++ and a C program by pkg-config.
find_program(pkg_config NAMES pkg-config pkgconf)
find_program(cc NAMES cc gcc clang)
if(NOT pkg_config OR NOT cc)
  message(STATUS "consumer: no pkg-config or no C compiler here; not tried")
  return()
endif()
file(GLOB_RECURSE pc ${work}/prefix/*/lively.pc)
get_filename_component(folder ${pc} DIRECTORY)
execute_process(COMMAND ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder} ${pkg_config} --cflags lively
  OUTPUT_VARIABLE cflags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder} ${pkg_config} --libs lively
  OUTPUT_VARIABLE libs OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(cflags UNIX_COMMAND "${cflags}")
separate_arguments(libs UNIX_COMMAND "${libs}")
set(weights ${SOURCE}/tests/embed/mlp.safetensors)
set(outputs "outputs: 0.13177 -0.139648 -0.481869\n")

function(by_pkg_config expected compiler standard source)
  execute_process(COMMAND ${compiler} ${standard} ${warnings} ${cflags}
    ${CMAKE_CURRENT_LIST_DIR}/${source} -o ${work}/by_pkg_config ${libs} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${work}/by_pkg_config ${weights} ${ARGN} OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
  if(NOT said STREQUAL expected)
    message(FATAL_ERROR "${source}: says\n${said}and not\n${expected}")
  endif()
endfunction()
by_pkg_config("${outputs}" ${CXX} -std=c++20 predict.cpp)
by_pkg_config("${outputs}hidden: 2 dead, 1 born dead, 1 died; unit 2 is dead\nverdict: unsure\n"
  ${cc} -std=c99 plain.c relu)
