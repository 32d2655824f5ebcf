#!/usr/bin/env node
/* node: Node.js, one thread that runs JavaScript, on an event loop (libuv).
 *
 * No call blocks in Node: a socket calls back when it is connected, has data or is closed, and
 * await waits for such a callback in straight-line code. One thread runs all of it, compiled at run
 * time, so the first requests are slow, and a callback that computes delays all requests. There are
 * no locks and no stacks, and all libraries are non-blocking, unlike with Python's asyncio. Its
 * timers are in milliseconds: requests that start by a schedule begin up to one or two late. Choose
 * it for many connections and little computation. */
import net from 'node:net';
import {fail, load, now, Reader, serve, whenDue} from './waitbench_client.mjs';

/* One request at a time, over a connection that may be kept. */
class Slot {
  constructor(number) {
    this.number = number;
    this.socket = null;
  }

  /* Resolves once connected. Events of the socket go to the handlers set by the current wait. */
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

  /* Resolves once the response is complete, or the connection was closed. */
  receive(request) {
    const reader = new Reader();
    return new Promise((resolve, reject) => {
      this.onError = reject;
      this.onEnd = () => {
        if (reader.take('')) request.outcome = 'closed';
        resolve(reader.isCorrect(request.bound));
      };
      this.onData = (text) => {
        request.firstByte ||= now();
        request.response += text;
        if (!reader.take(text)) resolve(reader.isCorrect(request.bound));
      };
    });
  }

  async run(request) {
    let stage = 'connect', correct = false;
    request.slot = this.number;
    request.start = now();
    try {
      request.reused = this.socket?.writable ? 1 : 0;
      if (!request.reused) {
        this.close();
        await this.connect();
      }
      request.connected = request.reused ? request.start : now();
      stage = 'send';
      const received = this.receive(request);
      this.socket.write(request.text, 'latin1');
      request.sent = now();
      stage = 'receive';
      correct = await received;
    } catch (error) {
      fail(request, stage, error);
    }
    if (!(correct && load.keepAlive)) this.close();
    request.end = now();
  }
}

async function work(slot, waiting, deadline) {
  for (const request of waiting) {
    if (deadline && now() >= deadline) break;
    if (request.due !== undefined) await whenDue(request);
    await slot.run(request);
  }
}

let slots;

/* Create the slots, with their connections if these are kept. */
async function begin() {
  slots = Array.from({length: load.concurrency}, (_, number) => new Slot(number));
  if (load.keepAlive) for (const slot of slots) await slot.connect();
}

async function run(requests, deadline) {
  const waiting = requests.values(); // a free slot takes the next one
  await Promise.all(slots.map((slot) => work(slot, waiting, deadline)));
}

await serve('Node.js', process.versions.node, begin, run);
