package wire

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A field that neither Teleport nor we have, in messages that are sent through both.
const markNumber protowire.Number = 536870911 // the highest that there is

var mark = protowire.AppendVarint(protowire.AppendTag(nil, markNumber, protowire.VarintType), 7)

// each calls visit for every field of a serialised message. value is the content: of a message its bytes.
func each(message []byte, visit func(number protowire.Number, field, value []byte) error) error {
	for len(message) > 0 {
		number, kind, head := protowire.ConsumeTag(message)
		if head < 0 {
			return protowire.ParseError(head)
		}
		body := protowire.ConsumeFieldValue(number, kind, message[head:])
		if body < 0 {
			return protowire.ParseError(body)
		}
		value := message[head : head+body]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		if err := visit(number, message[:head+body], value); err != nil {
			return err
		}
		message = message[head+body:]
	}
	return nil
}

// Mark puts an unknown field in front of all others, in the message and in every message within. Entries of maps get
// none: on both sides a map has no place for it.
func Mark(message []byte, as protoreflect.MessageDescriptor) ([]byte, error) {
	out := bytes.Clone(mark)
	if as.IsMapEntry() {
		out = nil
	}
	err := each(message, func(number protowire.Number, field, value []byte) error {
		known := as.Fields().ByNumber(number)
		if known == nil || known.Message() == nil {
			out = append(out, field...)
			return nil
		}
		inner, err := Mark(value, known.Message())
		out = protowire.AppendTag(out, number, protowire.BytesType)
		out = protowire.AppendBytes(out, inner)
		return err
	})
	return out, err
}

// BehindMark lists the fields that a party did not know, when it was given a marked message: a party writes what it
// knows first and keeps what it does not know in the order in which that came, so behind the mark. A mark that is
// gone is listed in lost, by the message's name.
func BehindMark(message []byte, as protoreflect.MessageDescriptor) (unknown []string, lost map[protoreflect.FullName]bool,
	err error) {
	lost = map[protoreflect.FullName]bool{}
	err = behindMark(message, as, &unknown, lost)
	return unknown, lost, err
}

func behindMark(message []byte, as protoreflect.MessageDescriptor, unknown *[]string,
	lost map[protoreflect.FullName]bool) error {
	marked := false
	err := each(message, func(number protowire.Number, _, value []byte) error {
		field := as.Fields().ByNumber(number)
		switch {
		case number == markNumber:
			marked = true
		case marked:
			*unknown = append(*unknown, fmt.Sprintf("%s = %d", as.FullName(), number))
		case field != nil && field.Message() != nil:
			return behindMark(value, field.Message(), unknown, lost)
		}
		return nil
	})
	if !marked && !as.IsMapEntry() {
		lost[as.FullName()] = true
	}
	return err
}

// Numbers are the fields that a serialised message holds at its own level.
func Numbers(message []byte) (map[protowire.Number]bool, error) {
	out := map[protowire.Number]bool{}
	return out, each(message, func(number protowire.Number, _, _ []byte) error {
		out[number] = true
		return nil
	})
}
