/* What Node.js clients share: the protocol of docs/external-drivers.md and parsing responses. */
import os from 'node:os';
import readline from 'node:readline';

export const now = process.hrtime.bigint; // CLOCK_MONOTONIC, waitbench's clock
const noSocket = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
const escapes = {'\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0'};
const escaped = Object.fromEntries(Object.entries(escapes).map(([raw, name]) => [name, raw]));
const escape = (text) => text.replace(/[\\\t\n\r\0]/g, (c) => escapes[c]);
const unescape = (text) => text.replace(/\\./g, (name) => escaped[name]);

/* Constant for the life of this process. */
export const load = {};

/* The end of the response head and the length of its body; NaN while unknown. */
function measure(response) {
  const end = response.indexOf('\r\n\r\n');
  const length = end < 0 ? null : /\r\ncontent-length: *(\d+)/i.exec(response.slice(0, end));
  return length ? [end + 4, Number(length[1])] : [NaN, NaN];
}

export function isComplete(response) {
  if (!load.http) return response.includes('\n');
  const [head, length] = measure(response);
  return response.length >= head + length;
}

/* Is it a number within the bound and nothing else? Then the connection can be kept. */
export function isCorrect(response, bound) {
  if (load.http) {
    const [head, length] = measure(response);
    if (!/^HTTP\/1.1 200/.test(response) || response.length > head + length ||
        /\r\nconnection: *close/i.test(response.slice(0, head))) return false;
    response = response.slice(head);
  } else if (response.indexOf('\n') !== response.length - 1) {
    return false;
  }
  const value = /^(\d+)\s/.exec(response); // perhaps followed by the server's times
  return value !== null && BigInt(value[1]) <= bound;
}

/* `stage`: connect, send or receive. */
export function fail(request, stage, error) {
  request.errno = -error.errno || os.constants.errno.ECONNRESET;
  request.outcome = stage === 'connect' && noSocket.has(error.code) ? 'socket' : stage;
}

function send(...fields) {
  process.stdout.write(fields.join('\t') + '\n');
}

function writeSamples(requests) {
  const lines = requests.filter((r) => r.start).map((r) => [
    'sample', r.index, r.slot, r.start, r.connected, r.sent, r.firstByte, r.end, r.outcome,
    r.errno, r.reused, escape(r.response)].join('\t') + '\n');
  process.stdout.write(lines.join('') + 'end\n', 'latin1');
}

function makeRequest(index, line) {
  const [bound, text] = line.split('\t');
  return {index, bound: BigInt(bound), text: unescape(text), slot: 0, start: 0n, connected: 0n,
    sent: 0n, firstByte: 0n, end: 0n, outcome: 'ok', errno: 0, reused: 0, response: ''};
}

function takeLoad(fields) {
  const settings = Object.fromEntries(fields.map((field) => field.split('=')));
  Object.assign(load, {host: settings.host, port: Number(settings.port),
    concurrency: Number(settings.concurrency), keepAlive: settings['keep-alive'] === '1',
    http: settings.framing === 'http'});
}

async function handleCommands(begin, run) {
  const lines = readline.createInterface({input: process.stdin})[Symbol.asyncIterator]();
  let requests;
  for await (const line of lines) {
    const [word, ...fields] = line.split('\t');
    if (word === 'load') {
      takeLoad(fields);
      await begin();
      send('ready');
    } else if (word === 'batch') {
      requests = [];
      while (requests.length < Number(fields[0]))
        requests.push(makeRequest(requests.length, (await lines.next()).value));
      send('prepared');
    } else if (word === 'go') {
      await run(requests, BigInt(fields[0]));
      send('done');
    } else if (word === 'samples') {
      writeSamples(requests);
    }
  }
}

/* Process waitbench's commands until end of file. `begin` is called when the load is known. */
export async function serve(name, version, begin, run) {
  send('waitbench', 1, name, version);
  try {
    await handleCommands(begin, run);
    process.exit();
  } catch (error) {
    send('failed', -error.errno || 0, error.message);
    process.exit(1);
  }
}
