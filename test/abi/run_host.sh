#!/bin/sh
# run_host.sh PLAYGROUND HOST PLUGIN: starts the playground, runs the C11 host against it, stops it.
set -eu
. "$(dirname "$0")/playground.sh"
start_playground "$1" --users 50

# The host signs and brings the identity itself, so the configuration names no key and no identity.
cat > "$dir/host.json" <<END
{"okta": {"org_url": "$(info okta_url)", "app_id": "$(info app_id)", "client_id": "$(info client_id)",
          "key_id": "$(info key_id)", "ca_file": "$(info okta_ca_file)"},
 "teleport": {"address": "$(info auth_address)"},
 "users": {"default_role": "okta-requester", "connector": {"type": "saml", "name": "okta"}},
 "sync": {"interval": "30m"}}
END
"$2" "$3" "$dir/host.json" "$(info identity_key_file)" "$(info identity_cert_file)" \
     "$(info identity_ca_file)" "$(info private_key_file)" 50
