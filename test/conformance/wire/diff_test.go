package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"oktasync/test/conformance/internal/tree"
)

// Every package, message, field, number, type, label, enum value, oneof, service and method of proto/ is Teleport's.
func TestProtoAgreesWithTeleportsDescriptors(t *testing.T) {
	theirs, err := LoadTeleport(ours.Paths)
	if err != nil {
		t.Fatal(err)
	}
	report(t, "proto/ differs from Teleport", Diff(ours.Paths, ours.Set, theirs))
	fields, methods := 0, 0
	for _, message := range ours.Messages {
		fields += message.Fields().Len()
	}
	for _, file := range ours.Set.File {
		for _, service := range file.Service {
			methods += len(service.Method)
		}
	}
	if len(ours.Messages) == 0 || fields == 0 || methods == 0 {
		t.Errorf("%d messages, %d fields, %d methods: there is nothing to compare", len(ours.Messages), fields, methods)
	}
	t.Logf("%d files, %d messages, %d fields, %d methods compared", len(ours.Paths), len(ours.Messages), fields, methods)
}

// A check that finds nothing wrong proves little until it has been seen to find what is wrong.
func TestEveryKindOfDifferenceIsReported(t *testing.T) {
	theirs, err := LoadTeleport(ours.Paths)
	if err != nil {
		t.Fatal(err)
	}
	const (
		typesFile  = "teleport/legacy/types/types.proto"
		eventsFile = "teleport/legacy/types/events/events.proto"
		usersFile  = "teleport/users/v1/users_service.proto"
	)
	type set = descriptorpb.FileDescriptorSet
	message := func(s *set, file, name string) *descriptorpb.DescriptorProto {
		for _, message := range filesOf(s)[file].MessageType {
			if message.GetName() == name {
				return message
			}
		}
		t.Fatalf("%s has no message %s any more: name another one here", file, name)
		return nil
	}
	field := func(s *set, file, in, name string) *descriptorpb.FieldDescriptorProto {
		for _, field := range message(s, file, in).Field {
			if field.GetName() == name {
				return field
			}
		}
		t.Fatalf("%s has no field %s any more: name another one here", in, name)
		return nil
	}
	method := func(s *set, name string) *descriptorpb.MethodDescriptorProto {
		for _, method := range filesOf(s)[usersFile].Service[0].Method {
			if method.GetName() == name {
				return method
			}
		}
		t.Fatalf("UsersService has no method %s any more: name another one here", name)
		return nil
	}
	for _, test := range []struct {
		name   string
		mutate func(s *set)
		report string
	}{
		{"a file elsewhere", func(s *set) { filesOf(s)[typesFile].Name = proto.String("teleport/types.proto") },
			typesFile + ": protoc did not describe it"},
		{"a package", func(s *set) { filesOf(s)[eventsFile].Package = proto.String("events.v2") }, "its package is"},
		{"a syntax", func(s *set) { filesOf(s)[eventsFile].Syntax = nil }, "its syntax is"},
		{"a message's name", func(s *set) { message(s, typesFile, "LockV2").Name = proto.String("LockV3") },
			"message types.LockV3: Teleport has no such message"},
		{"a number that Teleport does not use", func(s *set) { field(s, typesFile, "LockSpecV2", "CreatedBy").Number = proto.Int32(6) },
			"field types.LockSpecV2.CreatedBy: its number is 6, Teleport's is 5"},
		{"a number that Teleport uses for another", func(s *set) { field(s, typesFile, "UserV2", "Spec").Number = proto.Int32(6) },
			"field types.UserV2.Spec: its name is Spec, Teleport's is Status"},
		{"a field's name", func(s *set) { field(s, typesFile, "LockSpecV2", "Message").Name = proto.String("Text") },
			"its name is Text, Teleport's is Message"},
		{"a field of ours alone", func(s *set) {
			lock := message(s, typesFile, "LockSpecV2")
			lock.Field = append(lock.Field, &descriptorpb.FieldDescriptorProto{
				Name: proto.String("Reason"), Number: proto.Int32(99),
				Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum()})
		}, "Teleport has no field of number 99 in types.LockSpecV2"},
		{"a type", func(s *set) {
			field(s, typesFile, "AcquireSemaphoreRequest", "MaxLeases").Type = descriptorpb.FieldDescriptorProto_TYPE_INT32.Enum()
		}, "its type is TYPE_INT32, Teleport's is TYPE_INT64"},
		{"a type of the same wire form", func(s *set) {
			field(s, typesFile, "LocalAuthSecrets", "PasswordHash").Type = descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum()
		}, "its type is TYPE_STRING, Teleport's is TYPE_BYTES"},
		{"another message as type", func(s *set) { field(s, typesFile, "RoleV6", "Spec").TypeName = proto.String(".types.UserSpecV2") },
			"its message or enum is .types.UserSpecV2, Teleport's is .types.RoleSpecV6"},
		{"a label", func(s *set) {
			field(s, typesFile, "UserSpecV2", "Roles").Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		}, "its label is LABEL_OPTIONAL, Teleport's is LABEL_REPEATED"},
		{"presence", func(s *set) { field(s, typesFile, "UserRef", "Name").Proto3Optional = proto.Bool(true) }, "presence"},
		{"the value of a map", func(s *set) {
			message(s, typesFile, "Metadata").NestedType[0].Field[1].Type = descriptorpb.FieldDescriptorProto_TYPE_BYTES.Enum()
		}, "field types.Metadata.LabelsEntry.value: its type"},
		{"a oneof's name", func(s *set) { message(s, eventsFile, "OneOf").OneofDecl[0].Name = proto.String("Happening") },
			"its oneof is Happening, Teleport's is Event"},
		{"a field outside of its oneof", func(s *set) { field(s, eventsFile, "OneOf", "OktaUserSync").OneofIndex = nil },
			"its oneof is none, Teleport's is Event"},
		{"a reserved number in use", func(s *set) {
			message(s, typesFile, "RoleOptions").ReservedRange[0] = &descriptorpb.DescriptorProto_ReservedRange{
				Start: proto.Int32(14), End: proto.Int32(15)}
		}, "it reserves 14, which is Teleport's field Lock"},
		{"an enum value that is missing", func(s *set) {
			enum := filesOf(s)[typesFile].EnumType[0]
			enum.Value = enum.Value[:len(enum.Value)-1]
		}, "is missing"},
		{"an enum value's number", func(s *set) { filesOf(s)[typesFile].EnumType[0].Value[1].Number = proto.Int32(9) },
			"is 9, Teleport's is 1"},
		{"an enum value's name", func(s *set) { filesOf(s)[typesFile].EnumType[0].Value[1].Name = proto.String("MAYBE") },
			"Teleport has no value MAYBE"},
		{"an enum's name", func(s *set) { filesOf(s)[typesFile].EnumType[0].Name = proto.String("State") },
			"enum types.State: Teleport has no such enum"},
		{"a service's name", func(s *set) { filesOf(s)[usersFile].Service[0].Name = proto.String("UserService") },
			"service teleport.users.v1.UserService: Teleport has no such service"},
		{"a method's name", func(s *set) { method(s, "DeleteUser").Name = proto.String("RemoveUser") },
			"method teleport.users.v1.UsersService.RemoveUser: Teleport has no such method"},
		{"a method's request", func(s *set) { method(s, "GetUser").InputType = proto.String(".teleport.users.v1.DeleteUserRequest") },
			"its request is .teleport.users.v1.DeleteUserRequest"},
		{"a method's answer", func(s *set) { method(s, "GetUser").OutputType = proto.String(".types.UserV2") },
			"its answer is .types.UserV2"},
		{"a method that streams", func(s *set) { method(s, "ListUsers").ServerStreaming = proto.Bool(true) },
			"its streaming of answers is true, Teleport's is false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			mutated := proto.Clone(ours.Set).(*set)
			test.mutate(mutated)
			found := Diff(ours.Paths, mutated, theirs)
			if !strings.Contains(strings.Join(found, "\n"), test.report) {
				t.Errorf("changed: %s; reported: %q; expected a report with %q", test.name, found, test.report)
			}
		})
	}
}

// The whole way, from the text of a .proto file to the report.
func TestAFieldNumberChangedInProtoIsReported(t *testing.T) {
	dir, err := tree.Proto()
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, "teleport", "users", "v1", "users_service.proto")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const before, after = "message UpdateUserRequest {\n  types.UserV2 user = 2;", "message UpdateUserRequest {\n  types.UserV2 user = 1;"
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s does not say %q any more: change another field here", path, before)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := LoadOurs(copied)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := LoadTeleport(changed.Paths)
	if err != nil {
		t.Fatal(err)
	}
	found := Diff(changed.Paths, changed.Set, theirs)
	const expected = "field teleport.users.v1.UpdateUserRequest.user: its number is 1, Teleport's is 2"
	if len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), expected) {
		t.Errorf("reported: %q; expected %q", found, expected)
	}
}
