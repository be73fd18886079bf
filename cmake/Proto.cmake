# Generates lite C++ code: full code registers its descriptors process-wide, and a second copy of the
# plugin in the same process (an upgrade, say) would then abort it.
#
#   oktasync_proto(target ROOT dir FILES a.proto b.proto SERVICES b.proto)
function(oktasync_proto target)
  cmake_parse_arguments(P "" "ROOT" "FILES;SERVICES" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/proto/gen)
  file(MAKE_DIRECTORY ${out})
  set(generated)
  foreach(file ${P_FILES})
    string(REGEX REPLACE "\\.proto$" "" stem ${file})
    set(outputs ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(plugin_args)
    if(file IN_LIST P_SERVICES)
      list(APPEND outputs ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      set(plugin_args --grpc_out=${out}
          --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc -I ${P_ROOT} --cpp_out=lite:${out} ${plugin_args} ${P_ROOT}/${file}
      DEPENDS ${P_ROOT}/${file} protobuf::protoc
      COMMENT "protoc ${file}"
      VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()
  add_library(${target} STATIC ${generated})
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_compile_options(${target} PRIVATE -w)
  target_link_libraries(${target} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
endfunction()
