// Package intake brings published things onto the desk: addresses, entries of feeds, rows of tables,
// forwarded mails. Each becomes an item once, however often it comes; its page is captured, its language
// named, and what it may derive from among the items is proposed. Who forwarded a mail is not kept.
package intake
