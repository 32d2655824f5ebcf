#!/usr/bin/env node
/* node: Node.js, one thread that runs JavaScript, and an event loop (libuv) below it.
 *
 * Nothing in Node waits: a socket calls back when it is connected, has data, is closed, and await
 * makes a line of code out of such a callback. One thread runs all of it, compiled while it runs,
 * so the first requests are the slow ones and a busy callback holds up everybody. No locks, no
 * stacks, and every library is written for it, which is what Python's asyncio cannot say. Choose
 * it for many connections and little computing. */
import net from 'node:net';
import {fail, isGood, isWhole, load, now, serve} from './waitbench_client.mjs';

/* One request at a time, over a connection that may be kept. */
class Slot {
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

  /* Resolves once the response is whole, or there will be no more of it. */
  receive(request) {
    return new Promise((resolve, reject) => {
      this.onError = reject;
      this.onEnd = () => {
        request.outcome = 'closed';
        resolve(false);
      };
      this.onData = (text) => {
        request.firstByte ||= now();
        request.response += text;
        if (isWhole(request.response)) resolve(isGood(request.response, request.bound));
      };
    });
  }

  async carry(request) {
    let stage = 'connect', good = false;
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
      good = await received;
    } catch (error) {
      fail(request, stage, error);
    }
    if (!(good && load.keepAlive)) this.close();
    request.end = now();
  }
}

async function work(slot, waiting, deadline) {
  for (const request of waiting) {
    if (deadline && now() >= deadline) break;
    await slot.carry(request);
  }
}

let slots;

/* Once the load is known: the slots, with their connections where these are kept. */
async function begin() {
  slots = Array.from({length: load.concurrency}, (_, number) => new Slot(number));
  if (load.keepAlive) for (const slot of slots) await slot.connect();
}

async function run(requests, deadline) {
  const waiting = requests.values(); // one after another, to whichever slot is free
  await Promise.all(slots.map((slot) => work(slot, waiting, deadline)));
}

await serve('Node.js', process.versions.node, begin, run);
