// Conversations: a thread of messages each, and the one that is shown.

import { $, clock, face, h, sign } from './dom.js';
import { readable } from './errors.js';

const mostItems = 500; // of a thread

/** A conversation with an account, or in the room. */
export class Thread {
  items = [];
  unread = 0;

  /**
   * @param {object} about
   * @param {string} about.title
   * @param {boolean} about.room
   * @param {(text: string) => Promise<void>} about.send
   * @param {() => void} about.changed called when unread or the last item has changed
   * @param {() => HTMLElement} about.entry what opens it
   */
  constructor({ title, room, send, changed, entry }) {
    this.title = title;
    this.room = room;
    this.send = send;
    this.changed = changed;
    this.entry = entry;
    this.note = '';
  }
}

/** Talk is the pane that shows one thread at a time. */
export class Talk {
  #me;
  #shown = null;
  #onOpen;

  /**
   * @param {string} me
   * @param {AbortSignal} signal ends it
   * @param {(thread: Thread|null) => void} onOpen
   */
  constructor(me, signal, onOpen) {
    this.#me = me;
    this.#onOpen = onOpen;
    const text = $('text');
    $('composer').addEventListener('submit', (e) => {
      e.preventDefault();
      this.#compose(text);
    }, { signal });
    text.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
        e.preventDefault();
        this.#compose(text);
      }
    }, { signal });
    $('back').addEventListener('click', () => this.close(), { signal });
    signal.addEventListener('abort', () => {
      text.value = '';
      this.#show(null);
    });
  }

  /** The thread that is shown, or null. */
  get shown() {
    return this.#shown;
  }

  /** Shows a thread, and takes the keyboard there. */
  open(thread, { focus = true } = {}) {
    this.#show(thread);
    $('app').dataset.view = 'talk';
    if (focus) { // a phone's keyboard should not jump up
      (matchMedia('(pointer: coarse)').matches ? $('talk-title') : $('text')).focus();
    }
  }

  /** Goes back to the list. */
  close() {
    const thread = this.#shown;
    $('app').dataset.view = 'list';
    if (matchMedia('(max-width: 720px)').matches) {
      this.#show(null);
    }
    thread?.entry().focus();
  }

  /** Shows nothing when the thread is the one shown. */
  drop(thread) {
    if (this.#shown === thread) {
      $('app').dataset.view = 'list';
      this.#show(null);
    }
  }

  #show(thread) {
    this.#shown = thread;
    $('conversation').hidden = !thread;
    $('nothing').hidden = Boolean(thread);
    $('log').replaceChildren();
    if (thread) {
      thread.unread = 0;
      const avatar = $('talk-avatar');
      avatar.classList.toggle('room', thread.room);
      (thread.room ? sign : face)(avatar, thread.title);
      $('talk-title').textContent = thread.title;
      $('call-start').hidden = thread.room;
      $('leave').hidden = $('details-toggle').hidden = !thread.room;
      this.noteChanged(thread);
      $('log').append(...thread.items.map((item, i) => this.#element(item, thread.items[i - 1])));
      this.#scroll();
      thread.changed();
    }
    this.#onOpen(thread);
  }

  /** Shows what a thread's note says now. */
  noteChanged(thread) {
    if (this.#shown === thread) {
      $('talk-note').textContent = thread.note;
    }
  }

  /** Adds what somebody said. */
  received(thread, from, text, time) {
    this.#add(thread, { from, text, time, mine: from === this.#me, state: '' });
  }

  /** Adds what happened. */
  happened(thread, text) {
    this.#add(thread, { event: true, text, time: new Date() }, false);
  }

  #add(thread, item, counts = !item.mine) {
    const before = thread.items.at(-1);
    thread.items.push(item);
    if (thread.items.length > mostItems) {
      thread.items.shift();
    }
    if (this.#shown === thread) {
      const log = $('log');
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
      log.append(this.#element(item, before));
      while (log.children.length > mostItems) {
        log.firstElementChild.remove();
      }
      if (atEnd || item.mine) {
        this.#scroll();
      }
    } else if (counts) {
      thread.unread++;
    }
    thread.changed();
  }

  #scroll() {
    const log = $('log');
    log.scrollTop = log.scrollHeight;
  }

  #compose(input) {
    const text = input.value.trim();
    const thread = this.#shown;
    if (text === '' || !thread) {
      return;
    }
    input.value = '';
    input.focus();
    this.#send(thread, text);
  }

  async #send(thread, text) {
    const item = { from: this.#me, text, time: new Date(), mine: true, state: 'sending', thread };
    this.#add(thread, item);
    try {
      await thread.send(text);
      this.#settle(item, 'sent');
    } catch (err) {
      if (item.state === 'sending') {
        this.#settle(item, 'failed', readable(err));
      }
    }
  }

  #settle(item, state, why = '') {
    item.state = state;
    item.why = why;
    if (item.el?.isConnected) {
      item.el.replaceWith(this.#element(item, item.before));
    }
  }

  /** Notes that a message of one's own has come back: it was sent, whatever had been said of it. */
  echoed(thread, text) {
    const item = thread.items.find((i) => i.mine && i.text === text && i.state !== 'sent');
    if (item) {
      this.#settle(item, 'sent');
    }
  }

  #element(item, before) {
    item.before = before;
    item.el = item.event ? h('li', { class: 'event' }, item.text) : this.#message(item, before);
    return item.el;
  }

  #message(item, before) {
    const follows = before && !before.event && before.from === item.from && item.time - before.time < 120_000;
    const el = h('li', { class: 'message' });
    el.classList.toggle('mine', item.mine);
    el.classList.toggle('first', !follows);
    el.classList.toggle('failed', item.state === 'failed');
    el.append(this.#shown.room && !item.mine && !follows
      ? h('p', { class: 'from' }, item.from)
      : h('span', { class: 'visually-hidden' }, `${item.mine ? 'You' : item.from}: `));
    el.append(h('p', { class: 'text' }, item.text));
    switch (item.state) {
      case 'sending':
        el.append(h('p', { class: 'note' }, 'Sending …'));
        break;
      case 'failed': {
        const again = h('button', { type: 'button', class: 'button' }, 'Try again');
        again.addEventListener('click', () => {
          item.thread.items = item.thread.items.filter((i) => i !== item);
          el.remove();
          this.#send(item.thread, item.text);
          $('text').focus();
        });
        el.append(h('p', { class: 'note', role: 'alert' }, `Not sent: ${item.why}.`), again);
        break;
      }
      default:
        el.append(h('p', { class: 'note' }, clock(item.time)));
    }
    return el;
  }
}
