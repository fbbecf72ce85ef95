// Package wire is the protocol as bytes: frames, calls, the msg-v2 line, limits and their checks.
//
// Client and server share it, and it imports neither. Everything here is a pure function of its
// arguments. Nothing reflects: a frame is checked once as JSON and then read in place through
// [Value], and it is written by appending to a slice.
package wire
