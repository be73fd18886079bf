// plugin.h compiles alone as C++17, and its types are what a binding may memcpy and zero.
#include "oktasync/plugin.h"

#include <type_traits>

static_assert(__cplusplus == 201703L, "this file is about C++17");

template <typename T>
constexpr bool kPlain = std::is_standard_layout<T>::value&& std::is_trivial<T>::value;

static_assert(kPlain<oktasync_str> && kPlain<oktasync_buf> && kPlain<oktasync_error> &&
                  kPlain<oktasync_field>,
              "plain data");
static_assert(kPlain<oktasync_identity> && kPlain<oktasync_dial_request> && kPlain<oktasync_connection>,
              "plain data");
static_assert(kPlain<oktasync_host> && kPlain<oktasync_descriptor> && kPlain<oktasync_create_options> &&
                  kPlain<oktasync_api>,
              "plain data");
static_assert(std::is_same<decltype(&oktasync_plugin_describe), oktasync_plugin_describe_fn>::value &&
                  std::is_same<decltype(&oktasync_plugin_open), oktasync_plugin_open_fn>::value,
              "the types for dlsym are those of the functions");

// The macros work in C++.
bool AbiHeaderCxx17(const oktasync_api* api) {
  const oktasync_error err = OKTASYNC_ERROR_INIT;
  return OKTASYNC_HAS_SLOT(oktasync_api, api, metrics) && err.code == OKTASYNC_OK;
}
