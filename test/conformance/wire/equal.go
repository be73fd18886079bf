package wire

import (
	"fmt"
	"reflect"
	"time"
)

// Equal compares two structs of Teleport's of one type, field by field, and lists what differs. An empty list or map
// is the same as none. Bookkeeping of the generated code does not count, but what it keeps of unknown fields does.
func Equal(a, b reflect.Value) []string {
	e := &equality{}
	e.message(a.Type().Name(), a, b)
	return e.found
}

type equality struct{ found []string }

func (e *equality) message(path string, a, b reflect.Value) {
	for _, field := range fieldsOf(a.Type()) {
		here := path + "." + a.Type().Field(field.index).Name
		if field.tag.custom {
			e.plain(here, a.Field(field.index), b.Field(field.index))
		} else {
			e.value(here, a.Field(field.index), b.Field(field.index))
		}
	}
	if unknown := a.FieldByName("XXX_unrecognized"); unknown.IsValid() {
		e.plain(path+" (unknown fields)", unknown, b.FieldByName("XXX_unrecognized"))
	}
}

func (e *equality) plain(path string, a, b reflect.Value) {
	if (a.Kind() == reflect.Map || a.Kind() == reflect.Slice) && a.Len() == 0 && b.Len() == 0 {
		return
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		e.found = append(e.found, fmt.Sprintf("%s: %v became %v", path, a.Interface(), b.Interface()))
	}
}

func (e *equality) value(path string, a, b reflect.Value) {
	differ := func(what string) { e.found = append(e.found, fmt.Sprintf("%s: %s: %v became %v", path, what, a, b)) }
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		switch {
		case a.IsNil() != b.IsNil():
			differ("set on one side")
		case !a.IsNil() && a.Elem().Type() != b.Elem().Type():
			differ("another case of the oneof")
		case !a.IsNil():
			e.value(path, a.Elem(), b.Elem())
		}
	case reflect.Slice:
		if a.Type().Elem().Kind() == reflect.Uint8 {
			e.plain(path, a, b)
		} else if a.Len() != b.Len() {
			differ("another length")
		} else {
			for i := range a.Len() {
				e.value(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			differ("another length")
			return
		}
		for _, key := range a.MapKeys() {
			if other := b.MapIndex(key); other.IsValid() {
				e.value(fmt.Sprintf("%s[%v]", path, key), a.MapIndex(key), other)
			} else {
				differ(fmt.Sprintf("no key %v", key))
			}
		}
	case reflect.Struct:
		if a.Type() == timeType {
			if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) {
				differ("another time")
			}
		} else if isMessage(a.Type()) || len(fieldsOf(a.Type())) > 0 {
			e.message(path, a, b)
		} else {
			e.plain(path, a, b)
		}
	default:
		e.plain(path, a, b)
	}
}
