// Reads an Iceberg table with iceberg-go and writes its rows to standard output as an Arrow stream.
//
//	goread METADATA_FILE [SNAPSHOT_ID]
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
)

func read(arguments []string) error {
	ctx := context.Background()
	local := func(context.Context) (io.IO, error) { return io.LocalFS{}, nil }
	loaded, err := table.NewFromLocation(ctx, table.Identifier{"t"}, arguments[0], local, nil)
	if err != nil {
		return err
	}
	var options []table.ScanOption
	if len(arguments) > 1 {
		id, err := strconv.ParseInt(arguments[1], 10, 64)
		if err != nil {
			return err
		}
		options = append(options, table.WithSnapshotID(id))
	}
	schema, batches, err := loaded.Scan(options...).ToArrowRecords(ctx)
	if err != nil {
		return err
	}
	writer := ipc.NewWriter(os.Stdout, ipc.WithSchema(schema))
	for batch, err := range batches {
		if err != nil {
			return err
		}
		if err := writer.Write(batch); err != nil {
			return err
		}
	}
	return writer.Close()
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: goread METADATA_FILE [SNAPSHOT_ID]")
		os.Exit(2)
	}
	if err := read(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
