# Everything comes from Debian 12's packages; `./dev setup` installs them.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(Protobuf REQUIRED)          # CMake's own module: Debian ships no config package
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)   # command line only
find_package(CLI11 CONFIG REQUIRED)      # command line only
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)  # the program's control socket, the playground

if(OKTASYNC_TESTS)
  find_package(Catch2 2 CONFIG REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
endif()
