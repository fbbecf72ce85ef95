// The contacts: accounts that the user keeps, who of them is online, and a conversation with each.

import { $, alertUser, face, h, icon } from './dom.js';
import { readable } from './errors.js';
import { Thread } from './talk.js';

const askEvery = 10_000; // who is online
const mostContacts = 100;

/** People is the list of contacts of one login. It is kept in this browser. */
export class People {
  #client;
  #talk;
  #key;
  #contacts = new Map(); // by account: {thread, online, entry}
  #timer = 0;

  /**
   * @param {import('./signal.js').Client} client
   * @param {import('./talk.js').Talk} talk
   * @param {AbortSignal} signal ends it
   */
  constructor(client, talk, signal) {
    this.#client = client;
    this.#talk = talk;
    this.#key = `signal-demo contacts ${client.appID} ${client.account}`;
    $('contacts').replaceChildren();
    for (const account of load(this.#key)) {
      this.#add(account);
    }
    this.#changed();
    $('contact-form').addEventListener('submit', (e) => {
      e.preventDefault();
      this.#submitted();
    }, { signal });
    document.addEventListener('visibilitychange', () => this.ask(), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
    this.ask();
  }

  async #submitted() {
    const input = $('contact-name');
    const account = input.value.trim();
    if (account === '') {
      input.focus();
      return;
    }
    if (account === this.#client.account) {
      alertUser('That is your own account.');
      return;
    }
    try {
      await this.#ask(account); // the server knows what an account may look like
    } catch (err) {
      alertUser(`${account} was not added: ${readable(err)}.`);
      return;
    }
    input.value = '';
    this.#talk.open(this.thread(account));
  }

  /** Returns the conversation with an account, which becomes a contact. */
  thread(account) {
    if (!this.#contacts.has(account)) {
      this.#add(account);
      this.#save();
      this.#changed();
      this.#ask(account).catch(() => {}); // it is asked again
    }
    return this.#contacts.get(account).thread;
  }

  /** The account that a thread is with, '' when it is none of these. */
  account(thread) {
    return [...this.#contacts].find(([, c]) => c.thread === thread)?.[0] ?? '';
  }

  #add(account) {
    const contact = { online: null };
    contact.thread = new Thread({
      title: account, room: false,
      send: (text) => this.#client.send(account, text),
      changed: () => this.#show(account),
      entry: () => contact.button,
    });
    const button = h('button', { type: 'button', class: 'entry' });
    button.addEventListener('click', () => this.#talk.open(contact.thread));
    const remove = h('button', {
      type: 'button', class: 'icon-button', 'aria-label': `Remove ${account} from the contacts`, title: 'Remove',
    }, icon('close'));
    remove.addEventListener('click', () => this.#remove(account));
    contact.button = button;
    contact.entry = h('li', {}, button, remove);
    this.#contacts.set(account, contact);
    $('contacts').append(contact.entry);
    this.#show(account);
  }

  #remove(account) {
    const { entry, thread } = this.#contacts.get(account);
    const next = (entry.nextElementSibling ?? entry.previousElementSibling)?.querySelector('.entry') ?? $('contact-name');
    this.#contacts.delete(account);
    entry.remove();
    this.#save();
    this.#changed();
    this.#talk.drop(thread);
    next.focus();
  }

  #save() {
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.#contacts.keys()].slice(-mostContacts)));
    } catch {
      // a browser that keeps nothing: the list lives as long as the page
    }
  }

  #changed() {
    $('no-contacts').hidden = this.#contacts.size > 0;
  }

  #show(account) {
    const contact = this.#contacts.get(account);
    if (!contact) {
      return;
    }
    const { thread, button, online } = contact;
    const note = online === null ? '' : online ? 'online' : 'not online';
    const dot = h('span', { class: online ? 'dot on' : 'dot', 'aria-hidden': 'true' });
    button.replaceChildren(
      face(h('span', { class: 'avatar', 'aria-hidden': 'true' }), account),
      h('span', { class: 'entry-text' }, h('span', { class: 'entry-name' }, account), h('span', { class: 'entry-note' }, dot, note)),
    );
    if (thread.unread > 0) {
      const count = h('span', { class: 'badge' }, String(thread.unread));
      count.append(h('span', { class: 'visually-hidden' }, ' unread'));
      button.append(count);
    }
    button.setAttribute('aria-current', String(this.#talk.shown === thread));
    thread.note = note;
    this.#talk.noteChanged(thread);
  }

  /** Shows which of them is open. */
  opened() {
    for (const account of this.#contacts.keys()) {
      this.#show(account);
    }
  }

  async #ask(account) {
    const online = await this.#client.online(account);
    const contact = this.#contacts.get(account);
    if (contact && contact.online !== online) {
      contact.online = online;
      this.#show(account);
    }
  }

  /** Asks who is online, now and every while. */
  async ask() {
    clearTimeout(this.#timer);
    if (this.#client.state === 'offline') {
      return;
    }
    this.#timer = setTimeout(() => this.ask(), askEvery);
    if (this.#client.state !== 'online' || document.visibilityState === 'hidden') {
      return;
    }
    for (const account of [...this.#contacts.keys()]) {
      try {
        await this.#ask(account);
      } catch {
        return; // it is asked again
      }
    }
  }
}

function load(key) {
  try {
    const all = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(all) ? all.filter((account) => typeof account === 'string').slice(-mostContacts) : [];
  } catch {
    return [];
  }
}
