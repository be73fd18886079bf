// Package wire compares oktasync's messages with Teleport's own, on the wire and by description.
//
// Three parties take part:
//
//   - Teleport's Go types from its published API module. Most are gogoproto structs, the newer ones protobuf-go.
//   - Our .proto files, read by protoc and used as dynamic messages.
//   - Our generated C++ code, behind oktasync-conformance-peer.
//
// Nothing here knows a single message by name: whatever lies in proto/ is walked.
package wire
