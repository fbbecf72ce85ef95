// The server's rate limits, counted here as it counts them: what has waited while the connection was away goes out no
// faster than that, so that only what the program itself sends too fast can be refused.

const margin = 0.9; // a little below the server's: what travels may bunch up

/** A bucket that leaks at a rate per second and holds what one second takes. */
class Bucket {
  constructor(rate) {
    this.rate = rate * margin;
    this.level = 0;
    this.at = 0;
  }

  /** Milliseconds until one more fits. */
  wait(now) {
    const room = Math.max(1, this.rate);
    this.level = Math.min(room, Math.max(0, this.level - (this.rate * (now - this.at)) / 1000));
    this.at = now;
    const over = this.level + 1 - room;
    return over > 0 ? (over / this.rate) * 1000 + 1 : 0;
  }
}

/** Pace is when the next call may go out. */
export class Pace {
  /** on: whether calls wait at all; else they are only counted. */
  on = false;
  #calls = new Bucket(200);
  #messages = new Bucket(60);

  /**
   * Takes over the rates that the server tells at a login.
   * @param {{calls_per_second?: number, messages_per_second?: number}} ret
   */
  learn(ret) {
    this.#calls.rate = (ret.calls_per_second || 200) * margin;
    this.#messages.rate = (ret.messages_per_second || 60) * margin;
  }

  /**
   * Charges a call that is about to be sent and returns 0, or returns the milliseconds that it has to wait.
   * @param {boolean} message whether it is a message
   * @returns {number}
   */
  wait(message) {
    const now = performance.now();
    const wait = Math.max(this.#calls.wait(now), message ? this.#messages.wait(now) : 0);
    if (this.on && wait > 0) {
      return wait;
    }
    this.#calls.level++;
    if (message) {
      this.#messages.level++;
    }
    return 0;
  }
}
