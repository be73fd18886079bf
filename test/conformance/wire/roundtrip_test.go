package wire

import (
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// From Teleport to us and back: Teleport's code writes, our definitions read, our C++ code reads and writes, and
// Teleport's code reads again and finds all that it sent, also what our subset does not have.
func TestEveryFieldThatTeleportSetsIsReadByUsAndComesBack(t *testing.T) {
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		seen := map[protoreflect.FieldNumber]bool{}
		for variant, widest := 0, 1; variant < widest; variant++ {
			sent := reflect.New(theirs).Elem()
			wide, err := FillGo(sent, variant)
			if err != nil {
				t.Fatal(err)
			}
			widest = max(widest, wide)
			data := marshalTheirs(t, sent)

			read := parseOurs(t, ours, data)
			report(t, "Teleport wrote, our definition read", Agree(sent, read))
			for i := range ours.Fields().Len() {
				if field := ours.Fields().Get(i); read.Has(field) {
					seen[field.Number()] = true
				}
			}
			back := throughCpp(t, ours, data)
			report(t, "Teleport wrote, our C++ code passed on, Teleport read", Equal(sent, parseTheirs(t, theirs, back)))
			if !proto.Equal(read, parseOurs(t, ours, back)) {
				t.Errorf("our definition reads something else after the pass through our C++ code")
			}
		}
		for i := range ours.Fields().Len() {
			if field := ours.Fields().Get(i); !seen[field.Number()] {
				t.Errorf("Teleport's side never set %s, so it was not compared", field.FullName())
			}
		}
	})
}

// From us to Teleport and back: our definitions set every field, the C++ code writes it, Teleport's code reads,
// compares, writes, and our definitions find what they sent.
func TestEveryFieldThatWeSetIsReadByTeleportAndComesBack(t *testing.T) {
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		for variant, widest := 0, 1; variant < widest; variant++ {
			sent := dynamicpb.NewMessage(ours)
			widest = max(widest, FillOurs(sent, variant))
			data, err := proto.Marshal(sent)
			if err != nil {
				t.Fatal(err)
			}
			written := throughCpp(t, ours, data)
			if !proto.Equal(sent, parseOurs(t, ours, written)) {
				t.Errorf("our C++ code writes something else than it read")
			}
			read := parseTheirs(t, theirs, written)
			report(t, "our C++ code wrote, Teleport read", Agree(read, sent))

			back := parseOurs(t, ours, marshalTheirs(t, read))
			again := parseTheirs(t, theirs, marshalTheirs(t, read))
			report(t, "Teleport read, wrote and read", Equal(read, again))
			report(t, "we wrote, Teleport read and wrote, we read", Agree(read, back))
		}
	})
}

func TestAnEmptyMessageOfTeleportsIsEmptyForUs(t *testing.T) {
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		sent := reflect.New(theirs).Elem()
		data := marshalTheirs(t, sent)
		report(t, "Teleport wrote nothing, our definition read", Agree(sent, parseOurs(t, ours, data)))
		back := throughCpp(t, ours, data)
		report(t, "Teleport wrote nothing, our C++ code passed on", Equal(sent, parseTheirs(t, theirs, back)))
	})
}

func TestAnEmptyMessageOfOursIsEmptyForTeleport(t *testing.T) {
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		written := throughCpp(t, ours, nil)
		if len(written) != 0 {
			t.Errorf("our C++ code writes %d bytes for an empty message", len(written))
		}
		read := parseTheirs(t, theirs, written)
		report(t, "our C++ code wrote nothing, Teleport read", Equal(reflect.New(theirs).Elem(), read))
		report(t, "our C++ code wrote nothing, Teleport read", Agree(read, dynamicpb.NewMessage(ours)))
	})
}
