package oktasync

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"errors"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Path is a JSON pointer (RFC 6901) to the place, such as "/okta/org_url"; "" is the whole document.
	Path string `json:"path"`
	// Text says what is wrong and what is expected.
	Text string `json:"text"`
}

// String gives "path: text".
func (p Problem) String() string {
	if p.Path == "" {
		return p.Text
	}
	return p.Path + ": " + p.Text
}

// ValidateConfig checks a JSON configuration without doing anything: no file is opened and nothing is
// connected to. It gives all problems at once, none when the configuration is good. The error is for a check
// that could not be made.
func (p *Plugin) ValidateConfig(config []byte) ([]Problem, error) {
	if err := p.hold("config_validate"); err != nil {
		return nil, err
	}
	defer p.drop()
	data, length := cBytes(config)
	var buf C.oktasync_buf
	cerr := newCError()
	err := fromC("config_validate", C.okty_config_validate(p.api, data, length, &buf, &cerr), &cerr)
	text := p.takeBuf(&buf)
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, InvalidArgument) || len(text) == 0 {
		return nil, err
	}
	var problems []Problem
	if broken := json.Unmarshal(text, &problems); broken != nil {
		return nil, fault("config_validate", Internal, "the plugin's list of problems cannot be read: %v", broken)
	}
	if len(problems) == 0 {
		return nil, err
	}
	return problems, nil
}
