package wire

import (
	"fmt"
	"sort"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

// Diff lists where the files at these paths of ours say something else than Teleport's, one sentence each.
//
// Ours is a subset: messages, fields, services and methods may be left out, and of a oneof its cases. What is there
// must be Teleport's in package, name, number, type, label and place, and an enum must have all of its values,
// because a value without a name would be lost in our logs. A number that we reserve must not be a field of
// Teleport's, unless Teleport has deprecated it.
func Diff(paths []string, ours, theirs *descriptorpb.FileDescriptorSet) []string {
	d := &differ{theirs: indexOf(theirs)}
	theirFiles := filesOf(theirs)
	ourFiles := filesOf(ours)
	for _, path := range paths {
		our, their := ourFiles[path], theirFiles[path]
		if our == nil {
			d.add("%s: protoc did not describe it", path)
			continue
		}
		if their == nil {
			d.add("%s: Teleport has no file of this path", path)
			continue
		}
		if our.GetPackage() != their.GetPackage() {
			d.add("%s: its package is %q, Teleport's is %q", path, our.GetPackage(), their.GetPackage())
		}
		if our.GetSyntax() != their.GetSyntax() {
			d.add("%s: its syntax is %q, Teleport's is %q", path, our.GetSyntax(), their.GetSyntax())
		}
		for _, message := range our.MessageType {
			d.message(join(our.GetPackage(), message.GetName()), message)
		}
		for _, enum := range our.EnumType {
			d.enum(join(our.GetPackage(), enum.GetName()), enum)
		}
		for _, service := range our.Service {
			d.service(join(our.GetPackage(), service.GetName()), service)
		}
	}
	sort.Strings(d.found)
	return d.found
}

type index struct {
	messages map[string]*descriptorpb.DescriptorProto
	enums    map[string]*descriptorpb.EnumDescriptorProto
	services map[string]*descriptorpb.ServiceDescriptorProto
}

type differ struct {
	theirs index
	found  []string
}

func (d *differ) add(format string, args ...any) {
	d.found = append(d.found, fmt.Sprintf(format, args...))
}

func (d *differ) message(name string, our *descriptorpb.DescriptorProto) {
	their := d.theirs.messages[name]
	if their == nil {
		d.add("message %s: Teleport has no such message", name)
		return
	}
	if our.GetOptions().GetMapEntry() != their.GetOptions().GetMapEntry() {
		d.add("message %s: a map's entry on one side only", name)
	}
	for _, field := range our.Field {
		d.field(name, our, field, their)
	}
	for _, reserved := range our.ReservedRange {
		for _, field := range their.Field {
			number, dying := field.GetNumber(), field.GetOptions().GetDeprecated()
			if reserved.GetStart() <= number && number < reserved.GetEnd() && !dying {
				d.add("message %s: it reserves %d, which is Teleport's field %s", name, number, field.GetName())
			}
		}
	}
	for _, nested := range our.NestedType {
		d.message(join(name, nested.GetName()), nested)
	}
	for _, nested := range our.EnumType {
		d.enum(join(name, nested.GetName()), nested)
	}
}

func (d *differ) field(message string, in *descriptorpb.DescriptorProto, our *descriptorpb.FieldDescriptorProto,
	theirMessage *descriptorpb.DescriptorProto) {
	name := join(message, our.GetName())
	var their *descriptorpb.FieldDescriptorProto
	for _, field := range theirMessage.Field {
		if field.GetNumber() == our.GetNumber() {
			their = field
		} else if field.GetName() == our.GetName() {
			d.add("field %s: its number is %d, Teleport's is %d", name, our.GetNumber(), field.GetNumber())
		}
	}
	if their == nil {
		d.add("field %s: Teleport has no field of number %d in %s", name, our.GetNumber(), message)
		return
	}
	differs := func(what string, our, their any) {
		if our != their {
			d.add("field %s: its %s is %v, Teleport's is %v", name, what, our, their)
		}
	}
	differs("name", our.GetName(), their.GetName())
	differs("type", our.GetType(), their.GetType())
	differs("label", our.GetLabel(), their.GetLabel())
	differs("message or enum", our.GetTypeName(), their.GetTypeName())
	differs("presence (optional)", our.GetProto3Optional(), their.GetProto3Optional())
	differs("oneof", oneofOf(in, our), oneofOf(theirMessage, their))
	packed := func(field *descriptorpb.FieldDescriptorProto) string {
		if field.GetOptions() == nil || field.GetOptions().Packed == nil {
			return "the default"
		}
		return fmt.Sprint(field.GetOptions().GetPacked())
	}
	differs("packing", packed(our), packed(their))
}

func oneofOf(message *descriptorpb.DescriptorProto, field *descriptorpb.FieldDescriptorProto) string {
	if field.OneofIndex == nil {
		return "none"
	}
	return message.OneofDecl[field.GetOneofIndex()].GetName()
}

func (d *differ) enum(name string, our *descriptorpb.EnumDescriptorProto) {
	their := d.theirs.enums[name]
	if their == nil {
		d.add("enum %s: Teleport has no such enum", name)
		return
	}
	numbers := func(enum *descriptorpb.EnumDescriptorProto) map[string]int32 {
		out := map[string]int32{}
		for _, value := range enum.Value {
			out[value.GetName()] = value.GetNumber()
		}
		return out
	}
	ours, theirs := numbers(our), numbers(their)
	for value, number := range ours {
		if theirNumber, there := theirs[value]; !there {
			d.add("enum %s: Teleport has no value %s", name, value)
		} else if number != theirNumber {
			d.add("enum %s: %s is %d, Teleport's is %d", name, value, number, theirNumber)
		}
	}
	for value, number := range theirs {
		if _, there := ours[value]; !there {
			d.add("enum %s: Teleport's value %s = %d is missing", name, value, number)
		}
	}
}

func (d *differ) service(name string, our *descriptorpb.ServiceDescriptorProto) {
	their := d.theirs.services[name]
	if their == nil {
		d.add("service %s: Teleport has no such service", name)
		return
	}
	methods := map[string]*descriptorpb.MethodDescriptorProto{}
	for _, method := range their.Method {
		methods[method.GetName()] = method
	}
	for _, method := range our.Method {
		full := join(name, method.GetName())
		theirs := methods[method.GetName()]
		if theirs == nil {
			d.add("method %s: Teleport has no such method", full)
			continue
		}
		differs := func(what string, our, their any) {
			if our != their {
				d.add("method %s: its %s is %v, Teleport's is %v", full, what, our, their)
			}
		}
		differs("request", method.GetInputType(), theirs.GetInputType())
		differs("answer", method.GetOutputType(), theirs.GetOutputType())
		differs("streaming of requests", method.GetClientStreaming(), theirs.GetClientStreaming())
		differs("streaming of answers", method.GetServerStreaming(), theirs.GetServerStreaming())
	}
}

func filesOf(set *descriptorpb.FileDescriptorSet) map[string]*descriptorpb.FileDescriptorProto {
	out := map[string]*descriptorpb.FileDescriptorProto{}
	for _, file := range set.File {
		out[file.GetName()] = file
	}
	return out
}

func indexOf(set *descriptorpb.FileDescriptorSet) index {
	out := index{
		messages: map[string]*descriptorpb.DescriptorProto{},
		enums:    map[string]*descriptorpb.EnumDescriptorProto{},
		services: map[string]*descriptorpb.ServiceDescriptorProto{},
	}
	var walk func(prefix string, message *descriptorpb.DescriptorProto)
	walk = func(prefix string, message *descriptorpb.DescriptorProto) {
		name := join(prefix, message.GetName())
		out.messages[name] = message
		for _, nested := range message.NestedType {
			walk(name, nested)
		}
		for _, enum := range message.EnumType {
			out.enums[join(name, enum.GetName())] = enum
		}
	}
	for _, file := range set.File {
		for _, message := range file.MessageType {
			walk(file.GetPackage(), message)
		}
		for _, enum := range file.EnumType {
			out.enums[join(file.GetPackage(), enum.GetName())] = enum
		}
		for _, service := range file.Service {
			out.services[join(file.GetPackage(), service.GetName())] = service
		}
	}
	return out
}

func join(parts ...string) string { return strings.Trim(strings.Join(parts, "."), ".") }
