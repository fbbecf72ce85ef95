package feed

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The topics of a schedule, as a client has them.
const (
	personal = iota // marked, kept
	channel         // kept
	presence        // neither
	none            // of no topic, not kept
	topics
)

// A fact is an event of a schedule; a gap has no number.
type fact struct {
	n       int
	topic   int
	dropped int // of a gap
}

// A schedule plays what publishers and readers do on a Feed and on a model of it, which has no counters: it looks through
// all it knows each time. After each step both have to say the same.
type schedule struct {
	t      *testing.T
	feed   *Feed[fact]
	topics [topics - 1]*Topic[fact]

	all     []*known // by number
	readers []*reader
	kept    [topics - 1][]*known // unread, the oldest first
	dropped [topics - 1]int
	read    [topics - 1]bool
	full    bool
	ended   bool
	rooms   int // how often Room was called
	eases   int // how often it should have been
}

// A known is what the model knows of an event.
type known struct {
	fact
	marked bool
	passed bool // nobody need read it: nobody has ever read its topic, and newer ones wait
	lost   bool // dropped, or not for anybody
	seen   bool // somebody is done with it
}

// A reader is one, and what the model has in store for it.
type reader struct {
	*Reader[fact]
	topic   int // -1: all
	queue   []fact
	current fact // 0: none
	got     []fact
}

const (
	fewEvents = 40
	fewBytes  = 60 // each event has its number modulo 3
)

func newSchedule(t *testing.T) *schedule {
	t.Helper()
	s := &schedule{t: t, all: []*known{nil}}
	for i := range s.topics {
		s.topics[i] = &Topic[fact]{}
	}
	s.feed = New(Config[fact]{
		Events: fewEvents, Bytes: fewBytes, Size: func(f fact) int { return f.n % 3 },
		Room: func() { s.rooms++ },
		Gap: func(topic *Topic[fact], n int) fact {
			return fact{topic: slices.Index(s.topics[:], topic), dropped: n}
		},
	})
	return s
}

// play does one step. What a step does is up to two numbers.
func (s *schedule) play(what, which byte) {
	switch what % 10 {
	case 0, 1, 2:
		s.publish(int(which) % topics)
	case 3:
		for range 2 * which {
			s.publish(int(which) % topics)
		}
	case 4:
		s.begin(int(which)%4 - 1)
	case 5, 6:
		s.next(int(which))
	case 7:
		for range which {
			s.next(int(which))
		}
	case 8:
		s.stop(int(which))
	case 9:
		s.pass(which)
	}
	s.check()
}

func (s *schedule) publish(topic int) {
	if s.ended {
		return
	}
	k := &known{fact: fact{n: len(s.all), topic: topic}, marked: topic == personal}
	s.all = append(s.all, k)
	var t *Topic[fact]
	if topic < none {
		t = s.topics[topic]
	}
	mark := uint64(0)
	if k.marked {
		mark = uint64(k.n)
	}
	s.feed.Publish(t, k.fact, mark, topic <= channel)

	wanted := false
	for _, r := range s.readers {
		if r.wants(topic) {
			r.queue = append(r.queue, k.fact)
			wanted = true
			s.fill()
		}
	}
	switch {
	case wanted:
	case topic <= channel:
		s.keep(k)
	default:
		k.lost = true
	}
	s.relieve()
}

func (r *reader) wants(topic int) bool { return r.topic < 0 || r.topic == topic }

// keep keeps an event that nobody wants yet.
func (s *schedule) keep(k *known) {
	s.kept[k.topic] = append(s.kept[k.topic], k)
	s.shorten(k.topic)
}

// relieve is done with what nobody has ever read and too much waits for.
func (s *schedule) relieve() {
	for {
		first, n := (*known)(nil), 0
		upTo := int(s.handled())
		for _, k := range s.all[upTo+1:] {
			if k.marked {
				if n++; first == nil {
					first = k
				}
			}
		}
		if n <= unread || s.read[first.topic] || !slices.Contains(s.kept[first.topic], first) {
			return
		}
		first.passed = true
	}
}

func (s *schedule) shorten(topic int) {
	for len(s.kept[topic]) > Kept && (!s.read[topic] || !s.kept[topic][0].marked) {
		s.kept[topic][0].lost = true
		s.kept[topic] = s.kept[topic][1:]
		s.dropped[topic]++
	}
}

// begin begins to read one topic, or all.
func (s *schedule) begin(topic int) {
	const many = 6
	if len(s.readers) == many {
		return
	}
	r := &reader{topic: topic}
	var one *Topic[fact]
	from := []int{personal, channel}
	if topic >= 0 {
		one, from = s.topics[topic], []int{topic}
	}
	var kept []*Topic[fact]
	var first []fact
	for _, f := range from {
		kept = append(kept, s.topics[f])
		s.read[f] = true
		if s.dropped[f] > 0 {
			first = append(first, fact{topic: f, dropped: s.dropped[f]})
			s.dropped[f] = 0
		}
		for _, k := range s.kept[f] {
			r.queue = append(r.queue, k.fact)
		}
		s.kept[f] = nil
	}
	slices.SortFunc(r.queue, func(a, b fact) int { return a.n - b.n })
	r.queue = append(first, r.queue...)
	r.Reader = s.feed.Read(one, func(fact) bool { return true }, nil, kept...)
	s.readers = append(s.readers, r)
	if len(r.queue) > 0 {
		s.fill()
	}
}

// next has a reader ask for the next event.
func (s *schedule) next(which int) {
	if len(s.readers) == 0 {
		return
	}
	r := s.readers[which%len(s.readers)]
	it, end := r.take()
	s.finish(r)
	if len(r.queue) == 0 {
		require.Nil(s.t, it)
		if s.ended {
			require.ErrorIs(s.t, end, ErrEnd)
		} else {
			require.NoError(s.t, end)
		}
		return
	}
	require.NotNil(s.t, it)
	require.Equal(s.t, r.queue[0], it.event)
	r.current, r.queue = r.queue[0], r.queue[1:]
	r.got = append(r.got, r.current)
	s.ease()
}

// finish notes that a reader is done with what it got last.
func (s *schedule) finish(r *reader) {
	if r.current.n > 0 {
		s.all[r.current.n].seen = true
	}
	r.current = fact{}
}

func (s *schedule) stop(which int) {
	if len(s.readers) == 0 {
		return
	}
	at := which % len(s.readers)
	r := s.readers[at]
	r.Stop()
	s.finish(r)
	s.readers = slices.Delete(s.readers, at, at+1)
	for _, f := range r.queue {
		if f.n == 0 {
			s.dropped[f.topic] += f.dropped // the next reader is told
			continue
		}
		k := s.all[f.n]
		switch {
		case s.held(k) || k.seen:
		case k.topic > channel:
			k.lost = true
		default:
			at, _ := slices.BinarySearchFunc(s.kept[k.topic], k.n, func(a *known, n int) int { return a.n - n })
			s.kept[k.topic] = slices.Insert(s.kept[k.topic], at, k)
			s.shorten(k.topic)
		}
	}
	s.ease()
	r.check(s.t)
}

// check looks at what a reader got in its time: in order, nothing twice.
func (r *reader) check(t *testing.T) {
	t.Helper()
	last := 0
	for _, f := range r.got {
		if f.n > 0 {
			require.Greater(t, f.n, last)
			last = f.n
		}
	}
}

// pass publishes nothing, with a mark that is done with at once.
func (s *schedule) pass(which byte) {
	if which%8 == 0 && len(s.all) > 500 && !s.ended {
		s.ended = true
		s.feed.End(nil)
		return
	}
	if s.ended {
		return
	}
	k := &known{fact: fact{n: len(s.all)}, marked: true, lost: true}
	s.all = append(s.all, k)
	s.feed.Pass(uint64(k.n))
	s.relieve()
}

// held reports whether a reader has an event in its queue, or is not done with it.
func (s *schedule) held(k *known) bool {
	for _, r := range s.readers {
		if r.current.n == k.n || slices.ContainsFunc(r.queue, func(f fact) bool { return f.n == k.n }) {
			return true
		}
	}
	return false
}

func (s *schedule) waiting() (events int, bytes int64) {
	for _, r := range s.readers {
		events += len(r.queue)
		for _, f := range r.queue {
			bytes += int64(f.n % 3)
		}
	}
	return events, bytes
}

func (s *schedule) fill() {
	if s.full {
		return
	}
	if events, bytes := s.waiting(); events >= fewEvents || bytes >= fewBytes {
		s.full = true
	}
}

func (s *schedule) ease() {
	if events, bytes := s.waiting(); s.full && 2*events < fewEvents && 2*bytes < fewBytes {
		s.full = false
		s.eases++
	}
}

// handled returns the mark up to which nobody has anything to read any more.
func (s *schedule) handled() uint64 {
	held := make(map[int]bool)
	for _, r := range s.readers {
		held[r.current.n] = true
		for _, f := range r.queue {
			held[f.n] = true
		}
	}
	upTo := 0
	for _, k := range s.all[1:] {
		if k.marked {
			if !k.passed && !k.lost && (!k.seen || held[k.n]) {
				break
			}
			upTo = k.n
		}
	}
	return uint64(upTo)
}

func (s *schedule) check() {
	events, bytes := s.feed.Waiting()
	wantEvents, wantBytes := s.waiting()
	require.Equal(s.t, wantEvents, events)
	require.Equal(s.t, wantBytes, bytes)
	require.Equal(s.t, s.full, s.feed.Full())
	require.Equal(s.t, s.eases, s.rooms)
	require.Equal(s.t, s.handled(), s.feed.Handled())
}

// drain reads all there is to the end: what was to be kept has been read, or stands in a gap.
func (s *schedule) drain() {
	for len(s.readers) > 0 {
		s.stop(0)
	}
	s.begin(-1)
	for len(s.readers[0].queue) > 0 {
		s.next(0)
	}
	s.next(0)
	s.check()
	for _, k := range s.all[1:] {
		if k.topic <= channel && !k.seen && !k.lost {
			s.t.Fatalf("nobody got %v", k.fact)
		}
	}
	s.stop(0)
}

// Whatever publishers and readers do in whatever order, the Feed says what the model says.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		t.Logf("seed %d", seed) // the last one is that of a failure
		s := newSchedule(t)
		for range 50 + random.IntN(300) {
			s.play(byte(random.Uint32()), byte(random.Uint32()))
		}
		s.drain()
	}
}

// The same with what fuzzing makes up: two bytes are a step.
func FuzzSchedule(f *testing.F) {
	f.Add([]byte{0, 0, 4, 0, 5, 0, 8, 0})
	f.Fuzz(func(t *testing.T, steps []byte) {
		const most = 400
		s := newSchedule(t)
		for i := 0; i+1 < min(len(steps), most); i += 2 {
			s.play(steps[i], steps[i+1])
		}
		s.drain()
	})
}
