package wire

import (
	"fmt"
	"os"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"oktasync/test/conformance/internal/tree"
)

var (
	ours *Ours
	peer *Peer
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := tree.Proto()
	if err != nil {
		return 1, err
	}
	if ours, err = LoadOurs(dir); err != nil {
		return 1, err
	}
	program, err := tree.Program("oktasync-conformance-peer")
	if err != nil {
		return 1, err
	}
	if peer, err = StartPeer(program); err != nil {
		return 1, err
	}
	code = m.Run()
	if err := peer.Close(); err != nil {
		return 1, fmt.Errorf("the C++ peer did not end well: %w", err)
	}
	return code, nil
}

// forEachMessage runs a subtest for every message of proto/.
func forEachMessage(t *testing.T, test func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type)) {
	t.Helper()
	for _, name := range ours.Names() {
		t.Run(string(name), func(t *testing.T) {
			theirs, err := GoType(name)
			if err != nil {
				t.Fatal(err)
			}
			test(t, ours.Messages[name], theirs)
		})
	}
}

// must fails the test when there is an error, and else hands the value on.
func must[T any](t *testing.T, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func report(t *testing.T, what string, found []string) {
	t.Helper()
	for _, one := range found {
		t.Errorf("%s: %s", what, one)
	}
}

func parseOurs(t *testing.T, as protoreflect.MessageDescriptor, data []byte) *dynamicpb.Message {
	t.Helper()
	message := dynamicpb.NewMessage(as)
	if err := proto.Unmarshal(data, message); err != nil {
		t.Fatalf("our definition of %s does not read these bytes: %v", as.FullName(), err)
	}
	return message
}

func parseTheirs(t *testing.T, as reflect.Type, data []byte) reflect.Value {
	t.Helper()
	message := reflect.New(as)
	if err := Unmarshal(data, message.Interface()); err != nil {
		t.Fatalf("Teleport's %s does not read these bytes: %v", as, err)
	}
	return message.Elem()
}

func marshalTheirs(t *testing.T, message reflect.Value) []byte {
	t.Helper()
	data, err := Marshal(message.Addr().Interface())
	return must(t, data, err)
}

func throughCpp(t *testing.T, as protoreflect.MessageDescriptor, data []byte) []byte {
	t.Helper()
	out, err := peer.Through(string(as.FullName()), data)
	return must(t, out, err)
}
