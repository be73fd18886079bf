// Command example is a host for the oktasync plugin: it runs the sync until it is told to stop, and has a log
// and metrics of its own. A fork of Teleport's auth server does the same inside its process.
//
//	go run ./example -plugin /usr/lib/oktasync/oktasync_plugin.so -config oktasync.json -listen 127.0.0.1:9000
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
)

func main() {
	path := flag.String("plugin", "/usr/lib/oktasync/oktasync_plugin.so", "the plugin")
	config := flag.String("config", "/etc/oktasync/oktasync.json", "its configuration, in JSON")
	listen := flag.String("listen", "127.0.0.1:9000", "where /metrics is served")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(ctx, log, *path, *config, *listen); err != nil {
		log.Error("oktasync has ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger, path, configFile, listen string) error {
	config, err := os.ReadFile(configFile)
	if err != nil {
		return err
	}
	plugin, err := oktasync.Open(path)
	if err != nil {
		return err
	}
	defer plugin.Close()
	problems, err := plugin.ValidateConfig(config)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		log.Error("the configuration is wrong", "path", problem.Path, "problem", problem.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s has %d problems", configFile, len(problems))
	}

	var m metrics
	instance, err := plugin.Create(ctx, oktasync.Options{
		Config: config,
		Host:   oktasync.Host{Log: log, AuditEvent: m.count},
	})
	if err != nil {
		return err
	}
	m.instance = instance
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(err, instance.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", &m)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	if err := instance.Start(); err != nil {
		return errors.Join(err, instance.Close())
	}
	log.Info("oktasync runs", "version", plugin.Descriptor().Version, "metrics", "http://"+listener.Addr().String()+"/metrics")
	<-ctx.Done()
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(instance.Stop(limit), instance.Close())
}

// metrics are this program's own: what the audit events of all runs add up to, and where the instance stands.
type metrics struct {
	instance                           *oktasync.Instance
	created, modified, deleted, failed atomic.Int64
}

func (m *metrics) count(_ context.Context, _ string, event json.RawMessage) error {
	var run struct {
		Success  bool  `json:"success"`
		Created  int64 `json:"num_users_created"`
		Modified int64 `json:"num_users_modified"`
		Deleted  int64 `json:"num_users_deleted"`
	}
	if err := json.Unmarshal(event, &run); err != nil {
		return err
	}
	m.created.Add(run.Created)
	m.modified.Add(run.Modified)
	m.deleted.Add(run.Deleted)
	if !run.Success {
		m.failed.Add(1)
	}
	return nil
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	status, err := m.instance.Status()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintf(w, "oktasync_runs_total %d\noktasync_runs_failed_total %d\n", status.Runs, m.failed.Load())
	fmt.Fprintf(w, "oktasync_users_created_total %d\noktasync_users_modified_total %d\noktasync_users_deleted_total %d\n",
		m.created.Load(), m.modified.Load(), m.deleted.Load())
	if !status.LastWholeWalk.IsZero() {
		fmt.Fprintf(w, "oktasync_last_whole_walk_seconds %d\n", status.LastWholeWalk.Unix())
	}
	if status.Progress != nil {
		fmt.Fprintf(w, "oktasync_run_people_seen %d\n", status.Progress.Seen)
	}
}
