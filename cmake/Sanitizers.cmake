# -DOKTASYNC_SANITIZE=address,undefined or =thread builds everything of ours with that instrumentation.
set(OKTASYNC_SANITIZE "" CACHE STRING "Sanitizers to build with, comma separated")
if(OKTASYNC_SANITIZE)
  add_compile_options(-fsanitize=${OKTASYNC_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OKTASYNC_SANITIZE})
endif()
