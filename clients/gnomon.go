// Package gnomon logs to a gnomon server from Go: one file, standard library only.
//
//	run := gnomon.Init("digits", "brave-otter-7", map[string]any{"lr": 0.1})
//	defer run.Finish("finished")
//	run.Log(1, map[string]any{"train/loss": 0.5, "note": "warm-up over"})
//	run.Media(1, "samples", "grid.png", png)
//
// GNOMON_URL (default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here panics; a goroutine sends. Lines are
// kept until the server has them, 100,000 at most, and stored there once however often they are sent.
package gnomon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Run is one execution; safe to use from many goroutines.
type Run struct {
	address, token, project, name, writer, id string
	mutex, sending                            sync.Mutex
	lines                                     [][]byte
	batch, dropped                            int
	done                                      chan struct{}
}

// Init begins a run, or goes on with the one of that name.
func Init(project, name string, config map[string]any) *Run {
	address := os.Getenv("GNOMON_URL")
	if address == "" {
		address = "http://127.0.0.1:7117"
	}
	run := &Run{address: strings.TrimRight(address, "/"), token: os.Getenv("GNOMON_TOKEN"), project: project, name: name,
		writer: fmt.Sprintf("go-%d-%d", os.Getpid(), time.Now().UnixNano()), done: make(chan struct{})}
	run.add(map[string]any{"config": finite(config)})
	go run.keepSending()
	return run
}

// Log writes values at a step: numbers become points, text, slices and maps records.
func (run *Run) Log(step int64, values map[string]any) {
	fields := finite(values)
	fields["step"] = step
	run.add(fields)
}

// Media sends a file as it is: an image, a sound, a film. It tells whether the server has it.
func (run *Run) Media(step int64, key, name string, data []byte) bool {
	if !run.Flush() || run.id == "" {
		return false
	}
	query := url.Values{"key": {key}, "step": {fmt.Sprint(step)}, "name": {name}}
	status, _ := run.post("/api/v1/runs/"+run.id+"/media?"+query.Encode(), "application/octet-stream", data)
	return status/100 == 2
}

// Flush sends what waits and tells whether the server has everything.
func (run *Run) Flush() bool {
	run.sending.Lock()
	defer run.sending.Unlock()
	run.mutex.Lock()
	lines := run.lines
	run.mutex.Unlock()
	if len(lines) == 0 {
		return true
	}
	status, answer := run.post("/api/v1/ingest", "application/x-ndjson", bytes.Join(lines, []byte("\n")))
	if status != 200 && status != 400 { // away, busy or full: the lines stay and go again
		return false
	}
	var told struct{ Runs []string }
	if json.Unmarshal(answer, &told) == nil && len(told.Runs) > 0 {
		run.id = told.Runs[0]
	}
	run.mutex.Lock()
	run.lines = run.lines[len(lines):]
	run.mutex.Unlock()
	return true
}

// Finish ends the run as "finished", "failed" or "killed" and tells whether the server has everything.
func (run *Run) Finish(state string) bool {
	run.add(map[string]any{"state": state})
	close(run.done)
	return run.Flush()
}

func (run *Run) keepSending() {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			run.Flush()
		case <-run.done:
			return
		}
	}
}

func (run *Run) add(fields map[string]any) {
	run.mutex.Lock()
	defer run.mutex.Unlock()
	fields["project"], fields["run"], fields["writer"], fields["batch"] = run.project, run.name, run.writer, run.batch+1
	line, err := json.Marshal(fields)
	if err != nil || len(run.lines) >= 100_000 {
		run.dropped++
		return
	}
	run.batch, run.lines = run.batch+1, append(run.lines, line)
}

func (run *Run) post(path, kind string, body []byte) (int, []byte) {
	request, err := http.NewRequest("POST", run.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", kind)
	if run.token != "" {
		request.Header.Set("Authorization", "Bearer "+run.token)
	}
	answer, err := (&http.Client{Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, text
}

// finite copies values with the numbers that JSON has no word for as text; the server reads them as numbers.
func finite(values map[string]any) map[string]any {
	out := make(map[string]any, len(values)+5)
	for key, value := range values {
		if v, is := value.(float64); is && (math.IsNaN(v) || math.IsInf(v, 0)) {
			value = strings.Replace(strings.TrimPrefix(fmt.Sprint(v), "+"), "Inf", "Infinity", 1)
		}
		out[key] = value
	}
	return out
}
