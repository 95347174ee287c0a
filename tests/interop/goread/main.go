// iceberg-go for the interop tests, as a reader and as a writer of tables.
//
//	goread METADATA_FILE [SNAPSHOT_ID]   rows to standard output, as an Arrow stream
//	goread write LOCATION < STEPS        makes a table there; prints its metadata file
//	goread rest URI DELEGATION PLANNING NAME < STEPS
//	                                     the same in a REST catalog, with that X-Iceberg-Access-Delegation; then
//	                                     the table's rows as an Arrow stream; who plans the scan: local or remote
//
// STEPS are lines of JSON, of one step each: see step in write.go.
package main

import (
	"fmt"
	"os"
)

func run(arguments []string) error {
	if len(arguments) == 2 && arguments[0] == "write" {
		return write(arguments[1], os.Stdin)
	}
	if len(arguments) == 5 && arguments[0] == "rest" {
		return through(arguments[1], arguments[2], arguments[3], arguments[4], os.Stdin)
	}
	return read(arguments)
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: goread METADATA_FILE [SNAPSHOT_ID] | goread write LOCATION < STEPS | goread rest URI DELEGATION PLANNING NAME < STEPS")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
