// A client for the signaling server, for browsers: log in, message, join a channel, share attributes, call each other.
// It needs nothing but this file and the directory signal beside it. web/README.md tells how to use it.

import { Calls } from './signal/calls.js';
import { Channel } from './signal/channel.js';
import { Personal } from './signal/personal.js';
import { Requests } from './signal/requests.js';
import { Session } from './signal/session.js';
import { NO_TOKEN, SignalError, checkAccount, checkName, checkText, codes, limits, newID } from './signal/wire.js';

export { Call } from './signal/calls.js';
export { NO_TOKEN, SignalError, codes, limits, newID } from './signal/wire.js';

const offlineDelivery = 86400; // seconds

/**
 * A user of one app. Its events, each a CustomEvent, in the order in which things happened:
 *
 * - `state` {state, attempt, retryIn}: see Client.state; attempt counts the tries to come back, retryIn is the
 *   milliseconds until the next one
 * - `logout` {code, reason}: the login is over for good: 101 by oneself, 103 kicked by another login of the account,
 *   100, 105, 107 the server does not let us in again
 * - `message` {from, text, time}: a personal message, each exactly once; from is '' for the server
 * - `channelmessage` {channel, from, text, time}: also one's own
 * - `memberjoined`, `memberleft` {channel, account}
 * - `members` {channel, members, gap}: all members, after a join; gap: after what was missed and cannot be had again
 * - `attr` {channel, name, value, change, account}: an attribute of the channel; change is 'update', 'del' or 'clear'
 * - `left` {channel, code}: out of the channel: 602 by oneself, 601 thrown out, 603 logged out, 604 connection lost
 * - `call` {call}: a Call that comes in
 *
 * Methods fail with a SignalError. Each has one outcome, within its deadline, whatever happens to the connection:
 * a call that is made while it is away waits, and one that was under way is sent again and has its effect once.
 */
export class Client extends EventTarget {
  #requests;
  #personal;
  #channel;
  #calls;
  #session;

  /**
   * @param {string} url of the server: ws://… or wss://…
   * @param {string} appID
   * @param {string} account
   * @param {{token?: string, timeout?: number}} [options] timeout: how many milliseconds a call may take
   */
  constructor(url, appID, account, { token = NO_TOKEN, timeout = 10_000 } = {}) {
    super();
    checkName('app ID', appID);
    checkAccount('account', account);
    /** @type {string} */
    this.appID = appID;
    /** @type {string} */
    this.account = account;
    const emit = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    this.#requests = new Requests(timeout);
    this.#personal = new Personal(this.#requests, (line) => this.#received(line));
    this.#channel = new Channel(this.#requests, emit);
    this.#calls = new Calls(this.#requests, emit);
    const parts = { requests: this.#requests, personal: this.#personal, channel: this.#channel };
    this.#session = new Session(url, { vid: appID, account, token }, parts, {
      state: (detail) => emit('state', detail),
      online: (ret, resumed) => this.#online(ret, resumed),
      notified: (kind, args) => this.#notified(kind, args),
      over: (code, reason, leaveCode) => {
        this.#channel.end(leaveCode);
        this.#calls.end(codes.inviteNet);
        emit('logout', { code, reason });
      },
    });
  }

  /** @returns {'offline'|'connecting'|'online'|'reconnecting'} */
  get state() {
    return this.#session.state;
  }

  /** @returns {{name: string, members: string[], attrs: Object<string, string>}|null} the channel that we are in */
  get channel() {
    const { name, members, attrs } = this.#channel;
    return name === '' ? null : { name, members, attrs };
  }

  /**
   * Logs in. The login is kept, over lost connections and restarts of the server, until logout or a `logout` event.
   * @returns {Promise<void>} when logged in; it fails when the server refuses, or cannot be reached for 30 s
   */
  async login() {
    await this.#session.login();
  }

  /**
   * Logs out. A `logout` event with code 101 comes before it is done; what waits for an answer fails.
   * @returns {Promise<void>}
   */
  async logout() {
    await this.#session.logout();
  }

  /**
   * Sends a personal message.
   * @param {string} to
   * @param {string} text at most 8,196 bytes
   * @param {{ttl?: number}} [options] ttl: for how many seconds it waits for an account that is offline, a day by default
   * @returns {Promise<void>} when the server has it
   */
  async send(to, text, { ttl = offlineDelivery } = {}) {
    checkAccount('account', to);
    checkText('message', text, limits.instant);
    const args = { peer: to, flag: `v1:E:${ttl}`, t: 'instant', content: text, messageID: newID() };
    await this.#ask('user_sendmsg', args, { code: codes.sendOther, timeoutCode: codes.sendTimeout });
  }

  /**
   * Sends a message to all members of a channel.
   * @param {string} channel
   * @param {string} text at most 8,192 bytes
   * @param {{force?: boolean}} [options] force: without being a member
   * @returns {Promise<void>} when the server has it
   */
  async sendChannel(channel, text, { force = false } = {}) {
    checkName('channel', channel);
    checkText('message', text, limits.channelText);
    const args = { name: channel, msg: text, msgID: newID(), ...(force && { force }) };
    await this.#ask('channel_sendmsg', args, { code: codes.sendOther, timeoutCode: codes.sendTimeout });
  }

  /**
   * Joins a channel. One is in one channel at most: joining another leaves the first.
   * @param {string} channel
   * @returns {Promise<{members: string[], attrs: Object<string, string>}>} the newest 200 members, newest first
   */
  async join(channel) {
    checkName('channel', channel);
    this.#wantLogin();
    return this.#channel.join(channel);
  }

  /**
   * @param {string} channel
   * @returns {Promise<void>}
   */
  async leave(channel) {
    checkName('channel', channel);
    this.#wantLogin();
    await this.#channel.leave(channel);
  }

  /**
   * @param {string} channel any, also one that we are not in
   * @returns {Promise<string[]>} all members, newest first
   */
  async members(channel) {
    checkName('channel', channel);
    return (await this.#ask('channel_query_userlist_all', { name: channel })).list.map(([account]) => account);
  }

  /**
   * @param {string} channel
   * @returns {Promise<number>}
   */
  async memberCount(channel) {
    checkName('channel', channel);
    return (await this.#ask('channel_query_num', { name: channel }, { code: 500, timeoutCode: 501 })).num;
  }

  /**
   * @param {string} account
   * @returns {Promise<boolean>}
   */
  async online(account) {
    checkAccount('account', account);
    return (await this.#ask('user_query_user_status', { account })).status === 1;
  }

  /**
   * Sets an attribute of one's own account.
   * @param {string} name
   * @param {string} value at most 8,096 bytes
   * @returns {Promise<void>}
   */
  async setAttr(name, value) {
    checkName('name', name);
    checkText('value', value, limits.value);
    await this.#ask('user_set_attr', { name, value });
  }

  /**
   * @param {string} account
   * @param {string} name
   * @returns {Promise<string>} '' when it is not set
   */
  async attr(account, name) {
    checkAccount('account', account);
    checkName('name', name);
    return (await this.#ask('user_get_attr', { account, name })).value;
  }

  /**
   * @param {string} account
   * @returns {Promise<Object<string, string>>} all attributes of an account
   */
  async attrs(account) {
    checkAccount('account', account);
    return JSON.parse((await this.#ask('user_get_attr_all', { account })).json);
  }

  /**
   * Sets an attribute of a channel. Its members get an `attr` event.
   * @param {string} channel
   * @param {string} name
   * @param {string} value at most 8,096 bytes
   * @returns {Promise<void>}
   */
  async setChannelAttr(channel, name, value) {
    checkName('channel', channel);
    checkName('name', name);
    checkText('value', value, limits.value);
    await this.#ask('channel_set_attr', { channel, name, value });
  }

  /**
   * @param {string} channel
   * @param {string} name
   * @returns {Promise<void>}
   */
  async deleteChannelAttr(channel, name) {
    checkName('channel', channel);
    checkName('name', name);
    await this.#ask('channel_del_attr', { channel, name });
  }

  /**
   * @param {string} channel
   * @returns {Promise<void>}
   */
  async clearChannelAttrs(channel) {
    checkName('channel', channel);
    await this.#ask('channel_clear_attr', { channel });
  }

  /**
   * Rings an account. What becomes of it, the Call tells by its events.
   * @param {string} peer
   * @param {{channel?: string, extra?: object|string}} [options] channel: what the call is about, a new unguessable name by
   *   default; extra: a JSON object for the peer, in which the server reads _timeout, _ring_timeout (seconds) and
   *   _require_peer_online (0 or 1)
   * @returns {Promise<import('./signal/calls.js').Call>} when the server has it
   */
  async invite(peer, options) {
    this.#wantLogin();
    return this.#calls.invite(peer, options);
  }

  /**
   * Calls a function of the program in which the server is.
   * @param {string} name package.function
   * @param {object} request
   * @returns {Promise<any>} the JSON value that it answers, or the text when it is no JSON
   */
  async invoke(name, request) {
    const dot = name.lastIndexOf('.');
    if (dot <= 0 || dot === name.length - 1) {
      throw new SignalError(codes.wrongParam, 'name: want package.function');
    }
    const args = { package: name.slice(0, dot), func: name.slice(dot + 1), args: JSON.stringify(request), callid: newID() };
    const { ret } = await this.#ask('user_ext_call', args);
    try {
      return JSON.parse(ret);
    } catch {
      return ret;
    }
  }

  #ask(fn, args, ask) {
    this.#wantLogin();
    return this.#requests.do(fn, args, ask);
  }

  #wantLogin() {
    if (this.state !== 'online' && this.state !== 'reconnecting') {
      throw new SignalError(codes.notLoggedIn, 'not logged in');
    }
  }

  #online(ret, resumed) {
    if (!resumed) {
      this.#calls.lose(codes.inviteNet);
    }
    this.#channel.attach(ret, resumed);
    this.#personal.attach(ret, resumed);
  }

  #notified(kind, args) {
    switch (kind) {
      case 'recvmsg':
        this.#personal.pushed(...JSON.parse(args[0]));
        break;
      case 'msg':
        if (args[0] > this.#personal.version) {
          this.#personal.poll();
        }
        break;
      case 'channel2':
        this.#channel.event(...args);
        break;
      case 'channel_kicked':
        this.#channel.kicked(args[0]);
    }
  }

  #received(line) {
    if (line.type !== 'instant') {
      this.#calls.event(line.type, line.content);
      return;
    }
    const from = line.src === '-' && line.flag === '-' ? '' : line.src;
    this.dispatchEvent(new CustomEvent('message', { detail: { from, text: line.content, time: line.time } }));
  }
}
