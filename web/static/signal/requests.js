// The calls that have no outcome yet. Each ends exactly once: by its answer, by its deadline, or with the login.

import { Pace } from './pace.js';
import { SignalError, codes, limits, byteLength } from './wire.js';

const mostOpen = 256; // answers that the server keeps for calls that are sent again
const mostWaiting = 1000;

/**
 * @typedef {object} Ask what a call is besides its function and arguments
 * @property {number} [code] what it fails with when no answer says another code
 * @property {number} [timeoutCode] the same when its deadline passes
 * @property {number} [timeout] milliseconds; none when 0
 * @property {boolean} [first] it goes ahead of what waits
 * @property {boolean} [connection] it makes no sense on another connection
 * @property {boolean} [keep] it is sent again even after its deadline, for its answer matters
 * @property {(ret: object) => any} [done] makes the result of the answer, at once, before the next frame
 * @property {(ret: object) => void} [late] handles a good answer after the deadline
 * @property {(args: object) => void} [anew] changes the arguments when the call is made again in a new session
 */

/** Requests holds the calls of one client, in the order in which they were made. */
export class Requests {
  #open = new Map(); // by number, sent and not answered, in the order of sending
  #queue = []; // not sent
  #lastID = 0;
  #acknowledged = 0;
  #timer = 0; // until the next may go out
  #line = '';
  #send = null; // null while there is no connection
  #timeout;
  pace = new Pace();

  /** @param {number} timeout milliseconds that a call may take */
  constructor(timeout) {
    this.#timeout = timeout;
  }

  /**
   * Makes a call.
   * @param {string} fn
   * @param {object} args
   * @param {Ask} [ask]
   * @returns {Promise<any>} what ask.done makes of the answer, or the answer
   */
  do(fn, args, ask = {}) {
    return new Promise((resolve, reject) => {
      const r = { id: 0, fn, args, ask, resolve, reject, over: false, sent: false, again: false, timer: 0 };
      if (byteLength(JSON.stringify(args)) + 256 > limits.frame) {
        reject(new SignalError(codes.largeParam, 'the request does not fit a frame of 64 KiB'));
        return;
      }
      if (this.#queue.length >= mostWaiting) {
        reject(new SignalError(ask.code ?? codes.failed, 'too many requests wait already'));
        return;
      }
      const timeout = ask.timeout ?? this.#timeout;
      if (timeout > 0) {
        r.timer = setTimeout(() => this.#expire(r), timeout);
      }
      r.id = ++this.#lastID;
      if (ask.first) {
        this.#queue.unshift(r);
      } else {
        this.#queue.push(r);
      }
      this.flush();
    });
  }

  /** Sends a call past the queue, with nobody waiting for its answer. */
  tell(fn, args) {
    this.#send?.(['call2', [fn, ++this.#lastID, { line: this.#line, ...args }]]);
    return this.#lastID;
  }

  /**
   * Makes ready to go on with a session. What was sent on the last connection is sent again: under its number, so that a
   * session that is resumed carries it out once.
   * @param {string} line the session's name
   * @param {boolean} resumed false: the session is new
   */
  renew(line, resumed) {
    this.#line = line;
    this.pace.on = true;
    for (const r of this.#open.values()) {
      r.again = resumed;
    }
    this.#queue = [...this.#open.values(), ...this.#queue].filter((r) => !this.#finished(r, resumed));
    this.#open.clear();
    if (!resumed) {
      for (const r of this.#queue) {
        r.sent = r.again = false;
        r.ask.anew?.(r.args);
      }
    }
  }

  /**
   * Goes on, over a connection that is logged in.
   * @param {(frame: any) => void} send
   */
  attach(send) {
    this.#send = send;
    this.flush();
  }

  /** Keeps all for another connection, but for what has no sense there. */
  detach() {
    this.#send = null;
    clearTimeout(this.#timer);
    for (const r of [...this.#open.values(), ...this.#queue]) {
      if (r.ask.connection) {
        this.#fail(r, r.ask.code ?? codes.failed, 'the connection is lost');
      }
    }
    for (const [id, r] of this.#open) {
      if (this.#finished(r, true)) {
        this.#open.delete(id);
      }
    }
    this.#queue = this.#queue.filter((r) => !this.#finished(r, true));
  }

  #finished(r, resumed) {
    return r.over && !(resumed && r.sent && r.ask.keep);
  }

  /** Sends what waits, as far as the connection and the rates allow. */
  flush() {
    clearTimeout(this.#timer);
    while (this.#send && this.#queue.length > 0 && this.#open.size < mostOpen) {
      const r = this.#queue[0];
      const wait = this.pace.wait(r.fn === 'user_sendmsg' || r.fn === 'channel_sendmsg');
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), wait);
        return;
      }
      this.#queue.shift();
      r.sent = true;
      this.#open.set(r.id, r);
      this.#send(['call2', [r.fn, r.id, { ...r.args, line: this.#line }]]);
    }
    if (this.#queue.length === 0) {
      this.pace.on = false;
    }
  }

  /**
   * Handles an answer.
   * @param {{id: number, ret: object, failed?: string}} frame
   */
  answer({ id, ret, failed }) {
    const r = this.#open.get(id);
    if (!r) {
      return; // repeated after a resume, or of the time before
    }
    if (failed === 'Unavailable' && r.again) {
      return; // not now, but it may have been carried out before: the server cuts, and then has an answer
    }
    this.#open.delete(id);
    if (failed !== undefined) {
      this.#fail(r, ret.ecode ?? r.ask.code ?? codes.failed, failed);
    } else if (r.over) {
      r.ask.late?.(ret);
    } else {
      r.over = true;
      clearTimeout(r.timer);
      try {
        r.resolve(r.ask.done ? r.ask.done(ret) : ret);
      } catch (err) {
        r.reject(err);
      }
    }
    this.flush();
  }

  #expire(r) {
    this.#fail(r, r.ask.timeoutCode ?? r.ask.code ?? codes.failed, 'timeout: no answer in time');
    this.#queue = this.#queue.filter((q) => q !== r || (r.sent && r.ask.keep));
  }

  #fail(r, code, reason) {
    clearTimeout(r.timer);
    if (!r.over) {
      r.over = true;
      r.reject(new SignalError(code, reason));
    }
  }

  /** Ends all, for the login is over. */
  end(reason) {
    const all = [...this.#open.values(), ...this.#queue];
    this.detach();
    this.#open.clear();
    this.#queue = [];
    for (const r of all) {
      this.#fail(r, r.ask.code ?? codes.failed, reason);
    }
  }

  /** Whether a call is under way whose function is one of these. */
  underWay(...fns) {
    return [...this.#open.values(), ...this.#queue].some((r) => !r.over && fns.includes(r.fn));
  }

  /** Whether a join of that channel is under way. */
  joining(name) {
    return [...this.#open.values(), ...this.#queue].some((r) => !r.over && r.fn === 'channel_join' && r.args.name === name);
  }

  /** Tells the server which answers it need not keep any longer. */
  acknowledge() {
    let upTo = this.#lastID;
    for (const r of [...this.#open.values(), ...this.#queue]) {
      upTo = Math.min(upTo, r.id - 1);
    }
    if (this.#send && upTo > this.#acknowledged) {
      this.#acknowledged = upTo;
      this.#send(['ack', upTo]);
    }
  }
}
