// Requests to the desk: JSON in, JSON out, with the token that shows the page is ours.

/** @import { ErrorBody } from "./types.js" */

import { query } from "./dom.js";

export const csrfToken = query(document, 'meta[name="csrf"]', HTMLMetaElement).content;

/** The desk refused; `body` is its answer. */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {ErrorBody} body
   */
  constructor(status, body) {
    super(body.error || `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * Return what the desk answers; throw RequestError where it refuses, TypeError without a network.
 * @template T
 * @param {string} address
 * @param {RequestInit} init
 * @returns {Promise<T>}
 */
async function request(address, init) {
  const headers = { accept: "application/json", "x-csrf-token": csrfToken, ...init.headers };
  const response = await fetch(address, { ...init, headers });
  const body = await response.json().catch(() => ({ error: response.statusText }));
  if (!response.ok) throw new RequestError(response.status, body);
  return body;
}

/**
 * @template T
 * @param {string} address
 * @returns {Promise<T>}
 */
export const get = (address) => request(address, { method: "GET" });

/**
 * @template T
 * @param {string} address
 * @param {unknown} value
 * @returns {Promise<T>}
 */
export function post(address, value) {
  const body = JSON.stringify(value);
  const headers = { "content-type": "application/json" };
  return request(address, { method: "POST", headers, body, keepalive: body.length < 60_000 });
}

/**
 * Send bytes as they are.
 * @template T
 * @param {string} address
 * @param {Blob} body
 * @returns {Promise<T>}
 */
export function postBytes(address, body) {
  return request(address, { method: "POST", headers: { "content-type": "application/octet-stream" }, body });
}

/**
 * Return what to show for an error: the desk's own message, or `unreachable` where it did not answer.
 * @param {unknown} error
 * @param {string} unreachable
 */
export function errorText(error, unreachable) {
  return error instanceof RequestError ? `${error.message} ${error.body.remedy ?? ""}`.trim() : unreachable;
}
