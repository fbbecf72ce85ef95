// A WebRTC connection whose SDP and ICE go as personal messages. web/README.md has the convention.

import { limits } from './signal.js';

const partLength = 2500; // of data in UTF-16 units, each at most 3 bytes on the way: below the limit of a message
const mostParts = 64;
const mostPending = 64; // data that is incomplete
const signalTTL = 60; // seconds: what comes later than that is of a call that is over
const tries = 6;
const pingEvery = 1000;

/**
 * Reads a message that is about a connection.
 * @param {string} text
 * @returns {{call: string, kind: string, id: number, part: number, parts: number, data: string}|null} null: it is
 *   what somebody has written
 */
export function parseSignal(text) {
  if (!text.startsWith('{') || text.length > limits.instant) {
    return null;
  }
  try {
    const m = JSON.parse(text);
    const wellFormed = m.rtc === 1 && typeof m.call === 'string' && typeof m.kind === 'string' && typeof m.data === 'string' &&
      [m.id, m.part, m.parts].every(Number.isSafeInteger) && m.part >= 0 && m.part < m.parts && m.parts <= mostParts;
    return wellFormed ? m : null;
  } catch {
    return null;
  }
}

/** Splits data into messages. */
export function* signalMessages(call, kind, id, data) {
  const parts = [];
  for (let at = 0; at < data.length || parts.length === 0;) {
    let end = Math.min(at + partLength, data.length);
    if (/[\uD800-\uDBFF]/.test(data.charAt(end - 1)) && end < data.length) {
      end--; // a pair stays together
    }
    parts.push(data.slice(at, end));
    at = end;
  }
  for (const [part, text] of parts.entries()) {
    yield JSON.stringify({ rtc: 1, call, kind, id, part, parts: parts.length, data: text });
  }
}

/** Puts messages together again. */
export class Assembly {
  #pending = new Map();

  /** @returns {string|null} the data, once all of it is there */
  add({ id, part, parts, data }) {
    const all = this.#pending.get(id) ?? Array(parts).fill(null);
    if (all.length !== parts) {
      return null;
    }
    all[part] = data;
    this.#pending.set(id, all);
    if (all.includes(null)) {
      if (this.#pending.size > mostPending) {
        this.#pending.delete(this.#pending.keys().next().value);
      }
      return null;
    }
    this.#pending.delete(id);
    return all.join('');
  }
}

/**
 * One connection. Its events, each a CustomEvent:
 *
 * - `stream` {stream}: what the peer shows
 * - `state` {state}: of the connection, as RTCPeerConnection has it
 * - `echo` {open, rtt}: of the data channel; rtt: milliseconds, or null when nothing has come back
 * - `failed` {error}
 */
export class Connection extends EventTarget {
  #pc;
  #call;
  #send;
  #caller;
  #ids = 0;
  #assembly = new Assembly();
  #outgoing = Promise.resolve();
  #incoming;
  #candidates = []; // that came before the description they belong to
  #timer = 0;
  #sentAt = new Map(); // pings
  #remote = new MediaStream();
  #closed = false;

  /**
   * @param {object} about
   * @param {string} about.call the call's channel
   * @param {boolean} about.caller whether we make the offer
   * @param {(text: string, options: object) => Promise<void>} about.send a personal message to the peer
   * @param {RTCIceServer[]} about.iceServers
   * @param {Promise<MediaStream|null>} about.media what we show; what comes from the peer waits for it
   */
  constructor({ call, caller, send, iceServers, media }) {
    super();
    this.#call = call;
    this.#caller = caller;
    this.#send = send;
    const pc = this.#pc = new RTCPeerConnection({ iceServers });
    pc.onicecandidate = ({ candidate }) => this.#tell('ice', candidate?.candidate ? candidate.toJSON() : null);
    pc.ontrack = ({ track }) => {
      this.#remote.addTrack(track);
      this.#emit('stream', { stream: this.#remote });
    };
    pc.onconnectionstatechange = () => {
      this.#emit('state', { state: pc.connectionState });
      if (pc.connectionState === 'failed' && caller) {
        pc.restartIce();
      }
    };
    pc.ondatachannel = ({ channel }) => this.#answerEchoes(channel);
    this.#incoming = media.then((stream) => this.#begin(stream)).catch((error) => this.#emit('failed', { error }));
  }

  #emit(type, detail) {
    if (!this.#closed) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }
  }

  #begin(stream) {
    if (this.#closed) {
      return;
    }
    const pc = this.#pc;
    for (const track of stream?.getTracks() ?? []) {
      pc.addTrack(track, stream);
    }
    if (!this.#caller) {
      return;
    }
    const sent = new Set(pc.getSenders().map((s) => s.track?.kind));
    for (const kind of ['audio', 'video']) {
      if (!sent.has(kind)) {
        pc.addTransceiver(kind, { direction: 'recvonly' });
      }
    }
    this.#ping(pc.createDataChannel('echo'));
    pc.onnegotiationneeded = async () => {
      try {
        await pc.setLocalDescription();
        this.#tell('offer', pc.localDescription);
      } catch (error) {
        this.#emit('failed', { error });
      }
    };
  }

  // #tell sends a description or a candidate: in order, and again when it was refused for coming too fast.
  #tell(kind, value) {
    const texts = [...signalMessages(this.#call, kind, ++this.#ids, JSON.stringify(value))];
    this.#outgoing = this.#outgoing.then(async () => {
      for (const text of texts) {
        await this.#sendOne(text);
      }
    }).catch((error) => this.#emit('failed', { error }));
  }

  async #sendOne(text) {
    for (let n = 1; !this.#closed; n++) {
      try {
        await this.#send(text, { ttl: signalTTL });
        return;
      } catch (err) {
        if (err.reason !== 'RateLimited' || n === tries) {
          throw err;
        }
        await new Promise((resolve) => setTimeout(resolve, 300 * n));
      }
    }
  }

  /** Handles a message of the peer's: one at a time, and not before we are ready. */
  received(message) {
    const text = this.#assembly.add(message);
    if (text === null) {
      return;
    }
    this.#incoming = this.#incoming.then(() => this.#closed || this.#take(message.kind, JSON.parse(text)))
      .catch((error) => this.#emit('failed', { error }));
  }

  async #take(kind, value) {
    const pc = this.#pc;
    switch (kind) {
      case 'offer':
        if (this.#caller) {
          return; // the offers are ours
        }
        await pc.setRemoteDescription(value);
        await pc.setLocalDescription();
        this.#tell('answer', pc.localDescription);
        break;
      case 'answer':
        if (pc.signalingState !== 'have-local-offer') {
          return;
        }
        await pc.setRemoteDescription(value);
        break;
      case 'ice':
        this.#candidates.push(value);
    }
    if (pc.remoteDescription) {
      for (const candidate of this.#candidates.splice(0)) {
        await pc.addIceCandidate(candidate ?? undefined).catch(() => {}); // of an older description
      }
    }
  }

  // #answerEchoes sends back what comes.
  #answerEchoes(channel) {
    channel.onmessage = ({ data }) => channel.send(data);
    channel.onopen = channel.onclose = () => this.#emit('echo', { open: channel.readyState === 'open', rtt: null });
  }

  // #ping measures how long what we send takes to come back.
  #ping(channel) {
    let n = 0;
    const next = () => {
      const text = `ping ${++n}`;
      this.#sentAt.set(text, performance.now());
      if (this.#sentAt.size > 10) { // it does not echo
        this.#sentAt.delete(this.#sentAt.keys().next().value);
      }
      channel.send(text);
    };
    channel.onopen = () => {
      this.#emit('echo', { open: true, rtt: null });
      next();
      this.#timer = setInterval(() => channel.readyState === 'open' && next(), pingEvery);
    };
    channel.onmessage = ({ data }) => {
      const sent = this.#sentAt.get(data);
      if (sent !== undefined) {
        this.#sentAt.delete(data);
        this.#emit('echo', { open: true, rtt: performance.now() - sent });
      }
    };
    channel.onclose = () => {
      clearInterval(this.#timer);
      this.#emit('echo', { open: false, rtt: null });
    };
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#pc.close();
  }
}
