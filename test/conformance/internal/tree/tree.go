// Package tree finds what the checks need in oktasync's source tree and build folder.
package tree

import (
	"fmt"
	"os"
	"path/filepath"
)

// Root is the top of the source tree: the nearest folder upwards that holds proto/teleport.
func Root() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, "proto", "teleport")); err == nil && info.IsDir() {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no folder above %s holds proto/teleport: run the checks inside oktasync's tree", here)
		}
	}
}

// Proto is the folder of our .proto files: OKTASYNC_PROTO, or proto/ of the tree.
func Proto() (string, error) {
	if dir := os.Getenv("OKTASYNC_PROTO"); dir != "" {
		return dir, nil
	}
	root, err := Root()
	return filepath.Join(root, "proto"), err
}

// Program is the path of a program that the C++ build made: in bin/ of OKTASYNC_BUILD, or of build/release.
func Program(name string) (string, error) {
	build := os.Getenv("OKTASYNC_BUILD")
	if build == "" {
		root, err := Root()
		if err != nil {
			return "", err
		}
		build = filepath.Join(root, "build", "release")
	}
	path := filepath.Join(build, "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the program %s is missing (%w): build it with `cmake --build <build folder> --target %s` "+
			"and name the build folder in OKTASYNC_BUILD", name, err, name)
	}
	return path, nil
}
