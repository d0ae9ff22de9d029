// What the page does beyond links and folds, which work without it: filters, where the focus goes
// when something is opened and closed, and everything unfolded for print.
'use strict';

const all = (selector) => [...document.querySelectorAll(selector)];
const named = () => document.getElementById(plain(location.hash.slice(1)));
const isPanel = (element) => element?.classList.contains('panel');

/** A name without the quoting that it may have been sent with. */
function plain(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** What was active before the panel that is open. */
let opener = null;

/** Follows the address: unfolds what it names, moves the focus there, and marks what leads there. */
function follow() {
  const target = named();
  for (const link of all('.picture a')) {
    if (target && link.getAttribute('href') === location.hash) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  if (!target) return;
  target.querySelector(':scope > details')?.setAttribute('open', '');
  if (isPanel(target)) target.scrollTop = 0;
  if (target.tabIndex === -1) target.focus({ preventScroll: isPanel(target) });
}

/** Closes the panel that is open and goes back to where it was opened from. */
function close() {
  if (!isPanel(named())) return;
  location.hash = 'closed';
  opener?.focus();
  opener = null;
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  if (link.matches('.close')) {
    event.preventDefault();
    close();
  } else if (!link.closest('.panel')) {
    opener = link;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') close();
});

/** Shows the rows that every filter of their kind lets through. */
function filter(kind) {
  const form = document.querySelector(`[data-filters="${kind}"]`);
  const wanted = new Set([...form.querySelectorAll(':checked')].map((box) => box.value));
  const text = form.querySelector('[type="search"]')?.value.trim().toLowerCase() ?? '';
  const rows = all(kind === 'channel' ? '.channel-row' : 'main .finding');
  let shown = 0;
  for (const row of rows) {
    const is = wanted.has(row.dataset.verdict ?? row.dataset.severity);
    row.hidden = !(is && row.textContent.toLowerCase().includes(text));
    if (!row.hidden) shown += 1;
  }
  for (const group of all('.group')) {
    group.hidden = !group.querySelector('.channel-row:not([hidden])');
    if (text && !group.hidden) group.open = true;
  }
  const status = document.querySelector(`[data-status="${kind}"]`);
  if (status) status.textContent = shown === rows.length ? '' : `${shown} of ${rows.length} shown`;
}

for (const form of all('[data-filters]')) {
  form.hidden = false;
  form.addEventListener('input', () => filter(form.dataset.filters));
}

/** Where there is no room for the whole picture, its middle is what to see first. */
function centre() {
  const box = document.querySelector('.picture .scroll');
  if (box) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
}

addEventListener('hashchange', follow);
addEventListener('beforeprint', () => all('details').forEach((one) => { one.open = true; }));
centre();
follow();
