# hayat_proto_library(NAME OUT DIR FILES...): protobuf-c code for proto files, as one library without our warnings.
# protoc-gen-c does not announce proto3 `optional`, though it handles it; cmake/protoc-gen-c-optional does.
find_package(PkgConfig REQUIRED)
find_program(PROTOC NAMES protoc REQUIRED)
find_program(PROTOC_GEN_C NAMES protoc-gen-c REQUIRED)
pkg_get_variable(PROTOBUF_INCLUDE protobuf includedir)
if(NOT PROTOBUF_INCLUDE)
  set(PROTOBUF_INCLUDE /usr/include)
endif()
set(HAYAT_PROTO_PATHS -I${CMAKE_SOURCE_DIR}/proto -I${CMAKE_SOURCE_DIR}/third_party/proto -I${PROTOBUF_INCLUDE})

function(hayat_proto_library name)
  cmake_parse_arguments(ARG "" "" "FILES;PUBLIC" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/gen/${name})
  set(sources "")
  foreach(file IN LISTS ARG_FILES)
    string(REGEX REPLACE "\\.proto$" "" stem ${file})
    foreach(root ${CMAKE_SOURCE_DIR}/proto ${CMAKE_SOURCE_DIR}/third_party/proto ${PROTOBUF_INCLUDE})
      if(EXISTS ${root}/${file})
        set(path ${root}/${file})
        break()
      endif()
    endforeach()
    add_custom_command(
      OUTPUT ${out}/${stem}.pb-c.c ${out}/${stem}.pb-c.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${PROTOC} --plugin=protoc-gen-c=${CMAKE_SOURCE_DIR}/cmake/protoc-gen-c-optional ${HAYAT_PROTO_PATHS}
              --c_out=${out} ${file}
      DEPENDS ${path} ${CMAKE_SOURCE_DIR}/cmake/protoc-gen-c-optional
      VERBATIM)
    list(APPEND sources ${out}/${stem}.pb-c.c)
  endforeach()
  add_library(${name} STATIC ${sources})
  add_custom_target(${name}_gen DEPENDS ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC PkgConfig::PROTOBUF_C ${ARG_PUBLIC})
endfunction()
