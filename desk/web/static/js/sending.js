// Send a file as it is: the body of the request is the file.

import { Refused } from "./api.js";

const token = document.querySelector('meta[name="csrf"]').content;

// Returns what the desk answers; throws Refused when it says no, TypeError without a network.
export async function send(address, file) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { accept: "application/json", "x-csrf-token": token, "content-type": "application/octet-stream" },
    body: file,
  });
  const told = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}
