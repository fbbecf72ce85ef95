package server

// WithShards is for tests.
var WithShards = withShards
