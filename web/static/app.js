// The page: who is logged in, and whether the server is there.

import { CallPanel } from './call.js';
import { $, alertUser, face } from './dom.js';
import { loginError, logoutReason } from './errors.js';
import { People } from './people.js';
import { Room } from './room.js';
import { parseSignal } from './rtc.js';
import { Client, NO_TOKEN } from './signal.js';
import { Talk } from './talk.js';

const remembered = 'signal-demo login';

let config = { iceServers: [] };
let client = null; // of the login, also while it is under way

/** Logs in with what the form says. */
async function login() {
  const appID = $('app-id').value.trim();
  const account = $('account').value.trim();
  const token = $('token').value.trim() || NO_TOKEN;
  for (const input of [$('account'), $('app-id')]) {
    input.setAttribute('aria-invalid', String(input.value.trim() === ''));
  }
  if (account === '' || appID === '') {
    failed(account === '' ? 'Please say which account you are.' : 'Please say which app the account belongs to.');
    $(account === '' ? 'account' : 'app-id').focus();
    return;
  }
  const button = $('login-button');
  $('login-error').textContent = '';
  button.disabled = true;
  button.textContent = 'Logging in …';
  try {
    client = new Client(serverURL(), appID, account, { token });
    await client.login();
  } catch (err) {
    client = null;
    failed(loginError(err));
    if (err.code === 206) {
      $('token-details').open = true;
      $('token').focus();
    } else {
      $('account').focus();
    }
    return;
  } finally {
    button.disabled = false;
    button.textContent = 'Log in';
  }
  remember(appID, account);
  enter(client);
}

function failed(text) {
  $('login-error').textContent = text;
}

// serverURL is of the server that this page is from.
function serverURL() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`;
}

/** Shows everything of a login, until that is over. */
function enter(client) {
  const ending = new AbortController();
  const { signal } = ending;
  let people;
  let room;
  const talk = new Talk(client.account, signal, () => {
    people?.opened();
    room?.opened();
  });
  people = new People(client, talk, signal);
  room = new Room(client, talk, signal);
  const call = new CallPanel(client, talk, people, config.iceServers, signal);

  client.addEventListener('message', ({ detail: { from, text, time } }) => {
    const message = parseSignal(text);
    if (message) {
      call.signal(from, message);
    } else {
      talk.received(people.thread(from || 'server'), from || 'server', text, time);
    }
  }, { signal });
  client.addEventListener('state', ({ detail }) => {
    showState(detail);
    if (detail.state === 'online') {
      people.ask();
    }
  }, { signal });
  client.addEventListener('logout', ({ detail }) => {
    ending.abort();
    leave(logoutReason(detail));
  }, { signal });
  $('logout').addEventListener('click', () => {
    $('logout').disabled = true;
    client.logout();
  }, { signal });
  // A tab that closes says goodbye, so that others do not take it for somebody who is slow.
  addEventListener('pagehide', () => client.logout(), { signal });

  face($('me-avatar'), client.account);
  $('me-name').textContent = client.account;
  document.title = `${client.account} – Signal demo`;
  $('login').hidden = true;
  $('app').hidden = false;
  $('app').dataset.view = 'list';
  $('logout').disabled = false;
  showState({ state: client.state, attempt: 0 });
  $('room-name').focus();
}

function leave(why) {
  client = null;
  document.title = 'Signal demo';
  $('banner').hidden = true;
  $('app').hidden = true;
  $('login').hidden = false;
  $('token').value = '';
  failed(why);
  $('account').focus();
}

function showState({ state, attempt }) {
  const text = { online: 'connected', reconnecting: 'reconnecting …', connecting: 'connecting …', offline: 'logged out' }[state];
  if ($('state').dataset.state !== state) {
    $('state').dataset.state = state;
    $('state-text').textContent = text;
  }
  const banner = $('banner');
  banner.hidden = state !== 'reconnecting';
  if (!banner.hidden) {
    banner.textContent = `Connection lost. Trying to get it back …${attempt > 1 ? ` (try ${attempt})` : ''}`;
  }
}

function remember(appID, account) {
  try {
    localStorage.setItem(remembered, JSON.stringify({ appID, account }));
  } catch {
    // a browser that keeps nothing
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(remembered)) ?? {};
  } catch {
    return {};
  }
}

async function begin() {
  const { appID, account } = recall();
  $('app-id').value = appID ?? 'demo';
  $('account').value = account ?? '';
  $('login-form').addEventListener('submit', (e) => {
    e.preventDefault();
    if (client === null) {
      login();
    }
  });
  $('account').focus();
  try {
    const answer = await fetch('config.json');
    config = await answer.json();
  } catch {
    alertUser('The page’s settings could not be read. Calls work in the same network only.');
  }
}

begin();
