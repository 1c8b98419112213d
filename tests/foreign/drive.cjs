// Drives the clients from npm, unchanged: a line of JSON in, a line of JSON out.
//   {"id": 1, "make": "alfabank", "with": [...], "entry": "http://127.0.0.1:…"}   -> a client, and the names of its methods
//   {"id": 2, "client": 1, "call": "register", "with": [...]}                     -> what it returned, or what it threw
'use strict';

const readline = require('node:readline');

console.log = console.error; // a client that talks to itself must not talk between our lines

const clients = new Map();

const methodsOf = (client) => {
  const own = Object.keys(client).filter((name) => typeof client[name] === 'function' && name !== 'instance');
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => name !== 'constructor');
  return Object.getPrototypeOf(client) === Object.prototype ? own : [...own, ...inherited];
};

const makers = {
  'sberbank-acquiring': (given, entry) => {
    const Acquiring = require('sberbank-acquiring');
    const client = new Acquiring(...given);
    client.entry = `${entry}/payment/rest/`;
    return client;
  },
  alfabank: (given, entry) => {
    const { useAlfaBank } = require('alfabank');
    const client = useAlfaBank(...given);
    client.instance.interceptors.request.use((request) => ({
      ...request,
      url: request.url.replace('https://web.rbsuat.com', entry),
    }));
    return client;
  },
};

const answer = async (asked) => {
  if (asked.make) {
    const client = makers[asked.make](asked.with, asked.entry);
    clients.set(asked.id, client);
    return methodsOf(client);
  }
  return clients.get(asked.client)[asked.call](...asked.with);
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const asked = JSON.parse(line);
  const say = (told) => process.stdout.write(`${JSON.stringify({ id: asked.id, ...told })}\n`);
  try {
    say({ returned: (await answer(asked)) ?? null });
  } catch (error) {
    say({ thrown: { message: error.message, code: error.sberErrorCode ?? null } });
  }
});
