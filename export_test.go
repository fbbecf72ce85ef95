package signal

// Waiting returns how many events wait for the handlers of an API.
func Waiting(a *API) int { return a.queue.Len() }
