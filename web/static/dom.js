// The page's elements, and how they are made.

/** @param {string} id */
export const $ = (id) => document.getElementById(id);

/**
 * Makes an element.
 * @param {string} tag
 * @param {object} [props] properties; what begins with aria-, or is class, is an attribute
 * @param {...(Node|string)} children
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'class' || name === 'role' || name.startsWith('aria-')) {
      el.setAttribute(name, value);
    } else {
      el[name] = value;
    }
  }
  el.append(...children);
  return el;
}

/** @param {string} name of a symbol in the page */
export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(ns, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

// Whoever has a name has a colour.
function colour(el, name) {
  let hue = 0;
  for (const c of name) {
    hue = (hue * 31 + c.codePointAt(0) * 137) % 360;
  }
  el.style.setProperty('--hue', String(hue));
}

/** Shows a room's sign in its colour. */
export function sign(el, room) {
  colour(el, room);
  el.replaceChildren(icon('room'));
}

/** Shows an account's letters in its colour. */
export function face(el, account) {
  colour(el, account);
  const words = account.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? [[...words[0]][0], [...words[1]][0]] : [...(words[0] ?? account)].slice(0, 2);
  el.textContent = letters.join('').toUpperCase();
  return el;
}

/** @param {Date} time */
export function clock(time) {
  return time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** Shows a trouble until it is read, or for a while. */
export function alertUser(text) {
  const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close this message' }, icon('close'));
  const el = h('div', { class: 'alert' }, h('p', { role: 'alert' }, text), close);
  close.addEventListener('click', () => el.remove());
  const all = $('alerts');
  all.append(el);
  while (all.children.length > 3) {
    all.firstElementChild.remove();
  }
  setTimeout(() => el.remove(), 12_000);
}
