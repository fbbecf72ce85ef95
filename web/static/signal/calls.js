// Calls: invites, and what becomes of them. Media is none of their business.

import { SignalError, checkAccount, checkName, codes, extraText, newID, parseObject, limits } from './wire.js';

const ackAgain = 1000;

/**
 * A call between two accounts. Its events, each a CustomEvent:
 *
 * - `ringing`: the peer's client has it (of one's own calls)
 * - `accepted` {extra}: it was taken, by the peer or, of one that came in, here
 * - `dtmf` {keys}: the peer sent keys
 * - `ended` {how, code, extra}: it is over. how is 'me' (ended or refused here), 'peer' (ended there), 'refused' (there) or
 *   'failed', with a code such as 703, peer offline, or 704, not taken in time
 */
export class Call extends EventTarget {
  #calls;

  /** For the Client alone. */
  constructor(calls, id, channel, peer, incoming, extra) {
    super();
    this.#calls = calls;
    /** @type {string} the name that the server knows it by */
    this.id = id;
    /** @type {string} what it is about, for both sides */
    this.channel = channel;
    /** @type {string} the other account */
    this.peer = peer;
    /** @type {boolean} */
    this.incoming = incoming;
    /** @type {string} of the invite: '' or the text of a JSON object */
    this.extra = extra;
    /** @type {'inviting'|'ringing'|'accepted'|'ended'} */
    this.state = incoming ? 'ringing' : 'inviting';
  }

  /**
   * Takes a call that came in.
   * @param {object|string} [extra] for the caller
   * @returns {Promise<void>}
   */
  async accept(extra) {
    await this.#calls.answer(this, 'voip_invite_accept', extraText(extra), {
      done: () => this.#calls.accepted(this, ''),
      late: () => this.#calls.accepted(this, ''),
    });
  }

  /**
   * Refuses a call that came in.
   * @param {object|string} [extra] for the caller
   * @returns {Promise<void>}
   */
  async refuse(extra) {
    await this.#finish('voip_invite_refuse', extra);
  }

  /**
   * Ends the call, in whatever state it is.
   * @param {object|string} [extra]
   * @returns {Promise<void>}
   */
  async end(extra) {
    await this.#finish('voip_invite_bye', extra);
  }

  async #finish(fn, extra) {
    const text = extraText(extra);
    if (this.state === 'ended') {
      return;
    }
    const over = () => this.#calls.over(this, { how: 'me' });
    try {
      await this.#calls.answer(this, fn, text, { keep: true, done: over, late: over });
    } catch (err) {
      if (this.state !== 'ended') { // else it is what was wanted
        throw err;
      }
    }
  }

  /**
   * Sends keys to the peer.
   * @param {string} keys of 0-9 * #
   * @returns {Promise<void>}
   */
  async dtmf(keys) {
    if (!/^[0-9*#]+$/.test(keys) || keys.length > limits.name) {
      throw new SignalError(codes.wrongParam, `dtmf: want 1 to ${limits.name} of 0-9, * and #`);
    }
    await this.#calls.answer(this, 'voip_invite_msg', JSON.stringify({ msgtype: 'dtmf', msgdata: keys }), {});
  }
}

/** Calls holds the open calls of one client, by their names. */
export class Calls {
  #requests;
  #emit;
  #open = new Map();
  #asked = new Set(); // those of them whose invite has no answer yet

  /**
   * @param {import('./requests.js').Requests} requests
   * @param {(type: string, detail: object) => void} emit
   */
  constructor(requests, emit) {
    this.#requests = requests;
    this.#emit = emit;
  }

  /**
   * Rings an account.
   * @param {string} peer
   * @param {{channel?: string, extra?: object|string}} [options]
   * @returns {Promise<Call>} when the server has it
   */
  async invite(peer, { channel = newID(), extra } = {}) {
    checkAccount('account', peer);
    checkName('channel', channel);
    const text = extraText(extra);
    const call = new Call(this, newID(), channel, peer, false, text);
    this.#open.set(call.id, call);
    this.#asked.add(call);
    try {
      await this.#requests.do('voip_invite', { channelName: channel, peer, extra: text, call: call.id }, {
        code: codes.inviteOther,
        timeoutCode: codes.inviteNet,
        late: () => this.#open.has(call.id) || this.#quietEnd(channel, peer, call.id),
        anew: (args) => { // what became of it in the last session is not taken for what becomes of it now
          this.#open.delete(call.id);
          args.call = call.id = newID();
          this.#open.set(call.id, call);
        },
      });
    } catch (err) {
      if (call.state === 'inviting') { // else an event has told that the server has it
        this.over(call, { how: 'failed', code: err.code });
        throw err;
      }
    } finally {
      this.#asked.delete(call);
    }
    return call;
  }

  /** Makes a call about a call. */
  async answer(call, fn, extra, ask) {
    if (!this.#open.has(call.id)) {
      throw new SignalError(codes.failed, 'no such call');
    }
    try {
      await this.#requests.do(fn, { channelName: call.channel, peer: call.peer, extra, call: call.id }, {
        ...ask,
        anew: (args) => { args.call = call.id; },
      });
    } catch (err) {
      if (err.reason === 'NoSuchCall') {
        this.over(call, { how: 'peer' });
      }
      throw err;
    }
  }

  accepted(call, extra) {
    if (call.state === 'inviting' || call.state === 'ringing') {
      call.state = 'accepted';
      call.dispatchEvent(new CustomEvent('accepted', { detail: { extra } }));
    }
  }

  /** Takes a call off the books, once. */
  over(call, { how, code = 0, extra = '' }) {
    if (call.state === 'ended') {
      return;
    }
    this.#open.delete(call.id);
    call.state = 'ended';
    call.dispatchEvent(new CustomEvent('ended', { detail: { how, code, extra } }));
  }

  /** Ends all calls, for the session in which they were is over; but for invites that are made again in the next. */
  lose(code) {
    for (const call of [...this.#open.values()]) {
      if (!this.#asked.has(call)) {
        this.over(call, { how: 'failed', code });
      }
    }
  }

  /** Ends all, with the login. */
  end(code) {
    for (const call of [...this.#open.values()]) {
      this.over(call, { how: 'failed', code });
    }
  }

  /** Handles an event of a call from the personal list. */
  event(type, text) {
    const v = parseObject(text);
    if (!v) {
      return;
    }
    if (type === 'voip_invite') {
      this.#invited(v);
      return;
    }
    const call = this.#open.get(v.call);
    if (!call) {
      if (type === 'voip_invite_ack' || type === 'voip_invite_accept') {
        this.#quietEnd(v.channel, v.peer, v.call); // it rings there, and nobody here knows of it any longer
      }
      return;
    }
    switch (type) {
      case 'voip_invite_ack':
        if (call.state === 'inviting') {
          call.state = 'ringing';
          call.dispatchEvent(new CustomEvent('ringing'));
        }
        break;
      case 'voip_invite_accept':
        this.accepted(call, v.extra);
        break;
      case 'voip_invite_refuse':
        this.over(call, { how: 'refused', extra: v.extra });
        break;
      case 'voip_invite_failed':
        this.over(call, { how: 'failed', code: v.ecode ?? codes.inviteOther });
        break;
      case 'voip_invite_bye':
        this.over(call, { how: 'peer', extra: v.extra });
        break;
      case 'voip_invite_msg': {
        const msg = parseObject(v.extra);
        if (msg?.msgtype === 'dtmf') {
          call.dispatchEvent(new CustomEvent('dtmf', { detail: { keys: msg.msgdata } }));
        }
      }
    }
  }

  #invited(v) {
    if (this.#open.has(v.call)) {
      return;
    }
    const call = new Call(this, v.call, v.channel, v.peer, true, v.extra);
    this.#open.set(call.id, call);
    this.#acknowledge(call);
    this.#emit('call', { call });
  }

  // #acknowledge tells the caller that it rings here.
  async #acknowledge(call) {
    while (call.state === 'ringing') {
      try {
        await this.answer(call, 'voip_invite_ack', '', { first: true, timeout: 0 });
        return;
      } catch (err) {
        if (err.reason !== 'Unavailable' && err.reason !== 'RateLimited') {
          if (call.state === 'ringing') {
            this.over(call, { how: 'peer' }); // it was over before it was seen
          }
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, ackAgain));
      }
    }
  }

  async #quietEnd(channel, peer, id) {
    for (;;) {
      try {
        await this.#requests.do('voip_invite_bye', { channelName: channel, peer, extra: '', call: id }, { timeout: 0 });
        return;
      } catch (err) {
        if (err.reason !== 'Unavailable' && err.reason !== 'RateLimited') {
          return; // it is over, or the login is
        }
        await new Promise((resolve) => setTimeout(resolve, ackAgain));
      }
    }
  }
}
