package contexts

// Over returns what holds when c is said above below. What leads to a server belongs together, and so does what proves
// who one is: one of these that c says makes it say all of them.
func (c Context) Over(below Context) Context {
	if len(c.Servers)+len(c.Discovery) == 0 {
		c.Servers, c.Discovery = below.Servers, below.Discovery
	}
	if !c.proves() {
		c.Token, c.TokenFile, c.CertificateFile, c.Certificate = below.Token, below.TokenFile, below.CertificateFile, below.Certificate
	}
	c.App = or(c.App, below.App)
	c.Account = or(c.Account, below.Account)
	c.TLSCA = or(c.TLSCA, below.TLSCA)
	c.Timeout = or(c.Timeout, below.Timeout)
	return c
}

func (c Context) proves() bool { return c.Token+c.TokenFile+c.CertificateFile+c.Certificate != "" }

func or(above, below string) string {
	if above != "" {
		return above
	}
	return below
}
