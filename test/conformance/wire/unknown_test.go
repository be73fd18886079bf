package wire

import (
	"reflect"
	"sort"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// A field number that is wrong in our C++ code would pass every round trip, because bytes of an unknown field are
// kept. Here an unknown field goes in front of all others: what our code then writes behind it, it did not know.
func TestOurGeneratedCodeKnowsEveryField(t *testing.T) {
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, _ reflect.Type) {
		for variant, widest := 0, 1; variant < widest; variant++ {
			written := throughCpp(t, ours, marked(t, ours, variant, &widest))
			unknown, lost, err := BehindMark(written, ours)
			if err != nil {
				t.Fatal(err)
			}
			report(t, "our C++ code does not know", unknown)
			for name := range lost {
				t.Errorf("our C++ code drops unknown fields of %s", name)
			}
		}
	})
}

// What a newer oktasync or Teleport adds must survive a read-modify-write by Teleport's clients of today, at every
// level of a message. Where Go's type is written by hand or of the standard library it has no place for it, and there
// Teleport drops it: an unknown field inside a Timestamp, and inside traits and label selectors.
func TestUnknownFieldsSurviveTeleportsTypes(t *testing.T) {
	dropped := map[protoreflect.FullName]bool{}
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		for variant, widest := 0, 1; variant < widest; variant++ {
			read := parseTheirs(t, theirs, marked(t, ours, variant, &widest))
			unknown, lost, err := BehindMark(marshalTheirs(t, read), ours)
			if err != nil {
				t.Fatal(err)
			}
			report(t, "Teleport's Go code does not know", unknown)
			for name := range lost {
				dropped[name] = true
				if name == ours.FullName() {
					t.Errorf("Teleport's type drops unknown fields at the top level of %s", name)
				}
			}
		}
	})
	var names []string
	for name := range dropped {
		names = append(names, string(name))
	}
	sort.Strings(names)
	const expected = "google.protobuf.Timestamp, wrappers.LabelValues, wrappers.StringValues"
	if got := strings.Join(names, ", "); got != expected {
		t.Errorf("Teleport's types drop unknown fields inside %s; known is that they do inside %s", got, expected)
	}
}

// Every field of Teleport's that our subset lacks, of each message that we do have: set, sent through our C++ code,
// and there again. The comparison of the values is in TestEveryFieldThatTeleportSetsIsReadByUsAndComesBack.
func TestFieldsThatOnlyTeleportHasSurviveOurGeneratedCode(t *testing.T) {
	set, err := LoadTeleport(ours.Paths)
	if err != nil {
		t.Fatal(err)
	}
	theirMessages := indexOf(set).messages
	fields, messages := 0, 0
	forEachMessage(t, func(t *testing.T, ours protoreflect.MessageDescriptor, theirs reflect.Type) {
		missing := map[protowire.Number]string{}
		for _, field := range theirMessages[string(ours.FullName())].GetField() {
			if number := protowire.Number(field.GetNumber()); ours.Fields().ByNumber(number) == nil {
				missing[number] = field.GetName()
			}
		}
		if len(missing) == 0 {
			return
		}
		fields += len(missing)
		messages++
		for variant, widest := 0, 1; variant < widest; variant++ {
			sent := reflect.New(theirs).Elem()
			wide, err := FillGo(sent, variant)
			if err != nil {
				t.Fatal(err)
			}
			widest = max(widest, wide)
			data := marshalTheirs(t, sent)
			before, err := Numbers(data)
			if err != nil {
				t.Fatal(err)
			}
			after, err := Numbers(throughCpp(t, ours, data))
			if err != nil {
				t.Fatal(err)
			}
			for number := range before {
				if !after[number] {
					t.Errorf("our C++ code drops %s = %d", missing[number], number)
				}
				delete(missing, number)
			}
		}
		for number, name := range missing {
			t.Errorf("Teleport's %s = %d was never set, so it was not checked", name, number)
		}
	})
	if fields == 0 {
		t.Error("Teleport has no field that we lack: this test looks at nothing")
	}
	t.Logf("%d fields of %d messages that only Teleport has came through our C++ code", fields, messages)
}

func marked(t *testing.T, ours protoreflect.MessageDescriptor, variant int, widest *int) []byte {
	t.Helper()
	message := dynamicpb.NewMessage(ours)
	*widest = max(*widest, FillOurs(message, variant))
	data, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	data, err = Mark(data, ours)
	return must(t, data, err)
}
