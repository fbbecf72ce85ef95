package engines

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
)

// startNATS starts a cluster of NATS servers with JetStream and returns where clients connect.
func (n *nodes) startNATS() (urls []string, err error) {
	dir, err := os.MkdirTemp("", "signal-bench-")
	if err != nil {
		return nil, err
	}
	n.ends = append(n.ends, func() { _ = os.RemoveAll(dir) }) // what is left is in the system's directory for that
	var routes []*url.URL
	var ports []int
	for range servers {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a free port is found at once
		if err != nil {
			return nil, err
		}
		port := l.Addr().(*net.TCPAddr).Port //nolint:errcheck,forcetypeassert // that is what TCP has
		if err := l.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	for i, port := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("nats", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: filepath.Join(dir, fmt.Sprint(i)),
			Cluster: server.ClusterOpts{Name: "bench", Host: "127.0.0.1", Port: port}, Routes: routes,
		})
		if err != nil {
			return nil, err
		}
		s.Start()
		n.ends = append(n.ends, func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		if !s.ReadyForConnections(patience) {
			return nil, fmt.Errorf("a NATS server was not ready after %v", patience)
		}
		urls = append(urls, s.ClientURL())
	}
	return urls, nil
}
