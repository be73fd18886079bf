package wire

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Ours is what our .proto files say.
type Ours struct {
	// Paths are the files that lie in our folder, relative to it, in order.
	Paths []string
	// Set describes them and all that they import.
	Set *descriptorpb.FileDescriptorSet
	// Messages are those of our files by full name, nested ones too, without the entries of maps.
	Messages map[protoreflect.FullName]protoreflect.MessageDescriptor
}

// LoadOurs lets protoc read every .proto file under dir.
func LoadOurs(dir string) (*Ours, error) {
	ours := &Ours{Messages: map[protoreflect.FullName]protoreflect.MessageDescriptor{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".proto" {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		ours.Paths = append(ours.Paths, filepath.ToSlash(relative))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the folder of .proto files: %w", err)
	}
	if len(ours.Paths) == 0 {
		return nil, fmt.Errorf("no .proto file lies under %s", dir)
	}
	sort.Strings(ours.Paths)

	out, err := os.CreateTemp("", "oktasync-proto-*.pb")
	if err != nil {
		return nil, err
	}
	out.Close()
	defer os.Remove(out.Name())
	args := append([]string{"-I", dir, "--include_imports", "--descriptor_set_out=" + out.Name()}, ours.Paths...)
	if text, err := exec.Command("protoc", args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("protoc does not take the files of %s (Debian's package protobuf-compiler has protoc): %w\n%s",
			dir, err, strings.TrimSpace(string(text)))
	}
	bytes, err := os.ReadFile(out.Name())
	if err != nil {
		return nil, err
	}
	ours.Set = &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(bytes, ours.Set); err != nil {
		return nil, fmt.Errorf("reading protoc's descriptors: %w", err)
	}
	files, err := protodesc.NewFiles(ours.Set)
	if err != nil {
		return nil, fmt.Errorf("linking protoc's descriptors: %w", err)
	}
	return ours, ours.index(files)
}

func (o *Ours) index(files *protoregistry.Files) error {
	for _, path := range o.Paths {
		file, err := files.FindFileByPath(path)
		if err != nil {
			return err
		}
		var walk func(messages protoreflect.MessageDescriptors)
		walk = func(messages protoreflect.MessageDescriptors) {
			for i := range messages.Len() {
				if message := messages.Get(i); !message.IsMapEntry() {
					o.Messages[message.FullName()] = message
					walk(message.Messages())
				}
			}
		}
		walk(file.Messages())
	}
	return nil
}

// Names are the full names of our messages, in order.
func (o *Ours) Names() []protoreflect.FullName {
	names := make([]protoreflect.FullName, 0, len(o.Messages))
	for name := range o.Messages {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	return names
}
