# The rooms that are compiled again and again here, and their tests, get the heavy headers precompiled: a mutation costs
# a third of the time. Nothing else does so: there a file that forgets an include must not build.
function(oktasync_precompile)
  foreach(target oktasync_model oktasync_okta oktasync_traits oktasync_reconcile
                 unit_model unit_okta unit_traits unit_reconcile)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <functional> <map> <memory> <mutex> <optional> <string> <vector>
      <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/statusor.h> <absl/time/time.h>
      <nlohmann/json.hpp>)
    if(target MATCHES "^unit_")
      target_precompile_headers(${target} PRIVATE <catch2/catch.hpp>)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL oktasync_precompile)
