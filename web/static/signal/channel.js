// The one channel that the user is in, as the server has told of it.

import { SignalError, codes, parseLine, parseObject } from './wire.js';

const builtIn = /^_/; // attributes of the server's survive a clear
const rejoinAgain = 1000;

/** Channel follows a channel through joins, leaves, lost connections and new sessions. */
export class Channel {
  #requests;
  #emit;
  #newest = 0; // its events have come up to this number
  #at = ''; // where the server has the user, as far as it has told; differs while that is being settled
  #life = 0; // counts connections
  #members = new Set(); // oldest first
  #attrs = new Map();

  /** name: '' when in none */
  name = '';
  /** rejoining: the session is new, and the server does not know yet that we are in */
  rejoining = false;

  /**
   * @param {import('./requests.js').Requests} requests
   * @param {(type: string, detail: object) => void} emit
   */
  constructor(requests, emit) {
    this.#requests = requests;
    this.#emit = emit;
  }

  /** @returns {string[]} accounts, newest first */
  get members() {
    return [...this.#members].reverse();
  }

  /** @returns {Object<string, string>} */
  get attrs() {
    return Object.fromEntries(this.#attrs);
  }

  /** What the next line_login says of the channel. */
  place() {
    return this.rejoining ? { channel: '', msgid: 0 } : { channel: this.name, msgid: this.#newest };
  }

  async join(name) {
    try {
      return await this.#requests.do('channel_join', { name }, {
        code: codes.joinOther,
        done: (ret) => this.#joined(name, ret),
        late: (ret) => this.#joinedLate(name, ret),
      });
    } finally {
      this.#settle();
    }
  }

  #joined(name, ret) {
    if (this.name !== '' && this.name !== name) {
      this.#drop(codes.leaveByUser);
    }
    const gap = this.name === name && ret.msgid !== this.#newest; // it was out of it in between
    this.name = this.#at = name;
    this.#snapshot(ret, gap);
    return { members: this.members, attrs: this.attrs };
  }

  // #joinedLate follows a join that had been reported as failed.
  #joinedLate(name, ret) {
    this.#at = name;
    if (this.name !== '' && this.name !== name) {
      this.#drop(codes.leaveByUser); // the server moved us out of it
    }
    if (this.name === name && ret.msgid > this.#newest) {
      this.#snapshot(ret, true);
    }
    this.#settle();
  }

  async leave(name) {
    try {
      await this.#requests.do('channel_leave', { name }, {
        code: codes.leaveLogout,
        timeoutCode: codes.leaveOther,
        done: () => this.#left(name),
        late: () => this.#left(name),
      });
    } catch (err) {
      if (err.reason !== 'NotMember' || this.name !== name) {
        throw err;
      }
      this.#left(name); // an earlier leave, reported as failed, was none
    } finally {
      this.#settle();
    }
  }

  #left(name) {
    this.#outOf(name);
    if (this.name === name) {
      this.#drop(codes.leaveByUser);
    }
  }

  #outOf(name) {
    if (this.#at === name) {
      this.#at = '';
    }
  }

  #drop(code) {
    const channel = this.name;
    this.name = '';
    this.rejoining = false;
    this.#newest = 0;
    this.#members.clear();
    this.#attrs.clear();
    this.#emit('left', { channel, code });
  }

  /** Ends it with the login. */
  end(code) {
    this.#life++;
    this.#at = '';
    if (this.name !== '') {
      this.#drop(code);
    }
  }

  // #snapshot takes over the state that an answer has.
  #snapshot(ret, gap) {
    this.rejoining = false;
    this.#newest = ret.msgid;
    this.#members = new Set(ret.list.map(([account]) => account).reverse());
    const old = this.#attrs;
    this.#attrs = new Map(Object.entries(ret.attrs));
    this.#forgetUnheard();
    this.#emit('members', { channel: this.name, members: this.members, gap });
    for (const [name, value] of this.#attrs) {
      if (old.get(name) !== value) {
        this.#emit('attr', { channel: this.name, name, value, change: 'update' });
      }
    }
    for (const name of old.keys()) {
      if (!this.#attrs.has(name)) {
        this.#emit('attr', { channel: this.name, name, value: '', change: 'del' });
      }
    }
  }

  /**
   * Goes on over another connection.
   * @param {object} ret the answer to the login
   * @param {boolean} resumed then what was missed follows as events, or the state comes along
   */
  attach(ret, resumed) {
    this.#life++;
    if (!resumed) {
      this.#at = '';
      this.rejoining = this.name !== '';
    } else {
      this.#at = ret.channel ?? this.#at;
      if (ret.channel_gap && this.name !== '' && !this.rejoining) {
        this.#snapshot(ret, true);
      } else {
        this.#settle(ret.channel_kicked);
      }
    }
    if (this.rejoining) {
      this.#rejoin();
    }
  }

  async #rejoin() {
    const [life, name] = [this.#life, this.name];
    const current = () => life === this.#life && this.rejoining && name === this.name;
    try {
      await this.#requests.do('channel_join', { name }, {
        first: true, connection: true, timeout: 0,
        done: (ret) => {
          if (ret.in === false) { // a leave after it, which was reported as failed, was carried out too
            this.rejoining = false;
            this.#settle();
            return;
          }
          this.#at = name;
          if (current()) {
            this.#snapshot(ret, true);
          }
        },
      });
    } catch (err) {
      if (!(err instanceof SignalError)) {
        throw err;
      }
      if (current() && (err.reason === 'Unavailable' || err.reason === 'RateLimited')) {
        setTimeout(() => current() && this.#rejoin(), rejoinAgain);
      } else if (current()) {
        this.#drop(codes.leaveDisconnected);
      }
    }
  }

  // #settle makes the program's picture and the server's the same, once no join or leave is under way.
  #settle(kicked) {
    const name = this.name;
    if (this.#at === name || this.rejoining || this.#requests.underWay('channel_join', 'channel_leave')) {
      return;
    }
    if (name !== '') {
      this.#drop(kicked === name ? codes.leaveKicked : codes.leaveDisconnected);
    }
    if (this.#at !== '') {
      this.#quietLeave(this.#at);
      this.#at = '';
    }
  }

  // #quietLeave leaves where nobody here wants to be.
  async #quietLeave(name) {
    const wanted = () => this.name === name || this.#requests.joining(name);
    while (!wanted()) {
      try {
        await this.#requests.do('channel_leave', { name }, { timeout: 0 });
        return;
      } catch (err) {
        if (err.reason !== 'Unavailable' && err.reason !== 'RateLimited') {
          return; // it is not in there, or the login is over
        }
        await new Promise((resolve) => setTimeout(resolve, rejoinAgain));
      }
    }
  }

  /** Handles the word that the server's owner took the user out of a channel. */
  kicked(name) {
    this.#outOf(name);
    if (name === this.name) {
      this.#drop(codes.leaveKicked);
    }
  }

  /** Handles an event of a channel, of which each has a number that rises. */
  event(name, number, text) {
    if (name !== this.name || this.rejoining || number <= this.#newest) {
      return;
    }
    this.#newest = number;
    const line = parseLine(text);
    const content = line && parseObject(line.content);
    if (!content) {
      return;
    }
    const account = content.account;
    switch (line.type) {
      case 'channel_msg':
        this.#emit('channelmessage', { channel: name, from: account, text: content.msg, time: line.time });
        break;
      case 'channel_user_join':
        if (!this.#members.has(account)) {
          this.#members.add(account);
          this.#emit('memberjoined', { channel: name, account });
        }
        break;
      case 'channel_user_leave':
        this.#members.delete(account);
        this.#emit('memberleft', { channel: name, account });
        break;
      case 'channel_attr_update':
        this.#change(content);
        this.#emit('attr', { channel: name, account, name: content.name, value: content.value, change: content.type });
    }
  }

  #change({ type, name, value }) {
    switch (type) {
      case 'update':
        this.#attrs.set(name, value);
        this.#forgetUnheard();
        break;
      case 'del':
        this.#attrs.delete(name);
        break;
      case 'clear':
        for (const known of [...this.#attrs.keys()]) {
          if (!builtIn.test(known)) {
            this.#attrs.delete(known);
          }
        }
    }
  }

  // #forgetUnheard forgets the members where they leave without a word.
  #forgetUnheard() {
    if (this.#attrs.get('_userNotification') === '0') {
      this.#members.clear();
    }
  }
}
