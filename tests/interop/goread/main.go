// iceberg-go for the interop tests, as a reader and as a writer of tables.
//
//	goread METADATA_FILE [SNAPSHOT_ID]   rows to standard output, as an Arrow stream
//	goread write LOCATION < STEPS        makes a table there; prints its metadata file
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
	return read(arguments)
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: goread METADATA_FILE [SNAPSHOT_ID] | goread write LOCATION < STEPS")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
