#!/usr/bin/env node
/* node: Node.js, one thread that runs JavaScript, and an event loop (libuv) below it.
 *
 * Nothing in Node waits: a socket calls back when it is connected, has data, is closed, and await
 * makes a line of code out of such a callback. One thread runs all of it, compiled while it runs,
 * so the first requests are the slow ones and a busy callback holds up everybody. No locks, no
 * stacks, and every library is written for it, which is what Python's asyncio cannot say. Choose
 * it for many connections and little computing. */
import net from 'node:net';
import os from 'node:os';
import readline from 'node:readline';

const now = process.hrtime.bigint; // CLOCK_MONOTONIC, as waitbench's own
const noSocket = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
const escapes = {'\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0'};
const escaped = Object.fromEntries(Object.entries(escapes).map(([raw, name]) => [name, raw]));
const escape = (text) => text.replace(/[\\\t\n\r\0]/g, (c) => escapes[c]);
const unescape = (text) => text.replace(/\\./g, (name) => escaped[name]);

let load; // what stays the same for the life of this process

/* The end of the answer's head, the length of its body; NaN while they are not known. */
function measure(answer) {
  const end = answer.indexOf('\r\n\r\n');
  const length = end < 0 ? null : /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end));
  return length ? [end + 4, Number(length[1])] : [NaN, NaN];
}

function isWhole(answer) {
  if (load.framing !== 'http') return answer.includes('\n');
  const [head, length] = measure(answer);
  return answer.length >= head + length;
}

/* Is it a number that was asked for, and nothing more? Then its connection can be kept. */
function isGood(answer, bound) {
  if (load.framing === 'http') {
    const [head, length] = measure(answer);
    if (!/^HTTP\/1.1 200/.test(answer) || answer.length > head + length ||
        /\r\nconnection: *close/i.test(answer.slice(0, head))) return false;
    answer = answer.slice(head);
  } else if (answer.indexOf('\n') !== answer.length - 1) {
    return false;
  }
  const value = /^(\d+)\s/.exec(answer); // behind it may be the server's times
  return value !== null && BigInt(value[1]) <= bound;
}

/* One request at a time, over a connection that may be kept. */
class Lane {
  constructor(number) {
    this.number = number;
    this.socket = null;
  }

  /* Resolves once connected. Whoever waits for the socket is told of what happens to it. */
  connect() {
    return new Promise((resolve, reject) => {
      const socket = net.connect({host: load.host, port: load.port, noDelay: true});
      this.socket = socket;
      this.onData = this.onEnd = () => {};
      this.onError = reject;
      socket.setEncoding('latin1');
      socket.on('connect', resolve);
      socket.on('data', (text) => this.onData(text));
      socket.on('end', () => this.onEnd());
      socket.on('error', (error) => this.onError(error));
    });
  }

  close() {
    this.socket?.destroy();
    this.socket = null;
  }

  /* Resolves once the answer is whole, or there will be no more of it. */
  receive(request) {
    return new Promise((resolve, reject) => {
      this.onError = reject;
      this.onEnd = () => {
        request.outcome = 'closed';
        resolve(false);
      };
      this.onData = (text) => {
        request.firstByte ||= now();
        request.answer += text;
        if (isWhole(request.answer)) resolve(isGood(request.answer, request.bound));
      };
    });
  }

  async carry(request) {
    let stage = 'connect', good = false;
    request.lane = this.number;
    request.start = now();
    try {
      request.reused = this.socket?.writable ? 1 : 0;
      if (!request.reused) {
        this.close();
        await this.connect();
      }
      request.connected = request.reused ? request.start : now();
      stage = 'send';
      const answered = this.receive(request);
      this.socket.write(request.ask, 'latin1');
      request.sent = now();
      stage = 'receive';
      good = await answered;
    } catch (error) {
      request.errno = -error.errno || os.constants.errno.ECONNRESET;
      request.outcome = noSocket.has(error.code) ? 'socket' : stage;
    }
    if (!(good && load.keepAlive)) this.close();
    request.end = now();
  }
}

async function work(lane, waiting, deadline) {
  for (const request of waiting) {
    if (deadline && now() >= deadline) break;
    await lane.carry(request);
  }
}

function tell(...fields) {
  process.stdout.write(fields.join('\t') + '\n');
}

function tellSamples(requests) {
  const lines = requests.filter((r) => r.start).map((r) => [
    'sample', r.index, r.lane, r.start, r.connected, r.sent, r.firstByte, r.end, r.outcome,
    r.errno, r.reused, escape(r.answer)].join('\t') + '\n');
  process.stdout.write(lines.join('') + 'end\n');
}

function makeRequest(index, line) {
  const [bound, ask] = line.split('\t');
  return {index, bound: BigInt(bound), ask: unescape(ask), lane: 0, start: 0n, connected: 0n,
    sent: 0n, firstByte: 0n, end: 0n, outcome: 'ok', errno: 0, reused: 0, answer: ''};
}

async function converse() {
  const input = readline.createInterface({input: process.stdin, crlfDelay: Infinity});
  const lines = input[Symbol.asyncIterator]();
  let lanes, requests;
  for await (const line of lines) {
    const [word, ...fields] = line.split('\t');
    if (word === 'load') {
      const settings = Object.fromEntries(fields.map((field) => field.split('=')));
      load = {host: settings.host, port: Number(settings.port), framing: settings.framing,
        keepAlive: settings['keep-alive'] === '1'};
      lanes = Array.from({length: Number(settings.concurrency)}, (_, i) => new Lane(i));
      if (load.keepAlive) for (const lane of lanes) await lane.connect();
      tell('ready');
    } else if (word === 'batch') {
      requests = [];
      while (requests.length < Number(fields[0]))
        requests.push(makeRequest(requests.length, (await lines.next()).value));
      tell('prepared');
    } else if (word === 'go') {
      const waiting = requests.values(); // one after another, to whichever lane asks
      await Promise.all(lanes.map((lane) => work(lane, waiting, BigInt(fields[0]))));
      tell('done');
    } else if (word === 'samples') {
      tellSamples(requests);
    }
  }
}

tell('waitbench', 1, 'Node.js', process.versions.node);
try {
  await converse();
  process.exit();
} catch (error) {
  tell('failed', -error.errno || 0, error.message);
  process.exit(1);
}
