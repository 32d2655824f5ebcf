/* What a Node.js server needs of the protocol of docs/server-programs.md: its settings, its row of
 * the account, and what a request says. */
import fs from 'node:fs';

export const now = process.hrtime.bigint; // CLOCK_MONOTONIC, waitbench's clock
export const lineMax = 63; // most bytes of a line, or of a path
const boundMax = 9223372036854775807n;
const delayMax = 60e9; // that a request may set, in ns

function setting(name) {
  const text = process.env['RANDINTD_' + name];
  if (/^\d+$/.test(text)) return BigInt(text);
  console.error(`RANDINTD_${name} is no number: randintd starts this program`);
  process.exit(2);
}

/* Constant for the life of this process. */
export const settings = {
  listeners: Array.from({length: Number(setting('LISTENERS'))}, (_, i) => 3 + i),
  delayNs: setting('DELAY'), workNs: Number(setting('WORK')),
  idleMs: Math.ceil(Number(setting('IDLE')) / 1e6),
  backlog: Number(setting('BACKLOG')), keepAlive: setting('KEEP_ALIVE') === 1n,
};

/* ---- the account ---- */

/* The counters of a row, in its order; the first is behind what is randintd's own. */
const counters = ['accepted', 'open', 'inFlight', 'inFlightMax', 'completed', 'aborted', 'refused',
  'badRequests', 'timedOut'];
const account = {fd: Number(setting('ACCOUNT')), offset: Number(setting('ROW')) + 16,
  values: new BigUint64Array(counters.length), isChanged: false};

function writeAccount() {
  account.isChanged = false;
  fs.writeSync(account.fd, account.values, 0, account.values.byteLength, account.offset);
}

/* Node.js cannot map a file. The loop runs what setImmediate is given before it waits again: so the
 * file is up to date whenever it waits, for one system call a turn. */
export function count(name, more = 1n) {
  const values = account.values, index = counters.indexOf(name);
  values[index] += more;
  if (name === 'inFlight' && values[index] > values[index + 1]) values[index + 1] = values[index];
  if (!account.isChanged) setImmediate(writeAccount);
  account.isChanged = true;
  return values[index];
}

/* ---- a request ---- */

/* sfc32 of PractRand: 128 bits of state, of which the seed sets 64. Math.random takes no seed. */
const state = new Uint32Array([Number(setting('SEED') & 0xffffffffn),
  Number(setting('SEED') >> 32n & 0xffffffffn), 0, 1]);

function random32() {
  const [a, b, c, counter] = state;
  const sum = a + b + counter;
  state.set([b ^ b >>> 9, c + (c << 3), (c << 21 | c >>> 11) + sum, counter + 1]);
  return sum >>> 0;
}

for (let i = 0; i < 12; i++) random32(); // until the seed has reached all bits

/* A random integer in [0, bound]: as many bits as the bound has, drawn until they are no more. */
export function draw(bound) {
  const bits = bound.toString(2).length;
  let value;
  do value = BigInt.asUintN(bits, BigInt(random32()) << 32n | BigInt(random32()));
  while (value > bound);
  return value;
}

/* Node.js before 23.9 has no clock of a thread; that of the process includes its helpers. */
const readCpu = process.threadCpuUsage ?? process.cpuUsage;

/* Burn CPU, as a request that has something to compute. */
export function work() {
  if (!settings.workNs) return;
  const start = readCpu.call(process);
  let used;
  do used = readCpu.call(process, start);
  while ((used.user + used.system) * 1000 < settings.workNs);
}

const send = ': send an integer from 0 to 9223372036854775807';

function parseInteger(text) {
  if (!text) throw new SyntaxError('empty' + send);
  if (/^-./s.test(text)) throw new SyntaxError('negative' + send);
  const [digits] = /^[0-9]*/.exec(text);
  if (BigInt(digits) > boundMax) throw new SyntaxError('too large' + send);
  if (digits !== text) throw new SyntaxError('not a number' + send);
  return BigInt(digits);
}

const units = {h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, ns: 1};

/* "5ms", "1.5s" or "0". */
function parseDelay(text) {
  const [, number, unit] = /^(\d+\.?\d*|\.\d+)(h|m|s|ms|us|ns|)$/.exec(text) ?? [];
  const ns = Math.round(number * (units[unit] ?? (Number(number) === 0 ? 1 : NaN)));
  if (ns <= delayMax) return BigInt(ns);
  throw new SyntaxError('bad option: a delay (5ms, 1.5s; 60s at most) or the word timing');
}

/* An integer and its options: the words of a line, or those of a path after /randint/, where a
 * delay has a key. */
function parseWords([bound, ...options], key) {
  const request = {bound: parseInteger(bound), delayNs: settings.delayNs, timing: false};
  let hasDelay = false;
  for (const option of options) {
    if (option === 'timing') {
      request.timing = true;
      continue;
    }
    const isFirst = !hasDelay && option.startsWith(key);
    request.delayNs = parseDelay(isFirst ? option.slice(key.length) : '');
    hasDelay = true;
  }
  return request;
}

/* The request, or what is wrong with it, and the status of that over HTTP. */
function parseRequest(words, key) {
  try {
    return parseWords(words, key);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {problem: error.message, status: 400};
  }
}

export function parseLine(line) {
  return parseRequest(line.split(' '), '');
}

/* The same of one of http's requests. */
export function route({httpVersion, method, url, rawHeaders}) {
  const prefix = '/randint/';
  const hosts = rawHeaders.filter((text, i) => i % 2 === 0 && /^host$/i.test(text)).length;
  if (httpVersion[0] !== '1')
    return {status: 505, problem: 'the version is not HTTP/1.0 or HTTP/1.1'};
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
    return {status: 400, problem: 'this has not exactly one Host header'};
  if (method !== 'GET' && method !== 'HEAD')
    return {status: 405, problem: 'only GET and HEAD are served'};
  if (url.length > lineMax) return {status: 414, problem: 'the path is too long'};
  if (!url.startsWith(prefix))
    return {status: 404, problem: 'not found: the path is /randint/N'};
  return parseRequest(url.slice(prefix.length).split(/[?&]/), 'delay=');
}
