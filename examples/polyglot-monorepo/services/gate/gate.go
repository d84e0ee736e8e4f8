// Package gate decides who may pass.
package gate

import "strings"

// Open tells whether a path may be seen without a login.
func Open(path string) bool {
	return path == "/health" || strings.HasPrefix(path, "/public/")
}
