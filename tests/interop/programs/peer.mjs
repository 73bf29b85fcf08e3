// node:tls as a client and as a server of the interop tests; Node, Bun and Deno each bring a TLS stack of their own.
//
//   peer.mjs client --port P --ca FILE [--name N] [--path /P | --upload FILE] [--cert C --key K] [--alpn a,b] [--groups a,b]
//   peer.mjs server --cert C --key K --files FOLDER [--client-auth none|optional|required --client-ca FILE] [--alpn ...] [--groups ...]
//
// The client prints one JSON object. The server prints "listening PORT", serves the folder's files, answers a POST
// with the SHA-256 of its body, and says in the header X-Tls what was negotiated.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import tls from "node:tls";

const [role, ...words] = process.argv.slice(2);
const options = { port: "0", name: "localhost", path: "/", files: ".", "client-auth": "none" };
for (let i = 0; i < words.length; i += 2) options[words[i].slice(2)] = words[i + 1];

const list = (text) => (text ? text.split(",") : undefined);
const read = (file) => (file ? fs.readFileSync(file) : undefined);
const sha256 = (data) => crypto.createHash("sha256").update(data).digest("hex");

const common = {
  cert: read(options.cert),
  key: read(options.key),
  ALPNProtocols: list(options.alpn),
  minVersion: `TLSv${options.version ?? "1.2"}`,
  maxVersion: `TLSv${options.version ?? "1.3"}`,
  ...(options.version === "1.1" ? { ciphers: "ALL:@SECLEVEL=0" } : {}),
  ...(options.groups ? { ecdhCurve: options.groups.split(",").join(":") } : {}),
};

function describe(socket) {
  const cipher = socket.getCipher?.() ?? {};
  const peer = socket.getPeerCertificate?.() ?? {};
  return {
    version: (socket.getProtocol?.() ?? "").replace("TLSv", ""),
    suite: cipher.standardName ?? cipher.name ?? "",
    alpn: socket.alpnProtocol || "",
    name: socket.servername || "",
    peer: peer?.subject?.CN ?? "",
    authorized: socket.authorized,
    resumed: socket.isSessionReused?.() ?? false,
  };
}

// Asks once, or with --again a second time in the session that the first visit was given.
function client(session, last = !options.again) {
  let told = {};
  let given = session;
  let over = false;
  const received = [];
  const end = (error) => {
    if (over) return;
    over = true;
    const answer = Buffer.concat(received);
    const split = answer.indexOf("\r\n\r\n");
    const body = answer.subarray(split < 0 ? answer.length : split + 4);
    if (split >= 0) {
      told.status = answer.toString("latin1", 0, answer.indexOf("\r\n"));
      told.length = body.length;
      told.sha256 = sha256(body);
      told.body = body.toString("latin1", 0, 1000);
    }
    if (!last && !error) return client(given, true);
    told.ok = !error;
    if (error) told.error = `${error.code ?? ""} ${error.message}`;
    console.log(JSON.stringify(told));
    process.exit(error ? 1 : 0);
  };
  const target = { host: "127.0.0.1", port: Number(options.port), servername: options.name };
  const settings = { ...common, ...target, ca: read(options.ca), session, requestOCSP: Boolean(options.staple) };
  let status;
  const ask = () => {
    const upload = read(options.upload);
    if (upload) {
      socket.write(`POST / HTTP/1.0\r\nHost: ${options.name}\r\nContent-Length: ${upload.length}\r\n\r\n`);
      socket.write(upload);
    } else {
      socket.write(`GET ${options.path} HTTP/1.0\r\nHost: ${options.name}\r\n\r\n`);
    }
  };
  const socket = tls.connect(settings, () => {
    told = { ...describe(socket), status_request: status };
    if (options.renegotiate) socket.renegotiate({}, (error) => (error ? end(error) : ask()));
    else ask();
  });
  socket.on("OCSPResponse", (response) => (status = response?.length ? "successful" : "none"));
  socket.on("session", (data) => (given = data));
  socket.on("data", (data) => received.push(data));
  socket.on("error", end);
  socket.on("end", () => end(received.length ? null : new Error("closed without an answer")));
  socket.on("close", () => end(received.length ? null : new Error("closed without an answer")));
}

function server() {
  const auth = options["client-auth"];
  const settings = {
    ...common,
    requestCert: auth !== "none",
    rejectUnauthorized: auth === "required",
    ca: read(options["client-ca"]),
    ...(process.versions.bun ? {} : { dhparam: "auto" }),
    sessionIdContext: "interop",
    ...(options["session-ids"] ? { secureOptions: crypto.constants.SSL_OP_NO_TICKET } : {}),
  };
  const listener = tls.createServer(settings, (socket) => {
    let pending = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      pending = Buffer.concat([pending, data]);
      const reply = answer(socket, pending);
      if (reply) socket.end(reply);
    });
  });
  const sessions = new Map();
  if (options["session-ids"]) {
    listener.on("newSession", (id, data, done) => (sessions.set(id.toString("hex"), data), done()));
    listener.on("resumeSession", (id, done) => done(null, sessions.get(id.toString("hex")) ?? null));
  }
  if (options.staple) listener.on("OCSPRequest", (leaf, issuer, done) => done(null, read(options.staple)));
  listener.on("tlsClientError", (error) => console.error("client:", error.message));
  listener.listen(Number(options.port), "127.0.0.1", () => console.log("listening", listener.address().port));
}

function answer(socket, request) {
  const split = request.indexOf("\r\n\r\n");
  if (split < 0) return null;
  const head = request.toString("latin1", 0, split);
  const body = request.subarray(split + 4);
  const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (body.length < length) return null;
  const target = head.split(" ")[1];
  const content = head.startsWith("POST") ? sha256(body) : read(path.join(options.files, path.basename(target)));
  const told = JSON.stringify(describe(socket));
  const lines = ["HTTP/1.0 200 OK", `X-Tls: ${told}`, `Content-Length: ${content.length}`, "Connection: close"];
  return Buffer.concat([Buffer.from(lines.join("\r\n") + "\r\n\r\n"), Buffer.from(content)]);
}

role === "server" ? server() : client();
