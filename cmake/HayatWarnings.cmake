# Warnings for our own code; generated code is built without them.
set(HAYAT_WARNINGS
    -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition -Wundef -Wvla -Wpointer-arith -Wcast-align -Wcast-qual -Wwrite-strings -Wformat=2
    -Wswitch-enum -Wnull-dereference -Wimplicit-fallthrough
    -Wno-missing-field-initializers -Wno-missing-braces)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND HAYAT_WARNINGS -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
else()
  list(APPEND HAYAT_WARNINGS -Wno-cast-qual) # clang blames us for the casts in protobuf-c's __INIT macros; gcc watches
endif()
# Banned functions are compile errors everywhere in our code.
list(APPEND HAYAT_WARNINGS -include ${CMAKE_SOURCE_DIR}/base/banned.h)
