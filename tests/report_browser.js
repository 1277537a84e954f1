// The page of `fugue report` in a browser: no messages in its console, no request, no sideways scrolling, legible colours,
// a table that sorts and filters. Talks to Chromium over a pipe (--remote-debugging-pipe), so nothing but node is needed.
//   node report_browser.js CHROMIUM PAGE LONG [FOLDER]    LONG: a page of more than 1000 runs; FOLDER: for screenshots
// Prints a line "ok: ..." or "FAILED: ..." for each check.
'use strict';
const {spawn} = require('child_process'), fs = require('fs'), os = require('os'), path = require('path');
const {pathToFileURL} = require('url');
const [chromium, page, long, shots] = process.argv.slice(2);
const windows = [
  {name: 'wide-light', width: 1400, height: 900, dark: false, mobile: false},
  {name: 'wide-dark', width: 1400, height: 900, dark: true, mobile: false},
  {name: 'phone-light', width: 390, height: 844, dark: false, mobile: true},
  {name: 'phone-dark', width: 390, height: 844, dark: true, mobile: true},
];
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'fugue-browser-'));
const browser = spawn(chromium, [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions',
  '--disable-background-networking', '--disable-component-update', '--remote-debugging-pipe', '--user-data-dir=' + profile,
], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});

let next = 1, rest = '', ended = false;
const waiting = new Map(), heard = [], listeners = [];
browser.stdio[4].setEncoding('utf8');
browser.stdio[4].on('data', text => {
  const parts = (rest + text).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      const {good, bad} = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) bad(new Error(message.error.message));
      else good(message.result);
    } else {
      heard.push(message);
      listeners.forEach(l => l(message));
    }
  }
});
browser.on('exit', () => {
  if (!ended) give_up(new Error('the browser ended'));
});

function send(method, params, sessionId) {
  return new Promise((good, bad) => {
    const id = next++;
    waiting.set(id, {good, bad});
    browser.stdio[3].write(JSON.stringify({id, method, params, sessionId}) + '\0');
  });
}
function event(method) {
  return new Promise(good => {
    const l = m => {
      if (m.method === method) {
        listeners.splice(listeners.indexOf(l), 1);
        good(m.params);
      }
    };
    listeners.push(l);
  });
}
function finish(code) {
  ended = true;
  browser.on('close', () => fs.rmSync(profile, {recursive: true, force: true, maxRetries: 20, retryDelay: 50}));
  browser.kill();
  process.exitCode = code;
}
function give_up(error) {
  console.log('FAILED: ' + error.message);
  finish(1);
}
const limit = setTimeout(() => give_up(new Error('the browser takes too long')), 120000);

let failed = 0;
function same(name, expected, actual) {
  const [e, a] = [JSON.stringify(expected), JSON.stringify(actual)];
  if (e === a) return console.log('ok: ' + name);
  failed++;
  console.log('FAILED: ' + name + ': expected ' + e + ', got ' + a);
}

// ---- what is asked of the page, in the page

// Texts whose contrast with what is behind them is below 4.5 (3 for large ones), and lines of figures below 1.2.
function pale() {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = c => {
    const [r, g, b] = c.map(x => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] > 250) return c;
    }
    return [255, 255, 255, 255];
  };
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = 0; walk.nextNode() && n < 20000; n++) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('script, style') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), drawn = e.closest('svg');
    const [a, b] = [light(rgb(drawn ? style.fill : style.color)), light(behind(drawn ? drawn.parentElement : e))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) found.add(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + walk.currentNode.data.trim().slice(0, 30));
  }
  return Array.from(found).slice(0, 10);
}

// Headings without a step left out; captions, alternative texts and names of what needs them.
function structure() {
  const levels = Array.from(document.querySelectorAll('h1, h2, h3, h4'), h => Number(h.tagName[1]));
  const ids = Array.from(document.querySelectorAll('[id]'), e => e.id);
  const refers = Array.from(document.querySelectorAll('[aria-labelledby]'), e => e.getAttribute('aria-labelledby'));
  const uses = Array.from(document.querySelectorAll('use'), e => e.getAttribute('href').slice(1));
  return {
    titles: levels.filter(l => l === 1).length,
    skipped: levels.filter((l, i) => i > 0 && l > levels[i - 1] + 1).length,
    repeated: ids.filter((id, i) => ids.indexOf(id) !== i),
    dangling: refers.concat(uses).filter(id => !ids.includes(id)),
    tablesWithoutCaption: document.querySelectorAll('table').length - document.querySelectorAll('table > caption').length,
    figuresWithoutText: document.querySelectorAll('figure svg:not([role=img][aria-label])').length,
    figuresWithoutCaption: document.querySelectorAll('figure').length - document.querySelectorAll('figure > figcaption').length,
    injected: document.querySelectorAll('body script').length - 1 + document.querySelectorAll('img, iframe, object, embed, link:not([rel=icon])').length,
  };
}

async function runs() {
  const table = document.querySelector('table.runs'), head = table.tHead.rows[0], input = document.querySelector('.filter input');
  const shown = () => Array.from(table.tBodies[0].rows).filter(r => r.getClientRects().length > 0);
  const name = h => h.querySelector('button').firstChild.textContent.trim();
  const column = wanted => Array.from(head.cells).findIndex(h => name(h) === wanted);
  const texts = k => shown().map(r => r.cells[k].textContent);
  const number = t => (t === '–' ? NaN : t === '∞' ? Infinity : Number(t));
  const filter = async text => {
    input.value = text;
    input.dispatchEvent(new Event('input'));
    await new Promise(good => setTimeout(good, 150));
    return shown().length;
  };
  const order = Array.from(table.tBodies[0].rows, r => r.firstElementChild.textContent).join();
  const time = column('virtual time'), out = {rows: shown().length};
  const ascending = k => {
    const x = texts(k).map(number), there = x.filter(v => !Number.isNaN(v));
    return there.every((v, i) => i === 0 || there[i - 1] <= v) && x.slice(0, there.length).every(v => !Number.isNaN(v)) && there.length > 1;
  };
  const descending = k => {
    const x = texts(k).map(number), there = x.filter(v => !Number.isNaN(v));
    return there.every((v, i) => i === 0 || there[i - 1] >= v) && x.slice(0, there.length).every(v => !Number.isNaN(v)) && there.length > 1;
  };
  const button = k => head.cells[k].querySelector('button');
  out.unsorted = document.querySelectorAll('[aria-sort]').length;
  const started = performance.now();
  button(time).click();
  out.ascending = ascending(time) && head.cells[time].getAttribute('aria-sort') === 'ascending';
  button(time).click();
  out.descending = descending(time) && head.cells[time].getAttribute('aria-sort') === 'descending';
  button(column('state')).click();
  const states = texts(column('state'));
  out.words = states.every((s, i) => i === 0 || states[i - 1].localeCompare(s) <= 0);
  out.one = document.querySelectorAll('[aria-sort]').length;
  button(column('state')).click();
  button(column('state')).click();
  out.back = Array.from(table.tBodies[0].rows, r => r.firstElementChild.textContent).join() === order && !document.querySelector('[aria-sort]');
  out.fast = performance.now() - started < 5000;
  const states_of = wanted => states.filter(s => s === wanted).length;
  out.filtered = (await filter('state=done')) === states_of('done');
  out.without = (await filter('-done')) === states.filter(s => s !== 'done').length;
  out.nothing = await filter('no such words');
  out.said = document.querySelector('.filter output').textContent === '0 of ' + states.length + ' runs';
  out.all = (await filter('')) === states.length;
  return out;
}

// Of thousands of rows the first are shown, and the others when they are asked for; they are sorted and filtered all.
async function long_table() {
  const table = document.querySelector('table.runs'), count = document.querySelector('.filter output'), input = document.querySelector('.filter input');
  const [more, all] = document.querySelectorAll('.more button'), rows = () => table.tBodies[0].rows.length;
  const heads = Array.from(table.tHead.rows[0].cells), state = heads.findIndex(h => h.textContent.startsWith('seed'));
  const out = [rows(), count.textContent], started = performance.now();
  heads[state].querySelector('button').click();
  heads[state].querySelector('button').click();
  table.getBoundingClientRect();
  out.push(performance.now() - started < 10000);
  out.push(table.tBodies[0].rows[0].cells[state].textContent);
  more.click();
  out.push(rows());
  input.value = 'seed=1';
  input.dispatchEvent(new Event('input'));
  await new Promise(good => setTimeout(good, 150));
  out.push(rows(), more.parentElement.hidden);
  input.value = '';
  input.dispatchEvent(new Event('input'));
  await new Promise(good => setTimeout(good, 150));
  all.click();
  out.push(rows(), count.textContent, more.parentElement.hidden);
  return out;
}

// ---- the checks

async function main() {
  const {targetId} = await send('Target.createTarget', {url: 'about:blank'});
  const {sessionId} = await send('Target.attachToTarget', {targetId, flatten: true});
  const ask = (method, params) => send(method, params || {}, sessionId);
  const evaluate = async (f, ...args) => {
    const {result, exceptionDetails} = await ask('Runtime.evaluate',
      {expression: '(' + f + ')(' + args.map(a => JSON.stringify(a)).join() + ')', returnByValue: true, awaitPromise: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
  };
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await ask(domain + '.enable');
  const show = async w => {
    await ask('Emulation.setDeviceMetricsOverride', {width: w.width, height: w.height, deviceScaleFactor: 1, mobile: w.mobile});
    await ask('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: w.dark ? 'dark' : 'light'}]});
  };
  await show(windows[0]);
  const open = async name => {
    const loaded = event('Page.loadEventFired');
    await ask('Page.navigate', {url: pathToFileURL(path.resolve(name)).href});
    await loaded;
  };
  await open(page);

  same('structure', {titles: 1, skipped: 0, repeated: [], dangling: [], tablesWithoutCaption: 0, figuresWithoutText: 0, figuresWithoutCaption: 0, injected: 0}, await evaluate(structure));
  for (const w of windows) {
    await show(w);
    await evaluate(() => new Promise(good => requestAnimationFrame(() => requestAnimationFrame(good))));
    same(w.name + ': the page does not scroll sideways', true, await evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await evaluate(() => document.querySelectorAll('details').forEach(d => (d.open = true)));
    same(w.name + ': not with everything opened', true, await evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    same(w.name + ': contrast', [], await evaluate(pale));
    same(w.name + ': type is at least 12 pixels', [], await evaluate(() => {
      const small = new Set();
      document.querySelectorAll('p, li, td, th, caption, figcaption, code, small, output, summary, a').forEach(e => {
        if (parseFloat(getComputedStyle(e).fontSize) < 11.9) small.add(e.tagName + '.' + e.className);
      });
      return Array.from(small);
    }));
    await evaluate(() => document.querySelectorAll('details').forEach(d => (d.open = false)));
    if (shots) {
      const {cssContentSize: size} = await ask('Page.getLayoutMetrics');
      const step = w.mobile ? 1500 : 2000;
      for (let y = 0, k = 0; y < size.height; y += step, k++) {
        const {data} = await ask('Page.captureScreenshot', {format: 'png', captureBeyondViewport: true,
          clip: {x: 0, y, width: w.width, height: Math.min(step, size.height - y), scale: 1}});
        fs.writeFileSync(path.join(shots, w.name + '-' + k + '.png'), data, 'base64');
      }
    }
  }
  await show(windows[0]);
  const {rows, ...result} = await evaluate(runs);
  same('runs', true, rows > 1);
  same('the table sorts and filters', {unsorted: 0, ascending: true, descending: true, words: true, one: 1, back: true, fast: true, filtered: true, without: true, nothing: 0, said: true, all: true}, result);

  // on paper nothing is cut off
  await ask('Emulation.setEmulatedMedia', {media: 'print', features: [{name: 'prefers-color-scheme', value: 'dark'}]});
  same('printed in dark ink on white', ['rgb(255, 255, 255)', 'visible', 'none'], await evaluate(() => [getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector('.box.runs')).overflowX, getComputedStyle(document.querySelector('.filter')).display]));

  await ask('Emulation.setEmulatedMedia', {media: ''});
  await open(long);
  same('a long table', [500, '1120 runs, the first 500 are shown', true, '40', 1000, 28, true, 1120, '1120 runs', true], await evaluate(long_table));

  const said = heard.filter(m => m.method === 'Runtime.exceptionThrown' || m.method === 'Log.entryAdded' ||
    (m.method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(m.params.type)));
  same('the console is empty', [], said.map(m => JSON.stringify(m.params).slice(0, 300)));
  const urls = heard.filter(m => m.method === 'Network.requestWillBeSent').map(m => m.params.request.url);
  same('one file is loaded', [], urls.filter(u => !u.startsWith('file:') && !u.startsWith('data:')));

  // the policy stands: a script from elsewhere would not run
  same('no other script runs', false, await evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.intruded = true';
    document.body.append(script);
    return window.intruded === true;
  }));
}

main().then(() => {
  clearTimeout(limit);
  finish(failed ? 1 : 0);
}, error => {
  clearTimeout(limit);
  give_up(error);
});
