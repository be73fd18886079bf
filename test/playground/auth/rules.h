// What Teleport's auth server refuses, in its own words and codes. Pure: values in, a status out.
//
// Sources: facts/teleport-api.md 0.2 (seen running), 6.2 (origin rules) and 6.4 (validation). The caller is
// always the role Okta: the desk has sent everybody else away before.
#pragma once

#include <string>
#include <string_view>

#include "grpcpp/support/status.h"
#include "teleport/legacy/types/types.pb.h"

namespace playground {

// The backend refuses a key whose parts hold other bytes than [A-Za-z0-9@_:.+-] or are "." or "..".
// `key` is the whole key, for the text: "/web/users/<name>/params".
grpc::Status CheckKeyPart(std::string_view part, const std::string& key);
grpc::Status CheckUserName(const std::string& name);
grpc::Status CheckLockName(const std::string& name);
// Kind and name of a semaphore; stricter than the backend by ':', which was refused in a name too.
grpc::Status CheckSemaphoreName(const std::string& kind, const std::string& name);

// Name present, namespace empty or "default", label keys, value of the origin label.
grpc::Status CheckMetadata(const types::Metadata& metadata);

// Rule A on the resource that was sent: the role Okta must supply origin okta.
grpc::Status CheckOrigin(const types::Metadata& metadata);
// Rule B on the stored resource: the role Okta may only `verb` okta-origin resources.
grpc::Status CheckStored(const types::Metadata& stored, const char* verb);
// Rule C: a lock targets exactly one user; `user` is the stored one or null.
grpc::Status CheckLockTarget(const types::LockTarget& target, const types::UserV2* user);

bool IsOktaOrigin(const types::Metadata& metadata);

// A filter of GetLocks: all fields that are set must be equal; an empty one matches nothing.
bool Matches(const types::LockTarget& filter, const types::LockTarget& target);
// Every keyword is somewhere in the name or the labels, whatever its case.
bool Matches(const types::UserFilter& filter, const types::Metadata& metadata);

grpc::Status StaleRevision();

}  // namespace playground
