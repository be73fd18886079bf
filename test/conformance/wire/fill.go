package wire

import (
	"fmt"
	"math"
	"reflect"
	"sort"
	"time"

	gogo "github.com/gogo/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Recursion in Teleport's messages (google.protobuf.Struct) ends here. Deeper than any message of ours goes.
const maxDepth = 12

// filler sets every field to a value of its own that is not the default.
//
// One message holds one case of each oneof and one value of each enum, so several variants of it together hold all
// of them: variant v takes the case and the value number v, counted round. Variants 0 to widest-1 are needed.
type filler struct {
	variant int
	widest  int
	count   int
	err     error
}

// FillGo sets every field of a struct of Teleport's, however deep, and tells how many variants there are.
func FillGo(message reflect.Value, variant int) (widest int, err error) {
	f := &filler{variant: variant, widest: 1}
	f.goMessage(message, 0)
	return f.widest, f.err
}

// FillOurs sets every field of a message of ours, however deep, and tells how many variants there are.
func FillOurs(message *dynamicpb.Message, variant int) (widest int) {
	f := &filler{variant: variant, widest: 1}
	f.dynamic(message)
	return f.widest
}

func (f *filler) next() int64 {
	f.count++
	return int64(f.count)
}

// text is never ASCII alone, and never the same twice.
func (f *filler) text() string { return fmt.Sprintf("tëxt-%d", f.next()) }

func (f *filler) pick(choices int) int {
	f.widest = max(f.widest, choices)
	return f.variant % choices
}

func (f *filler) time() time.Time {
	n := f.next()
	return time.Unix(1_700_000_000+n, n*1000+1).UTC()
}

func (f *filler) goMessage(v reflect.Value, depth int) {
	for _, field := range fieldsOf(v.Type()) {
		at := v.Field(field.index)
		switch {
		case field.embedded:
			f.goMessage(at, depth)
		case field.oneof != nil && depth >= maxDepth:
			// A case without its content would not come back.
		case field.oneof != nil:
			wrapper := reflect.New(field.oneof[f.pick(len(field.oneof))].Elem())
			f.goMessage(wrapper.Elem(), depth)
			at.Set(wrapper)
		default:
			f.goValue(at, field.tag, field, depth)
		}
	}
}

func (f *filler) goValue(v reflect.Value, tag goTag, field goField, depth int) {
	switch kind := v.Kind(); {
	case kind == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		if depth >= maxDepth {
			return
		}
		// Without the sign of a custom type on a list as a whole, such as a map is one.
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.goValue(v.Index(i), tag, field, depth+1)
		}
	case tag.custom:
		f.goCustom(v)
	case kind == reflect.Pointer:
		if depth >= maxDepth {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.goValue(v.Elem(), tag, field, depth+1)
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(f.time()))
	case v.Type() == durationType:
		v.SetInt(f.next()*int64(time.Second) + 1)
	case kind == reflect.Struct:
		f.goMessage(v, depth+1)
	case kind == reflect.Map:
		if depth >= maxDepth {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key := reflect.New(v.Type().Key()).Elem()
			value := reflect.New(v.Type().Elem()).Elem()
			f.goValue(key, field.keyTag, field, depth+1)
			f.goValue(value, field.valueTag, field, depth+1)
			v.SetMapIndex(key, value)
		}
	case tag.enum != "":
		v.SetInt(f.enum(tag.enum, v))
	default:
		f.plain(v)
	}
}

// enum picks one of the values that Teleport names, but not 0.
func (f *filler) enum(name string, v reflect.Value) int64 {
	var values []int64
	if known := gogo.EnumValueMap(name); known != nil {
		for _, value := range known {
			if value != 0 {
				values = append(values, int64(value))
			}
		}
	} else if enum, is := v.Interface().(protoreflect.Enum); is {
		all := enum.Descriptor().Values()
		for i := range all.Len() {
			if number := all.Get(i).Number(); number != 0 {
				values = append(values, int64(number))
			}
		}
	}
	if len(values) == 0 {
		// google.protobuf.NullValue has 0 alone.
		return 0
	}
	sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
	return values[f.pick(len(values))]
}

// goCustom fills the types that Teleport wrote by hand: wrappers.Traits, types.Labels, types.BoolOption and the like.
// All of them are maps, lists and structs of plain values.
func (f *filler) goCustom(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.goCustom(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.goCustom(v.Field(i))
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.goCustom(key)
			f.goCustom(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.goCustom(v.Index(i))
		}
	default:
		f.plain(v)
	}
}

func (f *filler) plain(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(f.text())
	case reflect.Slice:
		v.SetBytes([]byte(f.text() + "\x00\xff"))
	case reflect.Int32:
		v.SetInt(-f.next())
	case reflect.Int64:
		v.SetInt(math.MaxInt64 - f.next())
	case reflect.Uint32:
		v.SetUint(math.MaxUint32 - uint64(f.next()))
	case reflect.Uint64:
		v.SetUint(math.MaxUint64 - uint64(f.next()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(f.next()) + 0.5)
	default:
		f.err = fmt.Errorf("nobody has said how to fill a %s: extend test/conformance/wire/fill.go", v.Type())
	}
}

func (f *filler) dynamic(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if oneof := field.ContainingOneof(); oneof != nil &&
			oneof.Fields().Get(f.pick(oneof.Fields().Len())).Number() != field.Number() {
			continue
		}
		switch {
		case field.IsMap():
			entries := m.Mutable(field).Map()
			for range 2 {
				key := f.dynamicValue(field.MapKey(), func() protoreflect.Value { panic("a map's key is no message") })
				entries.Set(key.MapKey(), f.dynamicValue(field.MapValue(), entries.NewValue))
			}
		case field.IsList():
			list := m.Mutable(field).List()
			for range 2 {
				list.Append(f.dynamicValue(field, list.NewElement))
			}
		default:
			m.Set(field, f.dynamicValue(field, func() protoreflect.Value { return m.NewField(field) }))
		}
	}
}

func (f *filler) dynamicValue(field protoreflect.FieldDescriptor, fresh func() protoreflect.Value) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.MessageKind:
		value := fresh()
		f.dynamic(value.Message())
		return value
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(1 + f.pick(values.Len()-1)).Number())
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(f.text())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(f.text() + "\x00\xff"))
	case protoreflect.Int32Kind:
		// Not negative: a Timestamp's nanos may not be.
		return protoreflect.ValueOfInt32(int32(f.next()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1<<33 + f.next())
	default:
		panic(fmt.Sprintf("nobody has said how to fill a %s: extend test/conformance/wire/fill.go", field.Kind()))
	}
}
