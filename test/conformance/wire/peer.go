package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Peer is a running oktasync-conformance-peer: our generated C++ code in a process of its own. One caller at a time.
type Peer struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// StartPeer starts the program at this path. Close ends it.
func StartPeer(path string) (*Peer, error) {
	process := exec.Command(path)
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("the C++ peer does not start: %w", err)
	}
	return &Peer{process: process, in: in, out: bufio.NewReader(out)}, nil
}

// Through has the C++ code parse a message and serialise it again.
func (p *Peer) Through(name string, message []byte) ([]byte, error) {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(name)))
	frame = append(frame, name...)
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(message)))
	frame = append(frame, message...)
	if _, err := p.in.Write(frame); err != nil {
		return nil, fmt.Errorf("the C++ peer is gone: %w", err)
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(p.out, head); err != nil {
		return nil, fmt.Errorf("the C++ peer does not answer: %w", err)
	}
	answer := make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(p.out, answer); err != nil {
		return nil, fmt.Errorf("the C++ peer's answer is cut short: %w", err)
	}
	if head[0] != 1 {
		return nil, errors.New("the C++ peer refuses: " + string(answer))
	}
	return answer, nil
}

// Close ends the program and tells how it ended.
func (p *Peer) Close() error {
	p.in.Close()
	return p.process.Wait()
}
