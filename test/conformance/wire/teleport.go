package wire

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"reflect"
	"strings"

	gogo "github.com/gogo/protobuf/proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	// Each registers its descriptors and Go types when it is linked.
	_ "github.com/gravitational/teleport/api/client/proto"
	_ "github.com/gravitational/teleport/api/gen/proto/go/teleport/users/v1"
	_ "github.com/gravitational/teleport/api/types"
	_ "github.com/gravitational/teleport/api/types/events"
	_ "github.com/gravitational/teleport/api/types/wrappers"
)

// LoadTeleport collects the descriptors of these files, and of all that they import, from Teleport's generated Go
// code. A path that Teleport does not have is left out; Diff reports it.
//
// Code of gogoproto keeps its descriptors gzipped in gogoproto's own registry, newer code in protobuf-go's.
func LoadTeleport(paths []string) (*descriptorpb.FileDescriptorSet, error) {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var load func(path string) error
	load = func(path string) error {
		if seen[path] || strings.HasPrefix(path, "google/protobuf/") {
			return nil
		}
		seen[path] = true
		file, err := teleportFile(path)
		if err != nil || file == nil {
			return err
		}
		set.File = append(set.File, file)
		for _, dependency := range file.Dependency {
			if err := load(dependency); err != nil {
				return err
			}
		}
		return nil
	}
	for _, path := range paths {
		if err := load(path); err != nil {
			return nil, fmt.Errorf("Teleport's descriptor of %s: %w", path, err)
		}
	}
	return set, nil
}

func teleportFile(path string) (*descriptorpb.FileDescriptorProto, error) {
	if zipped := gogo.FileDescriptor(path); zipped != nil {
		reader, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		file := &descriptorpb.FileDescriptorProto{}
		return file, proto.Unmarshal(raw, file)
	}
	if file, err := protoregistry.GlobalFiles.FindFileByPath(path); err == nil {
		return protodesc.ToFileDescriptorProto(file), nil
	}
	return nil, nil
}

// GoType is the struct that Teleport has for the message of this name.
func GoType(name protoreflect.FullName) (reflect.Type, error) {
	if pointer := gogo.MessageType(string(name)); pointer != nil {
		return pointer.Elem(), nil
	}
	if message, err := protoregistry.GlobalTypes.FindMessageByName(name); err == nil {
		return reflect.TypeOf(message.Zero().Interface()).Elem(), nil
	}
	return nil, fmt.Errorf("Teleport's API module has no Go type for %s", name)
}

// Marshal serialises a pointer to one of Teleport's structs with Teleport's own code.
func Marshal(message any) ([]byte, error) {
	switch m := message.(type) {
	case proto.Message:
		return proto.Marshal(m)
	case gogo.Message:
		return gogo.Marshal(m)
	}
	return nil, fmt.Errorf("%T is no message", message)
}

// Unmarshal parses bytes into a pointer to one of Teleport's structs with Teleport's own code.
func Unmarshal(data []byte, message any) error {
	switch m := message.(type) {
	case proto.Message:
		return proto.Unmarshal(data, m)
	case gogo.Message:
		return gogo.Unmarshal(data, m)
	}
	return fmt.Errorf("%T is no message", message)
}
