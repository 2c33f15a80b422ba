// Talk to the desk: JSON in, JSON out, with the token that shows the page is ours.

const token = document.querySelector('meta[name="csrf"]').content;

export class Refused extends Error {
  constructor(status, told) {
    super(told.error || `HTTP ${status}`);
    this.status = status;
    this.told = told; // {error, remedy, …} as the desk said it
  }
}

// Returns what the desk answers; throws Refused when it says no, TypeError when it cannot be reached.
export async function call(method, address, body) {
  const answer = await fetch(address, {
    method,
    headers: {
      accept: "application/json",
      "x-csrf-token": token,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    keepalive: method !== "GET" && JSON.stringify(body ?? "").length < 60_000,
  });
  const told = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

export const get = (address) => call("GET", address);
export const post = (address, body) => call("POST", address, body);

// Sends bytes as they are; answers and throws as `call` does. `headers` are added to its own.
export async function sendRaw(method, address, bytes, headers = {}) {
  const answer = await fetch(address, {
    method,
    headers: { accept: "application/json", "x-csrf-token": token, "content-type": "application/octet-stream", ...headers },
    body: bytes,
  });
  const told = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}
