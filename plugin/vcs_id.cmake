# Writes OUT with the commit that is being built, when it has changed. Run at build time: a commit made after
# the configure step must not keep the old name.
cmake_minimum_required(VERSION 3.25)
set(id "")
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --short=12 HEAD
                  WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE id ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define OKTASYNC_VCS_ID \"@id@\"\n" @ONLY)
