// The list of what is sent to this account: numbered, taken in order, each once, and acknowledged.

import { SignalError, parseLine } from './wire.js';

const most = 30; // in one answer
const ackWithin = 1000;
const ackEvery = 256; // the server keeps 1,000 for an account, and refuses more
const pollEvery = 60_000;

/** Personal is the place in the account's list. It outlives sessions and connections. */
export class Personal {
  #requests;
  #take;
  #epoch = ''; // the life of the list: a server that has lost its memory begins at 1 again
  #confirmed = 0;
  #online = false;
  #polling = false;
  #again = false;
  #ackTimer = 0;
  #pollTimer = 0;

  /** version: everything up to here has been handed out. */
  version = 0;

  /**
   * @param {import('./requests.js').Requests} requests
   * @param {(line: NonNullable<ReturnType<typeof parseLine>>) => void} take is handed each message once
   */
  constructor(requests, take) {
    this.#requests = requests;
    this.#take = take;
  }

  /**
   * Begins with another connection.
   * @param {{epoch?: string, newest?: number}} ret the answer to the login
   * @param {boolean} resumed then the server brings by itself what was missed
   */
  attach(ret, resumed) {
    if ((ret.epoch ?? '') !== this.#epoch) {
      this.#epoch = ret.epoch ?? '';
      this.version = this.#confirmed = 0;
    }
    this.#online = true;
    if (resumed) {
      this.#acknowledgeSoon();
    } else if (typeof ret.newest === 'number') { // nothing waits
      this.version = this.#confirmed = Math.max(this.version, ret.newest);
    } else {
      this.poll();
      return;
    }
    this.#pollLater(pollEvery);
  }

  detach() {
    this.#online = this.#polling = this.#again = false;
    clearTimeout(this.#ackTimer);
    clearTimeout(this.#pollTimer);
    this.#ackTimer = 0;
  }

  /** Notes what the next line_login tells the server. */
  confirm() {
    this.#confirmed = this.version;
    return this.version;
  }

  /** Handles a message that the server sent by itself. */
  pushed(version, text) {
    if (version === this.version + 1) {
      this.#next(version, text);
    } else if (version > this.version) { // something before it is missing: ask for it, and for this one again
      this.poll();
    }
  }

  #next(version, text) {
    this.version = version;
    if (version >= this.#confirmed + ackEvery) {
      this.acknowledgeNow();
    } else {
      this.#acknowledgeSoon();
    }
    const line = parseLine(text);
    if (line) {
      this.#take(line);
    }
  }

  #acknowledgeSoon() {
    if (this.#online && this.#ackTimer === 0 && this.version > this.#confirmed) {
      this.#ackTimer = setTimeout(() => {
        this.#ackTimer = 0;
        if (this.version > this.#confirmed) {
          this.poll();
        }
      }, ackWithin);
    }
  }

  /** Tells the server how far all is taken, with nobody waiting for the answer. */
  acknowledgeNow() {
    if (this.#online && this.version > this.#confirmed) {
      this.#requests.tell('user_getmsg', { ver_clear: this.confirm(), max: 1 });
    }
  }

  /** Asks for what comes next, and tells how far all is taken. */
  async poll() {
    if (!this.#online) {
      return;
    }
    if (this.#polling) {
      this.#again = true;
      return;
    }
    this.#polling = true;
    this.#again = false;
    clearTimeout(this.#ackTimer);
    this.#ackTimer = 0;
    this.#pollLater(pollEvery);
    try {
      await this.#requests.do('user_getmsg', { ver_clear: this.confirm(), max: most }, {
        first: true, connection: true, done: (ret) => this.#polled(ret),
      });
    } catch (err) {
      if (!(err instanceof SignalError)) {
        throw err;
      }
      if (this.#online) {
        this.#polling = false;
        this.#pollLater(1000);
      }
    }
  }

  #polled(ret) {
    this.#polling = false;
    for (const [version, text] of ret.msgs) {
      if (version > this.version) {
        this.#next(version, text);
      }
    }
    if (ret.msgs.length === 0) {
      this.version = Math.max(this.version, ret.ver_clear);
    }
    if (this.#again || ret.more || ret.msgs.length >= most) {
      this.poll();
    } else {
      this.#acknowledgeSoon();
    }
  }

  #pollLater(wait) {
    clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => this.poll(), wait);
  }
}
