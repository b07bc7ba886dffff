package storetest

import (
	"testing"

	"veedor/internal/measure/store"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) store.Store { return NewMemory() })
}
