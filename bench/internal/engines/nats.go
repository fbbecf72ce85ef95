package engines

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats-server/v2/server"
)

// startNATS starts a cluster of NATS servers with JetStream and returns where clients connect.
func (n *nodes) startNATS() (urls []string, err error) {
	dir, err := n.temporary()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(servers)
	if err != nil {
		return nil, err
	}
	var routes []*url.URL
	for _, port := range ports {
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

// freePorts returns ports that nobody listens on, and that no connection takes by chance before somebody does.
func freePorts(n int) ([]int, error) {
	const first, many, tries = 20000, 12000, 1000 // below those of connections
	var ports []int
	for range tries {
		port := first + rand.IntN(many)
		if slices.Contains(ports, port) {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) //nolint:noctx // it is free or it is not
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("no %d free ports in %d tries", n, tries)
}
