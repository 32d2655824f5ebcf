/* What Node.js clients share: the protocol of docs/external-drivers.md and parsing responses. */
import os from 'node:os';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';

export const now = process.hrtime.bigint; // CLOCK_MONOTONIC, waitbench's clock
const noSocket = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
const escapes = {'\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0'};
const escaped = Object.fromEntries(Object.entries(escapes).map(([raw, name]) => [name, raw]));
const escape = (text) => text.replace(/[\\\t\n\r\0]/g, (c) => escapes[c]);
const unescape = (text) => text.replace(/\\./g, (name) => escaped[name]);

/* Constant for the life of this process, but for `begun`: what requests are due after. */
export const load = {};

const contentMax = 95; // most bytes of a line, and of what an HTTP response contains
const framingMax = 64 * 1024; // most bytes of all else in an HTTP response

/* The header fields of a message, or of its trailers, and the blank line; a line that begins with a
 * blank goes on with the field before it. */
const fieldLines = '((?:[^\\s:]+:[^\\r\\n]*\\r\\n(?:[ \\t][^\\r\\n]*\\r\\n)*)*)\\r\\n';
const head = new RegExp('^HTTP/1\\.([01]) ([0-9]{3})(?: [^\\r\\n]*)?\\r\\n' + fieldLines);
const chunk = /^([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\r\n/;
const chunkEnd = /^\r\n/;
const trailers = new RegExp('^' + fieldLines);
const fieldOfInterest =
  /^(transfer-encoding|content-length|connection):((?:[^\r]|\r\n[ \t])*)/gim;
const notALineEnd = /(?<!\r)\n/;

/* The members of Transfer-Encoding, Content-Length and Connection, which are lists. */
function fieldsOfInterest(fields) {
  const lists = {'transfer-encoding': [], 'content-length': [], connection: []};
  for (const [, name, value] of fields.matchAll(fieldOfInterest))
    lists[name.toLowerCase()].push(...value.split(',').map((word) => word.trim().toLowerCase()));
  return Object.values(lists);
}

/* Reads one response, a line or HTTP/1.x (RFC 9112), in any number of pieces. Node's http has its
 * own sockets and reports no times, so the parsers are here: generators, which yield where more
 * bytes are needed. They stop at what cannot be a response: waitbench finds the same in the bytes
 * and reports it. */
export class Reader {
  left = ''; // not parsed yet
  taken = 0;
  ended = false;
  content = '';
  keeps = false; // the connection can be used again

  constructor() {
    this.parser = load.http ? this.parseHttp() : this.parseLine();
  }

  /* Takes a piece; '' is the connection's end. Returns whether more is needed. */
  take(text) {
    this.left += text;
    this.taken += text.length;
    this.ended = !text;
    try {
      if (!this.parser.next().done) return this.taken <= framingMax + contentMax;
      this.keeps &&= !this.left;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.keeps = false;
    }
    return false;
  }

  /* Is it a number within the bound and nothing else? Then the connection can be kept. */
  isCorrect(bound) {
    const value = /^(\d+)(\s|$)/.exec(this.content); // perhaps followed by the server's times
    return this.keeps && value !== null && BigInt(value[1]) <= bound;
  }

  * parseLine() {
    while (!this.left.includes('\n') && this.left.length <= contentMax) yield;
    const end = this.left.indexOf('\n');
    if (end < 0) throw new SyntaxError('too long');
    this.content = this.cut(end);
    this.cut(1);
    this.keeps = true;
  }

  * parseHttp() {
    let version, status, fields;
    do // interim responses are skipped
      [, version, status, fields] = yield* this.match(head, 'HTTP/1.', '\r\n\r\n');
    while (status[0] === '1' && status !== '101');
    if (status !== '200') return; // refused, whatever else it contains
    const [codings, lengths, connection] = fieldsOfInterest(fields);
    if (codings.at(-1) === 'chunked') {
      yield* this.chunks();
    } else if (!codings.length && lengths.length) {
      if (lengths.length > 1 || !/^[0-9]+$/.test(lengths[0])) throw new SyntaxError('not a length');
      yield* this.bytes(Number(lengths[0]));
    } else {
      while (!this.ended) {
        yield* this.bytes(this.left.length);
        yield;
      }
      return;
    }
    this.keeps =
      version === '0' ? connection.includes('keep-alive') : !connection.includes('close');
  }

  cut(size) {
    const text = this.left.slice(0, size);
    this.left = this.left.slice(size);
    return text;
  }

  /* What comes next: it matches `pattern`, begins with `begin`, and is over with `end`. */
  * match(pattern, begin, end) {
    for (let found; ; yield) {
      if ((found = pattern.exec(this.left))) {
        this.cut(found[0].length);
        return found;
      }
      if (!begin.startsWith(this.left.slice(0, begin.length)) || this.left.includes(end) ||
          notALineEnd.test(this.left)) throw new SyntaxError('not HTTP');
    }
  }

  /* Content of this size. */
  * bytes(size) {
    if (this.content.length + size > contentMax)
      throw new SyntaxError('more than any response contains');
    while (this.left.length < size) yield;
    this.content += this.cut(size);
  }

  * chunks() {
    for (let size = 1; size;) {
      size = parseInt((yield* this.match(chunk, '', '\r\n'))[1], 16);
      yield* this.bytes(size);
      if (size) yield* this.match(chunkEnd, '\r\n', '\r\n');
    }
    yield* this.match(trailers, '', '\r\n\r\n');
  }
}

/* Resolves when the request is due. Timers are in milliseconds, and may be that early. */
export async function whenDue(request) {
  for (let wait; (wait = load.begun + request.due - now()) > 0n;) await sleep(Number(wait) / 1e6);
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
  const [bound, text, due] = line.split('\t');
  return {index, bound: BigInt(bound), text: unescape(text), due: due && BigInt(due), slot: 0, start: 0n, connected: 0n,
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
      load.begun = BigInt(fields[1] ?? 0);
      await run(requests, BigInt(fields[0]));
      send('done');
    } else if (word === 'samples') {
      writeSamples(requests);
    }
  }
}

/* Process waitbench's commands until end of file. `begin` is called when the load is known. */
export async function serve(name, version, begin, run) {
  send('waitbench', 2, name, version);
  try {
    await handleCommands(begin, run);
    process.exit();
  } catch (error) {
    send('failed', -error.errno || 0, error.message);
    process.exit(1);
  }
}
