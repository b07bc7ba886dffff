// Package quote anchors quotations in text by W3C selectors, finds them again in another capture of the page as
// found, changed or lost, and shows the difference. It is pure.
package quote
