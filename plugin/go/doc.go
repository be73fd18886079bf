// Package oktasync loads the oktasync plugin into a Go program: typically a fork of Teleport's auth server,
// whose users it then keeps equal to the people assigned to one Okta app.
//
// The plugin is a shared library with a C interface (plugin/include/oktasync/plugin.h, which says more about
// each call). This package is that interface in Go: it needs cgo and nothing but the standard library.
//
// # From a file to a sync
//
// [Open] loads the library and checks that it fits. [Plugin.Create] makes an instance (one sync of one Okta
// app into one cluster) out of a JSON configuration and a [Host], which holds what your program gives: its
// log, and if you like its identity towards Teleport, its way to connect, its key for Okta, its audit log.
// [Instance.Start] starts the loop. From then on the instance works by itself:
//
//	plugin, err := oktasync.Open("/usr/lib/oktasync/oktasync_plugin.so")
//	if err != nil {
//		return err
//	}
//	defer plugin.Close()
//
//	instance, err := plugin.Create(ctx, oktasync.Options{
//		Config: config, // the JSON document; README lists its keys
//		Host:   oktasync.Host{Log: slog.Default(), Identity: identity, AuditEvent: emit},
//	})
//	if err != nil {
//		return err
//	}
//	defer instance.Close()
//
//	if err := instance.Start(); err != nil {
//		return err
//	}
//	<-ctx.Done()
//
// [Instance.SyncNow] and [Instance.Plan] ask for a run and return its id at once;
// [Instance.SyncAndWait] and [Instance.PlanAndWait] also wait for its [Report]. [Instance.Status] says where
// the instance stands. When your program has renewed its certificate, tell [Instance.IdentityChanged].
//
// # Errors
//
// What the plugin refuses comes as an [*Error] with gRPC's canonical [Code], and says in words what is wrong
// and what to do. Codes can be tested for:
//
//	if errors.Is(err, oktasync.FailedPrecondition) { … }
//
// An error that says Config wants another configuration; one that says Retryable may go away by itself.
//
// # Callbacks
//
// The plugin calls the [Host] from threads of its own, and from several at once. Each callback but the log
// runs on a goroutine of its own with a context that ends when [Instance.Stop] is called (or when the plugin
// no longer wants the answer). A panic in a callback becomes an error of that one call: it is logged with its
// stack and never reaches the plugin's C++. A callback that goes on after its context has ended is left
// behind after a second, and what it gives then is thrown away: it cannot hold up the end of an instance.
//
// A callback must not call Stop or Close of its own instance: these wait for it.
//
// # Goroutines, threads, memory
//
// Everything here may be used from several goroutines at once. Nothing blocks for long but what takes a
// context. After [Instance.Close] nothing of the instance is left: no goroutine, no descriptor, no handle.
// The library itself stays mapped after [Plugin.Close]; opening it again gives the same copy. Two copies, an
// old and a new version, can be loaded side by side.
//
// # Trust
//
// A plugin shares its host's memory and keys. Load it only from where nobody but root can write.
package oktasync
