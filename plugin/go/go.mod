module github.com/oktasync/oktasync/plugin/go

go 1.23
