# One CMake target per room of lib/.
#
#   oktasync_room(okta BELOW oauth http model base LIBS simdjson::simdjson)
#
# builds lib/okta/*.cc into liboktasync_okta. Headers are included as "okta/client.h". A room sees the
# headers of itself and of the rooms it names, and no others: each room has an include directory of its
# own that holds nothing but a link to the room's folder, so an include that goes up does not build.
function(oktasync_room name)
  cmake_parse_arguments(ROOM "" "" "BELOW;LIBS;PRIVATE_LIBS" ${ARGN})
  set(include_dir ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${include_dir})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/lib/${name} ${include_dir}/${name} SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${name}/*.cc)
  set(target oktasync_${name})
  set_property(GLOBAL APPEND PROPERTY OKTASYNC_ROOMS ${target})
  list(TRANSFORM ROOM_BELOW PREPEND oktasync_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${include_dir})
    target_link_libraries(${target} PUBLIC ${ROOM_BELOW} ${ROOM_LIBS}
                                    PRIVATE oktasync_warnings ${ROOM_PRIVATE_LIBS})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${include_dir})
    target_link_libraries(${target} INTERFACE ${ROOM_BELOW} ${ROOM_LIBS})
  endif()
endfunction()

# oktasync_unit_test(okta): test/unit/okta/*.cc against the room and what stands below it. LIBS adds more.
function(oktasync_unit_test room)
  cmake_parse_arguments(UT "" "" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/unit/${room}/*.cc)
  if(NOT sources)
    return()
  endif()
  set(target unit_${room})
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE oktasync_${room} oktasync_testing oktasync_warnings
                        Catch2::Catch2 ${UT_LIBS})
  add_test(NAME unit/${room} COMMAND ${target} --order rand --rng-seed time)
  set_tests_properties(unit/${room} PROPERTIES LABELS unit TIMEOUT 600)
endfunction()
