# Warnings for our own code. Generated code is built in targets of its own that do not link this.
add_library(oktasync_warnings INTERFACE)
target_compile_options(oktasync_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wextra-semi>
  $<$<BOOL:${OKTASYNC_WERROR}>:-Werror>)
# g++ 12 with sanitizers warns about std::regex, which Catch2 uses. Not as a generator expression: the comma
# in "address,undefined" would split it.
if(OKTASYNC_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(oktasync_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# Hardening that costs nothing we can measure. Fortify and the sanitizers check the same calls twice.
add_compile_options(-fstack-protector-strong)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(NOT OKTASYNC_SANITIZE)
  add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
