// For mocha's -r: leads Node.js through the TLS front, and with UNSKIP=1 runs tests that skip themselves.
const https = require("node:https");
const { HttpsProxyAgent } = require("https-proxy-agent");

https.globalAgent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
if (process.env.UNSKIP) {
  for (const name of ["describe", "it"]) {
    let kept;
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => kept,
      set(made) {
        kept = made;
        // Mocha assigns its own later.
        Object.defineProperty(made, "skip", { get: () => made, set() {} });
      },
    });
  }
}
