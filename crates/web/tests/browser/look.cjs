// Looks at pages in Chromium as people do: with a mouse, with a keyboard, on a phone, in the dark,
// without script. Prints what is wrong, a line each; nothing when all is well.
//
//     node look.cjs CHROMIUM FOLDER-OF-PAGES
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [executablePath, pages] = process.argv.slice(2);
const folder = path.resolve(pages);
const wrong = [];
let where = '';

/** Says what is wrong unless it holds. */
function expect(holds, words) {
  if (!holds) wrong.push(`${where}: ${words}`);
}

/** Opens a page, and notes every error and every request that it makes. */
async function open(browser, name, { hash = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const address = `file://${path.join(folder, name)}.html`;
  page.on('console', (message) => expect(!['error', 'warning'].includes(message.type()), `console: ${message.text()}`));
  page.on('pageerror', (error) => expect(false, `script: ${error.message}`));
  page.on('dialog', (dialog) => expect(false, `dialog: ${dialog.message()}`));
  page.on('request', (request) => expect(request.url().split('#')[0] === address, `request: ${request.url()}`));
  await page.goto(address + hash);
  return page;
}

/** Holds a page to the rules for accessible content (WCAG 2.2 AA, as far as axe knows). */
async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const { id, nodes } of violations) expect(false, `${id}: ${nodes[0].html.slice(0, 160)}`);
}

async function fits(page, words) {
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(needed <= there, `${words}: ${needed} pixels wide on ${there}`);
}

const arrow = 'svg a[aria-label^="kube-apiserver to etcd: fails"]';
const panel = '[id="channel-kube-apiserver~etcd"]';

/** The panel of the failing channel says everything about it. */
async function shows(page, words) {
  expect(await page.locator(panel).isVisible(), `${words}: the panel is not shown`);
  const text = await page.locator(panel).innerText();
  for (const part of ['x509: certificate signed by unknown authority', '/etc/kubernetes/manifests/kube-apiserver.yaml:21:21',
    '--etcd-cafile=/etc/kubernetes/pki/ca.crt', 'let --etcd-cafile name', 'CN=etcd-ca', 'CN=kubernetes', '296d left']) {
    expect(text.includes(part), `${words}: the panel does not say ${part}`);
  }
}

const looks = {
  async 'a click'(browser) {
    const page = await open(browser, 'broken');
    expect(!(await page.locator(panel).isVisible()), 'a panel is shown before it is asked for');
    await page.locator(arrow).click();
    await shows(page, 'after a click');
    expect(await page.locator(arrow).getAttribute('aria-current') === 'true', 'the arrow is not marked');
    await page.locator(`${panel} .close`).click();
    expect(!(await page.locator(panel).isVisible()), 'the panel does not close');
    await page.locator('svg a[aria-label^="etcd serves"]').click();
    expect(await page.locator('#component-etcd').isVisible(), 'a component does not open');
  },

  async 'the keyboard'(browser) {
    const page = await open(browser, 'broken');
    const isFocused = () => page.locator(arrow).evaluate((one) => one === document.activeElement);
    const stroke = () => page.locator(`${arrow} .line`).evaluate((line) => getComputedStyle(line).strokeWidth);
    const unfocused = await stroke();
    for (let presses = 0; presses < 60 && !(await isFocused()); presses += 1) {
      await page.keyboard.press('Tab');
    }
    expect(await isFocused(), 'the arrow cannot be reached');
    expect(await stroke() !== unfocused, 'the focus cannot be seen');
    await page.keyboard.press('Enter');
    await shows(page, 'after Enter');
    const inside = await page.evaluate((selector) => document.querySelector(selector).contains(document.activeElement), panel);
    expect(inside, 'the focus is not in the panel');
    await page.keyboard.press('Escape');
    expect(!(await page.locator(panel).isVisible()), 'Escape does not close');
    expect(await isFocused(), 'the focus does not come back');
  },

  async 'a link'(browser) {
    const page = await open(browser, 'broken', { hash: '#finding-KP0301' });
    const finding = page.locator('#finding-KP0301');
    const [top, height] = await finding.evaluate((one) => [one.getBoundingClientRect().top, innerHeight]);
    expect(top >= 0 && top < height, 'the finding is not in view');
    expect(await finding.locator('.source').first().isVisible(), 'its evidence is folded');
  },

  async 'filters'(browser) {
    const page = await open(browser, 'broken');
    const rows = page.locator('.channel-row:visible');
    const all = await rows.count();
    await page.locator('[data-filters="channel"] input[value="works"]').uncheck();
    expect(await rows.count() === 1, 'the filter by verdict does not leave one');
    await page.locator('[data-filters="channel"] input[value="works"]').check();
    await page.locator('[type="search"]').fill('SCHEDULER');
    expect(await rows.count() === 1, 'the filter by text does not leave one');
    expect(await page.locator('[data-status="channel"]').innerText() === `1 of ${all} shown`, 'nothing says how many are shown');
  },

  async 'no script'(browser) {
    const page = await open(browser, 'broken', { javaScriptEnabled: false });
    await page.locator(arrow).click();
    await shows(page, 'without script');
    expect(!(await page.locator('.filter').first().isVisible()), 'filters are shown that do not work');
  },

  async 'a hostile tree'(browser) {
    const page = await open(browser, 'hostile');
    expect(await page.evaluate(() => typeof hacked) === 'undefined', 'a script of the tree ran');
    expect(await page.locator('script').count() === 1, 'there are more scripts than one');
    expect(await page.locator('img').count() === 0, 'there is an image');
    for (const link of await page.locator('svg a').all()) {
      const name = (await link.getAttribute('href')).slice(1);
      await page.goto(`${page.url().split('#')[0]}#${name}`);
      expect(await page.locator(`[id="${name}"]`).isVisible(), `${name} does not open`);
    }
    await page.setViewportSize({ width: 360, height: 780 });
    await fits(page, 'hostile names');
  },

  async 'print'(browser) {
    const page = await open(browser, 'broken');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#finding-KP0301 .source').first().isVisible(), 'evidence is not printed');
    expect(!(await page.locator('nav').isVisible()), 'the navigation is printed');
    expect(await page.evaluate(() => document.getAnimations().length) === 0, 'something moves');
  },
};

/** Pages on a phone and on a desk, by day and by night. */
async function everywhere(browser) {
  for (const [name, colorScheme, width] of [['broken', 'light', 360], ['broken', 'dark', 1280],
    ['many', 'dark', 360], ['many', 'light', 1280], ['graph', 'dark', 360]]) {
    where = `${name}, ${colorScheme}, ${width}`;
    const page = await open(browser, name, { colorScheme, viewport: { width, height: 780 } });
    await fits(page, 'the page');
    const link = page.locator('svg a').first();
    if (await link.count() > 0) {
      await link.click();
      await fits(page, 'a panel');
    }
    // With a panel open, both can be seen. What many nodes add is the same on a phone.
    if (name !== 'many' || width > 360) await accessible(page);
    await page.context().close();
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const [name, look] of Object.entries(looks)) {
    where = name;
    await look(browser).catch((error) => expect(false, error.message));
  }
  await everywhere(browser).catch((error) => expect(false, error.message));
  await browser.close();
  for (const line of new Set(wrong)) console.log(line);
})();
