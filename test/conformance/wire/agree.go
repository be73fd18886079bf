package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// goZeroSeconds is what Go's zero time becomes in a Timestamp: the first of January of the year 1.
const goZeroSeconds = -62135596800

// Agree compares a struct of Teleport's with a message of ours, field by field of ours, and lists what differs.
//
// A field that is a value in Go (gogoproto.nullable=false) and holds its zero agrees with a field that is absent, and
// so does Go's zero time with an absent Timestamp or one of the year 1. Otherwise absent agrees with absent alone.
func Agree(theirs reflect.Value, ours protoreflect.Message) []string {
	a := &agreement{}
	a.message(string(ours.Descriptor().FullName()), theirs, ours)
	return a.found
}

type agreement struct{ found []string }

func (a *agreement) add(path, format string, args ...any) {
	a.found = append(a.found, path+": "+fmt.Sprintf(format, args...))
}

// find is the Go value of the field with this number. Present is false for a case of a oneof that is not the one set.
func find(message reflect.Value, number protowire.Number) (value reflect.Value, field goField, present, known bool) {
	for _, field := range fieldsOf(message.Type()) {
		switch {
		case field.embedded:
			if value, inner, present, known := find(message.Field(field.index), number); known {
				return value, inner, present, known
			}
		case field.oneof != nil:
			for _, wrapper := range field.oneof {
				inner := fieldsOf(wrapper.Elem())[0]
				if inner.number != number {
					continue
				}
				set := message.Field(field.index)
				if set.IsNil() || set.Elem().Type() != wrapper {
					return reflect.Value{}, inner, false, true
				}
				return set.Elem().Elem().Field(inner.index), inner, true, true
			}
		case field.number == number:
			return message.Field(field.index), field, true, true
		}
	}
	return reflect.Value{}, goField{}, false, false
}

func (a *agreement) message(path string, theirs reflect.Value, ours protoreflect.Message) {
	fields := ours.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		here := path + "." + string(field.Name())
		value, goField, present, known := find(theirs, field.Number())
		switch {
		case !known:
			a.add(here, "Teleport's %s has no field %d", theirs.Type(), field.Number())
		case !present:
			if ours.Has(field) {
				a.add(here, "set in ours, but not the oneof's case that Teleport has")
			}
		case goField.tag.custom:
			a.custom(here, value, ours.Get(field))
		case field.IsMap():
			a.entries(here, value, goField, field, ours.Get(field).Map())
		case field.IsList():
			list := ours.Get(field).List()
			if value.Len() != list.Len() {
				a.add(here, "%d items in Teleport's, %d in ours", value.Len(), list.Len())
				continue
			}
			for i := range list.Len() {
				a.value(fmt.Sprintf("%s[%d]", here, i), value.Index(i), goField.tag, field, list.Get(i), true)
			}
		default:
			a.value(here, value, goField.tag, field, ours.Get(field), ours.Has(field))
		}
	}
}

func (a *agreement) value(path string, theirs reflect.Value, tag goTag, field protoreflect.FieldDescriptor,
	ours protoreflect.Value, has bool) {
	if tag.custom {
		a.custom(path, theirs, ours)
		return
	}
	if theirs.Kind() == reflect.Pointer {
		if theirs.IsNil() || !has {
			if theirs.IsNil() == has {
				a.add(path, "set in Teleport's: %v, in ours: %v", !theirs.IsNil(), has)
			}
			return
		}
		theirs = theirs.Elem()
	}
	if tag.standard {
		a.standard(path, theirs, ours.Message(), has)
		return
	}
	same := false
	switch field.Kind() {
	case protoreflect.MessageKind:
		// A value in Go: absent is the same as empty, so an absent one of ours is compared as the empty one it reads as.
		a.message(path, theirs, ours.Message())
		return
	case protoreflect.BoolKind:
		same = theirs.Bool() == ours.Bool()
	case protoreflect.StringKind:
		same = theirs.String() == ours.String()
	case protoreflect.BytesKind:
		same = bytes.Equal(theirs.Bytes(), ours.Bytes())
	case protoreflect.EnumKind:
		same = theirs.Int() == int64(ours.Enum())
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Sint32Kind, protoreflect.Sint64Kind,
		protoreflect.Sfixed32Kind, protoreflect.Sfixed64Kind:
		same = theirs.Int() == ours.Int()
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		same = theirs.Uint() == ours.Uint()
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		same = theirs.Float() == ours.Float()
	}
	if !same {
		a.add(path, "%v in Teleport's, %v in ours", theirs.Interface(), ours.Interface())
	}
}

// standard compares Go's own time types with Timestamp and Duration, which both are seconds and nanoseconds.
func (a *agreement) standard(path string, theirs reflect.Value, ours protoreflect.Message, has bool) {
	fields := ours.Descriptor().Fields()
	seconds, nanos := ours.Get(fields.ByName("seconds")).Int(), ours.Get(fields.ByName("nanos")).Int()
	switch t := theirs.Interface().(type) {
	case time.Time:
		if t.IsZero() && (!has || seconds == goZeroSeconds && nanos == 0) {
			return
		}
		if !has || t.Unix() != seconds || int64(t.Nanosecond()) != nanos {
			a.add(path, "%v in Teleport's, %d.%09d in ours (set: %v)", t, seconds, nanos, has)
		}
	case time.Duration:
		if int64(t) != seconds*int64(time.Second)+nanos {
			a.add(path, "%v in Teleport's, %d.%09d in ours", t, seconds, nanos)
		}
	default:
		a.add(path, "%s stands for a well-known type that nobody compares", theirs.Type())
	}
}

func (a *agreement) entries(path string, theirs reflect.Value, field goField, ourField protoreflect.FieldDescriptor,
	ours protoreflect.Map) {
	if theirs.Len() != ours.Len() {
		a.add(path, "%d entries in Teleport's, %d in ours", theirs.Len(), ours.Len())
		return
	}
	ours.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		here := fmt.Sprintf("%s[%v]", path, key)
		their := theirs.MapIndex(reflect.ValueOf(key.Interface()).Convert(theirs.Type().Key()))
		if !their.IsValid() {
			a.add(here, "not in Teleport's")
			return true
		}
		a.value(here, their, field.valueTag, ourField.MapValue(), value, true)
		return true
	})
}

// custom compares wrappers.Traits and types.Labels, maps of lists in Go, with our wrappers.LabelValues.
func (a *agreement) custom(path string, theirs reflect.Value, ours protoreflect.Value) {
	values := ours.Message().Descriptor().Fields().ByName("Values")
	if theirs.Kind() != reflect.Map || ours.Message().Descriptor().FullName() != "wrappers.LabelValues" || values == nil {
		a.add(path, "nobody has said how to compare %s with %s: extend test/conformance/wire/agree.go", theirs.Type(),
			ours.Message().Descriptor().FullName())
		return
	}
	entries := ours.Message().Get(values).Map()
	if theirs.Len() != entries.Len() {
		a.add(path, "%d entries in Teleport's, %d in ours", theirs.Len(), entries.Len())
		return
	}
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		here := fmt.Sprintf("%s[%v]", path, key)
		their := theirs.MapIndex(reflect.ValueOf(key.String()).Convert(theirs.Type().Key()))
		list := value.Message().Get(value.Message().Descriptor().Fields().ByName("Values")).List()
		if !their.IsValid() || their.Len() != list.Len() {
			a.add(here, "other values in Teleport's: %v, %d in ours", their, list.Len())
			return true
		}
		for i := range list.Len() {
			if their.Index(i).String() != list.Get(i).String() {
				a.add(here, "%q in Teleport's, %q in ours", their.Index(i).String(), list.Get(i).String())
			}
		}
		return true
	})
}
