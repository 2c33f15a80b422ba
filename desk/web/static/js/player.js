// The film of `_player.html`, and the places of a page that one goes to: each [data-place] within
// [data-places], or in the notes, holds a time in milliseconds.

import { closest, queryAll } from "./dom.js";

/** @typedef {ReturnType<typeof mountPlayer>} FilmPlayer */

export function mountPlayer() {
  const video = queryAll(document, "[data-player] video", HTMLVideoElement)[0] ?? null;
  const player = {
    video,
    now: () => (video ? video.currentTime * 1000 : 0),
    pause: () => video?.pause(),
    toggle: () => { if (video?.paused) video.play(); else video?.pause(); },
    seek: (/** @type {number} */ ms) => { if (video) video.currentTime = ms / 1000 + 0.001; }, // past the frame's border
    seekBy: (/** @type {number} */ ms) => { if (video) video.currentTime = Math.max(0, video.currentTime + ms / 1000); },
    toggleHalfSpeed: () => { if (video) video.playbackRate = video.playbackRate === 1 ? 0.5 : 1; },
  };
  for (const button of queryAll(document, "[data-nudge]")) {
    button.addEventListener("click", () => player.seekBy(Number(button.dataset.nudge)));
  }
  for (const button of queryAll(document, "[data-rate]")) {
    button.addEventListener("click", player.toggleHalfSpeed);
  }
  return player;
}

export class Places {
  /** @param {FilmPlayer} player */
  constructor(player) {
    this.player = player;
    /** @type {HTMLElement | null} */
    this.current = null;
    document.querySelector("[data-places]")?.addEventListener("click", (event) => {
      const place = closest(event, "[data-place]");
      if (place) this.go(place);
    });
    for (const button of queryAll(document, "[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
  }

  visible() {
    return queryAll(document, "[data-places] [data-place], [data-notes] [data-place]")
      .filter((place) => place.getClientRects().length > 0);
  }

  /**
   * Go to the next (1) or the previous (-1) place; from nowhere, to the first or the last.
   * @param {number} by
   */
  step(by) {
    const places = this.visible();
    const at = this.current ? places.indexOf(this.current) : -1;
    const next = at < 0 ? places.at(by > 0 ? 0 : -1) : places[at + by];
    if (next) this.go(next);
  }

  /** @param {HTMLElement} place */
  go(place) {
    for (const old of queryAll(document, "[data-places] [aria-current], [data-notes] [aria-current]")) {
      old.removeAttribute("aria-current");
    }
    this.current = place;
    const row = place.closest("li, tr, p") ?? place;
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
    this.player.pause();
    this.player.seek(Number(place.dataset.place));
  }
}
