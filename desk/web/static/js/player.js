// The film of `_player.html`, and the places of a page that one goes to: each [data-place] within
// [data-places], or in the notes, holds a time in milliseconds.

export function mountPlayer() {
  const video = document.querySelector("[data-player] video");
  const player = {
    video,
    now: () => (video ? video.currentTime * 1000 : 0),
    pause: () => video?.pause(),
    toggle: () => (video?.paused ? video.play() : video?.pause()),
    nudge: (ms) => { if (video) video.currentTime = Math.max(0, video.currentTime + ms / 1000); },
    seek: (ms) => { if (video) video.currentTime = ms / 1000 + 0.001; }, // past the frame's border
    halve: () => { if (video) video.playbackRate = video.playbackRate === 1 ? 0.5 : 1; },
  };
  for (const button of document.querySelectorAll("[data-nudge]"))
    button.addEventListener("click", () => player.nudge(Number(button.dataset.nudge)));
  for (const button of document.querySelectorAll("[data-rate]"))
    button.addEventListener("click", player.halve);
  return player;
}

export class Places {
  constructor(player) {
    this.player = player;
    this.present = null;
    document.querySelector("[data-places]").addEventListener("click", (event) => {
      const place = event.target.closest("[data-place]");
      if (place) this.go(place);
    });
    for (const button of document.querySelectorAll("[data-step]"))
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
  }

  all() {
    const shown = (place) => place.getClientRects().length > 0;
    return [...document.querySelectorAll("[data-places] [data-place], [data-notes] [data-place]")].filter(shown);
  }

  // Goes to the next (1) or the previous (-1) place; from nowhere, to the first or the last.
  step(by) {
    const all = this.all();
    const at = all.indexOf(this.present);
    const next = at < 0 ? all.at(by > 0 ? 0 : -1) : all[at + by];
    if (next) this.go(next);
  }

  go(place) {
    for (const old of document.querySelectorAll("[data-places] [aria-current], [data-notes] [aria-current]")) old.removeAttribute("aria-current");
    this.present = place;
    const row = place.closest("li, tr, p") ?? place;
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
    this.player.pause();
    this.player.seek(Number(place.dataset.place));
  }
}
