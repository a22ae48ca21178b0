// The same measurement as bench/ledger-appends.ts with another log: entries of a kilobyte to a Tessera log on POSIX files.
// With -serve it serves a folder instead, as a plain static file server. Prints JSON, one object a line.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	serve := flag.String("serve", "", "a folder to serve")
	dir := flag.String("dir", "", "a new folder for the log")
	appenders := flag.Int("appenders", 16, "how many append at a time")
	rate := flag.Int("rate", 0, "entries a second, however long each takes; as many as can be if 0")
	total := flag.Int64("total", 20000, "")
	size := flag.Int("size", 1065, "bytes of an entry")
	age := flag.Duration("age", tessera.DefaultBatchMaxAge, "how long a batch is gathered at most")
	flag.Parse()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	if *serve != "" {
		listener := must(net.Listen("tcp", "127.0.0.1:0"))
		fmt.Printf("{\"url\":\"http://%s\"}\n", listener.Addr())
		log.Fatal(http.Serve(listener, http.FileServer(http.Dir(*serve))))
	}

	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	if err != nil {
		log.Fatal(err)
	}
	signer := must(note.NewSigner(secret))
	driver := must(posix.New(ctx, posix.Config{Path: *dir}))
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(tessera.DefaultBatchMaxSize, *age).
		WithCheckpointInterval(time.Second).WithPushback(100_000)
	appender, _, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		log.Fatal(err)
	}

	var made atomic.Int64
	var all sync.WaitGroup
	var lock sync.Mutex
	times := make([]float64, 0, *total)
	add := func() {
		bytes := make([]byte, *size/2)
		_, _ = rand.Read(bytes)
		entry := []byte(hex.EncodeToString(bytes))
		from := time.Now()
		_ = must(appender.Add(ctx, tessera.NewEntry(entry))())
		lock.Lock()
		times = append(times, float64(time.Since(from).Microseconds())/1000)
		lock.Unlock()
	}
	from := time.Now()
	if *rate > 0 {
		for at := range *total {
			time.Sleep(time.Until(from.Add(time.Duration(at) * time.Second / time.Duration(*rate))))
			all.Go(add)
		}
	} else {
		for range *appenders {
			all.Go(func() {
				for made.Add(1) <= *total {
					add()
				}
			})
		}
	}
	all.Wait()
	durable := time.Since(from)
	for must(reader.IntegratedSize(ctx)) < uint64(*total) {
		time.Sleep(5 * time.Millisecond)
	}
	integrated := time.Since(from)
	slices.Sort(times)
	_ = json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"durable":    float64(*total) / durable.Seconds(),
		"integrated": float64(*total) / integrated.Seconds(),
		"p50":        times[len(times)/2],
		"p95":        times[len(times)*95/100],
	})
}
