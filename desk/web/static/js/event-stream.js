// Server-sent events. Nobody listens while the page is out of sight: a browser keeps few connections
// to one desk, and every stream takes one of them.

const RETRY_MS = 10_000;

/**
 * `events` are listened to by name ("message" has none); `lost` gets whether the page is only out of sight.
 * @param {string} address
 * @param {{open?: () => void, lost: (hidden: boolean) => void,
 *   events: Record<string, (event: MessageEvent<string>) => void>}} listeners
 */
export function listen(address, { open = () => {}, lost, events }) {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let retryTimer;

  function connect() {
    clearTimeout(retryTimer);
    if (source || document.hidden) return;
    const opened = new EventSource(address);
    source = opened;
    opened.onopen = open;
    for (const [name, listener] of Object.entries(events)) opened.addEventListener(name, listener);
    opened.onerror = () => {
      lost(false);
      // The browser tries again by itself, unless the desk answered with an error.
      if (opened.readyState !== EventSource.CLOSED) return;
      source = null;
      retryTimer = setTimeout(connect, RETRY_MS);
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { connect(); return; }
    clearTimeout(retryTimer);
    source?.close();
    source = null;
    lost(true);
  });
  connect();
}
