package gate

import "testing"

func TestOpen(t *testing.T) {
	for path, want := range map[string]bool{"/health": true, "/public/logo.svg": true, "/orders": false, "/publicity": false} {
		if Open(path) != want {
			t.Errorf("Open(%q) is not %v", path, want)
		}
	}
}
