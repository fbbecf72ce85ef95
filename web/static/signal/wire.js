// What travels, and the rules for what may: pure functions, shared by the other modules of the client.

/** The token of who has none: an app without a certificate takes it. */
export const NO_TOKEN = '_no_need_token';

/** Sizes that both ends enforce, in bytes of UTF-8. */
export const limits = Object.freeze({
  name: 128, // account, channel, attribute name, app ID, keys
  value: 8096, // an attribute's value
  instant: 8196, // a personal message
  channelText: 8192, // a message to a channel
  extra: 8192, // the extra of an invite
  frame: 64 << 10,
});

/** The codes that this client itself fails with, and those that a program looks at. */
export const codes = Object.freeze({
  logoutOther: 100,
  logoutUser: 101,
  logoutNet: 102,
  logoutKicked: 103,
  logoutTokenExpired: 105,
  logoutTokenWrong: 107,
  loginNet: 201,
  loginFailed: 202,
  loginCancelled: 203,
  loginTokenExpired: 204,
  loginTokenWrong: 206,
  loginKicked: 207,
  loginAlready: 208,
  loginInvalidUser: 209,
  joinOther: 300,
  sendOther: 400,
  sendTimeout: 401,
  leaveOther: 600,
  leaveKicked: 601,
  leaveByUser: 602,
  leaveLogout: 603,
  leaveDisconnected: 604,
  inviteOther: 700,
  inviteAgain: 701,
  inviteNet: 702,
  invitePeerOffline: 703,
  inviteTimeout: 704,
  inviteCannotReceive: 705,
  failed: 1001,
  notLoggedIn: 1003,
  wrongParam: 1004,
  largeParam: 1005,
});

/** What a call fails with: the service's code, and the server's reason or what is wrong with an argument. */
export class SignalError extends Error {
  /**
   * @param {number} code one of the service's codes
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`${reason} (${code})`);
    this.name = 'SignalError';
    /** @type {number} */
    this.code = code;
    /** @type {string} */
    this.reason = reason;
  }
}

const encoder = new TextEncoder();

/**
 * @param {string} text
 * @returns {number} its size as UTF-8
 */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/** @returns {string} a new name that nobody can guess; pages without https have no randomUUID */
export function newID() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * Wants a name of 1 to 128 bytes that can be printed.
 * @param {string} what the argument's name, for the error
 * @param {string} name
 */
export function checkName(what, name) {
  if (typeof name !== 'string' || name === '') {
    throw new SignalError(codes.wrongParam, `${what}: want 1 to ${limits.name} bytes, got none`);
  }
  const size = byteLength(name);
  if (size > limits.name) {
    throw new SignalError(codes.wrongParam, `${what}: want 1 to ${limits.name} bytes, got ${size}`);
  }
  if (/\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}/u.test(name)) {
    throw new SignalError(codes.wrongParam, `${what}: want printable characters`);
  }
}

/**
 * Wants a name without a space.
 * @param {string} what
 * @param {string} account
 */
export function checkAccount(what, account) {
  checkName(what, account);
  if (account.includes(' ')) {
    throw new SignalError(codes.wrongParam, `${what}: want no space in an account`);
  }
}

/**
 * Wants a text of at most limit bytes.
 * @param {string} what
 * @param {string} text
 * @param {number} limit
 */
export function checkText(what, text, limit) {
  if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) {
    throw new SignalError(codes.wrongParam, `${what}: want well-formed text`);
  }
  const size = byteLength(text);
  if (size > limit) {
    throw new SignalError(codes.largeParam, `${what}: want at most ${limit} bytes, got ${size}`);
  }
}

/**
 * Returns the text of what goes along with an invite and its answers.
 * @param {object|string} [extra] a JSON object, or its text; nothing is ''
 * @returns {string}
 */
export function extraText(extra = '') {
  const text = typeof extra === 'string' ? extra : JSON.stringify(extra);
  checkText('extra', text, limits.extra);
  if (text !== '' && parseObject(text) === null) {
    throw new SignalError(codes.wrongParam, 'extra: want nothing or a JSON object');
  }
  return text;
}

/**
 * @param {string} text
 * @returns {object|null} the JSON object that it is, or null
 */
export function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Reads a delivery, seven fields split by single spaces: msg-v2 SRC DST FLAG TYPE TIME CONTENT.
 * @param {string} text
 * @returns {{src: string, flag: string, type: string, time: Date, content: string}|null}
 */
export function parseLine(text) {
  const m = /^msg-v2 ([^ ]+) [^ ]+ ([^ ]+) ([^ ]+) (-?\d+) /.exec(text);
  return m && { src: m[1], flag: m[2], type: m[3], time: new Date(Number(m[4])), content: text.slice(m[0].length) };
}

/**
 * Reads a frame of the server's.
 * @param {string} data
 * @returns {{event: string, args: any, id?: number, ret?: object, failed?: string}|null} with ret for an answer, and
 * with failed, the reason, for one that says no
 */
export function parseFrame(data) {
  try {
    const [event, args] = JSON.parse(data);
    switch (event) {
      case 'login_ret':
        return { event, args, ...answer(args[0], args[1]) };
      case 'call2-ret':
        return { event, args, id: args[0], ...answer(args[1], args[2]) };
      default:
        return { event, args };
    }
  } catch {
    return null;
  }
}

function answer(err, text) {
  const ret = parseObject(text);
  if (ret === null) {
    throw new SyntaxError('an answer is a JSON object');
  }
  const failed = err !== '' || ret.result !== 'ok';
  return failed ? { ret, failed: err || ret.reason || 'failed' } : { ret };
}
