package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// facts are what a step has seen, by names that are the same in all languages.
type facts map[string]any

// step runs a step and reports it; a panic is a failure of the step and does not end the scenario.
func step(name string, run func() (facts, error)) {
	report("begin", name, nil)
	report("end", name, attempt(run))
}

func attempt(run func() (facts, error)) (seen facts) {
	defer func() {
		if panicked := recover(); panicked != nil {
			seen = facts{"error": fmt.Sprint(panicked)}
		}
	}()
	seen, err := run()
	if err != nil {
		return facts{"error": err.Error()}
	}
	return seen
}

func report(what, name string, seen facts) {
	body, err := json.Marshal(map[string]any{"step": name, "facts": seen})
	if err != nil {
		panic(err)
	}
	response, err := http.Post(os.Getenv("SCENARIO_URL")+"/"+what, "application/json", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		panic("the runner refused " + what + " of " + name + ": " + response.Status)
	}
}

// unexpected is the error of a call that should have failed with a problem.
func unexpected(err error) error {
	return fmt.Errorf("expected a problem, got %v", err)
}
