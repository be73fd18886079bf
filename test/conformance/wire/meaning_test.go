package wire

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/gravitational/teleport/api/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// Go's zero time is sent, as the year 1, where the field is a value in Go; that is our "unset" when we read.
func TestGoSendsItsZeroTimeAsTheYearOne(t *testing.T) {
	data, err := (&types.UserSpecV2{}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	spec := parseOurs(t, ours.Messages["types.UserSpecV2"], data)
	expires := spec.Descriptor().Fields().ByName("Expires")
	if !spec.Has(expires) {
		t.Fatal("Go leaves out Expires of an empty UserSpecV2")
	}
	seconds := expires.Message().Fields().ByName("seconds")
	if got := spec.Get(expires).Message().Get(seconds).Int(); got != goZeroSeconds {
		t.Errorf("Go's zero time is %d seconds, known is %d", got, goZeroSeconds)
	}
	var metadata types.Metadata
	if data, err = metadata.Marshal(); err != nil || len(data) != 0 {
		t.Errorf("Metadata.Expires is a pointer in Go and must be left out: %x %v", data, err)
	}
}

// An empty Timestamp is 1970 for Go, which for an expiry means "over". That is why oktasync leaves unset times out.
func TestAnEmptyTimestampMeans1970ToTeleport(t *testing.T) {
	empty := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), nil)
	data, err := peer.Through("types.UserSpecV2", empty)
	if err != nil {
		t.Fatal(err)
	}
	var spec types.UserSpecV2
	if err := spec.Unmarshal(data); err != nil {
		t.Fatal(err)
	}
	if !spec.Expires.Equal(time.Unix(0, 0)) {
		t.Errorf("Teleport reads an empty Timestamp as %v, known is 1970", spec.Expires)
	}
}

// The bytes of a user with one trait and one label, as protoc made them from Teleport's own files.
func TestTraitsAreTheBytesThatTeleportWrites(t *testing.T) {
	known, err := hex.DecodeString("0a0475736572" + "1a027632" +
		"2224" + "0a056140622e63" + "2a1b" + "0a1374656c65706f72742e6465762f6f726967696e" + "12046f6b7461" +
		"2a19" + "2a17" + "0a15" + "0a0a6f6b74612f656d61696c" + "1207" + "0a056140622e63")
	if err != nil {
		t.Fatal(err)
	}
	through, err := peer.Through("types.UserV2", known)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(through, known) {
		t.Errorf("our C++ code writes\n%x, known is\n%x", through, known)
	}
	var user types.UserV2
	if err := user.Unmarshal(through); err != nil {
		t.Fatal(err)
	}
	if user.GetKind() != "user" || user.GetVersion() != "v2" || user.GetName() != "a@b.c" || user.Origin() != "okta" {
		t.Errorf("Teleport reads %+v", user)
	}
	if emails := user.GetTraits()["okta/email"]; len(emails) != 1 || emails[0] != "a@b.c" {
		t.Errorf("Teleport reads the traits %v", user.GetTraits())
	}
}
