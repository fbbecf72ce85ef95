// What went wrong, in words for the one who sits in front of the page.

import { codes } from './signal.js';

/**
 * @param {Error} err
 * @returns {string}
 */
export function readable(err) {
  switch (err.reason) {
    case 'RateLimited':
      return 'that was too fast. Wait a second and try again';
    case 'Full':
      return 'too many messages wait there already';
    case 'Unavailable':
      return 'the server cannot do that at present';
    case 'NotMember':
      return 'you are not in that room';
    case 'ReadOnly':
    case 'NotAllowed':
      return 'the server does not allow that';
  }
  switch (err.code) {
    case codes.sendTimeout:
    case codes.leaveOther:
      return 'no answer in time';
    case codes.invitePeerOffline:
      return 'not online';
    case codes.inviteTimeout:
      return 'no answer';
    case codes.inviteNet:
      return 'the connection to the server was lost';
    case codes.inviteCannotReceive:
      return 'too many calls wait there already';
    case codes.notLoggedIn:
      return 'you are not logged in';
    case codes.wrongParam:
    case codes.largeParam:
      return err.reason;
  }
  return err.reason ?? err.message;
}

/**
 * @param {Error} err why a login failed
 * @returns {string}
 */
export function loginError(err) {
  switch (err.code) {
    case codes.loginTokenExpired:
      return 'The token has expired. Ask for a new one.';
    case codes.loginTokenWrong:
      return 'The token is missing or wrong for this account and app ID. An app with a certificate wants one.';
    case codes.loginInvalidUser:
      return 'The account is not valid: 1 to 128 printable characters without a space.';
    case codes.loginNet:
      return 'The server cannot be reached. Is it running?';
    case codes.wrongParam:
      return `Please check what you typed. ${err.reason}.`;
    default:
      return `The server does not let you in: ${err.reason}.`;
  }
}

/**
 * @param {{code: number, reason: string}} end of a login
 * @returns {string} '' when one wanted it oneself
 */
export function logoutReason({ code, reason }) {
  switch (code) {
    case codes.logoutUser:
      return '';
    case codes.logoutKicked:
      return 'You were logged out: this account has logged in somewhere else.';
    case codes.logoutTokenExpired:
      return 'You were logged out: the token has expired.';
    case codes.logoutTokenWrong:
      return 'You were logged out: the server does not take the token any more.';
    case codes.logoutNet:
      return 'You were logged out: the connection was away for too long.';
    default:
      return `You were logged out by the server: ${reason}.`;
  }
}
