#!/usr/bin/env node
/* node: Node.js, one thread that runs JavaScript, on an event loop (libuv); net and http.
 *
 * Nothing waits: each connection is an object whose state is what its callbacks left in it, and the
 * loop calls the next one when a socket has data, a response is written or a timer is due. One
 * thread runs them all, without locks, on one core: work delays all connections. Timers count
 * milliseconds, so that a delay may take one longer. A connection is several objects, and a response
 * takes more computation than in C, but an idle one occupies no thread and no stack. Choose it for
 * many connections and little computation, in a language whose libraries do not block. */
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {count, draw, lineMax, now, parseLine, route, settings, work} from './waitbench_server.mjs';

const inputMax = 64 * 1024; // most bytes of further lines that are kept: then reading pauses
const queueMax = 64; // the same for HTTP, in requests
const headerMax = 64 * 1024;
const drainMax = 64 * 1024; // most bytes that are discarded after the last response
const drainMs = 1000;
const sparedDescriptors = 4;

let ending = false; // a signal was received
const connections = new Map(); // by socket

/* ---- a connection, whichever protocol it speaks ---- */

class Connection {
  isBusy = false; // a request was received, its response is not written
  hasEnded = false; // the client sends nothing more
  isClosing = false;
  speaksHttp = false;
  input = ''; // of lines: not parsed yet
  drained = 0;
  queue = []; // of HTTP: functions that process the requests received so far

  constructor(socket) {
    this.socket = socket;
    connections.set(socket, this);
    count('accepted');
    count('open');
    this.expectInput();
    socket.once('data', (chunk) => this.start(chunk));
    socket.on('end', () => {
      this.hasEnded = true;
      if (!this.speaksHttp) this.nextLine();
    });
    socket.on('error', () => {}); // it is closed then
    socket.on('close', () => this.settle());
  }

  /* The first byte decides: HTTP methods are upper-case letters. */
  start(chunk) {
    if (chunk[0] >= 65 && chunk[0] <= 90) {
      this.speaksHttp = true;
      this.socket.unshift(chunk);
      httpServer.emit('connection', this.socket);
      this.socket.on('resume', () => this.pauseIfFull()); // http resumes for each request
      return;
    }
    this.socket.on('data', (more) => this.takeLines(more));
    this.takeLines(chunk);
  }

  /* The one timer: of the request's delay, or of what the client has to do in time. */
  callAfter(ms, callback) {
    clearTimeout(this.timer);
    this.timer = setTimeout(callback, ms);
  }

  expectInput() {
    this.callAfter(settings.idleMs, () => {
      count('timedOut');
      if (this.input && !this.isBusy)
        this.reject('the rest of the request did not arrive before the idle timeout');
      else
        this.socket.destroy();
    });
  }

  /* Calls back with the response, after the request's delay and work. */
  process({bound, delayNs, timing}, respond) {
    const received = now(), due = received + delayNs;
    this.isBusy = true;
    count('inFlight');
    const wait = () => {
      const overshoot = now() - due;
      if (overshoot < 0n) {
        this.callAfter(Math.ceil(Number(-overshoot) / 1e6), wait);
        return;
      }
      const value = draw(bound);
      work();
      this.expectInput();
      respond(timing ? `${value} ${received} ${delayNs} ${overshoot}\n` : `${value}\n`);
    };
    wait();
  }

  endRequest(counter) {
    if (!this.isBusy) return;
    this.isBusy = false;
    count(counter);
    count('inFlight', -1n);
  }

  /* After the last response. What the client still sends is read and discarded: closing with unread
   * input would send a reset, which can destroy the response on its way. */
  close() {
    this.isClosing = true;
    this.socket.resume();
    this.socket.end();
    this.callAfter(drainMs, () => this.socket.destroy());
  }

  settle() {
    clearTimeout(this.timer);
    this.endRequest('aborted');
    count('open', -1n);
    connections.delete(this.socket);
  }

  // ---- lines ----

  takeLines(chunk) {
    if (this.isClosing) {
      this.drained += chunk.length;
      if (this.drained > drainMax) this.socket.destroy();
      return;
    }
    this.input += chunk.toString('latin1');
    if (this.input.length > inputMax) this.socket.pause();
    this.nextLine();
  }

  nextLine() {
    if (this.isBusy || this.isClosing) return;
    const end = this.input.indexOf('\n');
    if (end > lineMax || (end < 0 && this.input.length > lineMax))
      this.reject(`the line is too long: ${lineMax} bytes at most`);
    else if (end >= 0)
      this.processLine(this.cutLine(end));
    else if (this.hasEnded && this.input)
      this.reject('the connection ended in the middle of a request');
    else if (this.hasEnded)
      this.close();
  }

  cutLine(end) {
    const line = this.input.slice(0, end).replace(/\r$/, '');
    this.input = this.input.slice(end + 1);
    if (this.input.length <= inputMax) this.socket.resume();
    return line;
  }

  processLine(line) {
    const request = parseLine(line);
    if (request.problem)
      this.reject(request.problem);
    else
      this.process(request, (text) => this.socket.write(text, (error) => error || this.sent()));
  }

  /* The line's response. The next line is processed, or it was the last. */
  sent() {
    this.endRequest('completed');
    if (!settings.keepAlive || ending) {
      this.close();
      return;
    }
    this.expectInput();
    this.nextLine();
  }

  reject(problem) {
    count('badRequests');
    this.socket.write(`error: ${problem}\n`);
    this.close();
  }

  // ---- HTTP ----

  /* http passes on pipelined requests, and errors, without waiting for earlier responses. */
  enqueue(process) {
    this.queue.push(process);
    this.pauseIfFull();
    if (!this.isBusy && this.queue.length === 1) this.nextRequest();
  }

  pauseIfFull() {
    if (this.queue.length > queueMax) this.socket.pause();
  }

  nextRequest() {
    this.queue.shift()?.();
    if (this.queue.length === queueMax) this.socket.resume();
  }

  takeRequest(request, response) {
    const {problem, status, ...what} = route(request);
    response.on('finish', () => this.responded());
    if (problem) {
      count('badRequests');
      respond(response, status, problem + '\n');
    } else {
      this.process(what, (text) => respond(response, 200, text));
    }
  }

  /* http calls this even if the response could not be written. */
  responded() {
    if (this.socket.errored || this.socket.destroyed) return;
    this.endRequest('completed');
    this.expectInput();
    if (ending)
      this.close();
    else if (this.socket.writable)
      this.nextRequest();
  }

  refuse(status) {
    count('badRequests');
    this.socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    this.close();
  }
}

function respond(response, status, text) {
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  if (status !== 200 || ending) response.setHeader('Connection', 'close');
  response.setHeader('Content-Type', 'text/plain');
  response.setHeader('Content-Length', text.length);
  response.statusCode = status;
  response.end(text);
}

/* It listens nowhere: connections are passed to it. Its timeouts need not be on, ours are. */
const httpServer = http.createServer({maxHeaderSize: headerMax, requireHostHeader: false,
  keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0});
httpServer.httpAllowHalfOpen = true;
httpServer.on('request', (request, response) => {
  const connection = connections.get(request.socket);
  connection?.enqueue(() => connection.takeRequest(request, response));
});

/* The content is not waited for, so that nothing after it can be read. */
for (const event of ['checkContinue', 'checkExpectation'])
  httpServer.on(event, (request, response) => {
    response.setHeader('Connection', 'close');
    httpServer.emit('request', request, response);
  });

const refusals = {HPE_INVALID_METHOD: '501 Not Implemented',
  HPE_INVALID_VERSION: '505 HTTP Version Not Supported',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large'};

httpServer.on('clientError', (error, socket) => {
  const connection = connections.get(socket);
  if (connection?.isClosing === false)
    connection.enqueue(() => connection.refuse(refusals[error.code] ?? '400 Bad Request'));
});

/* ---- the listeners, and the end ---- */

/* No descriptors are left: give up requests in their delay whose clients have closed their side.
 * (With descriptors left they are completed: the client may have closed its sending side only.)
 * Returns how many. */
function giveUpTheGone() {
  const gone = [...connections.values()].filter(
    (connection) => connection.isBusy && connection.hasEnded && !connection.socket.destroyed);
  for (const connection of gone) connection.socket.destroy();
  return gone.length;
}

let lastWarning = 0n;

/* Says so once in a second at most. */
function refuse(socket) {
  const refused = count('refused');
  socket.destroy();
  if (lastWarning && now() - lastWarning < 1000000000n) return;
  lastWarning = now();
  console.error(`randintd: connections are refused (${refused} refused so far): ` +
    'Too many open files; raise the limit (ulimit -n) or open fewer connections at once');
}

/* libuv would close connections beyond the limit of descriptors without a word: stop before it. */
function connectionsMax() {
  const limit = /^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'latin1'))[1];
  return Number(limit) - fs.readdirSync('/proc/self/fd').length - sparedDescriptors;
}

function listen(fd) {
  const server = net.createServer({allowHalfOpen: true, noDelay: true}, (socket) => {
    if (connections.size < most || giveUpTheGone()) new Connection(socket);
    else refuse(socket);
  });
  server.on('error', () => server.close()); // it was shut down
  return new Promise((resolve) => server.listen({fd}, settings.backlog, () => resolve(server)));
}

const servers = await Promise.all(settings.listeners.map(listen));
const most = connectionsMax();

/* Requests in flight are completed, idle connections closed. Then nothing is left to wait for, and
 * the program ends. */
function end() {
  ending = true;
  for (const server of servers) server.close();
  for (const connection of connections.values())
    if (!connection.isBusy) connection.socket.destroy();
}

process.on('SIGTERM', end);
process.on('SIGINT', () => {}); // ignored, as randintd has it; Node.js had set it to its default
process.stdout.write('ready\n');
