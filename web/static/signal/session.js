// One login: the connection that carries it, the way back when that breaks, and its end.

import { SignalError, codes, newID, parseFrame } from './wire.js';

// The dialect of the protocol in which a session can be resumed and a call that is sent again has its effect once.
const device = 'gosdk';

const dialWithin = 10_000;
const pingEvery = 10_000;
const silence = 25_000; // nothing came for so long: the connection is lost
const wakeSilence = 3_000; // the same after a sleep
const shortLife = 5_000; // a connection that lived longer is tried to be had back at once
const logoutWithin = 2_000;
const loginWithin = 30_000;
const restartSpread = 1_000; // over which clients come back to a server that restarts
const delays = [0, 500, 1000, 2000, 4000, 8000]; // before each try, the last one for all that follow

/**
 * @typedef {object} Host what a Session tells
 * @property {(detail: {state: string, attempt: number, retryIn: number}) => void} state
 * @property {(ret: object, resumed: boolean) => void} online what was missed may now be taken up
 * @property {(kind: string, args: any[]) => void} notified
 * @property {(code: number, reason: string, leaveCode: number) => void} over
 */

/** Session logs in and stays logged in. */
export class Session {
  #url;
  #login; // what the login frame says
  #host;
  #requests;
  #personal;
  #channel;
  #instance = newID();
  #seq = 0;
  #socket = null;
  #attempt = 0;
  #short = 0; // connections in a row that did not live long
  #since = 0; // when the one in use came up
  #line = ''; // the session's secret name
  #resuming = false;
  #pings = 0;
  #timers = new Map(); // by what they are for
  #listening = null; // to the browser, for sleep and network
  #waiting = null; // who waits for the login
  #leaving = null; // a promise, while the server is told

  /** @type {'offline'|'connecting'|'online'|'reconnecting'} */
  state = 'offline';

  /**
   * @param {string} url
   * @param {{vid: string, account: string, token: string}} login
   * @param {{requests: import('./requests.js').Requests, personal: import('./personal.js').Personal,
   *   channel: import('./channel.js').Channel}} parts that go on over its connections
   * @param {Host} host
   */
  constructor(url, login, { requests, personal, channel }, host) {
    this.#url = url;
    this.#login = login;
    this.#requests = requests;
    this.#personal = personal;
    this.#channel = channel;
    this.#host = host;
  }

  async login() {
    await this.#leaving;
    if (this.state !== 'offline') {
      throw new SignalError(codes.loginAlready, 'already logged in, or logging in');
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#set('connecting');
      this.#after('login', loginWithin, () => this.#refused(codes.loginNet, 'the server cannot be reached'));
      this.#watch();
      this.#dial();
    });
  }

  async logout() {
    switch (this.state) {
      case 'connecting':
        this.#refused(codes.loginCancelled, 'logged out before');
        break;
      case 'reconnecting':
        this.#over(codes.logoutUser, 'logged out', codes.leaveLogout);
        break;
      case 'online':
        this.#leaving = this.#leave();
    }
    await this.#leaving;
  }

  #set(state, retryIn = 0) {
    this.state = state;
    this.#host.state({ state, attempt: this.#attempt, retryIn });
  }

  // #after does something later, in place of what was to be done for the same.
  #after(what, wait, then) {
    clearTimeout(this.#timers.get(what));
    this.#timers.set(what, setTimeout(then, wait));
  }

  #stop(...whats) {
    for (const what of whats) {
      clearTimeout(this.#timers.get(what));
      this.#timers.delete(what);
    }
  }

  // #watch listens to what the browser knows of sleep and network.
  #watch() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const look = () => this.#wake();
    globalThis.addEventListener?.('online', look, { signal });
    globalThis.addEventListener?.('pageshow', look, { signal });
    globalThis.document?.addEventListener('visibilitychange', look, { signal });
  }

  // #wake makes a connection show that it lives, or tries at once to have one.
  #wake() {
    if (this.state === 'online') {
      this.#ping();
      this.#after('silence', wakeSilence, () => this.#lost());
    } else if (this.#timers.has('retry') && globalThis.document?.visibilityState !== 'hidden') {
      this.#stop('retry');
      this.#dial();
    }
  }

  #dial() {
    this.#attempt++;
    this.#stop('retry');
    let socket;
    try {
      socket = new WebSocket(this.#url);
    } catch (err) {
      this.#refused(codes.loginNet, `${this.#url}: ${err.message}`);
      return;
    }
    this.#socket = socket;
    this.#after('try', dialWithin, () => this.#failed());
    socket.onopen = () => socket === this.#socket && this.#opened();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#frame(parseFrame(data));
    socket.onclose = socket.onerror = () => socket === this.#socket && (this.state === 'online' ? this.#lost() : this.#failed());
    this.#set(this.state); // for the attempt
  }

  #opened() {
    this.#after('try', dialWithin, () => this.#failed());
    this.#resuming = this.#line !== '';
    if (this.#resuming) {
      const line = { line: this.#line, ver_clear: this.#personal.confirm(), ...this.#channel.place() };
      this.#sendFrame(['line_login', line]);
    } else {
      this.#sendLogin();
    }
  }

  #sendLogin() {
    this.#resuming = false;
    const id = { device, ip: '', instance: this.#instance, seq: ++this.#seq };
    this.#sendFrame(['login', { ...this.#login, uid: 0, ...id }]);
  }

  #sendFrame(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #frame(f) {
    if (!f) {
      return; // not understood, and not ours to judge
    }
    if (this.state === 'online') {
      this.#heard();
    }
    switch (f.event) {
      case 'login_ret':
        if (this.state === 'connecting' || this.state === 'reconnecting') {
          this.#loginAnswer(f);
        }
        break;
      case 'call2-ret':
        this.#requests.answer(f);
        break;
      case 'pong':
        this.#after('ping', pingEvery, () => this.#ping());
        break;
      case 'notify':
        this.#notify(f.args);
        break;
      case 'close':
        this.#closed(f.args);
    }
  }

  #notify([kind, ...args]) {
    if (this.state === 'online') {
      this.#host.notified(kind, args);
    }
  }

  #heard() {
    this.#after('silence', silence, () => this.#lost());
  }

  // The next ping is set by the answer to the last: so it is not held back in a tab that is not seen.
  #ping() {
    this.#after('ping', pingEvery, () => this.#ping());
    this.#sendFrame(['ping', ++this.#pings]);
    this.#requests.acknowledge();
  }

  #loginAnswer({ ret, failed }) {
    if (failed === undefined) {
      this.#online(ret);
    } else if (this.#resuming && failed === 'kick') {
      this.#kicked();
    } else if (this.#resuming && failed === 'removed') {
      this.#over(codes.logoutOther, 'removed', codes.leaveDisconnected);
    } else if (this.#resuming) { // the session is over; the token may still be good
      this.#line = '';
      this.#sendLogin();
    } else if (this.state === 'reconnecting') {
      this.#over(lostLoginCode(failed), failed, codes.leaveDisconnected);
    } else {
      this.#refused(refusedCode(failed, ret.ecode), failed);
    }
  }

  #online(ret) {
    const resumed = ret.resumed === true;
    const socket = this.#socket;
    this.#stop('try', 'login');
    this.#line = ret.line;
    this.#since = performance.now();
    this.#attempt = 0;
    this.#requests.pace.learn(ret);
    this.#requests.renew(ret.line, resumed);
    this.#heard();
    this.#after('ping', pingEvery, () => this.#ping());
    this.#set('online');
    if (socket !== this.#socket || this.state !== 'online') {
      return; // a listener has logged out
    }
    this.#host.online(ret, resumed);
    this.#requests.attach((frame) => this.#sendFrame(frame));
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  // #closed handles the server's word that the session, or only this connection, is over.
  #closed(reason) {
    if (this.state !== 'online') {
      return; // the socket closes, and the try has failed
    }
    switch (reason) {
      case 'kick':
        this.#kicked();
        break;
      case 'expired':
        this.#over(codes.logoutNet, 'expired', codes.leaveDisconnected);
        break;
      case 'removed':
        this.#over(codes.logoutOther, 'removed', codes.leaveDisconnected);
        break;
      case 'restart': // all its clients come at the same time
        this.#lost(Math.random() * restartSpread);
        break;
      default:
        this.#lost();
    }
  }

  #kicked() {
    this.#over(codes.logoutKicked, 'kick', codes.leaveKicked);
  }

  #hangUp() {
    this.#stop('try', 'retry', 'ping', 'silence');
    this.#requests.detach();
    this.#personal.detach();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  // #lost begins the way back after the connection broke.
  #lost(pause = 0) {
    this.#hangUp();
    if (performance.now() - this.#since >= shortLife) {
      this.#short = 0;
    } else if (++this.#short > 1) { // a server that lets in and throws out shall not be stormed
      pause = Math.max(pause, backoff(this.#short - 1));
    }
    this.#retry('reconnecting', pause);
  }

  #failed() {
    this.#hangUp();
    this.#retry(this.state, backoff(this.#attempt));
  }

  #retry(state, wait) {
    this.#after('retry', wait, () => this.#dial());
    this.#set(state, wait);
  }

  // #refused ends a login without success.
  #refused(code, reason) {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#end();
    waiting?.reject(new SignalError(code, reason));
  }

  // #over ends a login that was one.
  #over(code, reason, leaveCode) {
    this.#end();
    this.#host.over(code, reason, leaveCode);
  }

  #end() {
    this.#hangUp();
    this.#stop('login');
    this.#listening?.abort();
    this.#line = '';
    this.#attempt = this.#short = 0;
    this.#requests.end('the login ended first');
    this.#waiting?.reject(new SignalError(codes.loginCancelled, 'logged out before'));
    this.#waiting = null;
    if (this.state !== 'offline') {
      this.#set('offline');
    }
  }

  // #leave says goodbye on the connection in use, which then has no other purpose. Answers that still come count.
  async #leave() {
    const socket = this.#socket;
    this.#personal.acknowledgeNow();
    const id = this.#requests.tell('user_logout', {});
    this.#socket = null; // not hung up yet
    await new Promise((resolve) => {
      this.#after('leave', logoutWithin, resolve);
      socket.onclose = resolve;
      socket.onmessage = ({ data }) => {
        const f = parseFrame(data);
        if (f?.event === 'call2-ret' && f.id === id) {
          resolve();
        } else if (f?.event === 'call2-ret') {
          this.#requests.answer(f);
        }
      };
      this.#hangUp();
      this.#set('offline');
    });
    this.#stop('leave');
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.#leaving = null;
    this.#over(codes.logoutUser, 'logged out', codes.leaveLogout);
  }
}

// backoff returns the pause before the try that follows n failed ones, give or take a fifth.
function backoff(n) {
  return delays[Math.min(n, delays.length - 1)] * (0.8 + 0.4 * Math.random());
}

function refusedCode(reason, code) {
  switch (true) {
    case reason === 'kick':
      return codes.loginKicked;
    case reason === 'TokenErrorExpired':
      return codes.loginTokenExpired;
    case reason.startsWith('TokenError'):
      return codes.loginTokenWrong;
    case reason === 'InvalidUser':
      return codes.loginInvalidUser;
  }
  return code ?? codes.loginFailed;
}

function lostLoginCode(reason) {
  if (reason === 'TokenErrorExpired') {
    return codes.logoutTokenExpired;
  }
  return reason.startsWith('TokenError') ? codes.logoutTokenWrong : codes.logoutOther;
}
