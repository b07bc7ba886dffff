package dossier

import (
	"crypto/sha256"
	"encoding/hex"
)

// SaltBytes is how long the salt of a commitment is.
const SaltBytes = 32

// Commit returns the commitment to a value that is withheld: the hex SHA-256 of a salt of SaltBytes random bytes
// followed by the value. Whoever later discloses both shows that the value stood there all along; without the salt
// nobody can guess at it.
func Commit(salt [SaltBytes]byte, value []byte) string {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(value)
	return hex.EncodeToString(h.Sum(nil))
}

// Opens says whether a value disclosed later is what was withheld.
func (r *Redaction) Opens(salt [SaltBytes]byte, value []byte) bool {
	return r.Commit != "" && r.Commit == Commit(salt, value)
}
