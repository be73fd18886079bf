package wire

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/runtime/protoimpl"
)

// goField is one field of a message as Teleport's generated struct holds it. The struct tag says what is behind it:
//
//	Expires *time.Time      `protobuf:"bytes,6,opt,name=Expires,proto3,stdtime"`        a Timestamp
//	Traits  wrappers.Traits `protobuf:"bytes,5,opt,name=Traits,proto3,customtype=…"`    a LabelValues
//	Event   isOneOf_Event   `protobuf_oneof:"Event"`                                    one of several wrappers
//	types.Struct                                                                        no tag: embedded by hand
type goField struct {
	index  int
	number protowire.Number
	tag    goTag
	// oneof holds the wrapper types (pointers to structs of one field) when this is a oneof; number is 0 then.
	oneof []reflect.Type
	// embedded is a struct without a tag whose fields count as this struct's own; number is 0 then.
	embedded bool
	// keyTag and valueTag belong to a map.
	keyTag, valueTag goTag
}

type goTag struct {
	enum     string // full name of the enum
	standard bool   // time.Time or time.Duration instead of the well-known message
	custom   bool   // a type written by hand
}

var (
	timeType     = reflect.TypeOf(time.Time{})
	durationType = reflect.TypeOf(time.Duration(0))
)

func parseTag(text string) (protowire.Number, goTag) {
	parts := strings.Split(text, ",")
	var tag goTag
	for _, part := range parts {
		switch {
		case part == "stdtime", part == "stdduration":
			tag.standard = true
		case strings.HasPrefix(part, "customtype="):
			tag.custom = true
		case strings.HasPrefix(part, "enum="):
			tag.enum = strings.TrimPrefix(part, "enum=")
		}
	}
	if len(parts) < 2 {
		return 0, tag
	}
	number, _ := strconv.Atoi(parts[1])
	return protowire.Number(number), tag
}

// fieldsOf lists a message's fields. A struct without any is an empty message, or none at all.
func fieldsOf(message reflect.Type) []goField {
	var fields []goField
	for i := range message.NumField() {
		field := message.Field(i)
		if name, is := field.Tag.Lookup("protobuf_oneof"); is && name != "" {
			fields = append(fields, goField{index: i, oneof: wrappersOf(message, field.Type)})
			continue
		}
		text, tagged := field.Tag.Lookup("protobuf")
		if !tagged {
			if field.Anonymous && field.Type.Kind() == reflect.Struct && len(fieldsOf(field.Type)) > 0 {
				fields = append(fields, goField{index: i, embedded: true})
			}
			continue
		}
		out := goField{index: i}
		out.number, out.tag = parseTag(text)
		_, out.keyTag = parseTag(field.Tag.Get("protobuf_key"))
		_, out.valueTag = parseTag(field.Tag.Get("protobuf_val"))
		fields = append(fields, out)
	}
	return fields
}

// wrappersOf lists the wrappers that may stand in a oneof of this interface type.
func wrappersOf(message, oneof reflect.Type) []reflect.Type {
	var all []any
	switch m := reflect.New(message).Interface().(type) {
	case interface{ XXX_OneofWrappers() []any }:
		all = m.XXX_OneofWrappers()
	case proto.Message:
		if info, is := m.ProtoReflect().Type().(*protoimpl.MessageInfo); is {
			all = info.OneofWrappers
		}
	}
	var out []reflect.Type
	for _, wrapper := range all {
		if t := reflect.TypeOf(wrapper); t.Implements(oneof) {
			out = append(out, t)
		}
	}
	return out
}

// isMessage tells generated messages from structs that somebody wrote by hand as custom types.
func isMessage(t reflect.Type) bool {
	_, is := reflect.New(t).Interface().(interface{ ProtoMessage() })
	return is
}
