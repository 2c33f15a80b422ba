// What the desk tells of its own accord. Nobody listens while the page is out of sight: a browser
// keeps few connections to one desk, and every stream takes one of them.

const AGAIN_MS = 10_000;

// `events` are heard by name ("message" has none); `lost` is told whether it is only out of sight.
export function listen(address, { open = () => {}, lost, events }) {
  let source = null, again = 0;

  function begin() {
    clearTimeout(again);
    if (source || document.hidden) return;
    source = new EventSource(address);
    source.onopen = open;
    for (const [name, act] of Object.entries(events)) source.addEventListener(name, act);
    source.onerror = () => {
      lost(false);
      // The browser tries again by itself, unless the desk answered with an error.
      if (source.readyState !== EventSource.CLOSED) return;
      source = null;
      again = setTimeout(begin, AGAIN_MS);
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { begin(); return; }
    clearTimeout(again);
    source?.close();
    source = null;
    lost(true);
  });
  begin();
}
