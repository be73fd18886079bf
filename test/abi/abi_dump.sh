# Sourced by check_abi.sh and renew_baseline.sh: what plugin.h promises, as libabigail sees it.
abi=$(cd "$(dirname "$0")" && pwd)
baseline=$abi/baseline.abi

# What may grow: structs that say their own size. oktasync_str, oktasync_buf and oktasync_field may not, for they
# are passed by value, handed over without a size, or lie in arrays.
growing='error identity dial_request connection host descriptor create_options join_options api'

# cut_growth OLD NEW: NEW without the members that stand behind the end that these structs have in OLD. (abidiff's
# own way to let growth through, has_data_member_inserted_at, hides other changes of the same struct as well.)
cut_growth() {
  awk -v growing="$growing" -v quote="'" '
    function attribute(line, name,   parts, value) {
      if (split(line, parts, " " name "=" quote) < 2) return ""
      split(parts[2], value, quote)
      return value[1]
    }
    BEGIN { split(growing, names, " "); for (i in names) grows["oktasync_" names[i]] = 1 }
    /<class-decl / {
      struct = attribute($0, "name")
      size = attribute($0, "size-in-bits") + 0
      if (FNR == NR) old[struct] = size
    }
    FNR == NR { next }
    /<class-decl / {
      limit = (struct in grows) && (struct in old) && size > old[struct] ? old[struct] : -1
      if (limit >= 0) sub("size-in-bits=" quote size quote, "size-in-bits=" quote limit quote)
    }
    /<data-member / && limit >= 0 && attribute($0, "layout-offset-in-bits") + 0 >= limit { dropping = 1 }
    !dropping { print }
    /<\/data-member>/ { dropping = 0 }
    /<\/class-decl>/ { limit = -1 }
  ' "$1" "$2"
}

# dump_abi INCLUDE_DIR WORK_DIR: writes WORK_DIR/plugin.abi. The two exported functions are compiled anew, with
# debug information and nothing inside, so that it works with every build type and knows no path of a machine.
dump_abi() {
  cat > "$2/plugin.c" <<'END'
#include "oktasync/plugin.h"
const oktasync_descriptor* oktasync_plugin_describe(void) { return NULL; }
int32_t oktasync_plugin_open(const oktasync_host* host, uint32_t want_major, const oktasync_api** api,
                             oktasync_error* err) {
  return host == NULL && want_major == 0 && api == NULL && err == NULL;
}
END
  include=$(cd "$1" && pwd)
  (cd "$2" && "${CC:-cc}" -std=c11 -Werror=missing-prototypes -g -O0 -fPIC -shared -I "$include" plugin.c -o plugin.so) || {
    echo "plugin.h does not declare the two exported functions as it did" >&2
    return 1
  }
  abidw --headers-dir "$include" --drop-private-types --drop-undefined-syms --exported-interfaces-only --no-show-locs \
        --no-corpus-path --no-comp-dir-path --no-elf-needed --no-parameter-names --type-id-style hash \
        --out-file "$2/plugin.abi" "$2/plugin.so"
}

need_abigail() {
  if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
    echo "abidw and abidiff are missing: install Debian's package abigail-tools (./dev setup)" >&2
    exit 1
  fi
}
