// Package capture turns what was recorded, or what others recorded, into captures: one WACZ each, under its
// hash, with text, screenshot, certificates and quotes anchored in it.
package capture
