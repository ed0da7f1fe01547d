# Toolchain: 64-bit ARM with Debian's cross compiler, programs run by qemu-user. `bash tests/arm.sh` installs both,
# and the C library and zlib of that architecture.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# The loader and the C library are those of libc6:arm64. With -L /usr/aarch64-linux-gnu the loader would be the cross
# compiler's, of another build than that library, and the first thread that is made hangs in a list that never ends.
# There is no libstdc++ beside them: the programs have it in them.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-libstdc++ -static-libgcc")
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
