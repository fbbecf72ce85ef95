// The call: ringing, talking, hanging up. One at a time.

import { $, alertUser, face } from './dom.js';
import { readable } from './errors.js';
import { closeMedia, openMedia } from './media.js';
import { Connection } from './rtc.js';
import { codes } from './signal.js';

const inviteWithin = 10; // seconds for the peer's client to say that it rings
const ringFor = 45; // seconds
const glareWithin = 5000;
const narrow = matchMedia('(max-width: 720px)'); // then a call covers all

/** Calls is the stage on which the user's one call is, and the dialog that rings. */
export class CallPanel {
  #client;
  #talk;
  #people;
  #iceServers;
  #now = null; // the call: {peer, call, caller, media, stream, connection, since, …}
  #ringing = null; // a Call that comes in
  #before = null; // what had the keyboard
  #title = ''; // of the page, before it rang

  /**
   * @param {import('./signal.js').Client} client
   * @param {import('./talk.js').Talk} talk
   * @param {import('./people.js').People} people
   * @param {RTCIceServer[]} iceServers
   * @param {AbortSignal} signal ends it
   */
  constructor(client, talk, people, iceServers, signal) {
    this.#client = client;
    this.#talk = talk;
    this.#people = people;
    this.#iceServers = iceServers;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    on(client, 'call', ({ detail }) => this.#comes(detail.call));
    on($('call-start'), 'click', () => this.#start(people.account(talk.shown)));
    on($('call-end'), 'click', () => this.#hangUp());
    on($('call-mute'), 'click', () => this.#toggle($('call-mute'), 'getAudioTracks'));
    on($('call-camera'), 'click', () => this.#toggle($('call-camera'), 'getVideoTracks'));
    on($('ring-accept'), 'click', () => this.#accept(true));
    on($('ring-audio'), 'click', () => this.#accept(false));
    on($('ring-refuse'), 'click', () => this.#refuse());
    on($('ring'), 'cancel', (e) => e.preventDefault()); // a key pressed by chance refuses nobody
    on(narrow, 'change', () => this.#cover());
    const video = $('remote-video');
    for (const type of ['resize', 'playing', 'emptied']) {
      on(video, type, () => { $('call').dataset.video = String(video.videoWidth > 0); });
    }
    signal.addEventListener('abort', () => {
      this.#stopRinging();
      if (this.#now) {
        this.#finish(this.#now, '');
      }
    });
  }

  /** Handles a message that is about a connection. One of a call that is over is of no use. */
  signal(from, message) {
    const now = this.#now;
    if (now?.peer === from && now.call?.channel === message.call) {
      now.connection?.received(message);
    }
  }

  // --- One that we make ---

  async #start(peer) {
    if (this.#now) {
      alertUser('You are in a call already.');
      return;
    }
    const now = this.#open(peer, true, true);
    this.#say(`Calling ${peer} …`);
    let call;
    try {
      const extra = { media: 'video', _require_peer_online: 1, _timeout: inviteWithin, _ring_timeout: ringFor };
      call = await this.#client.invite(peer, { extra });
    } catch (err) {
      if (now.caller) {
        this.#finish(now, err.code === codes.invitePeerOffline ? `${peer} is not online.` : `You cannot call ${peer}: ${readable(err)}.`, true);
      }
      return;
    }
    if (this.#now !== now || !now.caller) { // hung up meanwhile, or the peer's own call has taken the place of this one
      this.#quietly(call.end());
      return;
    }
    now.call = call;
    const steps = {
      ringing: () => this.#say(`Ringing at ${peer} …`),
      accepted: () => this.#connect(now),
      ended: ({ detail }) => this.#ended(now, call, detail),
    };
    for (const [step, handler] of Object.entries(steps)) {
      call.addEventListener(step, handler);
    }
    steps[call.state]?.({ detail: { how: 'peer' } }); // it may be that far already
  }

  // --- One that comes ---

  #comes(call) {
    const now = this.#now;
    if (now?.peer === call.peer && now.caller && (now.glare || (now.call?.state ?? 'inviting') !== 'accepted')) {
      this.#both(now, call);
    } else if (now || this.#ringing) {
      this.#quietly(call.refuse({ reason: 'busy' }));
      this.#talk.happened(this.#people.thread(call.peer), `${call.peer} called while you were in a call.`);
    } else {
      this.#ring(call);
    }
  }

  // #both settles that two call each other at the same time: the call of the one whose name comes first stands.
  #both(now, call) {
    if (!now.glare && this.#client.account < call.peer) {
      this.#quietly(call.refuse({ reason: 'glare' }));
      return;
    }
    const own = now.call;
    now.caller = false;
    now.glare = false;
    clearTimeout(now.glareTimer);
    now.call = null;
    if (own) {
      this.#quietly(own.end());
    }
    this.#take(now, call);
  }

  #ring(call) {
    this.#ringing = call;
    face($('ring-avatar'), call.peer);
    $('ring-title').textContent = call.peer;
    call.addEventListener('ended', ({ detail }) => {
      if (this.#ringing === call) {
        this.#stopRinging();
        if (detail.how !== 'me') {
          this.#talk.happened(this.#people.thread(call.peer), `You missed a call of ${call.peer}.`);
        }
      }
    });
    this.#before = document.activeElement;
    this.#title = document.title;
    document.title = `${call.peer} is calling`; // for one who looks at another tab
    $('ring').showModal();
  }

  #stopRinging() {
    this.#ringing = null;
    if ($('ring').open) {
      $('ring').close();
      document.title = this.#title;
      this.#before?.focus();
    }
  }

  #accept(withCamera) {
    const call = this.#ringing;
    this.#stopRinging();
    this.#talk.open(this.#people.thread(call.peer), { focus: false });
    this.#take(this.#open(call.peer, false, withCamera), call);
  }

  // #take accepts a call, and is ready for the peer's offer before that.
  async #take(now, call) {
    now.call = call;
    call.addEventListener('ended', ({ detail }) => this.#ended(now, call, detail));
    this.#connect(now);
    try {
      await call.accept();
    } catch (err) {
      this.#finish(now, `The call could not be taken: ${readable(err)}.`, true);
    }
  }

  #refuse() {
    const call = this.#ringing;
    this.#stopRinging();
    this.#quietly(call.refuse());
    this.#talk.happened(this.#people.thread(call.peer), `You refused a call of ${call.peer}.`);
  }

  // --- Both ---

  // #open takes the stage.
  #open(peer, caller, withCamera) {
    const now = this.#now = { peer, caller, call: null, connection: null, stream: null, since: 0, timer: 0, glare: false };
    this.#before = document.activeElement;
    $('call').hidden = false;
    $('call').dataset.video = $('call').dataset.camera = 'false';
    $('call').dataset.state = 'ringing';
    $('talk').classList.add('in-call');
    $('call-title').textContent = peer;
    $('call-echo').textContent = '';
    $('call-note').hidden = true;
    face($('call-avatar'), peer);
    for (const [id, what] of [['call-mute', 'the microphone'], ['call-camera', 'the camera']]) {
      $(id).setAttribute('aria-pressed', 'false');
      $(id).disabled = true;
      $(id).title = `There is no use for ${what} yet`;
    }
    $('call-start').disabled = true;
    this.#cover();
    $('call-end').focus();
    now.media = this.#openMedia(now, withCamera);
    return now;
  }

  // #cover keeps the keyboard away from what a call is in front of.
  #cover() {
    for (const id of ['side', 'conversation', 'nothing', 'details']) {
      $(id).inert = this.#now !== null && narrow.matches;
    }
  }

  async #openMedia(now, withCamera) {
    const { stream, note } = await openMedia(withCamera);
    if (this.#now !== now) {
      closeMedia(stream);
      return null;
    }
    now.stream = stream;
    $('call-note').textContent = note;
    $('call-note').hidden = note === '';
    $('local-video').srcObject = stream;
    $('call').dataset.camera = String((stream?.getVideoTracks().length ?? 0) > 0);
    for (const [id, tracks, label] of [['call-mute', stream?.getAudioTracks(), 'Mute the microphone'], ['call-camera', stream?.getVideoTracks(), 'Turn the camera off']]) {
      $(id).disabled = !tracks?.length;
      $(id).title = label;
    }
    return stream;
  }

  #connect(now) {
    this.#say('Connecting …');
    const connection = now.connection = new Connection({
      call: now.call.channel, caller: now.caller, iceServers: this.#iceServers, media: now.media,
      send: (text, options) => this.#client.send(now.peer, text, options),
    });
    connection.addEventListener('stream', ({ detail }) => {
      const video = $('remote-video');
      if (video.srcObject !== detail.stream) {
        video.srcObject = detail.stream;
      }
      video.play().catch(() => {}); // it plays by itself once there is something
    });
    connection.addEventListener('state', ({ detail }) => this.#stateChanged(now, detail.state));
    connection.addEventListener('echo', ({ detail: { open, rtt } }) => {
      const time = rtt === null ? '' : ` · ${rtt < 10 ? rtt.toFixed(1) : Math.round(rtt)} ms there and back`;
      $('call-echo').textContent = open ? `Data channel open${time}` : 'Data channel closed';
    });
    connection.addEventListener('failed', ({ detail }) => {
      this.#quietly(now.call.end());
      this.#finish(now, `The call failed: ${readable(detail.error)}.`, true);
    });
  }

  #stateChanged(now, state) {
    switch (state) {
      case 'connected':
        now.since ||= Date.now();
        $('call').dataset.state = 'connected';
        clearInterval(now.timer);
        now.timer = setInterval(() => this.#clock(now), 1000);
        this.#clock(now);
        break;
      case 'disconnected':
      case 'failed':
        clearInterval(now.timer);
        this.#say(`The connection to ${now.peer} is interrupted. Trying to get it back …`);
    }
  }

  #clock(now) {
    const s = Math.floor((Date.now() - now.since) / 1000);
    $('call-state').setAttribute('aria-live', 'off'); // a clock is not to be read out
    $('call-state').textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
  }

  #say(text) {
    $('call-state').setAttribute('aria-live', 'polite');
    $('call-state').textContent = text;
  }

  #toggle(button, tracks) {
    const off = button.getAttribute('aria-pressed') !== 'true';
    for (const track of this.#now?.stream?.[tracks]() ?? []) {
      track.enabled = !off;
    }
    button.setAttribute('aria-pressed', String(off));
  }

  #hangUp() {
    const now = this.#now;
    if (now.call) {
      this.#quietly(now.call.end());
    }
    this.#finish(now, now.since ? `The call with ${now.peer} is over.` : `You ended the call of ${now.peer}.`);
  }

  // #ended handles the end that the server tells.
  #ended(now, call, { how, code, extra }) {
    if (this.#now !== now || now.call !== call || how === 'me') {
      return;
    }
    const { peer } = now;
    const reason = how === 'refused' && extra ? JSON.parse(extra).reason : '';
    if (reason === 'glare') { // the peer calls us at this moment
      now.glare = true;
      now.call = null;
      now.glareTimer = setTimeout(() => this.#finish(now, `${peer} did not answer.`, true), glareWithin);
      return;
    }
    switch (how) {
      case 'refused':
        this.#finish(now, reason === 'busy' ? `${peer} is in another call.` : `${peer} refused the call.`, true);
        break;
      case 'failed':
        this.#finish(now, {
          [codes.invitePeerOffline]: `${peer} is not online.`,
          [codes.inviteTimeout]: `${peer} did not answer.`,
        }[code] ?? `The call with ${peer} ended: ${readable({ code })}.`, true);
        break;
      default:
        this.#finish(now, now.since ? `${peer} hung up.` : `${peer} ended the call.`);
    }
  }

  // #finish leaves the stage.
  #finish(now, text, trouble = false) {
    if (this.#now !== now) {
      return;
    }
    this.#now = null;
    clearInterval(now.timer);
    clearTimeout(now.glareTimer);
    now.connection?.close();
    closeMedia(now.stream);
    $('local-video').srcObject = $('remote-video').srcObject = null;
    const hadFocus = $('call').contains(document.activeElement) || document.activeElement === document.body;
    $('call').hidden = true;
    $('talk').classList.remove('in-call');
    $('call-start').disabled = false;
    this.#cover();
    if (hadFocus) {
      (this.#before?.isConnected ? this.#before : $('talk-title')).focus();
    }
    if (text !== '') {
      this.#talk.happened(this.#people.thread(now.peer), text);
      if (trouble) {
        alertUser(text);
      }
    }
  }

  // #quietly lets something fail that nobody waits for: the other side hears of it, or has gone.
  #quietly(promise) {
    promise.catch(() => {});
  }
}
