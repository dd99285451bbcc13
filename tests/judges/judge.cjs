// Runs a broker's unmodified official client for a test, one call for each line of input.
//
// A line in is {"call": [names that lead to the method], "args": [...]}, a line out {"value": ...} or {"error": ...}.
// A moment that the client made into a Date comes back as {"date": its ISO form}.

"use strict";

const readline = require("node:readline");

const makers = {
  kite({ root, key }) {
    const { KiteConnect } = require("kiteconnect");
    const client = new KiteConnect({ api_key: key, root, timeout: 10000 });
    return ([name], args) => (name === "methods" ? methodsOf(client) : client[name](...args));
  },

  upstox({ root }) {
    const sdk = require("upstox-js-sdk");
    const client = sdk.ApiClient.instance;
    client.basePath = client.orderBasePath = root;
    client.timeout = 10000;
    return ([api, method], args) => {
      if (api === "methods") {
        const apis = Object.keys(sdk).filter((name) => /Api(V\d)?$/.test(name));
        return apis.flatMap((name) => methodsOf(new sdk[name]()).map((one) => `${name}.${one}`));
      }
      if (api === "token") {
        client.authentications.OAUTH2.accessToken = args[0];
        return true;
      }
      return new Promise((resolve, reject) => {
        new sdk[api]()[method](...args, (error, data) => (error ? reject(error) : resolve(data)));
      });
    };
  },
};

/** The names of the functions of an object, without those that begin with an underscore. */
function methodsOf(object) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach((name) => names.add(name));
  }
  const called = [...names].filter((name) => name !== "constructor" && !/^_|WithHttpInfo/.test(name));
  return called.filter((name) => typeof object[name] === "function");
}

function told(error) {
  if (error instanceof Error && !error.response) return { name: error.name, message: error.message };
  if (error.response) return { status: error.response.status, body: error.response.body };
  return error;
}

Date.prototype.toJSON = function asObject() {
  return { date: this.toISOString() };
};

async function main() {
  const call = makers[process.argv[2]](JSON.parse(process.argv[3]));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer;
    try {
      answer = { value: await call(asked.call, asked.args) };
    } catch (error) {
      answer = { error: told(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
