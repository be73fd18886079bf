# What `cmake --install` puts in place, for a fork that loads the plugin and for one that links instead:
#
#   bin/oktasync                      the auth-side host
#   lib/oktasync/oktasync_plugin.so   the plugin
#   lib/liboktasync.a                 all rooms, and the C interface's two functions
#   include/oktasync/                 plugin.h, and the rooms' public headers
#   lib/cmake/oktasync/               find_package(oktasync [COMPONENTS library plugin])
#   lib/pkgconfig/                    oktasync.pc (library), oktasync-plugin.pc (header and plugin)
#   share/doc/oktasync/LICENSE
#
# Nothing of it names a place of this machine: the prefix may be moved. DESTDIR, --prefix and --strip work as
# usual. The library is static alone: its C++ interface hides its symbols and promises no ABI; who wants a
# stable border between two files has the plugin.
if(OKTASYNC_SANITIZE)
  install(CODE "message(FATAL_ERROR \"${CMAKE_BINARY_DIR} is built with -fsanitize=${OKTASYNC_SANITIZE}, for \
tests; install another build, for example build/release\")")
  return()
endif()
include(CMakePackageConfigHelpers)

# How a consumer finds what we link: find_dependency's arguments, and the pkg-config module ("" for none).
function(oktasync_consumer_finds target find_var module_var)
  set(module "")
  if(target MATCHES "^absl::(.+)$")
    set(find absl CONFIG)
    set(module absl_${CMAKE_MATCH_1})
  elseif(target STREQUAL "OpenSSL::SSL")
    set(find OpenSSL 3.0)
    set(module "libssl >= 3.0")
  elseif(target STREQUAL "OpenSSL::Crypto")
    set(find OpenSSL 3.0)
    set(module "libcrypto >= 3.0")
  elseif(target STREQUAL "CURL::libcurl")
    set(find CURL 7.88)
    set(module "libcurl >= 7.88")
  elseif(target STREQUAL "protobuf::libprotobuf")
    set(find Protobuf)
    set(module protobuf)
  elseif(target STREQUAL "gRPC::grpc++")
    set(find gRPC CONFIG)
    set(module grpc++)
  elseif(target STREQUAL "nlohmann_json::nlohmann_json")
    set(find nlohmann_json 3.11 CONFIG)
    set(module "nlohmann_json >= 3.11")
  elseif(target STREQUAL "simdjson::simdjson")
    set(find simdjson CONFIG)
    set(module simdjson)
  elseif(target STREQUAL "Threads::Threads")
    set(find Threads)
  else()
    message(FATAL_ERROR "liboktasync links ${target}, and cmake/Install.cmake does not say how a program that "
                        "links liboktasync finds it: add it there")
  endif()
  list(JOIN find " " find)
  set(${find_var} "find_dependency(${find})" PARENT_SCOPE)
  set(${module_var} "${module}" PARENT_SCOPE)
endfunction()

# --- liboktasync.a: the objects that are there anyway, in one archive ---------------------------------------

add_library(oktasync STATIC $<TARGET_OBJECTS:oktasync_plugin>)  # entry.cc, the two functions
set_target_properties(oktasync PROPERTIES LINKER_LANGUAGE CXX)
target_compile_features(oktasync INTERFACE cxx_std_20)
target_include_directories(oktasync INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

get_property(rooms GLOBAL PROPERTY OKTASYNC_ROOMS)
set(find_calls)
set(modules)
foreach(part ${rooms} oktasync_plugin_core oktasync_proto)
  get_target_property(type ${part} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    target_sources(oktasync PRIVATE $<TARGET_OBJECTS:${part}>)
  endif()
  # What the parts link that is not ours, the consumer must link too. Public headers need only what rooms
  # link publicly; the generated code is nobody's interface.
  get_target_property(links ${part} INTERFACE_LINK_LIBRARIES)
  foreach(link ${links})
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.+)>$" "\\1" library "${link}")
    if(library MATCHES "^oktasync_")
      continue()
    endif()
    set(scope PUBLIC)
    if(part STREQUAL "oktasync_proto" OR NOT library STREQUAL link)
      set(scope PRIVATE)
    endif()
    target_link_libraries(oktasync ${scope} ${library})
    oktasync_consumer_finds(${library} find_call module)
    list(APPEND find_calls "${find_call}")
    list(APPEND modules ${module})
  endforeach()
endforeach()
list(REMOVE_DUPLICATES find_calls)
list(REMOVE_DUPLICATES modules)

# --- headers: what config/service.h and config/preflight.h reach, and text.h, with which a log sink escapes
# its fields --------------------------------------------------------------------------------------------

set(public_headers ${CMAKE_BINARY_DIR}/install/include)
file(GLOB room_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/*/*.h)
add_custom_command(
  OUTPUT ${public_headers}/stamp
  COMMAND ${CMAKE_COMMAND} -DLIB=${CMAKE_SOURCE_DIR}/lib -DOUT=${public_headers}
          "-DROOTS=config/service.h,config/preflight.h,base/text.h" -P ${CMAKE_CURRENT_LIST_DIR}/public_headers.cmake
  DEPENDS ${room_headers} ${CMAKE_CURRENT_LIST_DIR}/public_headers.cmake
  COMMENT "liboktasync's public headers"
  VERBATIM)
add_custom_target(oktasync_public_headers DEPENDS ${public_headers}/stamp)
add_dependencies(oktasync oktasync_public_headers)

# --- files --------------------------------------------------------------------------------------------------

set(plugin_dir ${CMAKE_INSTALL_LIBDIR}/oktasync)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/oktasync)
set_target_properties(oktasync_plugin PROPERTIES EXPORT_NAME plugin)
set_target_properties(oktasync_plugin_api PROPERTIES EXPORT_NAME plugin_api)

install(TARGETS oktasync EXPORT oktasync_library ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS oktasync_plugin EXPORT oktasync_plugin LIBRARY DESTINATION ${plugin_dir})
install(TARGETS oktasync_plugin_api EXPORT oktasync_plugin)
install(TARGETS oktasync-host RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${public_headers}/oktasync ${CMAKE_SOURCE_DIR}/plugin/include/oktasync
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# --strip means programs and modules to CMake; nine tenths of the archive are debug information, too.
install(CODE "
  if(CMAKE_INSTALL_DO_STRIP)
    cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX OUTPUT_VARIABLE prefix)
    cmake_path(APPEND archive \"\${prefix}\" \"${CMAKE_INSTALL_LIBDIR}\" $<TARGET_FILE_NAME:oktasync>)
    execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-debug \"\$ENV{DESTDIR}\${archive}\"
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()")

# --- the CMake package and the pkg-config files ---------------------------------------------------------------

set(made ${CMAKE_BINARY_DIR}/install)
list(JOIN find_calls "\n  " OKTASYNC_FIND_DEPENDENCIES)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/oktasyncConfig.cmake.in ${made}/oktasyncConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the C++ interface.
write_basic_package_version_file(${made}/oktasyncConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${made}/oktasyncConfig.cmake ${made}/oktasyncConfigVersion.cmake DESTINATION ${package_dir})
install(EXPORT oktasync_library NAMESPACE oktasync:: FILE oktasyncLibraryTargets.cmake
        DESTINATION ${package_dir})
install(EXPORT oktasync_plugin NAMESPACE oktasync:: FILE oktasyncPluginTargets.cmake
        DESTINATION ${package_dir})

list(JOIN modules ", " OKTASYNC_PC_REQUIRES)
# From the file's own folder, so that the prefix may be moved.
file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" OKTASYNC_PC_PREFIX "\${pcfiledir}/${up}")
foreach(dir LIBDIR INCLUDEDIR)
  file(RELATIVE_PATH OKTASYNC_PC_${dir} ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_${dir}})
endforeach()
foreach(file oktasync.pc oktasync-plugin.pc)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${file}.in ${made}/${file} @ONLY)
  install(FILES ${made}/${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
