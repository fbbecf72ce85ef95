// The room: one channel at a time, its members and its attributes.

import { $, alertUser, face, h, icon, sign } from './dom.js';
import { readable } from './errors.js';
import { Thread } from './talk.js';

const mostShown = 200; // members

/** Room is the channel that the user is in, if any. */
export class Room {
  #client;
  #talk;
  #thread = null;
  #name = '';

  /**
   * @param {import('./signal.js').Client} client
   * @param {import('./talk.js').Talk} talk
   * @param {AbortSignal} signal ends it
   */
  constructor(client, talk, signal) {
    this.#client = client;
    this.#talk = talk;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    on($('join-form'), 'submit', (e) => {
      e.preventDefault();
      this.#join($('room-name').value.trim());
    });
    on($('room-entry'), 'click', () => talk.open(this.#thread));
    on($('leave'), 'click', () => this.#leave());
    on($('details-toggle'), 'click', () => this.#details(true));
    on($('details-close'), 'click', () => this.#details(false));
    on($('details'), 'keydown', (e) => e.key === 'Escape' && this.#details(false));
    on($('attr-form'), 'submit', (e) => {
      e.preventDefault();
      this.#setAttr();
    });
    on(client, 'members', ({ detail }) => this.#members(detail));
    on(client, 'memberjoined', ({ detail }) => this.#moved(`${detail.account} is here`));
    on(client, 'memberleft', ({ detail }) => this.#moved(`${detail.account} has left`));
    on(client, 'attr', ({ detail }) => this.#attr(detail));
    on(client, 'left', ({ detail }) => this.#left(detail));
    on(client, 'channelmessage', ({ detail }) => this.#said(detail));
    signal.addEventListener('abort', () => this.#over());
    this.#over();
  }

  async #join(name) {
    const input = $('room-name');
    if (name === '') {
      input.focus();
      return;
    }
    try {
      await this.#client.join(name);
      input.value = '';
    } catch (err) {
      alertUser(`You cannot join ${name}: ${readable(err)}.`);
      return;
    }
    this.#talk.open(this.#thread);
  }

  async #leave() {
    try {
      await this.#client.leave(this.#name);
    } catch (err) {
      alertUser(`You could not leave ${this.#name}: ${readable(err)}.`);
      return;
    }
    $('room-name').focus();
  }

  // #members begins a room, or takes it up again after what was missed.
  #members({ channel, gap }) {
    if (this.#thread === null || this.#name !== channel) {
      this.#name = channel;
      this.#thread = new Thread({
        title: channel, room: true,
        send: (text) => this.#client.sendChannel(channel, text),
        changed: () => this.#entry(),
        entry: () => $('room-entry'),
      });
      this.#talk.happened(this.#thread, 'You are in the room.');
    } else if (gap) {
      this.#talk.happened(this.#thread, 'You are back. What was said meanwhile may be missing.');
    }
    this.#render();
  }

  #moved(text) {
    this.#talk.happened(this.#thread, text);
    this.#render();
  }

  #said({ from, text, time }) {
    if (from === this.#client.account) {
      this.#talk.echoed(this.#thread, text);
    } else {
      this.#talk.received(this.#thread, from, text, time);
    }
  }

  #attr({ name, value, change, account }) {
    if (account) { // else it was so when we came
      const who = account === this.#client.account ? 'You' : account;
      const what = { update: `set ${name} to “${value}”`, del: `removed ${name}`, clear: 'removed all attributes' }[change];
      this.#talk.happened(this.#thread, `${who} ${what}`);
    }
    this.#render();
  }

  #left({ channel, code }) {
    if (code === 601 && this.#client.state !== 'offline') {
      alertUser(`You were taken out of ${channel}.`);
    } else if (code === 604 && this.#client.state !== 'offline') {
      alertUser(`You are no longer in ${channel}: it could not be joined again.`);
    }
    this.#over();
  }

  #over() {
    const thread = this.#thread;
    this.#thread = null;
    this.#name = '';
    if (thread) {
      this.#talk.drop(thread);
    }
    this.#render();
  }

  /** Shows whether it is open. */
  opened() {
    this.#render();
  }

  #details(open) {
    $('app').classList.toggle('details-open', open);
    $('details-toggle').setAttribute('aria-expanded', String(open));
    (open ? $('details-close') : $('details-toggle')).focus();
  }

  #entry() {
    const thread = this.#thread;
    $('room-entry').hidden = !thread;
    $('room-name').placeholder = thread ? 'Join another room' : 'Join a room';
    if (!thread) {
      return;
    }
    const n = this.#client.channel?.members.length ?? 0;
    thread.note = n === 1 ? 'only you' : `${n} members`;
    sign($('room-entry-avatar'), thread.title);
    $('room-entry-name').textContent = thread.title;
    $('room-entry-note').textContent = thread.note;
    $('room-entry').setAttribute('aria-current', String(this.#talk.shown === thread));
    $('room-badge').hidden = thread.unread === 0;
    $('room-badge').replaceChildren(String(thread.unread), h('span', { class: 'visually-hidden' }, ' unread'));
    this.#talk.noteChanged(thread);
  }

  #render() {
    this.#entry();
    const shown = this.#thread !== null && this.#talk.shown === this.#thread;
    $('details').hidden = !shown;
    $('app').classList.toggle('with-details', shown);
    if (!shown) {
      $('app').classList.remove('details-open');
      $('details-toggle').setAttribute('aria-expanded', 'false');
      return;
    }
    const { members, attrs } = this.#client.channel ?? { members: [], attrs: {} };
    $('member-count').textContent = String(members.length);
    $('members').replaceChildren(...members.slice(0, mostShown).map((account) => this.#member(account)));
    const names = Object.keys(attrs).filter((name) => !name.startsWith('_')).sort();
    $('no-attrs').hidden = names.length > 0;
    $('attrs').replaceChildren(...names.map((name) => this.#attribute(name, attrs[name])));
  }

  #member(account) {
    const li = h('li', {},
      face(h('span', { class: 'avatar small', 'aria-hidden': 'true' }), account),
      h('span', { class: 'name' }, account));
    if (account === this.#client.account) {
      li.append(h('span', { class: 'you' }, 'you'));
    }
    return li;
  }

  #attribute(name, value) {
    const remove = h('button', {
      type: 'button', class: 'icon-button', 'aria-label': `Remove the attribute ${name}`, title: 'Remove',
    }, icon('close'));
    remove.addEventListener('click', async () => {
      $('attr-name').focus();
      try {
        await this.#client.deleteChannelAttr(this.#name, name);
      } catch (err) {
        alertUser(`${name} was not removed: ${readable(err)}.`);
      }
    });
    return h('div', {}, h('dt', {}, name), h('dd', {}, value), remove);
  }

  async #setAttr() {
    const [name, value] = [$('attr-name'), $('attr-value')];
    if (name.value.trim() === '') {
      name.focus();
      return;
    }
    try {
      await this.#client.setChannelAttr(this.#name, name.value.trim(), value.value);
      name.value = value.value = '';
      name.focus();
    } catch (err) {
      alertUser(`The attribute was not set: ${readable(err)}.`);
    }
  }
}
